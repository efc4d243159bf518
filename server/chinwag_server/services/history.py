"""Reading messages: pages of history, one message, pins, who reacted. With history `joined` nobody reads what was before them."""

from uuid import UUID

from chinwag_protocol.bodies import MessageList, MessagePage, ReactionPage
from chinwag_protocol.emoji import clean_emoji
from chinwag_protocol.objects import Message
from chinwag_server.domain.errors import Invalid, NotFound
from chinwag_server.domain.policy import Action, authorize
from chinwag_server.domain.records import Principal
from chinwag_server.storage.members import MemberRepository
from chinwag_server.storage.messages import MessageRepository


class History:
    """What a member may read. A stranger hears NotFound, whether or not the thing exists."""

    def __init__(self, *, members: MemberRepository, messages: MessageRepository) -> None:
        self._members = members
        self._messages = messages

    async def page(
        self,
        principal: Principal,
        conversation_id: UUID,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int,
    ) -> MessagePage:
        """A stretch of history by `seq`, at most `limit`: before or after one (exclusive), around one (inclusive), or the newest.

        Raises NotFound, Invalid when more than one place is named.
        """
        if sum(place is not None for place in (before, after, around)) > 1:
            raise Invalid("only one of before, after and around", field="before" if around is None else "around")
        membership = authorize(
            principal, Action.READ, await self._members.find_membership(conversation_id, principal.user_id)
        )
        # seq has no gaps: what a page holds follows from the two ends of what there is
        oldest, newest = await self._messages.stored_range(membership)
        first, last = _stretch(before=before, after=after, around=around, limit=limit, newest=newest)
        first, last = max(first, oldest), min(last, newest)
        messages = await self._messages.list_between(conversation_id, first, last) if first <= last else []
        return MessagePage(
            messages=tuple(messages),
            has_more_before=oldest <= newest and first > oldest,
            has_more_after=oldest <= newest and last < newest,
        )

    async def get(self, principal: Principal, message_id: UUID) -> Message:
        """One message, for links. Raises NotFound."""
        membership = authorize(
            principal, Action.READ, await self._members.find_membership_by_message(message_id, principal.user_id)
        )
        message = await self._messages.find(message_id)
        if message is None or not membership.may_see(message.seq):
            raise NotFound("no such conversation")
        return message

    async def pins(self, principal: Principal, conversation_id: UUID) -> MessageList:
        """Pinned messages, the newest pin first. Raises NotFound."""
        membership = authorize(
            principal, Action.READ, await self._members.find_membership(conversation_id, principal.user_id)
        )
        return MessageList(messages=tuple(await self._messages.list_pins(membership)))

    async def reactions(
        self, principal: Principal, message_id: UUID, *, emoji: str, cursor: str | None, limit: int
    ) -> ReactionPage:
        """Who gave one reaction, in the order of reacting. Raises NotFound, TextError (`emoji`), Invalid (`cursor`)."""
        emoji = clean_emoji(emoji)
        start = _read_cursor(cursor)
        await self.get(principal, message_id)
        found = await self._messages.list_reactions(message_id)
        users = next((reaction.user_ids for reaction in found if reaction.emoji == emoji), ())
        end = start + limit
        return ReactionPage(user_ids=users[start:end], next=str(end) if end < len(users) else None)


def _stretch(*, before: int | None, after: int | None, around: int | None, limit: int, newest: int) -> tuple[int, int]:
    """The first and the last `seq` asked for, whether or not they exist."""
    if after is not None:
        return after + 1, after + limit
    if around is not None:
        first = around - limit // 2
        return first, first + limit - 1
    last = newest if before is None else min(before - 1, newest)
    return last - limit + 1, last


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise Invalid("not a cursor of this list", field="cursor")
    return int(cursor)
