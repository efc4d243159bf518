"""Conversations as the wire shows them: with one caller's own view of them, or as everybody sees them.

All functions take a connection, so that they can be part of a snapshot or of the transaction that changed something.
Lists come in id order. What the caller may not see is absent.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.limits import MEMBERS_INLINE
from chinwag_protocol.objects import Conversation, Member, Settings
from chinwag_protocol.times import format_time
from chinwag_server.domain.paths import avatar_url
from chinwag_server.storage.driver import Connection, Record
from chinwag_server.storage.message_rows import MESSAGE_SELECT, message_from_row

DEFAULT_SETTINGS: Final = Settings(notify="all", pinned=False, archived=False)

VISIBLE: Final = "(me.opened OR c.last_seq > 0)"
"""Of `members me` and `conversations c`: a direct conversation without messages exists only for whoever opened it."""

_COLUMNS: Final = (
    """c.id, c.kind, c.title, c.avatar, c.history, c.rev, c.last_seq, c.first_seq, c.member_count, c.created_at"""
)

# Unread by subtraction: an own message never lies above the own read_seq, so that only deleted and system messages are taken off.
# While *mark unread* is set, own messages may lie above it, and the others' are counted.
_OWN_VIEW: Final = f"""
SELECT {_COLUMNS}, me.settings,
  CASE WHEN v.marked IS NULL THEN
    greatest(0, c.last_seq - v.base - (SELECT count(*) FROM messages x WHERE x.conversation_id = c.id AND x.seq > v.base
      AND (x.deleted_at IS NOT NULL OR x.kind = 's')))
  ELSE
    (SELECT count(*) FROM messages x WHERE x.conversation_id = c.id AND x.seq >= v.marked AND x.seq >= v.first
      AND x.sender_id <> $1 AND x.deleted_at IS NULL AND x.kind <> 's')
  END AS unread_count,
  (SELECT count(*) FROM messages x WHERE x.conversation_id = c.id AND x.seq > CASE WHEN v.marked IS NULL THEN v.base ELSE greatest(v.marked, v.first) - 1 END
     AND (x.extra ? 'mentions' OR x.extra ? 'mentionsAll') AND x.deleted_at IS NULL AND x.sender_id <> $1
     AND (x.extra ? 'mentionsAll' OR x.extra -> 'mentions' ? $1::uuid::text)) AS mention_count
FROM members me JOIN conversations c ON c.id = me.conversation_id
CROSS JOIN LATERAL (SELECT CASE WHEN c.history = 'joined' THEN me.first_seq ELSE 1 END AS first) f
CROSS JOIN LATERAL (SELECT f.first, greatest(me.read_seq, f.first - 1) AS base, (me.settings ->> 'unreadFromSeq')::bigint AS marked) v
WHERE me.user_id = $1 AND {VISIBLE}"""  # noqa: S608 - constants of ours

_SHARED: Final = f"SELECT {_COLUMNS} FROM conversations c WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id"  # noqa: S608 - constants

_LAST_MESSAGES: Final = f"""{MESSAGE_SELECT} JOIN conversations h ON h.id = m.conversation_id AND h.last_seq = m.seq
WHERE h.id = ANY ($1::uuid[])"""

_MEMBERS: Final = """SELECT m.conversation_id, m.user_id, m.role, m.delivered_seq, m.read_seq, m.joined_at, m.first_seq
FROM conversations c JOIN members m ON m.conversation_id = c.id
WHERE c.id = ANY ($1::uuid[]) AND (c.member_count <= $2 OR m.user_id = $3) ORDER BY m.joined_at, m.user_id"""


async def views(conn: Connection, user_id: UUID, conversation_ids: Sequence[UUID] | None = None) -> list[Conversation]:
    """The caller's conversations with their own view; None means all. Ids they may not see are left out."""
    if conversation_ids is None:
        rows = await conn.fetch(f"{_OWN_VIEW} ORDER BY c.id", user_id)
    elif conversation_ids:
        rows = await conn.fetch(f"{_OWN_VIEW} AND c.id = ANY ($2::uuid[]) ORDER BY c.id", user_id, conversation_ids)
    else:
        return []
    ids = [row["id"] for row in rows]
    last = {row["conversation_id"]: message_from_row(row) for row in await conn.fetch(_LAST_MESSAGES, ids)}
    members = await _members(conn, ids, user_id)
    return [
        _conversation(
            row,
            members=members[row["id"]],
            last_message=last.get(row["id"]),
            unread_count=row["unread_count"],
            mention_count=row["mention_count"],
            settings=settings_from_column(row["settings"]),
        )
        for row in rows
    ]


async def shared_views(conn: Connection, conversation_ids: Sequence[UUID]) -> dict[UUID, Conversation]:
    """Conversations as events carry them: no caller's own view, members only up to 100. Missing ids are left out."""
    rows = await conn.fetch(_SHARED, conversation_ids)
    members = await _members(conn, conversation_ids, None)
    return {row["id"]: _conversation(row, members=members[row["id"]]) for row in rows}


def member_from_row(row: Record) -> Member:
    """Give the Member of a row with role, delivered_seq, read_seq, joined_at and first_seq."""
    return Member(
        user_id=row["user_id"],
        role=row["role"],
        delivered_seq=row["delivered_seq"],
        read_seq=row["read_seq"],
        joined_at=format_time(row["joined_at"]),
        first_seq=row["first_seq"],
    )


def settings_from_column(column: str | None) -> Settings:
    """Give the Settings of the column `members.settings`; NULL means the defaults."""
    return DEFAULT_SETTINGS if column is None else msgspec.json.decode(column, type=Settings)


def settings_to_column(settings: Settings) -> str | None:
    """Give the value of the column `members.settings`. Whoever writes it sets settings_xid = pg_current_xact_id()."""
    return None if settings == DEFAULT_SETTINGS else msgspec.json.encode(settings).decode()


async def _members(conn: Connection, ids: Sequence[UUID], user_id: UUID | None) -> defaultdict[UUID, list[Member]]:
    found: defaultdict[UUID, list[Member]] = defaultdict(list)
    for row in await conn.fetch(_MEMBERS, ids, MEMBERS_INLINE, user_id):
        found[row["conversation_id"]].append(member_from_row(row))
    return found


def _conversation(row: Record, *, members: Sequence[Member], **own_view: object) -> Conversation:
    values: dict[str, object] = {
        "id": row["id"],
        "kind": row["kind"],
        "title": row["title"],
        "avatar_url": avatar_url(row["avatar"]),
        "history": row["history"],
        "rev": row["rev"],
        "last_seq": row["last_seq"],
        "first_seq": row["first_seq"],
        "member_count": row["member_count"],
        "members": tuple(members),
        "created_at": format_time(row["created_at"]),
    }
    return Conversation(**(values | own_view))  # pyright: ignore[reportArgumentType] - the dict holds exactly its fields
