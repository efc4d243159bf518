"""Messages: history by `seq`, one message, pins, who reacted. What a reader may not see is absent, or NotFound.

Sending is `message_writer.py`; editing, deleting, reacting and pinning are `message_changes.py`.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from chinwag_protocol.objects import Message
from chinwag_server.domain.policy import Membership
from chinwag_server.storage.database import Database
from chinwag_server.storage.message_rows import MESSAGE_SELECT, StoredReaction, decode_reactions, message_from_row

_BETWEEN: Final = f"{MESSAGE_SELECT} WHERE m.conversation_id = $1 AND m.seq BETWEEN $2 AND $3 ORDER BY m.seq"
_BY_ID: Final = f"{MESSAGE_SELECT} WHERE m.id = $1"
_SENT: Final = f"{MESSAGE_SELECT} WHERE m.sender_id = $1 AND m.temp_id = $2"
_PINS: Final = f"""{MESSAGE_SELECT}
    WHERE m.conversation_id = $1 AND m.seq >= $2 AND m.pinned_at IS NOT NULL ORDER BY m.pinned_at DESC, m.seq DESC LIMIT $3"""
_REACTIONS: Final = "SELECT reactions FROM messages WHERE id = $1"
_FIRST_SEQ: Final = "SELECT first_seq, last_seq FROM conversations WHERE id = $1"

PINS_MAX: Final = 500


class MessageRepository:
    """Reads messages for somebody whose membership the service has checked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stored_range(self, membership: Membership) -> tuple[int, int]:
        """The oldest and the newest `seq` that the member can read now; the first is above the second when there is none."""
        row = await self._database.fetchrow(_FIRST_SEQ, membership.conversation_id)
        if row is None:
            return 1, 0
        return max(row["first_seq"], membership.visible_from), row["last_seq"]

    async def list_between(self, conversation_id: UUID, first: int, last: int) -> list[Message]:
        """Messages by `seq`, both ends included, oldest first."""
        return [message_from_row(row) for row in await self._database.fetch(_BETWEEN, conversation_id, first, last)]

    async def find(self, message_id: UUID) -> Message | None:
        row = await self._database.fetchrow(_BY_ID, message_id)
        return None if row is None else message_from_row(row)

    async def find_sent(self, sender_id: UUID, temp_id: UUID) -> Message | None:
        """What a sender stored under a tempId, as it is now."""
        row = await self._database.fetchrow(_SENT, sender_id, temp_id)
        return None if row is None else message_from_row(row)

    async def list_pins(self, membership: Membership) -> list[Message]:
        """Pinned messages that the member may see, the newest pin first, at most `PINS_MAX`."""
        rows = await self._database.fetch(_PINS, membership.conversation_id, membership.visible_from, PINS_MAX)
        return [message_from_row(row) for row in rows]

    async def list_reactions(self, message_id: UUID) -> Sequence[StoredReaction]:
        """Everyone who reacted to a message, by emoji, in the order of reacting."""
        return decode_reactions(await self._database.fetchval(_REACTIONS, message_id))
