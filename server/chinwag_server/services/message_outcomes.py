"""What the sender of a message hears, from what the writer says of it."""

import logging
from collections.abc import Callable
from typing import Final

from chinwag_protocol.objects import Message
from chinwag_protocol.times import format_time
from chinwag_server.domain.errors import ChatError, Conflict, Internal, Invalid, NotFound, Unavailable
from chinwag_server.services.message_parts import NO_EXTRA
from chinwag_server.services.message_placing import Placed
from chinwag_server.storage.message_writer import WriteRequest, WriteStatus

RETRY_AFTER_MS: Final = 1_000

Done = Callable[[Message | ChatError], None]

log = logging.getLogger(__name__)


def stored_message(request: WriteRequest, placed: Placed | None) -> Message:
    """The message that a request has just become."""
    extra = NO_EXTRA if placed is None else placed.parts.extra
    assert request.created_at is not None, "a stored message has its time"
    return Message(
        id=request.message_id,
        conversation_id=request.conversation_id,
        seq=request.seq,
        rev=request.rev,
        sender_id=request.sender_id,
        temp_id=request.temp_id,
        kind=request.kind,
        text=request.text,
        attachments=extra.attachments,
        mentions=extra.mentions,
        mentions_all=extra.mentions_all,
        reply_to=None if placed is None else placed.parts.reply_to,
        forwarded_from=extra.forwarded_from,
        reactions=(),
        created_at=format_time(request.created_at),
    )


def refusal_or_repeat(request: WriteRequest) -> Message | ChatError:
    """What the sender hears of a message that was not stored now."""
    match request.status:
        case WriteStatus.REPEATED if request.message is not None:
            return request.message
        case WriteStatus.CONFLICT:
            return Conflict("the tempId was used for another message", field="tempId")
        case WriteStatus.NOT_FOUND:
            return NotFound("no such conversation")
        case WriteStatus.INVALID:
            return Invalid("the message cannot be stored")
        case WriteStatus.UNAVAILABLE:
            return Unavailable("the message may not be stored: send it again", retry_after_ms=RETRY_AFTER_MS)
        case _:
            return Internal()


def answer(done: Done, outcome: Message | ChatError) -> None:
    """Tell a sender; whatever goes wrong there must not keep the next one from its answer."""
    try:
        done(outcome)
    except Exception:
        log.exception("an answer to a sender failed")
