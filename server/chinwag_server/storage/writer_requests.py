"""What the message writer is asked to store, and what came of it."""

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

    `body_hash` is `chinwag_protocol.rules.body_hash`. `message_id` is made by the node, so that it can tell its own lost run from another's message. `extra` is
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
