"""A row of messages and the Message of the wire: the one place that turns either into the other.

Every query that returns messages is built from MESSAGE_SELECT, so that all of them carry the same columns:

    rows = await conn.fetch(f"{MESSAGE_SELECT} WHERE m.id = $1", message_id)
    message = message_from_row(rows[0])
"""

from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.limits import REACTION_USER_IDS
from chinwag_protocol.objects import Attachment, ForwardedFrom, Message, MessageKind, Reaction, ReplyTo, SystemFact
from chinwag_protocol.times import format_time
from chinwag_server.storage.driver import Record

KIND_CODES: Final[dict[MessageKind, str]] = {"text": "t", "image": "i", "voice": "v", "file": "f", "system": "s"}
_KINDS: Final[dict[bytes, MessageKind]] = {code.encode(): kind for kind, code in KIND_CODES.items()}

MESSAGE_COLUMNS: Final = """m.id, m.conversation_id, m.seq, m.rev, m.sender_id, m.temp_id, m.kind, m.text, m.extra, m.reactions,
  m.created_at, m.edited_at, m.deleted_at, m.pinned_at, r.id AS reply_id, r.seq AS reply_seq, r.sender_id AS reply_sender_id,
  CASE WHEN r.id IS NULL THEN NULL
       WHEN (SELECT c.history FROM conversations c WHERE c.id = m.conversation_id) = 'joined' THEN ''
       ELSE left(r.text, 140) END AS reply_excerpt"""
"""Of `m`, the message, and `r`, the one it answers. With history `joined` the excerpt is empty: not everyone may see it."""

MESSAGE_TABLES: Final = (
    "messages m LEFT JOIN messages r ON r.conversation_id = m.conversation_id AND r.seq = m.reply_seq"
)
MESSAGE_SELECT: Final = f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES}"  # noqa: S608 - constants of ours


class MessageExtra(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The column `extra`: what most messages do not have."""

    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[UUID, ...] = ()
    mentions_all: bool = False
    forwarded_from: ForwardedFrom | None = None
    system: SystemFact | None = None


class StoredReaction(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An element of the column `reactions`: one emoji and everyone who gave it, in the order of reacting."""

    emoji: str
    user_ids: tuple[UUID, ...]


_NO_EXTRA: Final = MessageExtra()
_extra_decoder = msgspec.json.Decoder(MessageExtra)
_reactions_decoder = msgspec.json.Decoder(tuple[StoredReaction, ...])


def encode_extra(extra: MessageExtra) -> str | None:
    """Give the value of the column `extra`: JSON, or None when there is nothing to store."""
    return None if extra == _NO_EXTRA else msgspec.json.encode(extra).decode()


def decode_extra(column: str | None) -> MessageExtra:
    return _NO_EXTRA if column is None else _extra_decoder.decode(column)


def encode_reactions(reactions: tuple[StoredReaction, ...]) -> str | None:
    """Give the value of the column `reactions`; emojis that nobody gives any more are left out."""
    kept = tuple(reaction for reaction in reactions if reaction.user_ids)
    return msgspec.json.encode(kept).decode() if kept else None


def decode_reactions(column: str | None) -> tuple[StoredReaction, ...]:
    return () if column is None else _reactions_decoder.decode(column)


def message_from_row(row: Record) -> Message:
    """Give the Message of a row of MESSAGE_SELECT, as it is now."""
    extra = decode_extra(row["extra"])
    edited_at, deleted_at, pinned_at = row["edited_at"], row["deleted_at"], row["pinned_at"]
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        rev=row["rev"],
        sender_id=row["sender_id"],
        temp_id=row["temp_id"],
        kind=_KINDS[row["kind"]],
        text=row["text"],
        attachments=extra.attachments,
        mentions=extra.mentions,
        mentions_all=extra.mentions_all,
        reply_to=_reply_to(row),
        forwarded_from=extra.forwarded_from,
        pinned_at=pinned_at and format_time(pinned_at),
        reactions=tuple(
            Reaction(emoji=stored.emoji, count=len(stored.user_ids), user_ids=stored.user_ids[:REACTION_USER_IDS])
            for stored in decode_reactions(row["reactions"])
        ),
        created_at=format_time(row["created_at"]),
        edited_at=edited_at and format_time(edited_at),
        deleted_at=deleted_at and format_time(deleted_at),
        system=extra.system,
    )


def _reply_to(row: Record) -> ReplyTo | None:
    if row["reply_id"] is None:
        return None
    return ReplyTo(
        id=row["reply_id"], seq=row["reply_seq"], sender_id=row["reply_sender_id"], excerpt=row["reply_excerpt"]
    )
