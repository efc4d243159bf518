"""Rules about a request that need no database: what is wrong with it, and what is derived from it alone.

The functions are pure. Those named `…_problem` give None, or the camelCase name of the field at fault and why; texts
are checked by `text`.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal
from uuid import UUID

import msgspec

from .commands import MarkMessages, SendMessage
from .errors import TextError
from .http import GroupRequest, SyncRequest
from .limits import Limits

_ABSENT = bytes(16)


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a request: answered as `invalid`."""

    field: str
    message: str

    def error(self) -> TextError:
        """Give the exception to raise for it."""
        return TextError(self.field, self.message)


def send_problem(command: SendMessage, *, limits: Limits) -> Problem | None:
    """Find what is wrong with a `sendMessage`, its text's content apart."""
    if command.enc is not None:
        return Problem("enc", "reserved")
    if (command.receiver_id is None) is (command.conversation_id is None):
        field = "conversationId" if command.receiver_id is None else "receiverId"
        return Problem(field, "either receiverId or conversationId")
    if command.mentions_all and command.receiver_id is not None:
        return Problem("mentionsAll", "not in a direct conversation")
    if command.image is not None and command.voice is not None:
        return Problem("voice", "either image or voice")
    has_text = bool(command.text) and not command.text.isspace()
    attachments = attachment_ids(command)
    if command.forward is not None:
        return Problem("forward", "stands alone") if has_text or attachments else None
    if not attachments:
        return None if has_text else Problem("text", "a text or an attachment is needed")
    if len(attachments) > limits.attachments_per_message:
        return Problem("files", f"more than {limits.attachments_per_message} attachments")
    if len(attachments) > 1 and len(set(attachments)) < len(attachments):
        return Problem("files", "an attachment is named twice")
    return None


def attachment_ids(command: SendMessage) -> tuple[UUID, ...]:
    """Give the attachments in their order: the image or voice message first."""
    files = command.files or ()
    first = command.image or command.voice
    return files if first is None else (first, *files)


def message_kind(command: SendMessage) -> Literal["text", "image", "voice", "file"]:
    """Give the `kind` of the message; a forwarded one takes that of the message it copies instead."""
    if command.image is not None:
        return "image"
    if command.voice is not None:
        return "voice"
    return "file" if command.files else "text"


def body_hash(
    *, conversation_id: UUID, text: str, attachment_ids: Iterable[UUID], reply_to: UUID | None, forward: UUID | None
) -> int:
    """Hash what makes two `sendMessage` the same: a signed integer of 64 bits, never changed once stored.

    `text` is as it would be stored. For a forward, text and attachments are those of the command, so none: what it
    copies may be edited between two tries. BLAKE2b of 8 bytes over ids of 16 bytes each, conversation, reply, forward
    and attachments, before the latter their number in two bytes, and the text in UTF-8.
    """
    ids = [attachment.bytes for attachment in attachment_ids]
    digest = blake2b(
        b"".join(
            (
                conversation_id.bytes,
                _ABSENT if reply_to is None else reply_to.bytes,
                _ABSENT if forward is None else forward.bytes,
                len(ids).to_bytes(2),
                *ids,
                text.encode(),
            )
        ),
        digest_size=8,
    )
    return int.from_bytes(digest.digest(), signed=True)


def mark_problem(command: MarkMessages) -> Problem | None:
    """Find what is wrong with `messagesDelivered` or `messagesRead`: a conversation and `seq`, or a sender alone."""
    if command.sender_id is not None:
        if command.conversation_id is not None or command.seq is not None:
            return Problem("senderId", "either senderId, or conversationId and seq")
        return None
    if command.conversation_id is None:
        return Problem("conversationId", "either senderId, or conversationId and seq")
    return Problem("seq", "missing") if command.seq is None else None


def sync_problem(request: SyncRequest, *, limits: Limits) -> Problem | None:
    """Find what is wrong with a `/sync`."""
    if len(request.cursors) > limits.sync_cursors:
        return Problem("cursors", f"more than {limits.sync_cursors} cursors")
    return None


def group_problem(request: GroupRequest, *, caller_id: UUID, limits: Limits) -> Problem | None:
    """Find what is wrong with the members of a new group, the caller being one of them in any case."""
    if len({caller_id, *request.member_ids}) > limits.group_members:
        return Problem("memberIds", f"more than {limits.group_members} members")
    return None
