"""The one way in which a message of a user is stored: group commit by lanes (docs: STORAGE in docs/architecture.md).

    writer = MessageWriter(database, on_commit=tell)
    await writer.start()
    writer.submit(request)          # returns at once; `tell` hears of it after COMMIT

Called by services/messages.py. `on_commit` is one call a batch, with the requests in commit order; each request is told once.
"""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from chinwag_protocol.objects import Message
from chinwag_server.domain.errors import Conflict, Unavailable
from chinwag_server.storage.database import RETRY_AFTER_MS, Database
from chinwag_server.storage.driver import is_outage
from chinwag_server.storage.message_rows import MESSAGE_COLUMNS, MESSAGE_TABLES, message_from_row
from chinwag_server.storage.writer_lane import Lane
from chinwag_server.storage.writer_requests import WriteRequest, WriteStatus
from chinwag_server.storage.writer_sql import SESSION, WriterConnection
from chinwag_server.tasks import TaskOwner

__all__ = ["MessageWriter", "WriteRequest", "WriteStatus"]

log = logging.getLogger(__name__)

GIVE_UP_S: Final = 8.0
"""From `submit` to UNAVAILABLE: the protocol answers within 10 s."""
MAX_WAITING: Final = 10_000
MAX_CHARACTERS: Final = 32_000_000
ABANDONED: Final = 10_000

_FIND: Final = f"""SELECT {MESSAGE_COLUMNS}, m.body_hash FROM {MESSAGE_TABLES}
WHERE m.sender_id = $1 AND m.temp_id = $2"""  # noqa: S608 - constants of ours

Key = tuple[UUID, UUID]


class MessageWriter:
    """Spreads requests over lanes by conversation, joins repeats of what is under way, and bounds what waits."""

    def __init__(
        self,
        database: Database,
        *,
        on_commit: Callable[[list[WriteRequest]], None],
        lanes: int = 2,
        give_up_s: float = GIVE_UP_S,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._database, self._on_commit = database, on_commit
        self._lane_count, self._give_up_s, self._max_waiting = lanes, give_up_s, max_waiting
        self._tasks = TaskOwner("message-writer")
        self._lanes: list[Lane] = []
        self._pending: dict[Key, WriteRequest] = {}
        self._waiting = self._characters = 0
        self._idle = asyncio.Event()
        self._abandoned: OrderedDict[Key, UUID] = OrderedDict()
        self._open = False
        self._now: Callable[[], float] = float
        self.rows = 0

    async def start(self) -> None:
        """Open the lanes. Raises Unavailable when the database cannot be reached."""
        self._now = asyncio.get_running_loop().time
        self._lanes = [
            Lane(self.connect, self._told, self._queue, self._database.notice) for _ in range(self._lane_count)
        ]
        try:
            for lane in self._lanes:
                await lane.open()
        except Exception as error:
            for lane in self._lanes:
                lane.disconnect()
            if not is_outage(error):
                raise
            raise Unavailable("the database cannot be reached", retry_after_ms=RETRY_AFTER_MS) from error
        self._open = True
        for number, lane in enumerate(self._lanes):
            self._tasks.spawn(lane.run(), f"lane-{number}")

    async def close(self, *, drain_s: float = 2.0) -> None:
        """Take nothing more, let what is under way end for up to *drain_s* seconds, and tell the rest UNAVAILABLE."""
        was_open, self._open = self._open, False
        if self._waiting and was_open:
            self._idle.clear()
            try:
                async with asyncio.timeout(drain_s):
                    await self._idle.wait()
            except TimeoutError:
                log.warning("the message writer ends with %d requests under way", self._waiting)
        await self._tasks.close()
        rest = [twin for request in self._pending.values() for twin in (request, *(request.twins or ()))]
        for request in rest:
            request.status = WriteStatus.UNAVAILABLE
        if rest:
            self._told(rest)

    async def connect(self) -> WriterConnection:
        """Open a connection of a lane. Driver errors pass."""
        return await WriterConnection.prepare(await self._database.connect(**SESSION))

    @property
    def waiting(self) -> int:
        """How many requests have not been told yet."""
        return self._waiting

    @property
    def batches(self) -> int:
        return sum(lane.batches for lane in self._lanes)

    @property
    def errors(self) -> Counter[str]:
        """How often each error of the database was survived, by its class."""
        return sum((lane.errors for lane in self._lanes), Counter[str]())

    def submit(self, request: WriteRequest) -> None:
        """Queue *request* behind those of its conversation. Raises Unavailable when too much is waiting."""
        if not self._open:
            raise Unavailable("the server is shutting down", retry_after_ms=RETRY_AFTER_MS)
        if self._waiting >= self._max_waiting or self._characters >= MAX_CHARACTERS:
            raise Unavailable("too many messages are waiting", retry_after_ms=RETRY_AFTER_MS)
        self._waiting += 1
        self._characters += len(request.text)
        request.deadline = self._now() + self._give_up_s
        self._queue(request)

    def _queue(self, request: WriteRequest) -> None:
        key = (request.sender_id, request.temp_id)
        first = self._pending.setdefault(key, request)
        if first is not request:
            if first.twins is None:
                first.twins = []
            first.twins.append(request)
            return
        if self._abandoned:
            # its first run may have been stored: under the same id it counts as new, and is told
            request.message_id = self._abandoned.pop(key, request.message_id)
        self._lanes[hash(request.conversation_id) % len(self._lanes)].put(request)

    async def find_repeat(self, *, sender_id: UUID, temp_id: UUID, body_hash: int) -> Message | None:
        """Look a tempId up before a send is refused: the message as it is now, or None when it is new.

        Raises Conflict when another body was stored under it, Unavailable.
        """
        row = await self._database.fetchrow(_FIND, sender_id, temp_id)
        if row is None:
            return None
        if row["body_hash"] != body_hash:
            raise Conflict("the tempId was used for another message", field="tempId")
        return message_from_row(row)

    def _told(self, batch: Sequence[WriteRequest]) -> None:
        """Forget *batch*, then tell of it: whoever sends the same again from the callback starts anew."""
        for request in batch:
            self._characters -= len(request.text)
            key = (request.sender_id, request.temp_id)
            if self._pending.get(key) is request:
                del self._pending[key]
            if request.status is WriteStatus.UNAVAILABLE:
                self._abandon(key, request.message_id)
        self._waiting -= len(batch)
        self.rows += len(batch)
        if not self._waiting:
            self._idle.set()
        self._on_commit(list(batch))

    def _abandon(self, key: Key, message_id: UUID) -> None:
        self._abandoned[key] = message_id
        if len(self._abandoned) > ABANDONED:
            self._abandoned.popitem(last=False)
