"""Argon2id at OWASP's floor, in a bounded pool."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from chinwag_server.domain.errors import Unavailable
from chinwag_server.services.passwords import Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(threads=1, queue=2)
    yield made
    made.close()


async def test_only_the_right_password_is_right(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct horse ")
    assert not await passwords.verify("not a hash", "correct horse")
    assert stored != await passwords.hash("correct horse")


async def test_the_parameters_are_owasps(passwords: Passwords) -> None:
    found = extract_parameters(await passwords.hash("x" * 10))
    assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == ("ID", 19 * 1024, 2, 1)


async def test_nobody_costs_as_much_as_somebody(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert not await passwords.verify(None, "correct horse")
    took = {True: 9.0, False: 9.0}
    for _ in range(12):  # the quickest of each: others use the processor, too
        for known in (True, False):
            started = time.thread_time() + time.perf_counter()
            await passwords.verify(stored if known else None, "wrong")
            took[known] = min(took[known], time.thread_time() + time.perf_counter() - started)
    assert 0.5 < took[True] / took[False] < 2


async def test_weaker_hashes_are_made_anew(passwords: Passwords) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("correct horse")
    assert passwords.needs_rehash(weak)
    assert await passwords.verify(weak, "correct horse")
    assert not passwords.needs_rehash(await passwords.hash("correct horse"))


async def test_the_queue_is_bounded(passwords: Passwords) -> None:
    answers = await asyncio.gather(*(passwords.hash("x" * 10) for _ in range(5)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert len(refused) == 3
    assert all(answer.retry_after_ms for answer in refused)
    assert await passwords.verify(await passwords.hash("again"), "again")
