"""From long polling to a WebSocket: no packet is lost, doubled or out of order, whenever it comes."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
import websockets
from foreign_client import Closed, ForeignClient
from raw_websocket import TARGET, raw_connection
from socket_rig import SHORT, SocketRig, User, run_rig

from chinwag_protocol.limits import Limits
from chinwag_server.realtime import Timing


def tell(rig: SocketRig, user: User, number: int) -> None:
    rig.sockets.deliver([user.id.int], b'42["userOnline",%d]' % number)


async def register(client: ForeignClient, user: User) -> None:
    """CONNECT and register over polling, without a GET that goes on by itself."""
    response = await client._http.get("/socket.io/?EIO=4&transport=polling")
    client._take(response.text)
    await client.post(f'40{{"token":"{user.token}","userId":"{user.id}","protocol":1}}')
    await client._poll_once()
    client.expect_ack(1)
    await client.post(f'421["register-user",{{"userId":"{user.id}"}}]')
    await client._poll_once()


async def test_what_comes_during_the_upgrade_comes_after_it(rig: SocketRig) -> None:
    user = rig.user()
    async with ForeignClient.connect(rig.url, open_only=True, transport="websocket") as client:
        client._ws, unused = None, client.ws
        await register(client, user)
        sent = 0

        async def send_some() -> None:
            nonlocal sent
            for _ in range(20):
                sent += 1
                tell(rig, user, sent)
                await asyncio.sleep(0)
            assert client.of("userOnline") == []

        await client.upgrade(while_upgrading=send_some)
        await send_some_more(rig, user, 21, 40)
        await client.wait_for("userOnline", lambda number: number == 40)
        assert client.of("userOnline") == list(range(1, 41))
        assert "6" in client.packets
        assert await client.call("ping", {})
        assert (await client.get()).status_code == 400
        assert (await client.post("3")).status_code == 400
        await unused.close()


async def send_some_more(rig: SocketRig, user: User, first: int, last: int) -> None:
    for number in range(first, last + 1):
        tell(rig, user, number)
        await asyncio.sleep(0)


async def test_a_stream_of_events_through_upgrades(rig: SocketRig) -> None:
    """Events of each tick, from before the probe to after the move, and events of the client as well."""
    for delay in range(8):
        user = rig.user()
        async with ForeignClient.connect(rig.url, open_only=True, transport="websocket") as client:
            client._ws, unused = None, client.ws
            await register(client, user)
            done = asyncio.Event()
            numbers = 0

            async def stream(user: User = user, done: asyncio.Event = done) -> None:
                nonlocal numbers
                while not done.is_set():
                    numbers += 1
                    tell(rig, user, numbers)
                    await asyncio.sleep(0.0005)

            async def use_polling(client: ForeignClient = client, delay: int = delay) -> None:
                for _ in range(delay):
                    await client.post('42["typing",{"number":1}]')

            streaming = asyncio.ensure_future(stream())  # noqa: TID251 - awaited below
            await client.upgrade(while_upgrading=use_polling)
            assert await client.call("ping", {})
            done.set()
            await streaming
            await client.wait_for("userOnline", lambda number, last=numbers: number == last)
            assert client.of("userOnline") == list(range(1, numbers + 1))
            await unused.close()


async def test_a_get_during_the_upgrade_is_let_go_soon(rig: SocketRig) -> None:
    user = rig.user()
    async with rig.client(user, "polling") as client:

        async def get() -> None:
            tell(rig, user, 1)
            for _ in range(2):
                async with asyncio.timeout(1):
                    assert (await client.get()).text == "6"

        await client.upgrade(while_upgrading=get)
        await client.wait_for("userOnline")


async def open_probe(client: ForeignClient) -> websockets.ClientConnection:
    ws = await client._open_ws(f"EIO=4&transport=websocket&sid={client.handshake['sid']}")
    await ws.send("2probe")
    assert await ws.recv() == "3probe"
    return ws


async def test_an_upgrade_that_is_abandoned(rig: SocketRig, eventually: Any) -> None:
    user = rig.user()
    async with rig.client(user, "polling") as client:
        ws = await open_probe(client)
        tell(rig, user, 1)
        await ws.close()
        tell(rig, user, 2)
        await client.wait_for("userOnline", lambda number: number == 2)
        assert client.of("userOnline") == [1, 2]
        again = await open_probe(client)
        again.transport.abort()
        await eventually(lambda: rig.connections[0].link.upgrade is None)
        assert await client.call("ping", {})


@pytest.mark.parametrize("packet", ["2", "3probe", "5", "40", '42["ping",{}]', b"\x01", ""])
async def test_a_wrong_probe_closes_only_the_websocket(rig: SocketRig, packet: str | bytes) -> None:
    async with rig.client(rig.user(), "polling") as client:
        ws = await client._open_ws(f"EIO=4&transport=websocket&sid={client.handshake['sid']}")
        await ws.send(packet)
        with pytest.raises(websockets.ConnectionClosed):
            await ws.recv()
        assert await client.call("ping", {})


@pytest.mark.parametrize("packet", ["2probe", "41", "4", b"5"])
async def test_a_wrong_move_closes_only_the_websocket(rig: SocketRig, packet: str | bytes) -> None:
    user = rig.user()
    async with rig.client(user, "polling") as client:
        ws = await open_probe(client)
        tell(rig, user, 1)
        await ws.send(packet)
        with pytest.raises(websockets.ConnectionClosed):
            await ws.recv()
        await client.wait_for("userOnline")
        assert await client.call("ping", {})


async def test_one_upgrade_at_a_time(rig: SocketRig) -> None:
    async with rig.client(rig.user(), "polling") as client:
        ws = await open_probe(client)
        async with raw_connection(rig.url) as raw:
            await raw.shake_hands(f"{TARGET}&sid={client.handshake['sid']}")
            assert raw.status == 400
        await ws.close()
    async with rig.client(rig.user(), "websocket") as client, raw_connection(rig.url) as raw:
        await raw.shake_hands(f"{TARGET}&sid={client.handshake['sid']}")
        assert raw.status == 400


async def test_an_upgrade_that_takes_too_long(eventually: Any) -> None:
    async with run_rig(timing=SHORT) as rig, rig.client(rig.user(), "polling") as client:
        ws = await open_probe(client)
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(ws.recv(), SHORT.upgrade_s + 1)
        assert await client.call("ping", {})


async def test_a_session_that_is_closed_while_it_moves(rig: SocketRig) -> None:
    async with rig.client(rig.user(), "polling") as client:
        ws = await open_probe(client)
        rig.connections[0].close("test")
        with pytest.raises(websockets.ConnectionClosed):
            await ws.recv()
        await client.wait_closed(timeout_s=2)
        assert client.disconnected.is_set()
        with pytest.raises((Closed, AssertionError)):
            await client.call("ping", {})


async def test_an_upgrade_that_stalls_costs_the_session_nothing(eventually: Any) -> None:
    """Neither what waits for the move nor a ping that is kept back meanwhile is held against a client that polls on."""
    timing = msgspec.structs.replace(Timing(), ping_interval_s=0.5, ping_timeout_s=0.5, upgrade_s=1.6, tick_s=0.02)
    async with (
        run_rig(timing=timing, limits=Limits(backlog_ms=500)) as rig,
        rig.client(user := rig.user(), "polling") as client,
    ):
        ws = await open_probe(client)
        tell(rig, user, 1)
        link = rig.connections[0].link
        with pytest.raises(websockets.ConnectionClosed):
            await ws.recv()
        await eventually(lambda: link.upgrade is None)
        tell(rig, user, 2)
        assert await client.call("ping", {})
        await client.wait_for("userOnline", lambda number: number == 2)
        assert client.of("userOnline") == [1, 2]
        assert not rig.ended


async def test_what_waits_for_an_upgrade_is_bounded(rig: SocketRig) -> None:
    user = rig.user()
    async with rig.client(user, "polling") as client:
        await open_probe(client)
        packet = b'42["userOnline","%b"]' % (b"x" * 100_000)
        for _ in range(25):
            rig.sockets.deliver([user.id.int], packet)
        await client.wait_closed(timeout_s=5)
        assert [reason for _, reason in rig.ended] == ["slow reader"]
