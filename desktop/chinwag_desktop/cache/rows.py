"""From cached bytes to what a timeline shows: the key and the delivery state of a message."""

from uuid import UUID

import msgspec

from chinwag_desktop.core.entities import DeliveryState, OutboxEntry, OutboxState, TimelineRow
from chinwag_protocol.objects import Attachment, Message
from chinwag_protocol.times import format_time

decode_message = msgspec.json.Decoder(Message).decode
encode_json = msgspec.json.Encoder().encode

_OUTBOX_STATES = {
    OutboxState.QUEUED: DeliveryState.SENDING,
    OutboxState.SENDING: DeliveryState.SENDING,
    OutboxState.FAILED: DeliveryState.FAILED,
}
_NOT_YET = UUID(int=0)


def row_of(message: Message, *, me: UUID, delivered_upto: int, read_upto: int) -> TimelineRow:
    """A stored message as a row: keyed by tempId if it is the user's own."""
    if message.sender_id != me or message.kind == "system":
        return TimelineRow(key=message.id, message=message, state=DeliveryState.RECEIVED)
    if message.seq <= read_upto:
        state = DeliveryState.READ
    elif message.seq <= delivered_upto:
        state = DeliveryState.DELIVERED
    else:
        state = DeliveryState.SENT
    return TimelineRow(key=message.temp_id or message.id, message=message, state=state)


def pending_row(entry: OutboxEntry, *, me: UUID, state: DeliveryState | None = None) -> TimelineRow:
    """An entry of the outbox as a row, with ``seq`` and ``rev`` 0; its id and conversation may not be known yet.

    Files that are not uploaded yet stand in ``attachments`` with their local name only.
    """
    roles = {file.role for file in entry.files}
    shown = _OUTBOX_STATES[entry.state] if state is None else state
    first = entry.files[0] if entry.files else None
    message = Message(
        id=entry.temp_id,
        conversation_id=entry.conversation_id or _NOT_YET,
        seq=0,
        rev=0,
        sender_id=me,
        temp_id=entry.temp_id,
        kind="image" if "image" in roles else "voice" if "voice" in roles else "file" if roles else "text",
        text=entry.text,
        attachments=tuple(
            Attachment(
                id=file.attachment_id or _NOT_YET,
                name=file.name,
                media_type=file.media_type,
                size=file.size,
                width=file.width,
                height=file.height,
                url="",
            )
            for file in entry.files
        ),
        mentions=entry.mentions,
        mentions_all=entry.mentions_all,
        reply_to=entry.reply_to,
        forwarded_from=entry.forwarded_from,
        reactions=(),
        created_at=format_time(entry.created_at),
    )
    return TimelineRow(
        key=entry.temp_id,
        message=message,
        state=shown,
        error=entry.error,
        local_path=first and (first.source if shown is DeliveryState.SAVING else first.path),
    )
