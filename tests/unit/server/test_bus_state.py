"""What a node thinks of the bus: who is there, whether it hears, when it may have missed something. Without a Valkey."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from chinwag_server.bus.channel import BusTiming, write_envelope
from chinwag_server.bus.items import ToEveryone, ToUsers
from chinwag_server.bus.redis_bus import RedisBus

TIMING = BusTiming(queued_bytes=10_000, item_bytes=5_000)


class Bus:
    """A bus that is never started, and a clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.recovered = 0
        self.got: list[Any] = []
        self.bus = RedisBus("redis://127.0.0.1:1", node_id="me", timing=TIMING, clock=lambda: self.now)
        self.bus._started_at = self.now
        self.bus._receive = self.got.extend
        self.bus._recovered = self._recover

    def _recover(self) -> None:
        self.recovered += 1

    def hears(self, node: str, kind: Any = "hello", *items: Any) -> None:
        self.bus._heard(write_envelope(node, kind, items))

    def confirmed(self, *, said_s_ago: float = 0.0) -> None:
        """Valkey says that it took a hello."""
        self.bus._hello_confirmed(self.now - said_s_ago)

    def waits(self, count: int) -> list[bool]:
        """Whether it is deaf, after each of so many waits that brought nothing."""
        return [self.bus._is_deaf() for _ in range(count)]


@pytest.fixture
async def bus() -> Bus:
    return Bus()


async def test_it_is_degraded_while_it_does_not_hear_itself(bus: Bus) -> None:
    assert not bus.bus.degraded
    assert bus.bus.has_listeners  # as long as it does not know
    bus.now += TIMING.degraded_after_s + 0.1
    assert bus.bus.degraded
    bus.hears("other")
    assert bus.bus.degraded  # it hears, but may not be heard
    bus.hears("me")
    assert not bus.bus.degraded
    assert bus.recovered == 0  # there was nothing before that it could have missed
    bus.now += TIMING.degraded_after_s + 0.1
    assert bus.bus.degraded
    bus.hears("me")
    assert bus.recovered == 1
    bus.now += TIMING.degraded_after_s
    bus.hears("me")
    assert bus.recovered == 1


async def test_it_is_deaf_when_a_confirmed_hello_does_not_come(bus: Bus) -> None:
    assert not any(bus.waits(100))  # Valkey says nothing: it may be frozen
    bus.confirmed()
    assert bus.waits(4) == [False, False, False, True]
    bus.bus._subscribed()
    assert not any(bus.waits(100))
    bus.confirmed()
    assert not any(bus.waits(3))
    bus.confirmed()  # the next second's
    bus.hears("other")
    assert any(bus.waits(1))


async def test_its_own_hello_shows_that_it_hears(bus: Bus) -> None:
    for _ in range(20):
        bus.now += 1
        bus.confirmed()
        assert not any(bus.waits(3))
        bus.hears("me")


async def test_a_hello_may_be_heard_before_it_is_confirmed(bus: Bus) -> None:
    """The message and the answer come over two connections. Seen: a listener on a quiet server was replaced now and then."""
    for _ in range(3):
        bus.now += 1
        bus.hears("me")
        bus.now += 0.001
        bus.confirmed(said_s_ago=0.002)
        assert not any(bus.waits(20))
    bus.now += 1
    bus.confirmed(said_s_ago=0.002)
    assert any(bus.waits(4))


async def test_after_a_connection_was_lost_something_may_be_missing(bus: Bus) -> None:
    bus.hears("me")
    bus.bus._listener_lost()
    bus.bus._listener_lost()
    assert bus.recovered == 0
    bus.hears("me")
    bus.hears("me")
    assert bus.recovered == 1


async def test_nodes_come_and_go(bus: Bus) -> None:
    bus.hears("me")
    assert not bus.bus.has_listeners
    bus.hears("one")
    bus.hears("two")
    assert bus.bus.peers == {"one", "two"}
    bus.hears("one", "bye")
    assert bus.bus.peers == {"two"}
    bus.now += TIMING.peer_after_s - 1
    bus.hears("three")
    bus.now += 2
    bus.confirmed()
    assert bus.bus.peers == {"three"}


async def test_its_own_items_come_back_and_are_not_told_again(bus: Bus) -> None:
    item = ToEveryone(b"42", None)
    bus.hears("me", "items", item)
    assert bus.got == []
    bus.hears("other", "items", item, item)
    assert bus.got == [item, item]


async def test_what_waits_is_bounded_in_bytes_age_and_size(bus: Bus) -> None:
    publisher = bus.bus._publisher
    for number in range(100):
        bus.bus.send(ToUsers((UUID(int=number),), b"x" * 918, None))  # 1,000 bytes each
    assert len(publisher) == 10
    assert bus.bus.lost == 90
    assert publisher._queue[0][2].user_ids == (UUID(int=90),)
    bus.bus.send(ToEveryone(b"x" * 6_000, None))
    assert (len(publisher), bus.bus.lost) == (10, 91)
    bus.now += TIMING.queued_s + 0.1
    bus.bus.send(ToEveryone(b"fresh", None))
    publisher._give_up_stale()
    assert [item for _, _, item in publisher._queue] == [ToEveryone(b"fresh", None)]
    assert publisher._queued_bytes == 64 + 5
