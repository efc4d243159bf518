"""Limits of a user and an address, and what happens to them while Valkey is away."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from limits.aio.storage import MemoryStorage

from chinwag_protocol.limits import Limits
from chinwag_server.domain.errors import RateLimited
from chinwag_server.services.limits import RateLimits

ADDRESS = "203.0.113.5"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class MoodyStorage(MemoryStorage):
    """A shared storage that can be away."""

    away = False
    asked = 0

    async def incr(self, *arguments: Any, **options: Any) -> int:
        self._ask()
        return await super().incr(*arguments, **options)

    async def get(self, *arguments: Any, **options: Any) -> int:
        self._ask()
        return await super().get(*arguments, **options)

    def _ask(self) -> None:
        self.asked += 1
        if self.away:
            raise ConnectionError("away")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def limits(clock: Clock) -> AsyncIterator[RateLimits]:
    made = RateLimits(Limits(), clock=clock)
    yield made
    await made.close()


def test_messages_tell_how_long_to_wait(limits: RateLimits, clock: Clock) -> None:
    user = uuid4()
    assert [limits.message(user) for _ in range(61)] == [0] * 60 + [50]
    assert limits.message(uuid4()) == 0
    clock.now += 1
    assert [limits.message(user) for _ in range(21)].count(0) == 20


def test_calls_and_searches_are_refused_with_the_time_to_wait(limits: RateLimits) -> None:
    user = uuid4()
    for _ in range(200):
        limits.http(user)
        limits.http_open(ADDRESS)
    for call in (lambda: limits.http(user), lambda: limits.http_open(ADDRESS)):
        with pytest.raises(RateLimited) as refused:
            call()
        assert refused.value.retry_after_ms == 20
    for _ in range(10):
        limits.search(user)
    with pytest.raises(RateLimited):
        limits.search(user)


async def test_registrations_are_ten_an_hour_but_from_loopback(limits: RateLimits) -> None:
    for _ in range(10):
        await limits.registration(ADDRESS)
    with pytest.raises(RateLimited) as refused:
        await limits.registration(ADDRESS)
    assert refused.value.retry_after_ms == pytest.approx(3_600_000, rel=0.01)
    for address in ("127.0.0.1", "::1", "127.8.8.8"):
        for _ in range(20):
            await limits.registration(address)


async def test_wrong_passwords_cost_ever_more_time_and_never_for_ever(limits: RateLimits) -> None:
    for _ in range(10):
        assert await limits.login_wait_ms("ada", ADDRESS) == 0
        await limits.login_failed("ada", ADDRESS)
    assert 50_000 < await limits.login_wait_ms("ada", "198.51.100.1") <= 60_000
    assert 50_000 < await limits.login_wait_ms("bob", ADDRESS) <= 60_000
    assert await limits.login_wait_ms("bob", "198.51.100.1") == 0
    for _ in range(200):
        await limits.login_failed("ada", ADDRESS)
    assert 3_600_000 < await limits.login_wait_ms("ada", ADDRESS) <= 64 * 60_000


async def test_a_name_from_one_address_may_be_guessed_five_times_as_often_and_no_more(limits: RateLimits) -> None:
    for _ in range(50):
        assert await limits.guess_wait_ms("ada", ADDRESS) == 0
        await limits.login_failed("ada", ADDRESS)
    assert 50_000 < await limits.guess_wait_ms("ada", ADDRESS) <= 60_000
    assert await limits.guess_wait_ms("bob", ADDRESS) == 0
    assert await limits.guess_wait_ms("ada", "198.51.100.1") == 0, "what others guess elsewhere does not count here"


async def test_one_address_may_guess_twenty_times_as_often_whatever_the_names(limits: RateLimits) -> None:
    for number in range(200):
        assert await limits.guess_wait_ms(f"user{number}", ADDRESS) == 0
        await limits.login_failed(f"user{number}", ADDRESS)
    assert 50_000 < await limits.guess_wait_ms("ada", ADDRESS) <= 60_000
    assert await limits.guess_wait_ms("ada", "198.51.100.1") == 0


async def test_the_addresses_of_one_network_count_as_one(limits: RateLimits) -> None:
    for number in range(10):
        await limits.login_failed(f"user{number}", f"2001:db8:1:2::{number}")
    assert await limits.login_wait_ms("ada", "2001:db8:1:2:ffff::1") > 0
    assert await limits.login_wait_ms("ada", "2001:db8:1:3::1") == 0
    for number in range(10):
        await limits.login_failed(f"user{number}", f"::ffff:192.0.2.{number}")
    assert await limits.login_wait_ms("ada", "::ffff:192.0.2.99") == 0, "these are IPv4"


async def test_while_valkey_is_away_the_node_counts_alone(clock: Clock, expect_log: Any) -> None:
    expect_log("limits are not shared")
    shared = MoodyStorage()
    limits = RateLimits(Limits(registrations_per_hour=2), shared=shared, clock=clock)
    await limits.registration(ADDRESS)
    shared.away = True
    await limits.registration(ADDRESS)
    asked = shared.asked
    await limits.registration(ADDRESS)
    with pytest.raises(RateLimited):
        await limits.registration(ADDRESS)
    assert shared.asked == asked, "it is left alone for a while"
    shared.away = False
    clock.now += 6
    await limits.registration(ADDRESS)
    with pytest.raises(RateLimited):
        await limits.registration(ADDRESS)
    await limits.close()
