"""Facts of each conversation, in the order of their `rev`, to whoever is connected to this node.

A fact that comes before its predecessor waits for it, at most `hold_s`. Then, where sockets here follow the conversation, the
gap listener is asked to bring what is missing (`services/repair.py` reads it from the database and puts it here like any
other fact), and after `repair_s` more, or at once where nobody follows it, it goes on without: clients see the gap and ask. One that
comes after its successor was delivered is dropped: on a socket, `rev` never goes back. While the roster of a conversation
loads, its facts queue up behind.
"""

import asyncio
from bisect import insort
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from chinwag_server.bus.items import Fact
from chinwag_server.bus.rosters import Roster, RosterCache
from chinwag_server.bus.sink import Sink
from chinwag_server.bus.stands import Stand, Stands

HOLD_S: Final = 0.3
REPAIR_S: Final = 2.0

GapListener = Callable[[UUID], None]
"""Told a conversation of which facts are missing between those delivered and one that waits."""


class _Queue:
    """What waits in one conversation, by `rev`."""

    __slots__ = ("asked", "facts", "loading", "timer")

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.loading = False
        self.asked = False
        self.timer: asyncio.TimerHandle | None = None


class ConversationStreams:
    """Puts facts into order and delivers them through a `Sink`. All calls come from the event loop."""

    def __init__(
        self,
        sink: Sink,
        rosters: RosterCache,
        *,
        hold_s: float = HOLD_S,
        repair_s: float = REPAIR_S,
    ) -> None:
        self._sink = sink
        self._rosters = rosters
        self._hold_s = hold_s
        self._repair_s = repair_s
        self._stands = Stands()
        self._queues: dict[int, _Queue] = {}
        self.on_gap: GapListener | None = None
        self.gaps = 0
        self.late = 0

    def put(self, fact: Fact) -> None:
        """Deliver a fact as soon as it is its turn."""
        key = fact.conversation_id.int
        stand = self._stands.find(key)
        if key not in self._queues and (stand is None or fact.rev == stand.rev + 1):
            roster = self._rosters.get(fact.conversation_id, fact.members_version)
            if roster is not None:
                self._deliver(key, fact, roster, stand)
                return
        if stand is not None and fact.rev <= stand.rev:
            self.late += 1
            return
        queue = self._queues.setdefault(key, _Queue())
        if all(fact.rev != other.rev for other in queue.facts):
            insort(queue.facts, fact, key=_rev_of)
        self._advance(key, queue)

    def find(self, conversation_id: UUID) -> Stand | None:
        """Where a conversation stands; None: it was not heard of yet."""
        return self._stands.find(conversation_id.int)

    def list_followed(self) -> dict[int, int]:
        """The conversations that sockets here follow, as `UUID.int`, and up to which `rev` they were told."""
        return self._stands.list_followed()

    def follow(self, conversation_id: UUID, *, rev: int, seq: int | None) -> None:
        """From `rev` and message `seq` on, tell everything of this conversation: see `Stands.follow`."""
        key = conversation_id.int
        self._stands.follow(key, rev=rev, seq=seq)
        queue = self._queues.get(key)
        if queue is not None:
            self._advance(key, queue)

    def unfollow(self, conversation_ids: Iterable[int]) -> None:
        """Nobody here is in these any more; what waits in them is told as it comes."""
        self._stands.unfollow(key for key in conversation_ids if key not in self._queues)

    def skip_to(self, conversation_id: UUID, rev: int) -> None:
        """Go on behind `rev`: what lies before is not told here, and clients see the gap."""
        key = conversation_id.int
        stand, queue = self._stands.find(key), self._queues.get(key)
        if stand is not None and stand.rev < rev:
            stand.rev, stand.seq = rev, None
        if queue is not None:
            self._advance(key, queue)

    def reset(self) -> None:
        """Forget where every conversation stands: after an epoch has changed, `rev` may start lower."""
        for key, queue in list(self._queues.items()):
            self._let_go(key, queue)
        self._stands.clear()

    def close(self) -> None:
        """Drop what waits."""
        for queue in self._queues.values():
            _stop_timer(queue)
        self._queues.clear()

    def _advance(self, key: int, queue: _Queue) -> None:
        while queue.facts and not queue.loading:
            fact, stand = queue.facts[0], self._stands.find(key)
            if stand is not None and fact.rev <= stand.rev:
                del queue.facts[0]
                continue
            if stand is not None and fact.rev != stand.rev + 1:
                if queue.timer is None:
                    queue.timer = asyncio.get_running_loop().call_later(self._hold_s, self._expire, key)
                return
            roster = self._rosters.get(fact.conversation_id, fact.members_version)
            if roster is None:
                self._load(key, queue, fact)
                return
            del queue.facts[0]
            _stop_timer(queue)
            self._deliver(key, fact, roster, stand)
        if not queue.facts and not queue.loading:
            self._queues.pop(key, None)
            _stop_timer(queue)

    def _expire(self, key: int) -> None:
        """The predecessor did not come in time: have it brought, or go on without it."""
        queue, stand = self._queues.get(key), self._stands.find(key)
        if queue is None:
            return
        queue.timer = None
        if not queue.facts or queue.loading or stand is None:
            return
        first = queue.facts[0]
        if stand.followed and not queue.asked and self.on_gap is not None:
            queue.asked = True
            queue.timer = asyncio.get_running_loop().call_later(self._repair_s, self._expire, key)
            self.on_gap(first.conversation_id)
            return
        stand.rev, stand.seq = first.rev - 1, None
        if stand.followed:
            self.gaps += 1
        else:
            stand.began = first.rev
        self._advance(key, queue)

    def _load(self, key: int, queue: _Queue, fact: Fact) -> None:
        queue.loading = True

        def loaded(roster: Roster | None) -> None:
            queue.loading = False
            if self._queues.get(key) is not queue:
                return
            if roster is None:
                self._let_go(key, queue)
            else:
                self._advance(key, queue)

        self._rosters.fetch(fact.conversation_id, fact.members_version, loaded)

    def _let_go(self, key: int, queue: _Queue) -> None:
        """Drop what waits. Where it is followed, the next comparison of heads brings it back."""
        _stop_timer(queue)
        self._queues.pop(key, None)

    def _deliver(self, key: int, fact: Fact, roster: Roster, stand: Stand | None) -> None:
        if stand is None:
            stand = self._stands.begin(key, fact.rev)
        stand.rev = fact.rev
        if fact.seq:
            stand.seq = fact.seq
        if self._write(fact, roster) and not stand.followed:
            self._stands.reached(key, stand)

    def _write(self, fact: Fact, roster: Roster) -> bool:
        """Write a fact to the sockets it is for, and tell whether there is any."""
        if not fact.variants:
            return fact.packet is not None and self._sink.deliver(roster.at(fact.rev), fact.packet)
        reached = False
        special = {user_id.int for variant in fact.variants for user_id in variant.user_ids}
        if fact.packet is not None:
            others = [user for user in roster.at(fact.rev) if user not in special]
            reached = self._sink.deliver(others, fact.packet)
        for variant in fact.variants:
            users = [user_id.int for user_id in variant.user_ids]
            reached = self._sink.deliver(users, variant.packet) or reached
        return reached


def _stop_timer(queue: _Queue) -> None:
    queue.asked = False
    if queue.timer is not None:
        queue.timer.cancel()
        queue.timer = None


def _rev_of(fact: Fact) -> int:
    return fact.rev
