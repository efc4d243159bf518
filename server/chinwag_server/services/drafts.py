"""A `sendMessage` as the rules see it: checked, its text as it will be stored. Pure; nothing here looks anything up."""

from uuid import UUID

import msgspec

from chinwag_protocol.commands import SendMessage
from chinwag_protocol.errors import WireError
from chinwag_protocol.limits import Limits
from chinwag_protocol.objects import MessageKind
from chinwag_protocol.rules import attachment_ids, body_hash, message_kind, send_problem
from chinwag_protocol.text import clean_text
from chinwag_server.domain.errors import Invalid


class Draft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a sender asks for. One of `conversation_id` and `receiver_id` is given."""

    sender_id: UUID
    temp_id: UUID
    conversation_id: UUID | None
    receiver_id: UUID | None
    kind: MessageKind
    text: str
    attachment_ids: tuple[UUID, ...]
    reply_to: UUID | None
    forward: UUID | None
    mentions: tuple[UUID, ...]
    mentions_all: bool
    plain: bool
    """Nothing but a text: it can be stored without looking anything up."""

    def body_hash(self, conversation_id: UUID) -> int:
        """What tells a repeat from another message under the same tempId."""
        return body_hash(
            conversation_id=conversation_id,
            text=self.text,
            attachment_ids=self.attachment_ids,
            reply_to=self.reply_to,
            forward=self.forward,
        )


def make_draft(sender_id: UUID, command: SendMessage, *, limits: Limits) -> Draft:
    """Check a command by itself. Raises Invalid with the field at fault."""
    if problem := send_problem(command, limits=limits):
        raise Invalid(problem.message, field=problem.field)
    try:
        text = clean_text(command.text or "", limits=limits)
    except WireError as error:
        raise Invalid(error.message, field=error.field) from None
    attachments = attachment_ids(command)
    if not text and not attachments and command.forward is None:
        raise Invalid("a text or an attachment is needed", field="text")
    mentions = command.mentions or ()
    return Draft(
        sender_id=sender_id,
        temp_id=command.temp_id,
        conversation_id=command.conversation_id,
        receiver_id=command.receiver_id,
        kind=message_kind(command),
        text=text,
        attachment_ids=attachments,
        reply_to=command.reply_to,
        forward=command.forward,
        mentions=mentions,
        mentions_all=bool(command.mentions_all),
        plain=not (attachments or command.reply_to or command.forward or mentions or command.mentions_all),
    )
