"""Two real nodes: who is online is the same on both, and a node that dies takes its users offline within one lease."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chinwag_protocol.limits import OFFLINE_AFTER_MS
from chinwag_server.bus.leases import LEASE_S

if TYPE_CHECKING:
    from real_node import RealNode, Session
    from two_nodes import TwoNodes

OFFLINE_S = OFFLINE_AFTER_MS / 1_000
SLACK_S = 3.0


async def is_online(node: RealNode, session: Session, user_id: str) -> bool:
    answer = await node.call("GET", f"/users/{user_id}", session=session)
    assert answer.status_code == 200, answer.text
    return answer.json()["online"]


async def test_who_is_online_on_one_is_on_the_other(two_nodes: TwoNodes, eventually: Any) -> None:
    a, b = two_nodes
    ada, bob = await a.register("ada"), await b.register("bob")
    ada_id, bob_id = ada["user"]["id"], bob["user"]["id"]
    async with b.connect(bob) as watcher:
        async with a.connect(ada) as first:
            assert (await watcher.wait_for("userOnline"))["userId"] == ada_id
            assert await is_online(b, bob, ada_id)

            async def knows_bob() -> bool:
                return await is_online(a, ada, bob_id)

            await eventually(knows_bob, pace_s=0.1)
            assert first.registered is not None
            async with b.connect(ada) as second:
                assert sorted(second.registered["onlineUsers"]) == sorted([ada_id, bob_id])  # type: ignore[index]
                await first.disconnect()
                left = time.monotonic()
                await eventually(lambda: time.monotonic() > left + OFFLINE_S + 1, timeout_s=20)
                assert not watcher.of("userOffline")
                assert await is_online(b, bob, ada_id)
        left = time.monotonic()
        told = await watcher.wait_for("userOffline", timeout_s=OFFLINE_S + SLACK_S)
        assert told["userId"] == ada_id
        assert time.monotonic() - left > OFFLINE_S - 0.5
        assert told["lastSeenAt"].endswith("Z")

        async def is_gone() -> bool:
            return not await is_online(a, ada, ada_id) and not await is_online(b, bob, ada_id)

        await eventually(is_gone, pace_s=0.1)


async def test_a_node_that_dies_takes_its_users_offline(two_nodes: TwoNodes, eventually: Any) -> None:
    """All but those who have a socket on the other node, or come back there before the lease has ended."""
    a, b = two_nodes
    ada, bob, eve, dan = [await a.register(name) for name in ("ada", "bob", "eve", "dan")]
    async with b.connect(bob) as watcher, a.connect(ada), a.connect(eve), b.connect(eve), a.connect(dan):
        for _ in range(3):
            await watcher.wait_for("userOnline")
        await a.kill_at_once()
        died = time.monotonic()
        async with b.connect(dan):
            told = await watcher.wait_for("userOffline", timeout_s=LEASE_S + OFFLINE_S + SLACK_S)
            assert told["userId"] == ada["user"]["id"]
            assert OFFLINE_S < time.monotonic() - died < LEASE_S + OFFLINE_S + SLACK_S
            await eventually(lambda: time.monotonic() > died + LEASE_S + OFFLINE_S + 1, timeout_s=20)
            for one in (eve, dan):
                assert await is_online(b, bob, one["user"]["id"])
            await a.start()
            async with a.connect(ada):
                assert (await watcher.wait_for("userOnline"))["userId"] == ada["user"]["id"]

                async def all_are_known() -> bool:
                    return all([await is_online(a, ada, one["user"]["id"]) for one in (bob, eve, dan)])

                await eventually(all_are_known, pace_s=0.1)
            assert len(watcher.of("userOffline")) == 1
            assert len(watcher.of("userOnline")) == 4
