"""A lane of the message writer: the conversations that hash to it, a connection of its own, one batch in flight.

Two batches in flight of one conversation would reorder a sender. A request leaves its lane only with a certain answer, or as
UNAVAILABLE when its deadline has passed: a lost connection means that the outcome is *unknown*, and then the same batch, with
the same message ids, runs again until the unique index on (sender, tempId) has told what was stored.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import asyncpg

from chinwag_server.storage.driver import CONTENT, RERUN, is_outage
from chinwag_server.storage.writer_requests import WriteRequest, WriteStatus
from chinwag_server.storage.writer_sql import SUSPICIOUS_S, WriterConnection

log = logging.getLogger(__name__)

MAX_ROWS: Final = 500
STATEMENT_S: Final = 5.0
PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4)
"""Between attempts on a database that is away; the last one repeats."""


Connect = Callable[[], Awaitable[WriterConnection]]
"""Opens a prepared connection; tests put a fault between."""


class Lane:
    """Stores what `put` gave it, batch by batch, for ever; `told` hears of each request once, in commit order, `outage` of each error that means one."""

    def __init__(
        self,
        connect: Connect,
        told: Callable[[Sequence[WriteRequest]], None],
        again: Callable[[WriteRequest], None],
        outage: Callable[[BaseException], object],
    ) -> None:
        self._connect, self._told, self._again, self._outage = connect, told, again, outage
        self._waiting: deque[WriteRequest] = deque()
        self._wake = asyncio.Event()
        self._connection: WriterConnection | None = None
        self._suspicious_until = 0.0
        self._now = asyncio.get_running_loop().time
        self.batches = 0
        self.errors: Counter[str] = Counter()

    def put(self, request: WriteRequest) -> None:
        self._waiting.append(request)
        self._wake.set()

    async def open(self) -> None:
        """Connect before the first message, so that it need not wait. Driver errors pass."""
        self._connection = await self._connect()

    async def run(self) -> None:
        """Never returns and never fails; cancel it."""
        try:
            while True:
                if not self._waiting:
                    self._wake.clear()
                    await self._wake.wait()
                batch = self._next()
                self.batches += 1
                apart = await self._store_all(batch)
                self._tell(batch)
                for request in apart:
                    self._again(request)
        finally:
            self.disconnect()

    def _next(self) -> list[WriteRequest]:
        """Take what has come in while the last batch was under way: nobody waits for company."""
        waiting = self._waiting
        if len(waiting) <= MAX_ROWS:
            batch = list(waiting)
            waiting.clear()
            return batch
        return [waiting.popleft() for _ in range(MAX_ROWS)]

    async def _store_all(self, batch: list[WriteRequest]) -> list[WriteRequest]:
        """Settle every request of *batch*, and append those that came under the same tempIds meanwhile.

        Gives the ones that have to run on their own: another body, whose tempId turned out to be free.
        """
        try:
            await self._store(batch)
        except Exception as error:
            log.exception("a batch of %d failed", len(batch))
            self._failed(batch, error)
        apart: list[WriteRequest] = []
        while twins := [twin for request in batch if request.twins for twin in _settled_like(request)]:
            apart += [twin for twin in twins if twin.status is WriteStatus.PENDING]
            settled = [twin for twin in twins if twin.status is not WriteStatus.PENDING]
            await self._store_twins(settled)  # while more of them may come
            batch.extend(settled)
        return apart

    def _failed(self, batch: Sequence[WriteRequest], error: Exception) -> None:
        self.errors[type(error).__name__] += 1
        for request in batch:
            if request.status is WriteStatus.PENDING:
                request.status = WriteStatus.INTERNAL
        self.disconnect()

    async def _store(self, batch: Sequence[WriteRequest]) -> None:
        """Store *batch*, or halve it, in order, until what the database refuses for its content stands alone."""
        remaining, pauses, violations = list(batch), iter(PAUSES_S), 0
        while remaining := self._in_time(remaining):
            try:
                await self._commit(remaining)
                return
            except RERUN as error:
                self.errors[type(error).__name__] += 1
            except CONTENT as error:
                self.errors[type(error).__name__] += 1
                if isinstance(error, asyncpg.UniqueViolationError):
                    # another lane or node stored the same (sender, tempId) after our lookup: the next one sees it
                    self._suspicious_until = self._now() + SUSPICIOUS_S
                    violations += 1
                    if violations <= 2:
                        continue
                await self._halve(remaining, error)
                return
            except Exception as error:
                if not is_outage(error):
                    raise
                self.errors[type(error).__name__] += 1
                self._outage(error)
                log.info("a batch of %d is unknown: %s: %s", len(remaining), type(error).__name__, error)
                self.disconnect()
                self._suspicious_until = self._now() + SUSPICIOUS_S
                await asyncio.sleep(next(pauses, PAUSES_S[-1]))

    async def _commit(self, batch: list[WriteRequest]) -> None:
        for request in batch:
            request.status = WriteStatus.PENDING
        left = max(request.deadline for request in batch) - self._now()
        async with asyncio.timeout(min(STATEMENT_S, left)):
            if self._connection is None or self._connection.conn.is_closed():
                self._connection = await self._connect()
            suspicious = self._now() < self._suspicious_until
            looked = await self._connection.commit(batch, look_first=suspicious)
            repeats = [r for r in batch if r.status in (WriteStatus.REPEATED, WriteStatus.CONFLICT)] if looked else []
            if repeats:
                self._suspicious_until = self._now() + SUSPICIOUS_S
                await self._connection.read_back(repeats)
                _drop_unread(repeats)

    async def _halve(self, batch: list[WriteRequest], error: BaseException) -> None:
        if len(batch) == 1:
            log.info("a message is refused: %s", type(error).__name__)
            batch[0].status = WriteStatus.INVALID
            return
        middle = len(batch) // 2
        await self._store(batch[:middle])
        await self._store(batch[middle:])

    def _in_time(self, batch: list[WriteRequest]) -> list[WriteRequest]:
        """Give up what has passed its deadline; the rest goes on."""
        now = self._now()
        late = [request for request in batch if request.deadline <= now]
        if not late:
            return batch
        for request in late:
            request.status = WriteStatus.UNAVAILABLE
        return [request for request in batch if request.deadline > now]

    async def _store_twins(self, twins: Sequence[WriteRequest]) -> None:
        """Read what is stored for repeats of messages that were under way."""
        unread, pauses = [twin for twin in twins if twin.status is WriteStatus.REPEATED], iter(PAUSES_S)
        while unread := self._in_time(unread):
            try:
                async with asyncio.timeout(STATEMENT_S):
                    if self._connection is None or self._connection.conn.is_closed():
                        self._connection = await self._connect()
                    await self._connection.read_back(unread)
                break
            except Exception as error:  # noqa: BLE001 - a lane's boundary: it must go on
                log.info("repeats of messages under way are not read: %s: %s", type(error).__name__, error)
                self.errors[type(error).__name__] += 1
                self.disconnect()
                await asyncio.sleep(next(pauses, PAUSES_S[-1]))
        _drop_unread(unread)

    def _tell(self, batch: Sequence[WriteRequest]) -> None:
        try:
            self._told(batch)
        except Exception:
            log.exception("a listener failed on a batch of %d", len(batch))

    def disconnect(self) -> None:
        """Drop the connection; the next batch opens another."""
        if self._connection is not None:
            self._connection.conn.terminate()
            self._connection = None


def _drop_unread(repeats: Sequence[WriteRequest]) -> None:
    """A repeat that is not there any more: its conversation was deleted in this moment."""
    for request in repeats:
        if request.status is WriteStatus.REPEATED and request.message is None:
            request.status = WriteStatus.NOT_FOUND


def _settled_like(request: WriteRequest) -> list[WriteRequest]:
    """Give the requests that came under the same (sender, tempId) while *request* was under way, with its fate.

    One with another body stays PENDING when nothing was stored.
    """
    twins, request.twins = request.twins or [], None
    stored = request.status in (WriteStatus.STORED, WriteStatus.REPEATED, WriteStatus.CONFLICT)
    for twin in twins:
        if stored:
            twin.status = WriteStatus.REPEATED  # until read_back compares it with what is there
        elif twin.body_hash == request.body_hash:
            twin.status = request.status
    return twins
