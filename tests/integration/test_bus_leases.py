"""Leases of connections: online as long as one is left on any node; and what a node knows when Valkey is away."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from valkey_proxy import run_proxy

from chinwag_protocol.ids import new_id
from chinwag_server.bus.leases import Leases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def run_leases(
    *urls: str | None, lease_s: float = 5.0, renew_s: float = 1.0, **given: Any
) -> AsyncIterator[list[Leases]]:
    nodes = [Leases(url, lease_s=lease_s, renew_s=renew_s, **given) for url in urls]
    for node in nodes:
        await node.start()
    try:
        yield nodes
    finally:
        for node in nodes:
            await node.stop()


async def test_first_and_last_over_all_nodes(valkey_url: str) -> None:
    user, other = new_id(), new_id()
    async with run_leases(valkey_url, valkey_url) as (one, two):
        assert await one.acquire(user, "a")
        assert not await one.acquire(user, "b")
        assert not await two.acquire(user, "c")
        assert await two.acquire(other, "d")
        assert await one.online() == await two.online() == {user, other}
        assert not await one.release(user, "a")
        assert not await one.release(user, "b")
        assert await one.online() == {user, other}
        assert await two.release(user, "c")
        assert not await two.release(user, "c")
        assert not await two.release(user, "never")
        assert await one.online() == {other}
        assert await one.acquire(user, "e")


async def test_without_valkey_a_node_knows_its_own() -> None:
    user = new_id()
    async with run_leases(None, None) as (one, two):
        assert await one.acquire(user, "a")
        assert not await one.acquire(user, "b")
        assert await two.acquire(user, "c")
        assert await one.online() == {user}
        assert not await one.release(user, "a")
        assert await one.release(user, "b")
        assert await one.online() == set()
        assert await one.sweep() == set()
        assert not one.degraded


async def test_leases_are_renewed(valkey_url: str, eventually: Any) -> None:
    user, lease_s = new_id(), 1.0
    async with run_leases(valkey_url, valkey_url, lease_s=lease_s, renew_s=0.1) as (one, two):
        await one.acquire(user, "a")
        until = time.monotonic() + 1.5 * lease_s

        async def outlived() -> bool:
            assert await two.online() == {user}
            assert await two.sweep() == set()
            return time.monotonic() > until

        await eventually(outlived)


async def test_leases_of_a_dead_node_end_and_one_other_is_told(valkey_url: str, eventually: Any) -> None:
    user, stays = new_id(), new_id()
    async with run_leases(valkey_url, valkey_url, lease_s=0.3, renew_s=0.1) as (two, three):
        async with run_leases(valkey_url, lease_s=0.3, renew_s=0.1) as (dying,):
            await dying.acquire(user, "a")
            await dying.acquire(stays, "b")
            await two.acquire(stays, "c")
        told: list[Any] = []

        async def sweep() -> bool:
            for node in (two, three):
                told.extend(await node.sweep())
            return bool(told)

        await eventually(sweep)
        assert told == [user]
        assert await two.online() == {stays}
        assert await three.acquire(user, "d")


async def test_a_valkey_that_lost_everything_learns_it_again(valkey_url: str, eventually: Any) -> None:
    from redis.asyncio import Redis

    user = new_id()
    async with run_leases(valkey_url, valkey_url, renew_s=0.1) as (one, two), Redis.from_url(valkey_url) as redis:
        await one.acquire(user, "a")
        await redis.flushall()

        async def back() -> bool:
            return await two.online() == {user}

        await eventually(back)
        assert await one.release(user, "a")


async def test_a_valkey_that_lost_everything_unnoticed_learns_it_at_the_next_look(valkey_url: str) -> None:
    from redis.asyncio import Redis

    user = new_id()
    async with run_leases(valkey_url, valkey_url, renew_s=60) as (one, two), Redis.from_url(valkey_url) as redis:
        await one.acquire(user, "a")
        await one.acquire(user, "b")
        await redis.flushall()
        assert await two.online() == set()
        assert await one.online() == {user}
        assert await two.online() == {user}
        assert not await one.release(user, "a")
        assert await two.online() == {user}


async def test_a_node_without_anybody_notices_that_valkey_is_back(valkey_url: str, eventually: Any) -> None:
    user = new_id()
    async with run_proxy(valkey_url) as proxy, run_leases(proxy.url, renew_s=60) as (one,):
        await one.acquire(user, "a")
        await proxy.cut()
        await one.release(user, "a")
        assert one.degraded
        one._tasks.spawn(one._renew_always(), "soon")  # the first one sleeps for a minute
        await proxy.mend()
        await eventually(lambda: not one.degraded)


async def test_a_frozen_valkey(valkey_url: str, eventually: Any) -> None:
    user, other = new_id(), new_id()
    async with run_proxy(valkey_url) as proxy, run_leases(proxy.url, valkey_url, lease_s=30, renew_s=0.2) as (one, two):
        await two.acquire(other, "x")
        assert await one.online() == {other}
        proxy.freeze()
        assert await one.acquire(user, "a")
        assert one.degraded
        assert await one.online() == {user}
        assert not await one.acquire(user, "b")
        proxy.thaw()
        await eventually(lambda: not one.degraded)

        async def common() -> bool:
            return await two.online() == {user, other} == await one.online()

        await eventually(common)
        assert not await one.release(user, "a")
        assert await one.release(user, "b")
        assert await two.online() == {other}


async def test_many(valkey_url: str) -> None:
    users = [new_id() for _ in range(1_200)]
    async with run_leases(valkey_url, valkey_url) as (one, two):
        for user in users:
            await one.acquire(user, "a")
        await one.renew()
        assert len(await two.online()) == 1_200


# ---------------------------------------------------------------- too many of one user


def ids(count: int) -> list[str]:
    return [str(new_id()) for _ in range(count)]


async def crowd(*nodes: Leases) -> list[set[str]]:
    return [await node.crowded_out() for node in nodes]


async def test_the_oldest_of_too_many_leases_are_named_on_every_node(valkey_url: str, eventually: Any) -> None:
    user, other, most = new_id(), new_id(), 3
    async with run_leases(valkey_url, valkey_url, most=most, confirm_s=0.1) as (one, two):
        first, second, third, fourth, fifth = ids(5)
        for node, connection in ((one, first), (two, second), (two, third)):
            await node.acquire(user, connection)
        await two.acquire(other, ids(1)[0])
        assert await crowd(one, two) == [set(), set()]
        await one.acquire(user, fourth)
        await one.acquire(user, fifth)
        assert await crowd(one, two) == [set(), set()]  # not before all have confirmed theirs

        async def named() -> bool:
            return await crowd(one, two) == [{first, second}, {first, second}]

        await eventually(named)
        await one.release(user, first)
        await two.release(user, second)
        assert await crowd(one, two) == [set(), set()]

        async def over() -> bool:
            await crowd(one, two)
            return not await one._ask("return redis.call('EXISTS', 'chinwag:crowds')", [])

        await eventually(over)


async def test_leases_of_a_dead_node_crowd_nobody_out(valkey_url: str, eventually: Any) -> None:
    user, most = new_id(), 3
    async with run_leases(valkey_url, valkey_url, most=most, confirm_s=0.2, renew_s=60) as (one, two):
        (oldest,) = ids(1)
        await one.acquire(user, oldest)
        async with run_leases(valkey_url, most=most, renew_s=60) as (dying,):
            for connection in ids(2):
                await dying.acquire(user, connection)
        for connection in ids(2):  # those of the dead one, come back
            await two.acquire(user, connection)
        until = time.monotonic() + 0.7

        async def unharmed() -> bool:
            assert await crowd(one, two) == [set(), set()]
            return time.monotonic() > until

        await eventually(unharmed)
        await two.acquire(user, ids(1)[0])

        async def named() -> bool:
            return await crowd(one, two) == [{oldest}, {oldest}]

        await eventually(named)


async def test_without_valkey_there_are_no_crowds() -> None:
    async with run_leases(None, most=1) as (one,):
        user = new_id()
        for connection in ids(3):
            await one.acquire(user, connection)
        assert await one.crowded_out() == set()
