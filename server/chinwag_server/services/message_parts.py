"""What a message refers to, looked up before it is sent: the one it answers, the one it copies, its files, whom it mentions.

Runs in a task of the sender's, never on the hot path. Whatever the sender may not see is NotFound.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Attachment, ForwardedFrom, Message, MessageKind, ReplyTo
from chinwag_protocol.text import excerpt
from chinwag_server.domain.errors import Conflict, Forbidden, Invalid, NotFound
from chinwag_server.domain.policy import Action, Membership, authorize
from chinwag_server.domain.records import Principal
from chinwag_server.services.drafts import Draft
from chinwag_server.storage.images import PROCESSED
from chinwag_server.storage.members import MemberRepository
from chinwag_server.storage.message_rows import MessageExtra
from chinwag_server.storage.messages import MessageRepository

FindUploads = Callable[[UUID, Sequence[UUID]], Awaitable[Sequence[Attachment]]]
"""Gives those of the attachments that the user uploaded and that are still there, in any order."""


class MessageParts(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to be stored: what of it is not in the draft."""

    kind: MessageKind
    text: str
    extra: MessageExtra
    reply_to: ReplyTo | None


NO_EXTRA: Final = MessageExtra()


class PartsFinder:
    """Completes drafts."""

    def __init__(self, *, members: MemberRepository, messages: MessageRepository, find_uploads: FindUploads) -> None:
        self._members = members
        self._messages = messages
        self._find_uploads = find_uploads

    async def complete(self, principal: Principal, draft: Draft, membership: Membership) -> MessageParts:
        """Look up all that a draft names. Raises NotFound, Conflict, Forbidden, Invalid with the field at fault."""
        kind, text, attachments, origin = draft.kind, draft.text, (), None
        if draft.mentions_all:
            if membership.kind == "direct":
                raise Invalid("not in a direct conversation", field="mentionsAll")
            authorize(principal, Action.MENTION_ALL, membership)
        if draft.forward is not None:
            source = await self._forwarded(principal, draft.forward)
            kind, text, attachments = source.kind, source.text, source.attachments
            origin = source.forwarded_from or ForwardedFrom(sender_id=source.sender_id, created_at=source.created_at)
        elif draft.attachment_ids:
            attachments = await self._uploaded(draft)
        reply_to = None if draft.reply_to is None else await self._answered(draft.reply_to, membership)
        extra = MessageExtra(
            attachments=attachments,
            mentions=await self._mentioned(draft.mentions, membership),
            mentions_all=draft.mentions_all,
            forwarded_from=origin,
        )
        return MessageParts(kind=kind, text=text, extra=extra, reply_to=reply_to)

    async def _mentioned(self, user_ids: Sequence[UUID], membership: Membership) -> tuple[UUID, ...]:
        if not user_ids:
            return ()
        members = await self._members.list_members_of(membership.conversation_id, user_ids)
        return tuple(id_ for id_ in dict.fromkeys(user_ids) if id_ in members)

    async def _answered(self, message_id: UUID, membership: Membership) -> ReplyTo:
        message = await self._messages.find(message_id)
        if (
            message is None
            or message.conversation_id != membership.conversation_id
            or not membership.may_see(message.seq)
        ):
            raise NotFound("no such message", field="replyTo")
        if message.kind == "system":
            raise Forbidden("a system message cannot be answered", field="replyTo")
        if message.deleted_at is not None:
            raise Conflict("the message was deleted", field="replyTo")
        shown = "" if membership.history == "joined" else excerpt(message.text)
        return ReplyTo(id=message.id, seq=message.seq, sender_id=message.sender_id, excerpt=shown)

    async def _forwarded(self, principal: Principal, message_id: UUID) -> Message:
        membership = await self._members.find_membership_by_message(message_id, principal.user_id)
        message = None if membership is None else await self._messages.find(message_id)
        if membership is None or message is None or not membership.may_see(message.seq):
            raise NotFound("no such message", field="forward")
        if message.kind == "system" or message.deleted_at is not None:
            raise Conflict("the message cannot be forwarded", field="forward")
        return message

    async def _uploaded(self, draft: Draft) -> tuple[Attachment, ...]:
        found = {upload.id: upload for upload in await self._find_uploads(draft.sender_id, draft.attachment_ids)}
        first = draft.kind if draft.kind in ("image", "voice") else "files"
        for position, id_ in enumerate(draft.attachment_ids):
            if id_ not in found:
                raise NotFound("no such attachment", field="files" if position else first)
        uploads = tuple(found[id_] for id_ in draft.attachment_ids)
        if (
            draft.kind == "image" and uploads[0].media_type not in PROCESSED
        ):  # others keep what a camera wrote into them
            raise Invalid("not a picture in PNG, JPEG, GIF or WebP", field="image")
        if draft.kind == "voice" and not _is_voice(uploads[0]):
            raise Invalid("not a voice message", field="voice")
        return uploads


def _is_voice(upload: Attachment) -> bool:
    """By its type, or by what its uploader said of it: containers such as WebM pass for video."""
    return upload.media_type.startswith("audio/") or upload.duration_ms is not None
