"""Two nodes over one Valkey: what one tells, the other hears; and what happens when Valkey is hung, gone or back."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from valkey_proxy import run_proxy

from chinwag_protocol.notices import ConversationLeft, FactSkipped
from chinwag_server.bus.fanout import Fanout, encode_event
from chinwag_server.bus.redis_bus import BusTiming, RedisBus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

A, B = UUID(int=1), UUID(int=2)
HERE = UUID(int=99)
QUICK = BusTiming(hello_s=0.05, wait_s=0.05, degraded_after_s=0.3, peer_after_s=0.5, again_s=0.05)
NOTICE = ConversationLeft(conversation_id=HERE)


class Node:
    """A fan-out over the bus, and what its sockets got."""

    def __init__(self, url: str, name: str, timing: BusTiming) -> None:
        self.got: list[tuple[int, bytes]] = []
        self.everyone: list[tuple[bytes, int | None]] = []
        self.revoked: list[dict[str, Any]] = []
        self.recovered = 0
        self.bus = RedisBus(url, node_id=name, timing=timing)
        self.fanout = Fanout(self, rosters=self._members, redis=self.bus, node_id=name, hold_s=0.05)
        self.fanout.watch(gap=lambda _: None, recovered=self._recovered)

    def _recovered(self) -> None:
        self.recovered += 1

    async def _members(self, conversation_id: UUID) -> dict[UUID, int]:
        return {A: 1, B: 1}

    def deliver(
        self, users: Iterable[int], packet: bytes, *, skip_user: int | None = None, skip_session: UUID | None = None
    ) -> bool:
        self.got += [(user, packet) for user in users if user != skip_user]
        return False

    def deliver_to_all(self, packet: bytes, *, skip_user: int | None = None) -> None:
        self.everyone.append((packet, skip_user))

    def revoke(self, **what: Any) -> None:
        self.revoked.append(what)

    def fact(self, rev: int) -> None:
        self.fanout.fact(
            HERE,
            members_version=1,
            rev=rev,
            event="factSkipped",
            payload=FactSkipped(conversation_id=HERE, rev=rev),
            instead={A: ("conversationLeft", NOTICE)},
        )

    def revs(self) -> list[bytes]:
        return [packet for user, packet in self.got if user == B.int]


@contextlib.asynccontextmanager
async def run_nodes(*urls: str, timing: BusTiming = QUICK) -> AsyncIterator[list[Node]]:
    nodes = [Node(url, f"node-{number}", timing) for number, url in enumerate(urls)]
    for node in nodes:
        await node.fanout.start()
    try:
        yield nodes
    finally:
        for node in nodes:
            await node.fanout.stop()


async def test_each_hears_what_the_other_tells_once(valkey_url: str, eventually: Any) -> None:
    async with run_nodes(valkey_url, valkey_url) as (one, two):
        await eventually(lambda: one.bus.peers == {"node-1"} and two.bus.peers == {"node-0"})
        for rev in range(1, 51):
            one.fact(rev)
        one.fanout.to_users([B], "conversationLeft", NOTICE)
        one.fanout.to_conversation(HERE, "conversationLeft", NOTICE, skip_user=B)
        one.fanout.to_everyone("conversationLeft", NOTICE, skip_user=B)
        one.fanout.disconnect(reason="logout", user_id=A, keep_session=B)
        await eventually(lambda: two.revoked and two.everyone and len(two.got) == len(one.got))
        left = encode_event("conversationLeft", NOTICE)
        facts = [encode_event("factSkipped", FactSkipped(conversation_id=HERE, rev=rev)) for rev in range(1, 51)]
        for node in (one, two):
            await eventually(lambda node=node: len(node.got) == 102)
            assert [packet for packet in node.revs() if packet != left] == facts
            assert node.revs().count(left) == 1
            assert [user for user, packet in node.got if packet == left].count(A.int) == 51
            assert node.everyone == [(left, B.int)]
            assert node.revoked == [{"reason": "logout", "session_id": None, "user_id": A, "keep_session": B}]
            assert node.fanout.gaps == 0


async def test_facts_of_both_nodes_come_in_order_on_both(valkey_url: str, eventually: Any) -> None:
    async with run_nodes(valkey_url, valkey_url) as (one, two):
        await eventually(lambda: one.bus.peers and two.bus.peers)
        for rev in range(1, 41):
            (one if rev % 2 else two).fact(rev)
        expected = [encode_event("factSkipped", FactSkipped(conversation_id=HERE, rev=rev)) for rev in range(1, 41)]
        await eventually(lambda: len(one.revs()) == 40)
        assert one.revs() == expected
        await eventually(lambda: two.revs()[-1:] == expected[-1:])
        assert two.revs() == expected[-len(two.revs()) :]


async def test_what_a_tick_tells_is_one_message(valkey_url: str, eventually: Any) -> None:
    from redis.asyncio import Redis

    async with run_nodes(valkey_url, valkey_url) as (one, two), Redis.from_url(valkey_url) as redis:
        await eventually(lambda: one.bus.peers and two.bus.peers)
        async with redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe("chinwag:nodes:1")
            for rev in range(1, 301):
                one.fact(rev)
            await eventually(lambda: len(two.revs()) == 300)
            sizes: list[int] = []
            while len(sizes) < 10:  # hellos come all the time
                message = await channel.get_message(timeout=1)
                if message is not None:
                    sizes.append(len(message["data"]))
        assert len([size for size in sizes if size > 1_000]) == 1


async def test_a_lonely_node_tells_nobody(valkey_url: str, eventually: Any) -> None:
    async with run_nodes(valkey_url) as (one,):
        await eventually(lambda: one.bus._heard_at is not None)
        assert not one.bus.has_listeners
        async with run_nodes(valkey_url) as (same_name,):
            assert same_name.bus.has_listeners  # as long as it does not know
        late = Node(valkey_url, "late", QUICK)
        await late.fanout.start()
        await eventually(lambda: one.bus.has_listeners)
        await late.fanout.stop()
        await eventually(lambda: not one.bus.has_listeners)


async def test_what_is_told_right_before_the_end_is_heard(valkey_url: str, eventually: Any) -> None:
    async with run_nodes(valkey_url) as (two,):
        one = Node(valkey_url, "one", QUICK)
        await one.fanout.start()
        await eventually(lambda: one.bus.peers and two.bus.peers)
        one.fanout.to_users([A], "conversationLeft", NOTICE)
        await one.fanout.stop()
        await eventually(lambda: two.got)


async def test_large_bursts_go_in_pieces(valkey_url: str, eventually: Any) -> None:
    # both nodes share this loop, which stands still for longer than QUICK lets a listener hear nothing
    patient = BusTiming(hello_s=0.05, degraded_after_s=30, peer_after_s=30, again_s=0.05)
    async with run_nodes(valkey_url, valkey_url, timing=patient) as (one, two):
        await eventually(lambda: one.bus.peers and two.bus.peers)
        users = [UUID(int=number) for number in range(20_000)]
        for _ in range(5):
            one.fanout.to_users(users, "conversationLeft", NOTICE)
        await eventually(lambda: len(two.got) == 100_000, timeout_s=60)


# ---------------------------------------------------------------- faults


async def test_a_valkey_that_is_not_there(eventually: Any) -> None:
    async with run_nodes("redis://127.0.0.1:1") as (one,):
        one.fact(1)
        await eventually(lambda: len(one.got) == 2)
        await eventually(lambda: one.fanout.degraded)
        started = time.monotonic()
        for rev in range(2, 1_000):
            one.fact(rev)
        assert time.monotonic() - started < 0.5
        assert len(one.got) == 2 * 999


@pytest.mark.parametrize("fault", ["frozen", "cut"])
async def test_a_valkey_that_fails_and_comes_back(valkey_url: str, fault: str, eventually: Any) -> None:
    async with run_proxy(valkey_url) as proxy, run_nodes(proxy.url, valkey_url) as (one, two):
        await eventually(lambda: one.bus.peers and two.bus.peers)
        if fault == "frozen":
            proxy.freeze()
        else:
            await proxy.cut()
        await eventually(lambda: one.fanout.degraded)
        assert not two.fanout.degraded
        recovered = one.recovered
        slowest = 0.0
        for rev in range(1, 200):
            started = time.monotonic()
            one.fact(rev)
            await asyncio.sleep(0)
            slowest = max(slowest, time.monotonic() - started)
        assert slowest < 0.2
        await eventually(lambda: len(one.revs()) == 199)
        if fault == "frozen":
            proxy.thaw()
        else:
            await proxy.mend()
        await eventually(lambda: not one.fanout.degraded)
        await eventually(lambda: one.recovered > recovered)
        one.fact(200)
        last = encode_event("factSkipped", FactSkipped(conversation_id=HERE, rev=200))
        await eventually(lambda: last in two.revs())
        two.fanout.to_users([A], "conversationLeft", NOTICE)
        await eventually(lambda: (A.int, encode_event("conversationLeft", NOTICE)) in one.got)


async def test_what_waits_for_valkey_is_bounded(eventually: Any) -> None:
    timing = BusTiming(hello_s=0.05, degraded_after_s=0.2, queued_bytes=100_000, again_s=0.05)
    async with run_nodes("redis://127.0.0.1:1", timing=timing) as (one,):
        for rev in range(1, 10_000):
            one.fact(rev)
        assert one.bus._publisher._queued_bytes <= 100_000
        assert len(one.bus._publisher) < 1_000


async def test_stopping_does_not_wait_for_a_frozen_valkey(valkey_url: str, eventually: Any) -> None:
    async with run_proxy(valkey_url) as proxy:
        async with run_nodes(proxy.url, valkey_url) as (one, two):
            await eventually(lambda: one.bus.peers and two.bus.peers)
            proxy.freeze()
            one.fact(1)
            started = time.monotonic()
            await one.fanout.stop()
            assert time.monotonic() - started < 4
        proxy.thaw()


async def test_rubbish_on_the_channel(valkey_url: str, eventually: Any, expect_log: Any) -> None:
    from redis.asyncio import Redis

    expect_log("another node sent what cannot be read")
    async with run_nodes(valkey_url, valkey_url) as (one, two), Redis.from_url(valkey_url) as redis:
        await eventually(lambda: one.bus.peers and two.bus.peers)
        await redis.publish("chinwag:nodes:1", b"\xc1rubbish")
        one.fact(1)
        await eventually(lambda: two.revs())
