"""What changed since a transaction id and takes no `rev`: marks, settings, people. Read by services/missed_changes.py."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.limits import MEMBERS_INLINE
from chinwag_protocol.objects import Settings
from chinwag_server.storage.conversation_views import settings_from_column
from chinwag_server.storage.database import Database

_NOW: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
_MARKS: Final = """
    SELECT m.conversation_id, m.user_id, m.delivered_seq, m.read_seq, c.member_count <= $3 AS is_small
    FROM members m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.conversation_id = ANY ($1::uuid[]) AND m.marks_xid >= $2::text::xid8"""
_SETTINGS: Final = """
    SELECT user_id, conversation_id, settings FROM members
    WHERE user_id = ANY ($1::uuid[]) AND settings_xid >= $2::text::xid8"""
_USERS: Final = "SELECT id FROM users WHERE changed_xid >= $1::text::xid8"


class ChangedMark(msgspec.Struct, frozen=True):
    """The marks of a member as they are. `is_small`: all members hear of it, not only its owner's sessions."""

    conversation_id: UUID
    user_id: UUID
    delivered_seq: int
    read_seq: int
    is_small: bool


class ChangeRepository:
    """Raises Unavailable on an outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> str:
        """The transaction id that every change not yet visible has, or a higher one."""
        return await self._database.fetchval(_NOW)

    async def list_marks(self, conversation_ids: Sequence[UUID], *, since: str) -> list[ChangedMark]:
        """Marks in these conversations."""
        rows = await self._database.fetch(_MARKS, conversation_ids, since, MEMBERS_INLINE)
        return [ChangedMark(*row) for row in rows]

    async def list_settings(self, user_ids: Sequence[UUID], *, since: str) -> list[tuple[UUID, UUID, Settings]]:
        """Settings of these users: whose, of which conversation, and what they are."""
        rows = await self._database.fetch(_SETTINGS, user_ids, since)
        return [(row["user_id"], row["conversation_id"], settings_from_column(row["settings"])) for row in rows]

    async def list_users(self, *, since: str) -> list[UUID]:
        """Users whose name, picture, status or role changed."""
        return [row["id"] for row in await self._database.fetch(_USERS, since)]
