"""Places for connections that are nobody's, by address; and room for connections at all."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from chinwag_server.domain.addresses import is_loopback, origin_of
from chinwag_server.realtime.room import RESERVE, Room
from chinwag_server.realtime.strangers import Place, Strangers


def take(strangers: Strangers, address: str) -> Place:
    place = strangers.take(address)
    assert place is not None
    return place


def test_so_many_an_address_until_they_leave(expect_log: Any) -> None:
    expect_log("192.0.2.1: 2 connections that are nobody's")
    strangers = Strangers(2)
    first, second = take(strangers, "192.0.2.1"), take(strangers, "192.0.2.1")
    assert strangers.take("192.0.2.1") is None
    take(strangers, "192.0.2.2")
    first.leave()
    first.leave()
    third = take(strangers, "192.0.2.1")
    assert strangers.take("192.0.2.1") is None
    second.leave()
    third.leave()
    assert len(strangers) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_what_one_address_is(one: str, other: str, same: bool) -> None:
    assert (origin_of(one) == origin_of(other)) is same


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", ""])
def test_this_machine_is_not_counted(address: str) -> None:
    strangers = Strangers(1)
    for _ in range(3):
        take(strangers, address)
    assert len(strangers) == 0
    assert is_loopback(address) is bool(address)


def test_it_is_said_once_a_minute_and_address(caplog: pytest.LogCaptureFixture, expect_log: Any) -> None:
    expect_log("connections that are nobody's")
    now = 0.0
    strangers = Strangers(1, clock=lambda: now)
    for address in ("192.0.2.1", "192.0.2.2"):
        take(strangers, address)

    def said() -> int:
        for address in ("192.0.2.1", "192.0.2.2") * 5:
            assert strangers.take(address) is None
        count = sum(record.levelno == logging.WARNING for record in caplog.records)
        caplog.clear()
        return count

    assert said() == 2
    now = 59.0
    assert said() == 0
    now = 60.0
    assert said() == 2


def test_the_last_files_are_kept_and_it_is_said_once(caplog: pytest.LogCaptureFixture, expect_log: Any) -> None:
    expect_log("no room for more connections")
    caplog.set_level(logging.INFO)
    allowed = 200
    room = Room(lambda: allowed)

    def has(number: int) -> bool:
        return room.has(SimpleNamespace(fileno=lambda: number))  # type: ignore[arg-type] - a socket with this number

    full = allowed - RESERVE
    assert [has(number) for number in (10, full - 1, full, full + 1, full - 1, full)] == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]
    assert len(caplog.records) == 1
    assert has(20)
    assert has(21)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    allowed = 2_000
    assert has(full)
