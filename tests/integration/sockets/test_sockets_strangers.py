"""So many connections of one address that are nobody's, whatever carries them; the others do not notice."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from foreign_client import TRANSPORTS, ForeignClient
from raw_websocket import raw_connection
from socket_rig import SocketRig, run_rig

from chinwag_protocol.limits import Limits
from chinwag_server.realtime.strangers import Strangers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MOST = 3
POLL = "/socket.io/?EIO=4&transport=polling"


def count_all() -> Strangers:
    return Strangers(MOST, is_exempt=lambda _: False)


def behind(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


@pytest.fixture
async def proxied(expect_log: Callable[[str], None]) -> AsyncIterator[SocketRig]:
    """A server behind a proxy, which is this test."""
    expect_log("connections that are nobody's")
    async with run_rig(
        limits=Limits(strangers_per_address=MOST, event_burst=100_000), trusted_proxies=["127.0.0.1"]
    ) as rig:
        yield rig


@pytest.fixture
async def direct() -> AsyncIterator[SocketRig]:
    """A server that counts loopback like any other address."""
    async with run_rig() as rig:
        rig.sockets.engine.strangers = count_all()
        yield rig


async def begin(rig: SocketRig, address: str) -> tuple[int, int]:
    """How a WebSocket and a session that polls are answered; neither stays."""
    async with raw_connection(rig.url) as raw, httpx.AsyncClient(base_url=rig.url, headers=behind(address)) as http:
        await raw.shake_hands(headers=behind(address))
        return raw.status, (await http.get(POLL)).status_code


async def test_sessions_are_counted_by_the_address_behind_the_proxy(proxied: SocketRig, eventually: Any) -> None:
    strangers = proxied.sockets.engine.strangers
    ada, mine = proxied.user(), behind("2001:db8:1:1::1")
    async with contextlib.AsyncExitStack() as held:
        for transport in reversed(TRANSPORTS):  # while it moves, one has two of them
            client = ForeignClient.connect(proxied.url, transport=transport, open_only=True, headers=mine)
            await held.enter_async_context(client)
        assert await begin(proxied, "2001:db8:1:1::2") == (429, 429)
        assert await begin(proxied, "2001:db8:1:2::1") == (101, 200)
        client = ForeignClient(proxied.url, headers=mine)
        with pytest.raises(httpx.HTTPStatusError) as refused:
            await client.open("polling")
        await client.close()
        answer = refused.value.response
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["error"]["code"] == "rate_limited"
        assert answer.json()["error"]["retryAfterMs"] == 1_000
        await eventually(lambda: len(strangers) == MOST + 1)  # one session that nobody goes on with
    await eventually(lambda: len(strangers) == 1)
    async with contextlib.AsyncExitStack() as held:
        for transport in TRANSPORTS * 2:
            await held.enter_async_context(proxied.client(ada, transport, headers=mine))
        assert len(strangers) == 1  # who said who they are takes no place


async def test_connections_are_counted_that_say_nothing(direct: SocketRig, eventually: Any, expect_log: Any) -> None:
    expect_log("connections that are nobody's")
    strangers = direct.sockets.engine.strangers
    async with contextlib.AsyncExitStack() as held:
        silent = [await held.enter_async_context(raw_connection(direct.url)) for _ in range(MOST)]
        await eventually(lambda: len(strangers) == MOST)
        async with raw_connection(direct.url) as refused:
            head, _, body = (await refused.reader.read()).decode().partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 429 Too Many Requests")
        assert "\r\nRetry-After: 1" in head
        assert '"code":"rate_limited"' in body
        silent[0].writer.close()
        await eventually(lambda: len(strangers) == MOST - 1)
        async with direct.client(direct.user()) as client:
            await eventually(lambda: len(strangers) == MOST - 1)
            assert await client.call("typing", {"number": 1}) == {"number": 1}
    await eventually(lambda: len(strangers) == 0)


async def test_requests_of_a_known_session_take_no_place(direct: SocketRig, eventually: Any) -> None:
    strangers = direct.sockets.engine.strangers
    async with direct.client(direct.user(), "polling") as client:
        assert await client.call("typing", {"number": 1}) == {"number": 1}
        await eventually(lambda: len(strangers) == 0)
        async with contextlib.AsyncExitStack() as held:
            for _ in range(MOST):
                await held.enter_async_context(raw_connection(direct.url))
            await eventually(lambda: len(strangers) == MOST)
            assert await client.call("typing", {"number": 1}) == {"number": 1}
    await eventually(lambda: len(strangers) == 0)


async def test_probes_are_counted_until_the_session_has_moved(
    direct: SocketRig, eventually: Any, expect_log: Any
) -> None:
    expect_log("connections that are nobody's")
    async with direct.client(direct.user(), "polling") as client:
        strangers = direct.sockets.engine.strangers = count_all()  # connections of before may linger
        target = f"/socket.io/?EIO=4&transport=websocket&sid={client.handshake['sid']}"
        async with contextlib.AsyncExitStack() as held:
            probes = [await held.enter_async_context(raw_connection(direct.url)) for _ in range(MOST)]
            for probe in probes:
                await probe.shake_hands(target)
                assert probe.status == 101
            assert len(strangers) == MOST
            async with raw_connection(direct.url) as refused:
                assert (await refused.reader.read()).startswith(b"HTTP/1.1 429")
            probes[0].send("2probe")
            assert await probes[0].recv_text() == "3probe"
            probes[0].send("5")
            await eventually(lambda: len(strangers) == MOST - 1)
    await eventually(lambda: len(strangers) == 0)


async def test_a_rush_of_connections_costs_the_others_nothing(
    proxied: SocketRig, caplog: pytest.LogCaptureFixture
) -> None:
    """Two thousand connections as fast as they come, each of which asks for a socket and says nothing more."""
    flood, tried, admitted = asyncio.Semaphore(50), 0, 0
    async with proxied.client(proxied.user(), headers=behind("192.0.2.1")) as ada, contextlib.AsyncExitStack() as held:

        async def rush() -> None:
            nonlocal tried, admitted
            async with flood:
                tried += 1
                raw = await held.enter_async_context(raw_connection(proxied.url))
                await raw.shake_hands(headers=behind("192.0.2.66"))
                if raw.status == 101:
                    admitted += 1
                else:
                    assert raw.status == 429
                    raw.writer.transport.abort()

        rushing = asyncio.gather(*(rush() for _ in range(2_000)))
        answered = 0
        while not rushing.done():
            answered += 1
            assert await ada.call("typing", {"number": answered}) == {"number": answered}
        await rushing
        async with proxied.client(proxied.user(), headers=behind("192.0.2.2")) as bob:
            assert await bob.call("typing", {"number": 1}) == {"number": 1}
    assert (tried, admitted) == (2_000, MOST)
    assert answered > 10
    assert len([record for record in caplog.records if "nobody's" in record.message]) == 1
