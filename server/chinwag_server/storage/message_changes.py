"""Changes to a message that is there: edited, deleted, reacted to, pinned. Each runs inside a `Change` (facts.py) and takes its `rev`.

Methods store what the service decided; whether it is allowed, and whether it changes anything, was asked before.
"""

from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Message
from chinwag_server.storage.driver import Record
from chinwag_server.storage.facts import Change
from chinwag_server.storage.message_rows import (
    MESSAGE_SELECT,
    MessageExtra,
    StoredReaction,
    decode_extra,
    decode_reactions,
    encode_extra,
    encode_reactions,
    message_from_row,
)

_BY_ID: Final = f"{MESSAGE_SELECT} WHERE m.conversation_id = $1 AND m.id = $2"
_NOW: Final = "clock_timestamp()::timestamptz(3)"


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message, with what of its row the wire cuts short."""

    message: Message
    extra: MessageExtra
    reactions: tuple[StoredReaction, ...]


class MessageChangeRepository:
    """Changes messages of the conversation that a `Change` holds."""

    async def find(self, change: Change, message_id: UUID) -> StoredMessage | None:
        """The message as it is within the change; None when it is not one of this conversation."""
        row = await change.conn.fetchrow(_BY_ID, change.conversation.id, message_id)
        return None if row is None else _stored(row)

    async def edit(self, change: Change, stored: StoredMessage, *, text: str, mentions: tuple[UUID, ...]) -> Message:
        extra = msgspec.structs.replace(stored.extra, mentions=mentions)
        return await self._update(
            change, stored, f"text = $4, extra = $5::text::jsonb, edited_at = {_NOW}", text, encode_extra(extra)
        )

    async def delete(self, change: Change, stored: StoredMessage) -> Message:
        """Leave a tombstone: who, when and whom it answered. Its files are forgotten, unless another message holds them."""
        extra = MessageExtra(forwarded_from=stored.extra.forwarded_from)
        await self._update(
            change,
            stored,
            f"text = '', extra = $4::text::jsonb, reactions = NULL, pinned_at = NULL, deleted_at = {_NOW}",
            encode_extra(extra),
        )
        await change.conn.fetchval("SELECT forget_attachments($1)", stored.message.id)
        return await self._get(change, stored.message.id)

    async def set_reactions(
        self, change: Change, stored: StoredMessage, reactions: tuple[StoredReaction, ...]
    ) -> Message:
        return await self._update(change, stored, "reactions = $4::text::jsonb", encode_reactions(reactions))

    async def pin(self, change: Change, stored: StoredMessage, *, on: bool) -> Message:
        return await self._update(change, stored, f"pinned_at = CASE WHEN $4::bool THEN {_NOW} END", on)

    async def _update(self, change: Change, stored: StoredMessage, assignments: str, *args: object) -> Message:
        rev = await change.take_rev()
        sql = f"UPDATE messages SET rev = $3, changed = true, {assignments} WHERE conversation_id = $1 AND seq = $2"  # noqa: S608 - own SQL
        await change.conn.execute(sql, change.conversation.id, stored.message.seq, rev, *args)
        return await self._get(change, stored.message.id)

    async def _get(self, change: Change, message_id: UUID) -> Message:
        row = await change.conn.fetchrow(_BY_ID, change.conversation.id, message_id)
        assert row is not None, "nobody deletes rows of a locked conversation"
        return message_from_row(row)


def _stored(row: Record) -> StoredMessage:
    return StoredMessage(
        message=message_from_row(row), extra=decode_extra(row["extra"]), reactions=decode_reactions(row["reactions"])
    )
