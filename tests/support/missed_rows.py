"""Messages and conversations as rows of a database would give them, made by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chinwag_protocol.objects import Conversation, Member, Message
from chinwag_server.storage.missed import Missed, MissedMessage

CONVERSATION = UUID(int=50)
AT = "2026-11-24T20:00:00.000Z"


def message(seq: int, *, rev: int, conversation_id: UUID = CONVERSATION, **more: Any) -> Message:
    """A plain text."""
    given: dict[str, Any] = {
        "id": UUID(int=1_000 + seq),
        "sender_id": UUID(int=1),
        "kind": "text",
        "text": f"text {seq}",
        "attachments": (),
        "mentions": (),
        "mentions_all": False,
        "reactions": (),
        "created_at": AT,
    }
    return Message(conversation_id=conversation_id, seq=seq, rev=rev, **(given | more))


def member(user_id: UUID, **more: Any) -> Member:
    """A plain member."""
    given: dict[str, Any] = {"role": "member", "delivered_seq": 0, "read_seq": 0, "joined_at": AT, "first_seq": 1}
    return Member(user_id=user_id, **(given | more))


def missed(*messages: Message | MissedMessage, after: int, rev: int, last_seq: int, **more: Any) -> Missed:
    """What lies behind `after` in a group that has come to `rev` and `last_seq`."""
    conversation = Conversation(
        id=CONVERSATION,
        kind="group",
        title="now",
        history="all",
        rev=rev,
        last_seq=last_seq,
        first_seq=1,
        member_count=2,
        members=(),
        created_at=AT,
    )
    rows = tuple(row if isinstance(row, MissedMessage) else MissedMessage(row, False) for row in messages)
    return Missed(conversation=conversation, members_version=7, after=after, messages=rows, **more)


def changed(seq: int, *, rev: int, **more: Any) -> MissedMessage:
    """A message that was edited at `rev`."""
    return MissedMessage(message(seq, rev=rev, edited_at=AT, **more), True)
