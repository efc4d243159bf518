"""Who is typing: told to the other members, never stored, and not in conversations of over 100 members."""

import itertools
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from chinwag_protocol.commands import Typing
from chinwag_protocol.limits import MEMBERS_INLINE, TYPING_EVERY_MS
from chinwag_protocol.notices import TypingNotice
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.policy import Action, Membership, authorize
from chinwag_server.domain.records import Principal
from chinwag_server.storage.members import MemberRepository

EVERY_S: Final = TYPING_EVERY_MS / 1_000
MAX_SHOWN: Final = 10_000

Key = tuple[UUID, UUID]
"""Conversation and user."""


class _Shown:
    """When a member was last shown typing, and whether they still are."""

    __slots__ = ("at", "on")

    def __init__(self, at: float) -> None:
        self.at = at
        self.on = True


class TypingSignals:
    """Tells at most one `true` per 3 s, member and conversation, and the first `false` after it at once."""

    def __init__(
        self, *, members: MemberRepository, fanout: Fanout, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._members = members
        self._fanout = fanout
        self._clock = clock
        self._shown: dict[Key, _Shown] = {}
        self._newest: dict[Key, int] = {}
        self._turns = itertools.count()

    async def set(self, principal: Principal, command: Typing) -> None:
        """Show or hide that the caller is typing. Raises NotFound.

        Of two at once only the newer is told: the answers of the database may change places.
        """
        key = (command.conversation_id, principal.user_id)
        turn = self._newest[key] = next(self._turns)
        try:
            found = await self._members.find_membership(command.conversation_id, principal.user_id)
            membership = authorize(principal, Action.TYPE, found)
        finally:
            overtaken = self._newest.get(key) != turn
            if not overtaken:
                del self._newest[key]
        if not overtaken and _is_told(membership) and self._changes(key, command.typing):
            notice = TypingNotice(
                conversation_id=command.conversation_id, user_id=principal.user_id, typing=command.typing
            )
            self._fanout.to_conversation(command.conversation_id, "typing", notice, skip_user=principal.user_id)

    def _changes(self, key: Key, typing: bool) -> bool:
        """Whether this is to be told; remembers that it was."""
        now, shown = self._clock(), self._shown.get(key)
        if not typing:
            was_on = shown is not None and shown.on
            if shown is not None:
                shown.on = False
            return was_on
        if shown is not None and now - shown.at < EVERY_S:
            return False
        self._shown.pop(key, None)
        self._shown[key] = _Shown(now)
        while len(self._shown) > MAX_SHOWN:
            del self._shown[next(iter(self._shown))]
        return True


def _is_told(membership: Membership) -> bool:
    """Nobody hears of a direct conversation before its first message: it may not exist for the other one yet."""
    return membership.member_count <= MEMBERS_INLINE and (membership.kind == "group" or membership.last_seq > 0)
