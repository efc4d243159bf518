"""Facts of each conversation, in the order of their `rev`, to whoever is connected to this node.

A fact that comes before its predecessor waits for it, at most `hold_s`; then it is delivered without, and clients see
the gap and ask for what is missing. One that comes after its successor was delivered is dropped: on a socket, `rev`
never goes back. While the roster of a conversation loads, its facts queue up behind.
"""

import asyncio
from bisect import insort
from collections.abc import Callable, Iterable
from typing import Final, Protocol
from uuid import UUID

import msgspec

from chinwag_server.bus.rosters import Roster, RosterCache

HOLD_S: Final = 0.3
_REMEMBERED: Final = 200_000

GapListener = Callable[[UUID, int, int], None]
"""Told the conversation, the last `rev` delivered, and the next one that is there."""


class Sink(Protocol):
    """The sockets of this node, as the bus sees them. Users are `UUID.int`; packets come from `encode_event`."""

    def deliver(
        self, users: Iterable[int], packet: bytes, *, skip_user: int | None = None, skip_session: UUID | None = None
    ) -> None:
        """Write the packet to each registered socket of these users."""
        ...

    def deliver_to_all(self, packet: bytes, *, skip_user: int | None = None) -> None:
        """Write the packet to each registered socket."""
        ...

    def revoke(
        self,
        *,
        reason: str,
        session_id: UUID | None = None,
        user_id: UUID | None = None,
        keep_session: UUID | None = None,
    ) -> None:
        """Tell `sessionRevoked` to the sockets of this session, or of this user but for one session, and close them."""
        ...


class Variant(msgspec.Struct, frozen=True, array_like=True):
    """What some users get in place of the packet for everyone, whether they are in the roster or not."""

    user_ids: tuple[UUID, ...]
    packet: bytes


class Fact(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="fact"):
    """One fact, encoded; it also crosses nodes in this form. `packet` None: only `variants` are sent."""

    conversation_id: UUID
    members_version: int
    rev: int
    packet: bytes | None
    variants: tuple[Variant, ...] = ()


class _Queue:
    """What waits in one conversation, by `rev`."""

    __slots__ = ("facts", "loading", "timer")

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.loading = False
        self.timer: asyncio.TimerHandle | None = None


class ConversationStreams:
    """Puts facts into order and delivers them through a `Sink`. All calls come from the event loop."""

    def __init__(
        self, sink: Sink, rosters: RosterCache, *, hold_s: float = HOLD_S, on_gap: GapListener | None = None
    ) -> None:
        self._sink = sink
        self._rosters = rosters
        self._hold_s = hold_s
        self._on_gap = on_gap
        self._last: dict[int, int] = {}
        self._queues: dict[int, _Queue] = {}
        self.gaps = 0
        self.late = 0

    def put(self, fact: Fact) -> None:
        """Deliver a fact as soon as it is its turn."""
        key = fact.conversation_id.int
        last = self._last.get(key)
        if key not in self._queues and (last is None or fact.rev == last + 1):
            roster = self._rosters.get(fact.conversation_id, fact.members_version)
            if roster is not None:
                self._deliver(key, fact, roster)
                return
        if last is not None and fact.rev <= last:
            self.late += 1
            return
        queue = self._queues.setdefault(key, _Queue())
        if all(fact.rev != other.rev for other in queue.facts):
            insort(queue.facts, fact, key=_rev_of)
        self._advance(key, queue)

    def reset(self) -> None:
        """Forget where every conversation stands: after an epoch has changed, `rev` may start lower."""
        for key, queue in list(self._queues.items()):
            self._let_go(key, queue)
        self._last.clear()

    def close(self) -> None:
        """Drop what waits."""
        for queue in self._queues.values():
            if queue.timer is not None:
                queue.timer.cancel()
        self._queues.clear()

    def _advance(self, key: int, queue: _Queue) -> None:
        while queue.facts and not queue.loading:
            fact = queue.facts[0]
            last = self._last.get(key)
            if last is not None and fact.rev != last + 1:
                if queue.timer is None:
                    queue.timer = asyncio.get_running_loop().call_later(self._hold_s, self._expire, key)
                return
            roster = self._rosters.get(fact.conversation_id, fact.members_version)
            if roster is None:
                self._load(key, queue, fact)
                return
            del queue.facts[0]
            self._stop_timer(queue)
            self._deliver(key, fact, roster)
        if not queue.facts and not queue.loading:
            self._queues.pop(key, None)

    def _expire(self, key: int) -> None:
        """The predecessor did not come in time: go on without it."""
        queue = self._queues.get(key)
        if queue is None:
            return
        queue.timer = None
        if queue.facts and not queue.loading:
            first, last = queue.facts[0], self._last.get(key, 0)
            self.gaps += 1
            self._last[key] = first.rev - 1
            if self._on_gap is not None:
                self._on_gap(first.conversation_id, last, first.rev)
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
        self._stop_timer(queue)
        self._queues.pop(key, None)
        if queue.facts:
            self._last[key] = queue.facts[-1].rev

    def _stop_timer(self, queue: _Queue) -> None:
        if queue.timer is not None:
            queue.timer.cancel()
            queue.timer = None

    def _deliver(self, key: int, fact: Fact, roster: Roster) -> None:
        self._last[key] = fact.rev
        if len(self._last) > _REMEMBERED:
            for old in list(self._last)[: _REMEMBERED // 4]:
                if old not in self._queues:
                    del self._last[old]
        if not fact.variants:
            if fact.packet is not None:
                self._sink.deliver(roster.at(fact.rev), fact.packet)
            return
        special = {user_id.int for variant in fact.variants for user_id in variant.user_ids}
        if fact.packet is not None:
            self._sink.deliver([user for user in roster.at(fact.rev) if user not in special], fact.packet)
        for variant in fact.variants:
            self._sink.deliver([user_id.int for user_id in variant.user_ids], variant.packet)


def _rev_of(fact: Fact) -> int:
    return fact.rev
