"""The way between two nodes under faults, with the waits of a real server: what it hears again, how soon, and what it says of itself.

A node that can hear again hears within 2 s, by itself. While it does not, it is degraded; afterwards it has its heads compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from own_valkey import run_valkey
from redis import Redis
from valkey_proxy import run_proxy

from chinwag_protocol.notices import ConversationLeft
from chinwag_server.bus.channel import CHANNEL, write_envelope
from chinwag_server.bus.fanout import Fanout, encode_event
from chinwag_server.bus.items import ToUsers
from chinwag_server.bus.redis_bus import BusTiming, RedisBus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

SOMEBODY = UUID(int=1)
NOTICE = ConversationLeft(conversation_id=UUID(int=99))
AGAIN_S = 2.0
"""A node hears again so long after it can."""
SLACK_S = 0.7
"""For a machine with other things to do."""


class Node:
    """A fan-out over the bus; `heard` is when its sockets got something."""

    def __init__(self, url: str, name: str, timing: BusTiming | None = None) -> None:
        self.heard: list[float] = []
        self.told_at = 0.0
        self.recovered = 0
        self.subscriptions = 0
        self.bus = RedisBus(url, node_id=name, timing=timing)
        self.fanout = Fanout(self, rosters=self._members, redis=self.bus, node_id=name)
        self.fanout.watch(gap=lambda _: None, recovered=self._recovered)
        subscribed = self.bus._listener._subscribed
        self.bus._listener._subscribed = lambda: self._subscribed(subscribed)

    def _subscribed(self, tell: Callable[[], None]) -> None:
        self.subscriptions += 1
        tell()

    def _recovered(self) -> None:
        self.recovered += 1

    async def _members(self, _: UUID) -> dict[UUID, int]:
        return {}

    def deliver(
        self, users: Iterable[int], packet: bytes, *, skip_user: int | None = None, skip_session: UUID | None = None
    ) -> bool:
        self.heard.append(time.monotonic())
        return True

    def deliver_to_all(self, packet: bytes, *, skip_user: int | None = None) -> None: ...

    def revoke(self, **_: Any) -> None: ...

    def tell(self) -> None:
        """Something for the sockets of all nodes."""
        self.fanout.to_users([SOMEBODY], "conversationLeft", NOTICE)


@contextlib.asynccontextmanager
async def run_nodes(*nodes: Node, eventually: Any) -> AsyncIterator[None]:
    for node in nodes:
        await node.fanout.start()
    try:
        await eventually(lambda: all(len(node.bus.peers) == len(nodes) - 1 for node in nodes))
        yield
    finally:
        for node in nodes:
            await node.fanout.stop()


async def hears_again(node: Node, teller: Node, eventually: Any, *, since: float) -> float:
    """Let `teller` tell ten times a second until `node` hears, and give how long that took."""
    node.heard.clear()
    await eventually(lambda: node.heard or every_tenth(teller))
    return node.heard[0] - since


def every_tenth(node: Node) -> None:
    """Tell, unless it did within the last tenth of a second."""
    now = time.monotonic()
    if now - node.told_at >= 0.1:
        node.told_at = now
        node.tell()


@pytest.fixture
def own_valkey(reachable_folder: Path) -> Any:
    with run_valkey(reachable_folder) as valkey:
        yield valkey


async def test_a_frozen_valkey_that_thaws(own_valkey: Any, eventually: Any) -> None:
    """FAULTS 14, the bus: SIGSTOP for 15 s. The connection that froze hears first, and is kept."""
    one, two = Node(own_valkey.url, "one"), Node(own_valkey.url, "two")
    async with run_nodes(one, two, eventually=eventually):
        own_valkey.freeze()
        frozen = time.monotonic()
        await eventually(lambda: one.fanout.degraded and two.fanout.degraded, timeout_s=4)
        took = [0.0]

        def tell_on() -> bool:
            began = time.monotonic()
            every_tenth(one)
            took.append(time.monotonic() - began)
            assert one.fanout.degraded
            return began - frozen > 15

        await eventually(tell_on, timeout_s=20)
        assert max(took) < 0.05
        own_valkey.thaw()
        assert await hears_again(one, two, eventually, since=time.monotonic()) < AGAIN_S + SLACK_S
        await eventually(lambda: not one.fanout.degraded and not two.fanout.degraded, timeout_s=AGAIN_S)
        assert one.recovered == two.recovered == 1
        assert one.bus.lost > 0


async def test_a_valkey_that_was_killed_and_started_again(own_valkey: Any, eventually: Any) -> None:
    """FAULTS 13, the bus."""
    one, two = Node(own_valkey.url, "one"), Node(own_valkey.url, "two")
    async with run_nodes(one, two, eventually=eventually):
        own_valkey.kill()
        await eventually(lambda: one.fanout.degraded and two.fanout.degraded, timeout_s=5)
        await asyncio.to_thread(own_valkey.start)
        took = await hears_again(one, two, eventually, since=time.monotonic())
        assert took < AGAIN_S + SLACK_S
        await eventually(lambda: not one.fanout.degraded and one.recovered == 1)


async def test_a_valkey_that_cannot_be_reached(valkey_url: str, eventually: Any) -> None:
    """FAULTS 15, the bus: refused, and swallowed without an answer."""
    async with run_proxy(valkey_url) as proxy:
        one, two = Node(proxy.url, "one"), Node(valkey_url, "two")
        async with run_nodes(one, two, eventually=eventually):
            for number, (begin, end) in enumerate(((proxy.cut, proxy.mend), (_call(proxy.freeze), _call(proxy.thaw)))):
                await begin()
                await eventually(lambda: one.fanout.degraded, timeout_s=5)
                assert not two.fanout.degraded
                await end()
                took = await hears_again(one, two, eventually, since=time.monotonic())
                assert took < AGAIN_S + SLACK_S
                await eventually(lambda number=number: not one.fanout.degraded and one.recovered == number + 1)


@pytest.mark.parametrize("lost", ["up", "down"])
async def test_one_direction_is_lost(valkey_url: str, eventually: Any, lost: str) -> None:
    """FAULTS 15: what the node says does not arrive, or what it should hear."""
    async with run_proxy(valkey_url) as proxy:
        one, two = Node(proxy.url, "one"), Node(valkey_url, "two")
        async with run_nodes(one, two, eventually=eventually):
            proxy.freeze(up=lost == "up", down=lost == "down")
            await eventually(lambda: one.fanout.degraded, timeout_s=5)
            proxy.thaw()
            since = time.monotonic()
            assert await hears_again(one, two, eventually, since=since) < AGAIN_S + SLACK_S
            await hears_again(two, one, eventually, since=since)
            await eventually(lambda: not one.fanout.degraded and one.recovered == 1)


async def test_connections_that_died_without_a_word(valkey_url: str, eventually: Any) -> None:
    """A router forgot them: only a hello that was confirmed and did not come shows that the listener hears nothing."""
    async with run_proxy(valkey_url) as proxy:
        one, two = Node(proxy.url, "one"), Node(valkey_url, "two")
        async with run_nodes(one, two, eventually=eventually):
            proxy.deaden()
            since = time.monotonic()
            # the publisher gives its connection up after 2 s, the listener a second after a new one's hello
            took = await hears_again(one, two, eventually, since=since)
            assert took < 2 + 1 + AGAIN_S + SLACK_S
            assert one.subscriptions == 2
            await eventually(lambda: one.recovered == 1)


async def test_what_was_being_said_when_the_connection_broke_is_said_again(valkey_url: str, eventually: Any) -> None:
    quiet = BusTiming(hello_s=60, degraded_after_s=90, peer_after_s=90)  # so that no hello is under way instead
    async with run_proxy(valkey_url) as proxy:
        one, two = Node(proxy.url, "one", quiet), Node(valkey_url, "two")
        async with run_nodes(one, two, eventually=eventually):
            await eventually(lambda: one.bus._heard_at is not None)
            one.tell()
            await eventually(lambda: len(two.heard) == 1)  # nothing else is under way any more
            two.heard.clear()
            proxy.freeze()
            one.tell()
            one.tell()
            await eventually(lambda: len(one.bus._publisher) == 0)  # it is under way
            await proxy.cut()
            proxy.thaw()
            await proxy.mend()
            await eventually(lambda: len(two.heard) == 2)
            assert one.bus.lost == 0


async def test_a_loop_that_stood_still_reads_what_waits(valkey_url: str, eventually: Any) -> None:
    """It is deaf for longer than a listener is given, but not a word is lost, and the connection stays."""
    one, two = Node(valkey_url, "one"), Node(valkey_url, "two")
    packet = encode_event("conversationLeft", NOTICE)
    message = write_envelope("three", "items", [ToUsers((SOMEBODY,), packet, None)])

    def talk() -> None:
        with Redis(unix_socket_path=valkey_url.removeprefix("unix://")) as redis:
            for _ in range(400):
                redis.publish(CHANNEL, message)
                time.sleep(0.01)

    async with run_nodes(one, two, eventually=eventually):
        one.heard.clear()
        talker = threading.Thread(target=talk)
        talker.start()
        talker.join()  # both nodes' loop stands still for four seconds
        await eventually(lambda: len(one.heard) == 400)
        assert one.subscriptions == 1
        await eventually(lambda: one.recovered == 1 and not one.fanout.degraded)


async def test_what_is_too_large_does_not_hold_up_the_rest(own_valkey: Any, eventually: Any) -> None:
    """FAULTS 16, the bus: Valkey refuses an item, and closes the connection each time."""
    with Redis(unix_socket_path=own_valkey.url.removeprefix("unix://")) as admin:
        admin.config_set("proto-max-bulk-len", 1024 * 1024)
    one, two = Node(own_valkey.url, "one"), Node(own_valkey.url, "two")
    async with run_nodes(one, two, eventually=eventually):
        crowd = [UUID(int=number) for number in range(70_000)]
        one.fanout.to_users(crowd, "conversationLeft", NOTICE)
        since = time.monotonic()
        one.tell()
        one.tell()
        await eventually(lambda: len(two.heard) == 2)
        assert two.heard[-1] - since < AGAIN_S + SLACK_S
        assert one.bus.lost == 1
        assert not one.fanout.degraded
        assert one.subscriptions == two.subscriptions == 1


async def test_what_is_larger_than_may_be_sent_is_not_even_queued(valkey_url: str, eventually: Any) -> None:
    """FAULTS 16: it would push everything else out of the queue."""
    timing = BusTiming(item_bytes=10_000)
    one, two = Node(valkey_url, "one", timing), Node(valkey_url, "two")
    async with run_nodes(one, two, eventually=eventually):
        one.tell()
        one.fanout.to_users([UUID(int=number) for number in range(1_000)], "conversationLeft", NOTICE)
        one.tell()
        await eventually(lambda: len(two.heard) == 2)
        assert one.bus.lost == 1
        assert len(one.heard) == 3


async def test_a_flood_of_items_leaves_room_for_the_hello(valkey_url: str, eventually: Any) -> None:
    one, two = Node(valkey_url, "one"), Node(valkey_url, "two")
    async with run_nodes(one, two, eventually=eventually):
        until = time.monotonic() + 4
        while time.monotonic() < until:
            for _ in range(200):
                one.tell()
            await asyncio.sleep(0)
            assert not one.fanout.degraded
        assert one.subscriptions == 1


def _call(function: Callable[[], None]) -> Any:
    async def call() -> None:
        function()

    return call
