"""Moves delivered and read marks: the maximum a key, many keys a statement.

It never waits for a row. What the message writer holds at this moment is skipped and stays for the next flush, so that no
circle with that one (conversations first, then members) can arise. It updates and never inserts: a removed member stays removed.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from chinwag_server.domain.errors import NotFound, Unavailable
from chinwag_server.domain.records import MarkMoved
from chinwag_server.storage.conversation_views import VISIBLE, settings_from_column
from chinwag_server.storage.database import RETRY_AFTER_MS, Database
from chinwag_server.storage.driver import Connection, Record
from chinwag_server.tasks import TaskOwner

log = logging.getLogger(__name__)

FLUSH_S: Final = 0.05
GIVE_UP_S: Final = 8.0
MAX_KEYS: Final = 1000
MAX_WAITING: Final = 50_000

# $3 and $4: delivered and read, NULL where not given. A given read mark also ends *mark unread*, even when it does not move.
_FLUSH: Final = f"""
WITH k AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS k (c, u, d, r, i)),
own AS MATERIALIZED (
  SELECT k.i, k.c, k.u, me.delivered_seq, me.read_seq, least(greatest(k.d, k.r), c.last_seq) AS d,
         CASE WHEN k.r IS NOT NULL THEN least(k.r, c.last_seq) END AS r,  -- least() passes over NULL
         k.r IS NOT NULL AND coalesce(me.settings ? 'unreadFromSeq', false) AS clear, me.settings
  FROM k JOIN members me ON me.conversation_id = k.c AND me.user_id = k.u JOIN conversations c ON c.id = k.c
  WHERE {VISIBLE}
  FOR NO KEY UPDATE OF me SKIP LOCKED),
moved AS (
  UPDATE members m SET
    delivered_seq = greatest(m.delivered_seq, own.d), read_seq = greatest(m.read_seq, own.r), marks_xid = pg_current_xact_id(),
    settings = CASE WHEN own.clear THEN m.settings - 'unreadFromSeq' ELSE m.settings END,
    settings_xid = CASE WHEN own.clear THEN pg_current_xact_id() ELSE m.settings_xid END
  FROM own WHERE m.conversation_id = own.c AND m.user_id = own.u
    AND (m.delivered_seq < own.d OR m.read_seq < own.r OR own.clear))
SELECT i, greatest(delivered_seq, d) AS delivered_seq, greatest(read_seq, r) AS read_seq,
       coalesce(d > delivered_seq, false) AS delivered_moved, coalesce(r > read_seq, false) AS read_moved,
       CASE WHEN clear THEN settings - 'unreadFromSeq' END AS settings, clear
