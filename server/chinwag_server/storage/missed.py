"""What happened in conversations behind a `rev`, as far as the rows of today still say it. Called by services/repair.py.

A message tells the `rev` of its last change only, a member those of joining and of the last role; that a title changed is not told at
all. `services/missed_facts.py` makes facts of it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Conversation, Member, Message
from chinwag_server.storage.conversation_views import member_from_row, shared_views
from chinwag_server.storage.database import Database
from chinwag_server.storage.driver import Connection, Record
from chinwag_server.storage.message_rows import MESSAGE_COLUMNS, message_from_row
from chinwag_server.storage.sync_sql import HEADS_GIVEN, SINCE

MOST: Final = 500
"""Who misses more than this in one conversation is told the last `TOLD`, sees the gap and asks `/sync`."""
TOLD: Final = 50
_FIRST_MESSAGE: Final = 2
"""The `rev` of the first message of a direct conversation."""

_HEADS: Final = """
    SELECT id, rev, last_seq, members_version FROM conversations WHERE id = ANY ($1::uuid[]) ORDER BY id"""
_MESSAGES: Final = f"""
    SELECT {MESSAGE_COLUMNS}, m.changed FROM {HEADS_GIVEN} CROSS JOIN LATERAL {SINCE} m
    LEFT JOIN messages r ON r.conversation_id = m.conversation_id AND r.seq = m.reply_seq ORDER BY m.conversation_id, m.seq"""  # noqa: S608 - constants of ours
_MEMBERS: Final = """
    SELECT m.conversation_id, m.user_id, m.role, m.delivered_seq, m.read_seq, m.joined_at, m.first_seq, m.joined_rev, m.changed_rev
    FROM unnest($1::uuid[], $2::bigint[]) AS k (id, cursor) JOIN members m ON m.conversation_id = k.id
    WHERE m.joined_rev > k.cursor OR m.changed_rev > k.cursor ORDER BY m.joined_at, m.user_id"""
_DEPARTED: Final = """
    SELECT d.conversation_id, d.user_id, d.rev FROM unnest($1::uuid[], $2::bigint[]) AS k (id, cursor)
    JOIN departures d ON d.conversation_id = k.id AND d.rev > k.cursor ORDER BY d.rev"""
_SEEING_LESS: Final = """
    SELECT m.conversation_id, m.user_id, m.first_seq FROM unnest($1::uuid[], $2::bigint[]) AS k (id, seq)
    JOIN conversations c ON c.id = k.id JOIN members m ON m.conversation_id = c.id
    WHERE c.history = 'joined' AND m.first_seq > k.seq"""
_UNOPENED: Final = """
    SELECT m.conversation_id, m.user_id FROM conversations c JOIN members m ON m.conversation_id = c.id
    WHERE c.id = ANY ($1::uuid[]) AND c.kind = 'direct' AND NOT m.opened"""

ById = defaultdict[UUID, dict[int, list[Member]]]


class MissedMessage(msgspec.Struct, frozen=True):
    """A message as it is now. `changed`: its `rev` is not that of its creation, or may not be."""

    message: Message
    changed: bool


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation behind `after`. `conversation` is as it is now, its `rev` the last; messages come by `seq`."""

    conversation: Conversation
    members_version: int
    after: int
    messages: tuple[MissedMessage, ...] = ()
    joined: Mapping[int, Sequence[Member]] = {}
    changed: Mapping[int, Sequence[Member]] = {}
    left: Mapping[int, Sequence[UUID]] = {}
    first_seqs: Mapping[UUID, int] = {}
    """With history `joined`: members who may not see some of the changed messages, and from which `seq` on they see."""
    unopened: Sequence[UUID] = ()
    """Of a direct conversation: who has not opened it, and hears of it with its first message."""


