"""The slow path of sending: where a message goes, whether it may go there, and what it refers to.

Direct conversations are found, or made, by the receiver's id. What a sender may not reach is NotFound; a block or a disabled account
on the other side is Forbidden. Runs in the sender's own task.
"""

from collections.abc import Callable
from uuid import UUID

import msgspec

from chinwag_protocol.ids import new_id
from chinwag_protocol.notices import ConversationUpdated
from chinwag_protocol.objects import Conversation
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import Conflict, Forbidden, NotFound
from chinwag_server.domain.policy import Action, authorize
from chinwag_server.domain.records import Principal
from chinwag_server.services.drafts import Draft
from chinwag_server.services.message_parts import MessageParts, PartsFinder
from chinwag_server.storage.conversations import ConversationRepository, SendingPlace
from chinwag_server.storage.messages import MessageRepository


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A message that may be stored in `place`. `opening`: the direct conversation as those see it who hear of it with this message."""

    place: SendingPlace
    parts: MessageParts
    opening: Conversation | None


class Placer:
    """Finds the place of a draft."""

    def __init__(
        self,
        *,
        conversations: ConversationRepository,
        messages: MessageRepository,
        parts: PartsFinder,
        fanout: Fanout,
        make_id: Callable[[], UUID] = new_id,
    ) -> None:
        self._conversations = conversations
        self._messages = messages
        self._parts = parts
        self._fanout = fanout
        self._make_id = make_id

    async def place(self, principal: Principal, draft: Draft) -> Placed:
        """Check a draft against what is there. Raises NotFound, Forbidden, Conflict, Invalid, Unavailable."""
        place = await self._find(principal, draft)
        membership = authorize(principal, Action.SEND, place.membership)
        if place.refused:
            raise Forbidden("this user cannot be written to")
        parts = await self._parts.complete(principal, draft, membership)
        opening = await self._conversations.find_shared(place.conversation_id) if place.unopened else None
        return Placed(place=place, parts=parts, opening=opening)

    async def find_conversation(self, draft: Draft) -> UUID | None:
        """The conversation a draft is meant for, whether or not its sender may write there."""
        if draft.conversation_id is not None:
            return draft.conversation_id
        assert draft.receiver_id is not None, "a draft names one of the two"
        return await self._conversations.find_direct(draft.sender_id, draft.receiver_id)

    async def _find(self, principal: Principal, draft: Draft) -> SendingPlace:
        id_ = await self.find_conversation(draft)
        place = None if id_ is None else await self._conversations.find_place(principal.user_id, id_)
        if draft.receiver_id is not None and (place is None or (place.membership is None and not place.refused)):
            place = await self._open(principal, draft, draft.receiver_id)
        if place is None:
            raise NotFound("no such conversation")
        if place.refused and draft.receiver_id is not None:
            raise Forbidden("this user cannot be written to")
        return place

    async def _open(self, principal: Principal, draft: Draft, receiver_id: UUID) -> SendingPlace | None:
        """Make the direct conversation with a receiver, or let the sender see it, who hears of it first."""
        me = principal.user_id
        if await self._messages.find_sent(me, draft.temp_id) is not None:
            raise Conflict("the tempId was used for another message", field="tempId")
        await self._conversations.require_writable(me, receiver_id)
        opened = await self._conversations.open_direct(me, receiver_id, new_id=self._make_id())
        if opened.appeared is not None:
            self._fanout.to_users([me], "conversationUpdated", ConversationUpdated(conversation=opened.appeared))
        return await self._conversations.find_place(me, opened.conversation_id)
