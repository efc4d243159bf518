"""What `serve` tells its operator when it serves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chinwag_server.config import Settings
from chinwag_server.greeting import greet, outward_address, warn_of_silent_valkey

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path("/srv/chinwag")


def lines(**given: Any) -> list[str]:
    return list(greet(Settings(data_dir=DATA, **given), port=8765, find_address=lambda: "192.0.2.7"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "by invitation, the first account excepted when it is made on this machine"),
        ({"trusted_proxies": ("127.0.0.1",)}, "by invitation"),
        ({"registration": "open"}, "open to everybody who can reach the server"),
        ({"registration": "closed"}, "closed"),
    ],
)
def test_where_the_data_are_and_who_may_register(given: dict[str, Any], said: str) -> None:
    assert lines(**given) == [f"data in /srv/chinwag, registration {said}"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]"])
def test_an_address_that_can_be_typed_on_another_machine(host: str) -> None:
    assert lines(host=host)[1:] == ["other machines reach it at http://192.0.2.7:8765"]
    assert lines(host=host, tls_self_signed=True)[1:] == ["other machines reach it at https://192.0.2.7:8765"]


def test_the_address_is_this_machines_or_there_is_none() -> None:
    assert outward_address() != "0.0.0.0"
    assert not list(greet(Settings(data_dir=DATA, host="0.0.0.0"), port=1, find_address=lambda: None))[1:]


async def test_a_valkey_that_is_away_is_named_without_its_password(
    expect_log: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("redis-url .* cannot be reached")
    await warn_of_silent_valkey("redis://:s3cret@127.0.0.1:1/0")
    assert "s3cret" not in caplog.text
    assert caplog.messages[0].endswith("; trying again")


async def test_one_that_is_there_is_not_talked_of(valkey_url: str) -> None:
    await warn_of_silent_valkey(valkey_url)
