"""The small parts of dispatching: buckets, windows, the sweeper, frames, addresses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chinwag_protocol.limits import Limits
from chinwag_server.realtime.encoding import frame_header, join_frames
from chinwag_server.realtime.inbox import Bucket, Inbox
from chinwag_server.realtime.peers import Peers
from chinwag_server.realtime.timing import Sweeper


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=10, burst=3, now=0)
    assert [bucket.take(0) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(0) == pytest.approx(0.1)
    assert bucket.take(0.05) == pytest.approx(0.05)
    assert bucket.take(0.1001) == 0
    assert [bucket.take(100) for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]


def make_inbox() -> Inbox:
    nobody: Any = None
    return Inbox(nobody, Limits(), 0)


def test_how_long_a_client_has_been_throttled() -> None:
    inbox = make_inbox()
    assert [inbox.note_throttled(100 + n * 0.5) for n in range(4)] == [0, 0.5, 1.0, 1.5]
    assert inbox.note_throttled(103) == 0  # there was a pause
    assert inbox.note_throttled(103.5) == 0.5


def test_invalid_answers_are_counted_in_a_window() -> None:
    inbox = make_inbox()
    assert not any(inbox.note_invalid(n, window_s=60, limit=10) for n in range(0, 100, 6))
    assert not any(inbox.note_invalid(200 + n, window_s=60, limit=10) for n in range(10))
    assert inbox.note_invalid(210, window_s=60, limit=10)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frame_headers(size: int) -> None:
    header = frame_header(size)
    assert header[0] == 0x81
    assert len(header) == (2 if size < 126 else 4 if size < 65_536 else 10)
    assert size == (header[1] if size < 126 else int.from_bytes(header[2:], "big"))


def test_joined_frames() -> None:
    assert join_frames([b"a", b"bc"]) == b"\x81\x01a\x81\x02bc"


async def test_the_sweeper_calls_when_due_and_survives_a_fault(expect_log: Any) -> None:
    expect_log("a deadline failed")
    sweeper = Sweeper(0.01)
    loop = asyncio.get_running_loop()
    sweeper.start()
    started, called, done = loop.time(), [], asyncio.Event()
    sweeper.after(0.05, lambda: called.append(loop.time() - started))
    sweeper.after(0.02, lambda: 1 // 0)
    sweeper.after(0.03, lambda: sweeper.after(0.05, done.set))
    ticks: list[float] = []
    sweeper.every_tick(ticks.append)
    await asyncio.wait_for(done.wait(), 5)
    assert len(called) == 1
    assert called[0] >= 0.05
    assert len(ticks) > 3
    sweeper.stop()
    count = len(ticks)
    await asyncio.sleep(0.03)
    assert len(ticks) == count


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("9.9.9.9", [b"1.1.1.1"], "9.9.9.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [b"1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", [b"1.1.1.1", b"2.2.2.2"], "2.2.2.2"),
        ("10.0.0.1", [b"1.1.1.1, 10.0.0.2"], "1.1.1.1"),
        ("10.0.0.1", [b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [b"1.1.1.1:80"], "1.1.1.1"),
        ("::ffff:10.0.0.1", [b"1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", [b"<script>"], "10.0.0.1"),
        ("", [b"1.1.1.1"], ""),
    ],
)
def test_addresses(peer: str, forwarded: list[bytes], address: str) -> None:
    peers = Peers(trusted_proxies=["10.0.0.0/8"])
    assert peers.address(peer, [(b"x-forwarded-for", value) for value in forwarded]) == address


def test_a_proxy_that_is_no_address() -> None:
    with pytest.raises(ValueError, match="proxy"):
        Peers(trusted_proxies=["proxy.example"])


def test_the_host_that_a_trusted_proxy_tells() -> None:
    peers = Peers(trusted_proxies=["10.0.0.1"])
    headers = [(b"host", b"inside:80"), (b"x-forwarded-host", b"chat.example"), (b"origin", b"https://chat.example")]
    assert peers.allows_origin("10.0.0.1", headers)
    assert not peers.allows_origin("10.0.0.2", headers)
    assert peers.scheme("10.0.0.1", [(b"x-forwarded-proto", b"https")]) == "https"
    assert peers.scheme("10.0.0.2", [(b"x-forwarded-proto", b"https")]) is None
    assert peers.scheme("10.0.0.1", [(b"x-forwarded-proto", b"gopher")]) is None
