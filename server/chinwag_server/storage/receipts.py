"""What receipts need beside the marks writer: which direct conversation `senderId` means, and how far it has come."""

from typing import Final
from uuid import UUID

import msgspec

from chinwag_server.storage.database import Database

_DIRECT: Final = """
    SELECT c.id, c.last_seq FROM direct_conversations d JOIN conversations c ON c.id = d.conversation_id
    JOIN members me ON me.conversation_id = c.id AND me.user_id = $1
    WHERE d.low = least($1::uuid, $2::uuid) AND d.high = greatest($1::uuid, $2::uuid) AND (me.opened OR c.last_seq > 0)"""


class DirectHead(msgspec.Struct, frozen=True, kw_only=True):
    """A direct conversation and its newest `seq`."""

    conversation_id: UUID
    last_seq: int


class ReceiptRepository:
    """Reads for receipts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_direct_head(self, user_id: UUID, other_id: UUID) -> DirectHead | None:
        """The direct conversation of two users, if `user_id` may see it."""
        row = await self._database.fetchrow(_DIRECT, user_id, other_id)
        return None if row is None else DirectHead(conversation_id=row["id"], last_seq=row["last_seq"])