class MissedRepository:
    """Reads all of it from one snapshot. Raises Unavailable on an outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_behind(self, revs: Mapping[UUID, int]) -> list[Missed]:
        """What lies behind the `rev` given for each conversation; those that have ended, or where nothing does, are absent."""
        async with self._database.snapshot() as conn:
            rows = await conn.fetch(_HEADS, list(revs))
            heads = {row["id"]: row for row in rows if row["rev"] > revs[row["id"]]}
            if not heads:
                return []
            after = {id_: _after(head["rev"], revs[id_]) for id_, head in heads.items()}
            messages = await _messages(conn, heads, after)
            joined, changed = await _members(conn, after)
            left = await _departed(conn, after)
            first_seqs = await _first_seqs(conn, messages)
            unopened = await _unopened(conn, [id_ for id_, rev in after.items() if rev < _FIRST_MESSAGE])
            found = await shared_views(conn, list(heads))
        return [
            Missed(
                conversation=found[id_],
                members_version=head["members_version"],
                after=after[id_],
                messages=tuple(messages[id_]),
                joined=joined[id_],
                changed=changed[id_],
                left=left[id_],
                first_seqs=first_seqs[id_],
                unopened=unopened[id_],
            )
            for id_, head in heads.items()
        ]


def _after(rev: int, after: int) -> int:
    return after if rev - after <= MOST else rev - TOLD


async def _messages(
    conn: Connection, heads: Mapping[UUID, Record], after: Mapping[UUID, int]
) -> defaultdict[UUID, list[MissedMessage]]:
    revs, lasts = [head["rev"] for head in heads.values()], [head["last_seq"] for head in heads.values()]
    rows = await conn.fetch(_MESSAGES, list(heads), list(after.values()), revs, lasts, [1] * len(heads))
    messages: defaultdict[UUID, list[MissedMessage]] = defaultdict(list)
    for row in rows:
        messages[row["conversation_id"]].append(MissedMessage(message_from_row(row), row["changed"]))
    return messages


async def _members(conn: Connection, after: Mapping[UUID, int]) -> tuple[ById, ById]:
    """Who joined and whose role changed, by conversation and `rev`."""
    joined: ById = defaultdict(dict)
    changed: ById = defaultdict(dict)
    for row in await conn.fetch(_MEMBERS, list(after), list(after.values())):
        id_, member = row["conversation_id"], member_from_row(row)
        if row["joined_rev"] > after[id_]:
            joined[id_].setdefault(row["joined_rev"], []).append(member)
        if row["changed_rev"] > max(after[id_], row["joined_rev"]):
            changed[id_].setdefault(row["changed_rev"], []).append(member)
    return joined, changed


async def _departed(conn: Connection, after: Mapping[UUID, int]) -> defaultdict[UUID, dict[int, list[UUID]]]:
    left: defaultdict[UUID, dict[int, list[UUID]]] = defaultdict(dict)
    for row in await conn.fetch(_DEPARTED, list(after), list(after.values())):
        left[row["conversation_id"]].setdefault(row["rev"], []).append(row["user_id"])
    return left


async def _first_seqs(
    conn: Connection, messages: Mapping[UUID, Sequence[MissedMessage]]
) -> defaultdict[UUID, dict[UUID, int]]:
    first_seqs: defaultdict[UUID, dict[UUID, int]] = defaultdict(dict)
    oldest = {
        id_: min(missed.message.seq for missed in changed)
        for id_, rows in messages.items()
        if (changed := [missed for missed in rows if missed.changed])
    }
    if oldest:
        for row in await conn.fetch(_SEEING_LESS, list(oldest), list(oldest.values())):
            first_seqs[row["conversation_id"]][row["user_id"]] = row["first_seq"]
    return first_seqs


async def _unopened(conn: Connection, ids: Sequence[UUID]) -> defaultdict[UUID, list[UUID]]:
    unopened: defaultdict[UUID, list[UUID]] = defaultdict(list)
    if ids:
        for row in await conn.fetch(_UNOPENED, ids):
            unopened[row["conversation_id"]].append(row["user_id"])
    return unopened
