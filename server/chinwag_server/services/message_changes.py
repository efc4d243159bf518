"""Changes to a message that is there: editing, deleting, reacting, pinning. What changes nothing takes no `rev` and is told to nobody.

With history `joined`, members who may not see the message hear `factSkipped` in place of the fact about it.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from chinwag_protocol.commands import DeleteMessage, EditMessage, PinMessage, React
from chinwag_protocol.emoji import clean_emoji
from chinwag_protocol.limits import EMOJIS_PER_MESSAGE, Limits
from chinwag_protocol.notices import FactSkipped
from chinwag_protocol.objects import Message
from chinwag_protocol.text import clean_text
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import Conflict, Forbidden, Invalid, NotFound
from chinwag_server.domain.policy import Action, Membership, authorize, delete_action, edit_action
from chinwag_server.domain.records import Principal
from chinwag_server.services.telling import Telling, tell
from chinwag_server.storage.facts import Change, FactRepository
from chinwag_server.storage.members import MemberRepository
from chinwag_server.storage.message_changes import MessageChangeRepository, StoredMessage
from chinwag_server.storage.message_rows import StoredReaction


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a caller may see, within the change that holds its conversation."""

    change: Change
    membership: Membership
    stored: StoredMessage

    @property
    def message(self) -> Message:
        return self.stored.message


class MessageChanges:
    """What may be done to messages. All raise NotFound for a message that the caller may not see."""

    def __init__(
        self,
        *,
        facts: FactRepository,
        members: MemberRepository,
        changes: MessageChangeRepository,
        fanout: Fanout,
        limits: Limits,
    ) -> None:
        self._facts = facts
        self._members = members
        self._changes = changes
        self._fanout = fanout
        self._limits = limits

    async def edit(self, principal: Principal, command: EditMessage) -> Message:
        """Give an own message a new text, and new mentions if any are named. Raises Forbidden, Conflict (deleted), Invalid."""
        if command.enc is not None:
            raise Invalid("reserved", field="enc")
        text = clean_text(command.text, limits=self._limits)

        async def edit(target: Target) -> Message | None:
            old = target.message
            authorize(principal, edit_action(principal, old.sender_id), target.membership)
            _require_alive(old)
            if not text and not old.attachments:
                raise Invalid("a text or an attachment is needed", field="text")
            mentions = old.mentions
            if command.mentions is not None:
                members = await self._members.list_by_id(target.change, command.mentions)
                mentions = tuple(id_ for id_ in dict.fromkeys(command.mentions) if id_ in members)
            if (text, mentions) == (old.text, old.mentions):
                return None
            return await self._changes.edit(target.change, target.stored, text=text, mentions=mentions)

        return await self._apply(principal, command.message_id, edit)

    async def delete(self, principal: Principal, command: DeleteMessage) -> Message:
        """Leave a tombstone of an own message, or as an owner or admin of anybody's. Raises Forbidden."""

        async def delete(target: Target) -> Message | None:
            old = target.message
            authorize(principal, delete_action(principal, old.sender_id), target.membership)
            _require_written(old)
            return None if old.deleted_at else await self._changes.delete(target.change, target.stored)

        return await self._apply(principal, command.message_id, delete)

    async def react(self, principal: Principal, command: React) -> Message:
        """Give or take back a reaction. Raises Forbidden (a system message), Conflict (deleted), Invalid (`emoji`)."""
        emoji = clean_emoji(command.emoji)

        async def react(target: Target) -> Message | None:
            authorize(principal, Action.REACT, target.membership)
            _require_alive(target.message)
            old = target.stored.reactions
            new = _reacted(old, emoji, principal.user_id, on=command.on)
            return None if new == old else await self._changes.set_reactions(target.change, target.stored, new)

        return await self._apply(principal, command.message_id, react)

    async def pin(self, principal: Principal, command: PinMessage) -> Message:
        """Pin or unpin a message. Raises Forbidden, Conflict (deleted)."""

        async def pin(target: Target) -> Message | None:
            authorize(principal, Action.PIN, target.membership)
            if command.on and target.message.deleted_at is not None:
                raise Conflict("the message was deleted")
            if command.on == (target.message.pinned_at is not None):
                return None
            return await self._changes.pin(target.change, target.stored, on=command.on)

        return await self._apply(principal, command.message_id, pin)

    async def _apply(
        self, principal: Principal, message_id: UUID, decide: Callable[[Target], Awaitable[Message | None]]
    ) -> Message:
        """Run `decide` in the change that holds the message's conversation, and tell what it changed; None: nothing."""
        me = principal.user_id
        seen = authorize(principal, Action.READ, await self._members.find_membership_by_message(message_id, me))
        async with self._facts.change(seen.conversation_id, me) as change:
            membership = authorize(principal, Action.READ, change.membership)
            stored = await self._changes.find(change, message_id)
            if stored is None or not membership.may_see(stored.message.seq):
                raise NotFound("no such conversation")
            changed = await decide(Target(change=change, membership=membership, stored=stored))
            if changed is None:
                return stored.message
            telling = await self._telling(change, changed)
        tell(self._fanout, change, telling)
        return changed

    async def _telling(self, change: Change, message: Message) -> Telling:
        later: list[UUID] = []
        if change.conversation.history == "joined":
            later = await self._members.list_seeing_from(change, message.seq)
        skipped = FactSkipped(conversation_id=message.conversation_id, rev=message.rev)
        return Telling(
            rev=message.rev,
            event="messageUpdated",
            payload=message,
            instead=dict.fromkeys(later, ("factSkipped", skipped)),
        )


def _require_written(message: Message) -> None:
    if message.kind == "system":
        raise Forbidden("a system message stays as it is")


def _require_alive(message: Message) -> None:
    _require_written(message)
    if message.deleted_at is not None:
        raise Conflict("the message was deleted")


def _reacted(
    reactions: tuple[StoredReaction, ...], emoji: str, user_id: UUID, *, on: bool
) -> tuple[StoredReaction, ...]:
    """The reactions after `user_id` gave or took back one; the same when that changes nothing."""
    for position, reaction in enumerate(reactions):
        if reaction.emoji != emoji:
            continue
        if on == (user_id in reaction.user_ids):
            return reactions
        others = tuple(id_ for id_ in reaction.user_ids if id_ != user_id)
        users = (*others, user_id) if on else others
        kept = (StoredReaction(emoji=emoji, user_ids=users),) if users else ()
        return (*reactions[:position], *kept, *reactions[position + 1 :])
    if not on:
        return reactions
    if len(reactions) >= EMOJIS_PER_MESSAGE:
        raise Invalid(f"more than {EMOJIS_PER_MESSAGE} different reactions", field="emoji")
    return (*reactions, StoredReaction(emoji=emoji, user_ids=(user_id,)))