FROM own"""  # noqa: S608 - constants of ours

_MEMBERS: Final = f"""SELECT k.i FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS k (c, u, i)
JOIN members me ON me.conversation_id = k.c AND me.user_id = k.u JOIN conversations c ON c.id = k.c WHERE {VISIBLE}"""  # noqa: S608 - a constant of ours

Key = tuple[UUID, UUID]


class _Entry:
    """What is wanted for one (conversation, user), and who waits for it."""

    __slots__ = ("deadline", "delivered", "read", "settled")

    def __init__(self, settled: "asyncio.Future[MarkMoved]", deadline: float) -> None:
        self.delivered: int | None = None
        self.read: int | None = None
        self.settled = settled
        self.deadline = deadline

    def raise_to(self, delivered: int | None, read: int | None) -> None:
        if delivered is not None:
            self.delivered = max(delivered, self.delivered or 0)
        if read is not None:
            self.read = max(read, self.read or 0)


class MarksWriter:
    """Coalesces marks for *flush_s* seconds, then merges them by maximum; `on_moved` hears of those that changed anything."""

    def __init__(
        self,
        database: Database,
        *,
        on_moved: Callable[[list[MarkMoved]], None],
        flush_s: float = FLUSH_S,
        give_up_s: float = GIVE_UP_S,
    ) -> None:
        self._database, self._on_moved = database, on_moved
        self._flush_s, self._give_up_s = flush_s, give_up_s
        self._tasks = TaskOwner("marks-writer")
        self._waiting: dict[Key, _Entry] = {}
        self._wake = asyncio.Event()
        self._open = False

    async def start(self) -> None:
        self._open = True
        self._tasks.spawn(self._run(), "flush")

    async def close(self) -> None:
        """Flush what waits, once, and end."""
        self._open = False
        await self._tasks.close()
        if self._waiting:
            await self._flush()
        self._fail_all(Unavailable("the server is shutting down", retry_after_ms=RETRY_AFTER_MS))

    async def move(
        self, conversation_id: UUID, user_id: UUID, *, delivered_seq: int | None = None, read_seq: int | None = None
    ) -> MarkMoved:
        """Raise the marks of a member to at least these, never past the last message, and give what now stands.

        A read mark pulls the delivered one along and ends *mark unread*. Raises NotFound for anybody who is not a member,
        Unavailable.
        """
        if not self._open:
            raise Unavailable("the server is shutting down", retry_after_ms=RETRY_AFTER_MS)
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("too many marks are waiting", retry_after_ms=RETRY_AFTER_MS)
        loop = asyncio.get_running_loop()
        key = (conversation_id, user_id)
        entry = self._waiting.get(key)
        if entry is None:
            entry = self._waiting[key] = _Entry(loop.create_future(), loop.time() + self._give_up_s)
            self._wake.set()
        entry.raise_to(delivered_seq, read_seq)
        return await asyncio.shield(entry.settled)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._flush_s)
            self._wake.clear()
            await self._flush()
            if self._waiting:
                self._wake.set()

    async def _flush(self) -> None:
        keys = list(self._waiting)[:MAX_KEYS]
        batch = {key: self._waiting.pop(key) for key in keys}
        try:
            moved, left = await self._write(batch)
        except Unavailable as error:
            self._give_up_late(batch, error)
            return
        except Exception as error:
            log.exception("a flush of %d marks failed", len(batch))
            for entry in batch.values():
                _fail(entry, error)
            return
        except asyncio.CancelledError:
            self._put_back(batch)
            raise
        self._give_up_late(left, Unavailable("the conversation is busy", retry_after_ms=RETRY_AFTER_MS))
        self._tell(moved)

    async def _write(self, batch: dict[Key, _Entry]) -> tuple[list[MarkMoved], dict[Key, _Entry]]:
        """Settle what can be settled; give what moved, and the entries whose rows were held by others."""
        keys = list(batch)
        wanted = ([key[0] for key in keys], [key[1] for key in keys])
        async with self._database.connection() as conn:
            rows = await conn.fetch(
                _FLUSH, *wanted, [e.delivered for e in batch.values()], [e.read for e in batch.values()]
            )
            settled = {int(row["i"]) - 1 for row in rows}
            members = settled if len(settled) == len(keys) else await _find_members(conn, wanted)
        moved: list[MarkMoved] = []
        for row in rows:
            key = keys[int(row["i"]) - 1]
            mark = _mark(key, row)
            if not batch[key].settled.done():
                batch[key].settled.set_result(mark)
            if mark.delivered_moved or mark.read_moved or mark.settings is not None:
                moved.append(mark)
        for position, key in enumerate(keys):
            if position not in settled and position not in members:
                _fail(batch[key], NotFound("no such conversation"))
        left = {key: batch[key] for position, key in enumerate(keys) if position in members and position not in settled}
        return moved, left

    def _give_up_late(self, batch: dict[Key, _Entry], error: Unavailable) -> None:
        now = asyncio.get_running_loop().time()
        self._put_back({key: entry for key, entry in batch.items() if entry.deadline > now})
        for entry in batch.values():
            if entry.deadline <= now:
                _fail(entry, error)

    def _put_back(self, batch: dict[Key, _Entry]) -> None:
        """Return entries to those that wait; a newer one of the same key takes them in."""
        for key, entry in batch.items():
            newer = self._waiting.get(key)
            if newer is None:
                self._waiting[key] = entry
            else:
                newer.raise_to(entry.delivered, entry.read)
                newer.settled.add_done_callback(lambda done, entry=entry: _follow(done, entry))

    def _tell(self, moved: list[MarkMoved]) -> None:
        if not moved:
            return
        try:
            self._on_moved(moved)
        except Exception:
            log.exception("a listener failed on %d marks", len(moved))

    def _fail_all(self, error: Exception) -> None:
        for entry in self._waiting.values():
            _fail(entry, error)
        self._waiting.clear()


def _follow(done: "asyncio.Future[MarkMoved]", entry: _Entry) -> None:
    error = done.exception()
    if error is not None:
        _fail(entry, error)
    elif not entry.settled.done():
        entry.settled.set_result(done.result())


def _fail(entry: _Entry, error: BaseException) -> None:
    if not entry.settled.done():
        entry.settled.set_exception(error)
        entry.settled.exception()  # seen: whoever waited may be gone


async def _find_members(conn: Connection, wanted: tuple[Sequence[UUID], Sequence[UUID]]) -> set[int]:
    return {int(row["i"]) - 1 for row in await conn.fetch(_MEMBERS, *wanted)}


def _mark(key: Key, row: Record) -> MarkMoved:
    return MarkMoved(
        conversation_id=key[0],
        user_id=key[1],
        delivered_seq=row["delivered_seq"],
        read_seq=row["read_seq"],
        delivered_moved=row["delivered_moved"],
        read_moved=row["read_moved"],
        settings=settings_from_column(row["settings"]) if row["clear"] else None,
    )
