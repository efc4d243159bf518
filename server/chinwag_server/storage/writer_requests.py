"""What the message writer is asked to store, and what came of it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from chinwag_protocol.objects import Message, MessageKind


class WriteStatus(IntEnum):
    """What came of a request. Only STORED is told to anybody but the sender."""

    PENDING = 0
    STORED = 1  # committed now: ack it and tell everyone
    REPEATED = 2  # was stored before with the same body: ack `message`, tell nobody
    CONFLICT = 3  # was stored before with another body
    NOT_FOUND = 4  # no such conversation, or the sender is not a member of it
    INVALID = 5  # the database refuses its content, or one of its attachments is gone
    UNAVAILABLE = 6  # not known to be stored; the same request may succeed later
    INTERNAL = 7  # a fault of ours, logged


class WriteRequest:
    """One message to store. The writer owns it from `submit` until it is told.

    `message_id` is made by the node, so that it can tell its own lost run from another's message. `extra` is
    `message_rows.encode_extra`; its attachments must exist, and are linked in the same transaction. `context` is the caller's.

    When told: `status`; for STORED and REPEATED `message_id`, `seq`, `rev`, `created_at`, `members_version`; for REPEATED
    `message`, the stored one as it is now.
    """

    __slots__ = (
        "body_hash",
        "context",
        "conversation_id",
        "created_at",
        "deadline",
        "extra",
        "kind",
        "members_version",
        "message",
        "message_id",
        "reply_seq",
        "rev",
        "sender_id",
        "seq",
        "status",
        "temp_id",
        "text",
        "twins",
    )

    def __init__(
        self,
        *,
        conversation_id: UUID,
        sender_id: UUID,
        temp_id: UUID,
        body_hash: int,
        message_id: UUID,
        text: str,
        kind: MessageKind = "text",
        reply_seq: int | None = None,
        extra: str | None = None,
        context: Any = None,
    ) -> None:
        self.conversation_id = conversation_id
        self.sender_id = sender_id
        self.temp_id = temp_id
        self.body_hash = body_hash
        self.message_id = message_id
        self.text = text
        self.kind: MessageKind = kind
        self.reply_seq = reply_seq
        self.extra = extra
        self.context = context
        self.status = WriteStatus.PENDING
        self.seq = 0
        self.rev = 0
        self.created_at: datetime | None = None
        self.members_version = 0
        self.message: Message | None = None
        self.deadline = 0.0
        self.twins: list[WriteRequest] | None = None


def body_hash(
    *,
    conversation_id: UUID,
    text: str,
    attachment_ids: Sequence[UUID] = (),
    reply_to: UUID | None = None,
    forward: UUID | None = None,
) -> int:
    """Digest what makes two sends under one tempId the same: a signed integer of 64 bits. *text* is the text as stored."""
    digest = hashlib.blake2b(conversation_id.bytes, digest_size=8)
    digest.update(text.encode("utf-8", "surrogatepass"))
    if attachment_ids or reply_to is not None or forward is not None:
        # no text holds NUL: what follows cannot be mistaken for a part of it
        digest.update(b"\0a" + b"".join(id_.bytes for id_ in attachment_ids))
        digest.update(b"\0r" + (reply_to.bytes if reply_to else b""))
        digest.update(b"\0f" + (forward.bytes if forward else b""))
    return int.from_bytes(digest.digest(), "big", signed=True)
