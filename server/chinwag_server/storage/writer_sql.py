"""One batch of the message writer, one call of PL/pgSQL, one transaction (the functions are in migrations/0001_base.sql).

`commit` first runs without lookups; what a repeat or a stranger breaks is rolled back whole and runs again with them.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import asyncpg

from chinwag_server.storage.driver import Connection, Record, Statement
from chinwag_server.storage.message_rows import KIND_CODES, MESSAGE_COLUMNS, MESSAGE_TABLES, message_from_row
from chinwag_server.storage.writer_requests import WriteRequest, WriteStatus

SESSION: Final = {
    # the planner knows nothing about arrays: its guess of ten rows keeps index lookups, and one plan serves for good
    "plan_cache_mode": "force_generic_plan",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "lock_timeout": "4000",
    "statement_timeout": "4500",
}
"""Settings of a writer's connection; times in milliseconds, both below the writer's own deadline for a statement."""

SUSPICIOUS_S: Final = 1.0
"""Repeats come in showers (a node or the network came back): after one, look up first for so long."""

_STRANGER: Final = "CW001"
_REPEAT: Final = "23505"
_LEFT_OUT: Final = (WriteStatus.NOT_FOUND, WriteStatus.REPEATED, WriteStatus.CONFLICT)
_TEXT: Final = KIND_CODES["text"]
_as_integer = attrgetter("int")

_ONE: Final = "SELECT * FROM send_one($1,$2,$3,$4,$5,$6,$7,$8,$9)"
_BATCH: Final = "SELECT * FROM send_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)"
_CHECKED: Final = "SELECT * FROM send_checked($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)"
_STORED: Final = f"""SELECT {MESSAGE_COLUMNS}, m.body_hash, c.members_version
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS k (sender, temp, ord)
CROSS JOIN LATERAL (SELECT * FROM messages s WHERE s.sender_id = k.sender AND s.temp_id = k.temp) x
JOIN {MESSAGE_TABLES} ON m.conversation_id = x.conversation_id AND m.seq = x.seq
JOIN conversations c ON c.id = m.conversation_id ORDER BY k.ord"""  # noqa: S608 - constants of ours


class WriterConnection:
    """A connection with the statements of a lane prepared on it."""

    def __init__(self, conn: Connection, one: Statement, batch: Statement, checked: Statement) -> None:
        self.conn = conn
        self._one, self._batch, self._checked = one, batch, checked

    @classmethod
    async def prepare(cls, conn: Connection) -> "WriterConnection":
        statements = await conn.prepare(_ONE), await conn.prepare(_BATCH), await conn.prepare(_CHECKED)
        # asyncpg ends a prepare with Flush: without this, the transaction and its statement timeout go on until the first batch
        await conn.execute("SELECT")
        return cls(conn, *statements)

    async def commit(self, batch: Sequence[WriteRequest], *, look_first: bool) -> bool:
        """Store *batch* and fill in status and numbers. Tells whether it had to look up. Driver errors pass.

        A request that was left out as REPEATED or CONFLICT has no numbers yet, see `read_back`.
        """
        if not look_first:
            try:
                if len(batch) == 1:
                    await self._commit_one(batch[0])
                else:
                    await self._commit_batch(batch)
                return False
            except asyncpg.PostgresError as error:
                if error.sqlstate not in (_STRANGER, _REPEAT):  # pyright: ignore[reportAttributeAccessIssue] - set by a metaclass
                    raise
        await self._commit_checked(batch)
        return True

    async def _commit_one(self, request: WriteRequest) -> None:
        code = KIND_CODES[request.kind]
        row = await self._one.fetchrow(
            request.conversation_id,
            request.sender_id,
            request.temp_id,
            request.body_hash,
            request.message_id,
            request.text,
            code,
            request.reply_seq,
            request.extra,
        )
        assert row is not None
        request.seq, request.rev, request.created_at, request.members_version = row
        request.status = WriteStatus.STORED

    async def _commit_batch(self, batch: Sequence[WriteRequest]) -> None:
        heads, counts, rows, numbers = number(batch)
        marks = len({(request.conversation_id, request.sender_id) for request in batch})
        answer = await self._batch.fetchrow(heads, counts, rows, numbers, *columns(batch), marks)
        assert answer is not None
        settle(batch, rows, *answer)

    async def _commit_checked(self, batch: Sequence[WriteRequest]) -> None:
        heads, counts, rows, numbers = number(batch)
        answer = await self._checked.fetchrow(heads, counts, rows, numbers, *columns(batch))
        assert answer is not None
        seqs, revs, ats, versions, bad = answer
        stored: list[WriteRequest] = list(batch)
        if bad is not None:
            left_out: dict[int, WriteStatus] = {(code >> 2) - 1: _LEFT_OUT[code & 3] for code in bad}
            for position, status in left_out.items():
                batch[position].status = status
            stored = [request for position, request in enumerate(batch) if position not in left_out]
            rows = [row for position, row in enumerate(rows) if position not in left_out]
        settle(stored, rows, seqs, revs, ats, versions)

    async def read_back(self, repeats: Sequence[WriteRequest]) -> None:
        """Give REPEATED and CONFLICT requests what is stored under their (sender, tempId), as it is now.

        A row that bears the request's own message id was stored by a run whose answer was lost. Nobody has been told of
        it, so it is STORED now. A request whose row is not there is left as it is.
        """
        rows = await self.conn.fetch(_STORED, [r.sender_id for r in repeats], [r.temp_id for r in repeats])
        found = {(row["sender_id"], row["temp_id"]): row for row in rows}
        for request in repeats:
            row = found.get((request.sender_id, request.temp_id))
            if row is not None:
                _take(request, row)


def _take(request: WriteRequest, row: Record) -> None:
    if row["body_hash"] != request.body_hash:
        request.status = WriteStatus.CONFLICT
        return
    request.status = WriteStatus.STORED if row["id"] == request.message_id else WriteStatus.REPEATED
    request.message = message_from_row(row)
    request.message_id, request.seq, request.rev = row["id"], row["seq"], row["rev"]
    request.created_at, request.members_version = row["created_at"], row["members_version"]


def number(batch: Sequence[WriteRequest]) -> tuple[list[UUID], list[int], list[int], list[int]]:
    """Number a batch for the functions: its conversations, sorted; how many of each; and for each message the index
    (from 1) of its conversation and its number (from 1) within it."""
    heads = sorted({request.conversation_id for request in batch}, key=_as_integer)
    index = {head: position for position, head in enumerate(heads)}
    counts, rows, numbers = [0] * len(heads), list[int](), list[int]()
    for request in batch:
        position = index[request.conversation_id]
        counts[position] = count = counts[position] + 1
        rows.append(position + 1)
        numbers.append(count)
    return heads, counts, rows, numbers


def columns(batch: Sequence[WriteRequest]) -> tuple[Any, ...]:
    """The batch as arrays, from sender to extra. A column that no row uses is NULL, which nobody has to encode."""
    kinds = [KIND_CODES[r.kind] for r in batch]
    replies = [r.reply_seq for r in batch]
    extras = [r.extra for r in batch]
    return (
        [r.sender_id for r in batch],
        [r.temp_id for r in batch],
        [r.body_hash for r in batch],
        [r.message_id for r in batch],
        [r.text for r in batch],
        kinds if any(kind != _TEXT for kind in kinds) else None,
        replies if any(replies) else None,
        extras if any(extras) else None,
    )


def settle(
    stored: Sequence[WriteRequest],
    rows: Sequence[int],
    seqs: Sequence[int],
    revs: Sequence[int],
    ats: Sequence[datetime],
    versions: Sequence[int],
) -> None:
    """Give every request that was stored its numbers; seqs and revs are those before the batch."""
    counts = [0] * len(seqs or ())
    for request, row in zip(stored, rows, strict=True):
        head = row - 1
        counts[head] = count = counts[head] + 1
        request.seq, request.rev = seqs[head] + count, revs[head] + count
        request.created_at, request.members_version = ats[head], versions[head]
        request.status = WriteStatus.STORED
