"""Changes to one conversation, one transaction each: the row lock, the counter `rev`, the system message.

A service opens a `Change`, asks `policy.authorize` with its membership, lets repositories change what it wants, and publishes after
the block, when all of it is committed. Locks are taken in the order conversation, members, messages, so that neither two changes
nor a change and the message writer wait for each other in a circle.
"""

import contextlib
from collections.abc import AsyncGenerator
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Message, SystemFact
from chinwag_protocol.times import format_time
from chinwag_server.domain.errors import NotFound
from chinwag_server.domain.policy import Membership
from chinwag_server.domain.records import ConversationRecord
from chinwag_server.storage.database import Database
from chinwag_server.storage.driver import Connection, Record
from chinwag_server.storage.memberships import find_membership

COLUMNS: Final = (
    "id, kind, history, title, avatar, member_count, members_version, rev, first_seq, last_seq, created_at, last_at"
)
LOCK: Final = f"SELECT {COLUMNS} FROM conversations WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 - a constant of ours
SYSTEM: Final = "SELECT o_seq, o_rev, o_at FROM write_system_message($1, $2, $3, $4::text::jsonb)"


def conversation_record(row: Record) -> ConversationRecord:
    """A row of `COLUMNS`."""
    return ConversationRecord(**dict(zip(ConversationRecord.__struct_fields__, row, strict=True)))


class Change:
    """A conversation whose row this transaction holds.

    `conversation` follows every change made here; `membership` is the caller's when the row was locked (None: not a member, or
    no such conversation).
    """

    def __init__(
        self, conn: Connection, conversation: ConversationRecord | None, membership: Membership | None = None
    ) -> None:
        self.conn = conn
        self.membership = membership
        self._conversation = conversation

    @property
    def conversation(self) -> ConversationRecord:
        """The row as it is now. Raises NotFound when there is none."""
        if self._conversation is None:
            raise NotFound("no such conversation")
        return self._conversation

    def take_over(self, conversation: ConversationRecord) -> None:
        """The conversation was made in this transaction."""
        self._conversation = conversation

    async def update(self, assignments: str, *args: object) -> ConversationRecord:
        """Change columns (`title = $2`, …) without counting it as a fact."""
        sql = f"UPDATE conversations SET {assignments} WHERE id = $1 RETURNING {COLUMNS}"  # noqa: S608 - own SQL
        row = await self.conn.fetchrow(sql, self.conversation.id, *args)
        assert row is not None, "the row is locked"
        self._conversation = conversation_record(row)
        return self._conversation

    async def take_rev(self, assignments: str = "", *args: object) -> int:
        """Take the next `rev` for a fact, which may change columns along with it."""
        return (await self.update(f"rev = rev + 1{', ' * bool(assignments)}{assignments}", *args)).rev

    async def write_system(self, actor_id: UUID, message_id: UUID, fact: SystemFact) -> Message:
        """Write the system message of a change: it takes the next `rev` and `seq`, and moves the actor's own marks over it."""
        id_ = self.conversation.id
        row = await self.conn.fetchrow(SYSTEM, id_, message_id, actor_id, msgspec.json.encode(fact).decode())
        assert row is not None, "a function returns a row"
        self._conversation = msgspec.structs.replace(
            self.conversation, last_seq=row["o_seq"], rev=row["o_rev"], last_at=row["o_at"]
        )
        return Message(
            id=message_id,
            conversation_id=id_,
            seq=row["o_seq"],
            rev=row["o_rev"],
            sender_id=actor_id,
            kind="system",
            text="",
            attachments=(),
            mentions=(),
            mentions_all=False,
            reactions=(),
            created_at=format_time(row["o_at"]),
            system=fact,
        )


class FactRepository:
    """Opens changes. All raise Unavailable on an outage; if it happened at COMMIT, the outcome is unknown."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextlib.asynccontextmanager
    async def change(self, conversation_id: UUID, user_id: UUID) -> AsyncGenerator[Change]:
        """Lock a conversation for a change by `user_id`; the end of the block commits."""
        async with self._database.transaction() as conn:
            row = await conn.fetchrow(LOCK, conversation_id)
            # a statement of its own: within the lock's it would see the members of before the wait
            membership = await find_membership(conn, conversation_id, user_id)
            yield Change(conn, conversation_record(row) if row else None, membership)

    @contextlib.asynccontextmanager
    async def creation(self) -> AsyncGenerator[Change]:
        """A change that will make its conversation; the end of the block commits."""
        async with self._database.transaction() as conn:
            yield Change(conn, None)
