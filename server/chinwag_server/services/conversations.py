"""Conversations: listing, making, renaming, picture, history rule, the caller's own settings. Members are `members.py`.

Every change is one transaction (storage/facts.py). What came of it is told after COMMIT, in the order of `rev`: the change itself,
then its system message.
"""

import hashlib
from collections.abc import Callable
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from chinwag_protocol.bodies import ConversationList, ConversationPatch, GroupRequest, SettingsPatch
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.notices import ConversationUpdated, SettingsUpdated
from chinwag_protocol.objects import Conversation, Settings, SystemFact
from chinwag_protocol.rules import group_problem
from chinwag_protocol.text import clean_title
from chinwag_protocol.times import format_time, parse_time
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import Invalid
from chinwag_server.domain.policy import Action, Membership, authorize
from chinwag_server.domain.records import Principal
from chinwag_server.services.cursors import read_cursor, write_cursor
from chinwag_server.services.telling import Telling, tell
from chinwag_server.storage.conversations import ConversationRepository
from chinwag_server.storage.facts import Change, FactRepository
from chinwag_server.storage.idempotency import KeyClaim
from chinwag_server.storage.members import MemberRepository

KEY_LENGTH: Final = 255


class Conversations:
    """What a user may do with conversations as a whole. Refusals are NotFound for strangers, Forbidden for members."""

    def __init__(
        self,
        *,
        conversations: ConversationRepository,
        members: MemberRepository,
        facts: FactRepository,
        fanout: Fanout,
        limits: Limits,
        make_id: Callable[[], UUID] = new_id,
    ) -> None:
        self._conversations = conversations
        self._members = members
        self._facts = facts
        self._fanout = fanout
        self._limits = limits
        self._make_id = make_id

    async def list(self, principal: Principal, *, cursor: str | None, limit: int) -> ConversationList:
        """A page of the caller's conversations, the latest first."""
        page = await self._conversations.list_page(principal.user_id, after=read_cursor(cursor), limit=limit)
        return ConversationList(conversations=tuple(page.conversations), next=write_cursor(page.next))

    async def get(self, principal: Principal, conversation_id: UUID) -> Conversation:
        """One conversation with the caller's own view."""
        await self._authorize(principal, Action.READ, conversation_id)
        return await self._conversations.get(principal.user_id, conversation_id)

    async def create_group(
        self, principal: Principal, request: GroupRequest, *, key: str | None = None
    ) -> Conversation:
        """Make a group of the caller, who owns it, and others; `key` is the Idempotency-Key.

        Raises NotFound, Forbidden (`memberIds`), Invalid, Conflict (another call under the key).
        """
        me = principal.user_id
        if problem := group_problem(request, caller_id=me, limits=self._limits):
            raise problem.error()
        title = clean_title(request.title, limits=self._limits)
        others = [id_ for id_ in dict.fromkeys(request.member_ids) if id_ != me]
        claim = None if key is None else _claim(me, key, request)
        async with self._facts.creation() as change:
            if claim is not None and (first := await self._conversations.find_created(change, claim)):
                return first
            await self._conversations.make_group(
                change, me, others, conversation_id=self._make_id(), title=title, history=request.history or "all"
            )
            created = SystemFact(type="created", actor_id=me, user_ids=tuple(others) or None, title=title)
            telling = await self._finish(change, me, created)
            view = await self._conversations.keep_created(change, me, claim)
        tell(self._fanout, change, telling)
        return view

    async def open_direct(self, principal: Principal, user_id: UUID) -> tuple[Conversation, bool]:
        """Find or make the direct conversation with a user, and whether it was made now. Raises NotFound."""
        me = principal.user_id
        opened = await self._conversations.open_direct(me, user_id, new_id=self._make_id())
        if opened.appeared is not None:
            self._fanout.to_users([me], "conversationUpdated", ConversationUpdated(conversation=opened.appeared))
        return await self._conversations.get(me, opened.conversation_id), opened.created

    async def update(self, principal: Principal, conversation_id: UUID, patch: ConversationPatch) -> Conversation:
        """Rename a group, or change who sees its history; nothing new is no change. Raises NotFound, Forbidden, TextError."""
        me = principal.user_id
        title = patch.title if patch.title is UNSET else clean_title(patch.title, limits=self._limits)
        async with self._facts.change(conversation_id, me) as change:
            authorize(principal, Action.READ, change.membership)
            if title is not UNSET:
                authorize(principal, Action.RENAME, change.membership)
            if patch.history is not UNSET:
                authorize(principal, Action.SET_HISTORY, change.membership)
            old = change.conversation
            new_title = old.title if title is UNSET else title
            new_history = old.history if patch.history is UNSET else patch.history
            telling = None
            if (new_title, new_history) != (old.title, old.history):
                await change.take_rev("title = $2, history = $3", new_title, new_history)
                renamed = SystemFact(type="renamed", actor_id=me, title=new_title)
                telling = await self._finish(change, me, renamed if new_title != old.title else None)
        tell(self._fanout, change, telling)
        return await self._conversations.get(me, conversation_id)

    async def authorize_picture(self, principal: Principal, conversation_id: UUID) -> None:
        """Ask before a picture is taken in. Raises NotFound, Forbidden."""
        await self._authorize(principal, Action.PICTURE, conversation_id)

    async def set_avatar(self, principal: Principal, conversation_id: UUID, avatar: UUID | None) -> Conversation:
        """Set or remove the picture of a group; the picture itself has been stored. Raises NotFound, Forbidden."""
        me = principal.user_id
        async with self._facts.change(conversation_id, me) as change:
            authorize(principal, Action.PICTURE, change.membership)
            telling = None
            if change.conversation.avatar != avatar:
                await change.take_rev("avatar = $2", avatar)
                telling = await self._finish(change, me, SystemFact(type="pictured", actor_id=me))
        tell(self._fanout, change, telling)
        return await self._conversations.get(me, conversation_id)

    async def configure(self, principal: Principal, conversation_id: UUID, patch: SettingsPatch) -> Settings:
        """Change the caller's own settings, and tell their sessions. Raises NotFound, Invalid (`unreadFromSeq`), TextError."""
        me = principal.user_id
        async with self._facts.change(conversation_id, me) as change:
            membership = authorize(principal, Action.CONFIGURE, change.membership)
            old = await self._members.get_settings(change, me)
            new = _patched(old, patch, membership)
            if new != old:
                await self._members.set_settings(change, me, new)
        if new != old:
            notice = SettingsUpdated(conversation_id=conversation_id, settings=new)
            self._fanout.to_users([me], "settingsUpdated", notice)
        return new

    async def _authorize(self, principal: Principal, action: Action, conversation_id: UUID) -> Membership:
        return authorize(principal, action, await self._members.find_membership(conversation_id, principal.user_id))

    async def _finish(self, change: Change, actor_id: UUID, fact: SystemFact | None) -> Telling:
        """What is told of a change that took its `rev`: the conversation as of then, and the system message that may follow."""
        view = await self._conversations.shared_view(change)
        return Telling(
            rev=view.rev,
            event="conversationUpdated",
            payload=ConversationUpdated(conversation=view),
            message=None if fact is None else await change.write_system(actor_id, self._make_id(), fact),
        )


def _claim(user_id: UUID, key: str, request: GroupRequest) -> KeyClaim:
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= KEY_LENGTH):
        raise Invalid(f"not 1 to {KEY_LENGTH} printable characters", field="Idempotency-Key")
    digest = hashlib.sha256(msgspec.json.encode(request)).digest()
    return KeyClaim(user_id=user_id, key=key, route="POST /conversations", body_hash=digest)


def _patched(old: Settings, patch: SettingsPatch, membership: Membership) -> Settings:
    changed: dict[str, object] = {
        name: value
        for name in ("notify", "pinned", "archived", "unread_from_seq", "muted_until")
        if (value := getattr(patch, name)) is not UNSET
    }
    if isinstance(patch.muted_until, str):
        changed["muted_until"] = format_time(parse_time(patch.muted_until, field="mutedUntil"))
    if isinstance(patch.unread_from_seq, int) and not (
        membership.visible_from <= patch.unread_from_seq <= membership.last_seq
    ):
        raise Invalid("there is no such message", field="unreadFromSeq")
    return msgspec.structs.replace(old, **changed)
