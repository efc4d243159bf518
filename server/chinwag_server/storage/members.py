"""Members of conversations: who is in, their marks and settings. Changes run inside a `Change` (facts.py), whose row they count on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Member, MemberRole, Settings
from chinwag_server.domain.policy import Membership
from chinwag_server.storage.conversation_views import member_from_row, settings_from_column, settings_to_column
from chinwag_server.storage.database import Database
from chinwag_server.storage.facts import Change
from chinwag_server.storage.memberships import find_membership, find_membership_by_message

_COLUMNS: Final = "m.user_id, m.role, m.delivered_seq, m.read_seq, m.joined_at, m.first_seq"
_BY_ID: Final = f"SELECT {_COLUMNS} FROM members m WHERE m.conversation_id = $1 AND m.user_id = ANY ($2::uuid[])"  # noqa: S608 - constants of ours
_PAGE: Final = rf"""
    SELECT {_COLUMNS} FROM members m JOIN users u ON u.id = m.user_id
    WHERE m.conversation_id = $1 AND ($2::timestamptz IS NULL OR (m.joined_at, m.user_id) > ($2, $3::uuid))
      AND ($4::text IS NULL OR u.username LIKE $4 OR lower(u.display_name) LIKE $4)
    ORDER BY m.joined_at, m.user_id LIMIT $5"""  # noqa: S608 - constants of ours
_ADD: Final = """
    INSERT INTO members (conversation_id, user_id, first_seq, joined_rev, changed_rev, delivered_seq, read_seq)
    SELECT $1, id, $3::bigint + 1, $4, $4, $3, $3 FROM unnest($2::uuid[]) AS id ORDER BY id"""
_HEIR: Final = """
    SELECT user_id FROM members WHERE conversation_id = $1
    ORDER BY role = 'admin' DESC, joined_at, user_id LIMIT 1"""
_DEPART: Final = """
    INSERT INTO departures (conversation_id, user_id, rev) VALUES ($1, $2, $3)
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET rev = excluded.rev"""


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    """Members by the time they joined; `next` is where to go on after."""

    members: Sequence[Member]
    next: tuple[datetime, UUID] | None


class MemberRepository:
    """Reads members from the pool, changes them inside a `Change`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_membership(self, conversation_id: UUID, user_id: UUID) -> Membership | None:
        return await find_membership(self._database, conversation_id, user_id)

    async def find_membership_by_message(self, message_id: UUID, user_id: UUID) -> Membership | None:
        return await find_membership_by_message(self._database, message_id, user_id)

    async def load_roster(self, conversation_id: UUID) -> dict[UUID, int]:
        """Everyone in the conversation, with the `rev` at which they joined: whom facts are told to."""
        sql = "SELECT user_id, joined_rev FROM members WHERE conversation_id = $1"
        return {row["user_id"]: row["joined_rev"] for row in await self._database.fetch(sql, conversation_id)}

    async def list_members_of(self, conversation_id: UUID, user_ids: Sequence[UUID]) -> set[UUID]:
        """Those of the users who are members."""
        sql = "SELECT user_id FROM members WHERE conversation_id = $1 AND user_id = ANY ($2::uuid[])"
        return {row["user_id"] for row in await self._database.fetch(sql, conversation_id, user_ids)}

    async def list_page(
        self, conversation_id: UUID, *, query: str | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> MemberPage:
        """Members whose user name or display name contains `query`, the longest-serving first."""
        pattern = None if query is None else f"%{_escaped(query.lower())}%"
        at, id_ = after or (None, None)
        rows = await self._database.fetch(_PAGE, conversation_id, at, id_, pattern, limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        return MemberPage(
            members=[member_from_row(row) for row in rows[:limit]],
            next=None if last is None else (last["joined_at"], last["user_id"]),
        )

    async def list_by_id(self, change: Change, user_ids: Sequence[UUID]) -> dict[UUID, Member]:
        """Those of the users who are members, as they are within the change."""
        rows = await change.conn.fetch(_BY_ID, change.conversation.id, user_ids)
        return {row["user_id"]: member_from_row(row) for row in rows}

    async def list_seeing_from(self, change: Change, seq: int) -> list[UUID]:
        """Members who, with history `joined`, may not see message `seq`."""
        sql = "SELECT user_id FROM members WHERE conversation_id = $1 AND first_seq > $2"
        return [row["user_id"] for row in await change.conn.fetch(sql, change.conversation.id, seq)]

    async def add(self, change: Change, user_ids: Sequence[UUID]) -> int:
        """Add users, none of them a member yet; they see from the next `seq` on. Returns the fact's `rev`."""
        id_ = change.conversation.id
        rev = await change.take_rev(
            "members_version = members_version + 1, member_count = member_count + $2", len(user_ids)
        )
        await change.conn.execute(_ADD, id_, user_ids, change.conversation.last_seq, rev)
        sql = "DELETE FROM departures WHERE conversation_id = $1 AND user_id = ANY ($2::uuid[])"
        await change.conn.execute(sql, id_, user_ids)
        return rev

    async def find_heir(self, change: Change) -> UUID | None:
        """Who owns a group whose owner has left: the longest-serving admin, else member; None when nobody is left."""
        return await change.conn.fetchval(_HEIR, change.conversation.id)

    async def remove(self, change: Change, user_id: UUID) -> int:
        """Remove a member. Returns the fact's `rev`."""
        id_ = change.conversation.id
        rev = await change.take_rev("members_version = members_version + 1, member_count = member_count - 1")
        await change.conn.execute("DELETE FROM members WHERE conversation_id = $1 AND user_id = $2", id_, user_id)
        await change.conn.execute(_DEPART, id_, user_id, rev)
        return rev

    async def take_rev(self, change: Change) -> int:
        """The `rev` of a fact about members, which makes every roster of before it stale."""
        return await change.take_rev("members_version = members_version + 1")

    async def set_roles(self, change: Change, roles: Mapping[UUID, MemberRole], *, rev: int) -> dict[UUID, Member]:
        """Give roles as part of the fact that took `rev`. Returns the members as they are then."""
        sql = """UPDATE members m SET role = r.role, changed_rev = $4 FROM unnest($2::uuid[], $3::text[]) AS r (id, role)
                 WHERE m.conversation_id = $1 AND m.user_id = r.id"""
        await change.conn.execute(sql, change.conversation.id, list(roles), list(roles.values()), rev)
        return await self.list_by_id(change, list(roles))

    async def get_settings(self, change: Change, user_id: UUID) -> Settings:
        sql = "SELECT settings FROM members WHERE conversation_id = $1 AND user_id = $2 FOR NO KEY UPDATE"
        return settings_from_column(await change.conn.fetchval(sql, change.conversation.id, user_id))

    async def set_settings(self, change: Change, user_id: UUID, settings: Settings) -> None:
        """Store a member's own settings, which are no fact and take no `rev`."""
        sql = """UPDATE members SET settings = $3::text::jsonb, settings_xid = pg_current_xact_id()
                 WHERE conversation_id = $1 AND user_id = $2"""
        await change.conn.execute(sql, change.conversation.id, user_id, settings_to_column(settings))


def _escaped(text: str) -> str:
    """The text as a literal part of a LIKE pattern."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
