"""Members of groups: listing, adding, removing, roles, ownership, leaving.

A change takes one `rev` and is followed by one system message. The added hear `conversationUpdated`, the removed `conversationLeft`,
everybody else `membersChanged`, all at that `rev`.
"""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from msgspec import UNSET

from chinwag_protocol.bodies import MemberList, RolePatch
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.notices import ConversationLeft, ConversationUpdated, MembersChanged
from chinwag_protocol.objects import Conversation, Member, MemberRole, Message, SystemFact
from chinwag_protocol.text import clean_name
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import Conflict, Invalid, NotFound
from chinwag_server.domain.policy import Action, authorize, remove_action
from chinwag_server.domain.records import Principal
from chinwag_server.services.cursors import read_cursor, write_cursor
from chinwag_server.services.telling import Telling, tell
from chinwag_server.storage.conversations import ConversationRepository
from chinwag_server.storage.facts import Change, FactRepository
from chinwag_server.storage.members import MemberRepository

QUERY_LENGTH: Final = 64


class Members:
    """Who is in a group, and who may change that."""

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

    async def list(
        self, principal: Principal, conversation_id: UUID, *, query: str | None, cursor: str | None, limit: int
    ) -> MemberList:
        """A page of members, the longest-serving first. `query` is a part of a user name or display name, in any case.

        Raises NotFound, Invalid (`cursor`), TextError (`query`).
        """
        authorize(principal, Action.READ, await self._members.find_membership(conversation_id, principal.user_id))
        cleaned = clean_name(query, field="query", maximum=QUERY_LENGTH, minimum=0) if query else None
        page = await self._members.list_page(
            conversation_id, query=cleaned or None, after=read_cursor(cursor), limit=limit
        )
        return MemberList(members=tuple(page.members), next=write_cursor(page.next))

    async def add(self, principal: Principal, conversation_id: UUID, user_ids: Sequence[UUID]) -> Conversation:
        """Add users, all or none; those who are in already are left as they are.

        Raises NotFound (`userIds` for an unknown one), Forbidden (also for somebody who blocks the caller), Invalid (too many).
        """
        me = principal.user_id
        async with self._facts.change(conversation_id, me) as change:
            authorize(principal, Action.ADD_MEMBERS, change.membership)
            present = await self._members.list_by_id(change, user_ids)
            added = [id_ for id_ in dict.fromkeys(user_ids) if id_ not in present]
            if change.conversation.member_count + len(added) > self._limits.group_members:
                raise Invalid(f"more than {self._limits.group_members} members", field="userIds")
            telling = await self._add(change, me, added) if added else None
        tell(self._fanout, change, telling)
        return await self._conversations.get(me, conversation_id)

    async def remove(self, principal: Principal, conversation_id: UUID, user_id: UUID) -> None:
        """Remove a member; oneself: leave. Raises NotFound, Forbidden."""
        me = principal.user_id
        if user_id == me:
            await self.leave(principal, conversation_id)
            return
        async with self._facts.change(conversation_id, me) as change:
            authorize(principal, Action.READ, change.membership)
            authorize(principal, Action.REMOVE_MEMBER, change.membership)
            target = await self._get(change, user_id)
            authorize(principal, remove_action(target.role), change.membership)
            rev = await self._members.remove(change, user_id)
            notice = _changed(change, rev, left=[user_id])
            fact = SystemFact(type="removed", actor_id=me, user_ids=(user_id,))
            message = await change.write_system(me, self._make_id(), fact)
            telling = _departed(user_id, notice, message)
        tell(self._fanout, change, telling)

    async def leave(self, principal: Principal, conversation_id: UUID) -> None:
        """Leave a group. An owner passes it to the longest-serving admin, else member; the last one ends it.

        Raises NotFound, Forbidden (a direct conversation).
        """
        me = principal.user_id
        async with self._facts.change(conversation_id, me) as change:
            membership = authorize(principal, Action.LEAVE, change.membership)
            rev = await self._members.remove(change, me)
            heir = await self._members.find_heir(change) if membership.role == "owner" else None
            changed = await self._members.set_roles(change, {heir: "owner"}, rev=rev) if heir else {}
            notice, message = _changed(change, rev, left=[me], changed=tuple(changed.values())), None
            if change.conversation.member_count == 0:
                await self._conversations.end(change)
            else:
                message = await change.write_system(me, self._make_id(), SystemFact(type="left", actor_id=me))
            telling = _departed(me, notice, message)
        tell(self._fanout, change, telling)

    async def set_role(self, principal: Principal, conversation_id: UUID, user_id: UUID, patch: RolePatch) -> Member:
        """Give a member a role; `owner` passes the ownership on, and the old owner becomes admin.

        Raises NotFound, Forbidden, Conflict (an owner who would leave the group without one).
        """
        me = principal.user_id
        async with self._facts.change(conversation_id, me) as change:
            authorize(principal, Action.READ, change.membership)
            authorize(principal, Action.SET_ROLE, change.membership)
            member = await self._get(change, user_id)
            role = patch.role
            changes = role is not UNSET and role != member.role
            if changes and user_id == me:
                raise Conflict("pass the ownership to somebody else instead", field="role")
            telling = None
            if role is not UNSET and changes:
                telling = await self._set_role(change, me, user_id, role)
                member = await self._get(change, user_id)
        tell(self._fanout, change, telling)
        return member

    async def _add(self, change: Change, actor_id: UUID, user_ids: Sequence[UUID]) -> Telling:
        await self._conversations.require_addable(change, actor_id, user_ids)
        rev = await self._members.add(change, user_ids)
        joined = await self._members.list_by_id(change, user_ids)
        view = ConversationUpdated(conversation=await self._conversations.shared_view(change))
        notice = _changed(change, rev, joined=[joined[id_] for id_ in user_ids])
        fact = SystemFact(type="joined", actor_id=actor_id, user_ids=tuple(user_ids))
        return Telling(
            rev=rev,
            event="membersChanged",
            payload=notice,
            message=await change.write_system(actor_id, self._make_id(), fact),
            instead=dict.fromkeys(user_ids, ("conversationUpdated", view)),
        )

    async def _set_role(self, change: Change, actor_id: UUID, user_id: UUID, role: MemberRole) -> Telling:
        roles: dict[UUID, MemberRole] = {user_id: role}
        if role == "owner":
            roles[actor_id] = "admin"
        rev = await self._members.take_rev(change)
        changed = await self._members.set_roles(change, roles, rev=rev)
        fact = SystemFact(type="role", actor_id=actor_id, user_ids=(user_id,), role=role)
        return Telling(
            rev=rev,
            event="membersChanged",
            payload=_changed(change, rev, changed=[changed[id_] for id_ in roles]),
            message=await change.write_system(actor_id, self._make_id(), fact),
        )

    async def _get(self, change: Change, user_id: UUID) -> Member:
        found = await self._members.list_by_id(change, [user_id])
        if user_id not in found:
            raise NotFound("no such member")
        return found[user_id]


def _changed(
    change: Change,
    rev: int,
    *,
    joined: Sequence[Member] = (),
    left: Sequence[UUID] = (),
    changed: Sequence[Member] = (),
) -> MembersChanged:
    return MembersChanged(
        conversation_id=change.conversation.id,
        rev=rev,
        joined=tuple(joined),
        left=tuple(left),
        changed=tuple(changed),
        member_count=change.conversation.member_count,
    )


def _departed(user_id: UUID, notice: MembersChanged, message: Message | None) -> Telling:
    """How a departure is told; without a `message` nobody is left to hear of it but the one who went."""
    gone = ConversationLeft(conversation_id=notice.conversation_id)
    return Telling(
        rev=notice.rev,
        event=None if message is None else "membersChanged",
        payload=notice,
        message=message,
        instead={user_id: ("conversationLeft", gone)},
    )
