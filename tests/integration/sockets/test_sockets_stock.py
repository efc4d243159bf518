"""With python-socketio: its own client against this server, and its server API on this server."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import socketio
from socket_rig import SocketRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from socket_rig import User


@contextlib.asynccontextmanager
async def stock_client(rig: SocketRig, user: User, **options: Any) -> AsyncIterator[socketio.AsyncClient]:
    async with aiohttp.ClientSession() as http:
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
        await client.connect(rig.url, auth=user.auth(), **options)
        try:
            yield client
        finally:
            await client.disconnect()


@pytest.mark.parametrize("transports", [None, ["websocket"], ["polling"]])
async def test_its_client(rig: SocketRig, transports: list[str] | None, eventually: Any) -> None:
    user = rig.user()
    async with stock_client(rig, user, transports=transports) as client:
        seen: list[Any] = []
        client.on("userOnline", seen.append)
        assert client.transport() == (transports or ["websocket"])[0]
        await client.call("register-user", {"userId": str(user.id)})
        assert await client.call("typing", {"number": 3, "text": "grüß"}) == {"number": 3, "text": "grüß"}
        rig.sockets.deliver([user.id.int], b'42["userOnline",{"a":1}]')
        await eventually(lambda: seen == [{"a": 1}])
    await eventually(lambda: not rig.sockets.connections)


async def test_its_client_is_refused(rig: SocketRig) -> None:
    user = rig.user()
    user.token = "unknown"
    refusals: list[Any] = []
    async with aiohttp.ClientSession() as http:
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
        client.on("connect_error", refusals.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(rig.url, auth=user.auth())
    assert refusals[0]["message"] == "unauthorized"
    assert refusals[0]["data"]["code"] == "unauthorized"


async def test_its_client_is_disconnected(rig: SocketRig, eventually: Any) -> None:
    user = rig.user()
    async with stock_client(rig, user, transports=["websocket"]) as client:
        reasons: list[str] = []
        client.on("disconnect", reasons.append)
        await client.call("register-user", {"userId": str(user.id)})
        await rig.sockets.disconnect(rig.connections[0].sid)
        await eventually(lambda: reasons)
        assert not client.connected


async def test_its_rooms_and_emits(rig: SocketRig) -> None:
    users = [rig.user() for _ in range(3)]
    async with rig.client(users[0]) as one, rig.client(users[1], "polling") as two, rig.client(users[2]) as three:
        sids = [connection.sid for connection in rig.connections]
        await rig.sockets.enter_room(sids[0], "room")
        await rig.sockets.enter_room(sids[1], "room")
        assert rig.sockets.rooms(sids[0]) == ["room"]
        await rig.sockets.emit("all", {"n": 1})
        await rig.sockets.emit("room", (1, 2), to="room", skip_sid=sids[0])
        await rig.sockets.emit("two", None, to=[sids[0], "room"])
        await rig.sockets.emit("nobody", 1, to=[])
        await rig.sockets.emit("nobody", 1, to="empty")
        await rig.sockets.leave_room(sids[0], "room")
        await rig.sockets.emit("left", 1, room="room")
        await rig.sockets.send("text", to=sids[2])
        for client in (one, two, three):
            await client.call("ping", {})
        assert one.events == [("all", {"n": 1}), ("two", None)]
        assert two.events == [("all", {"n": 1}), ("room", 1), ("two", None), ("left", 1)]
        assert three.events == [("all", {"n": 1}), ("message", "text")]


async def test_its_calls(rig: SocketRig, eventually: Any) -> None:
    async with rig.client(rig.user()) as client:
        sid = rig.connections[0].sid
        calling = asyncio.ensure_future(rig.sockets.call("question", {"n": 1}, to=sid, timeout=5))  # noqa: TID251 - awaited below
        packet = await client._wait(lambda: client._find_packet('421["question"'))
        assert packet == '421["question",{"n":1}]'
        await client.send_packet("430[5]", '4399["forged"]', '431["answer"]', '431["again"]')
        assert await calling == "answer"
        assert await client.call("ping", {})


async def test_its_transport_and_session(rig: SocketRig) -> None:
    async with rig.client(rig.user()), rig.client(rig.user(), "polling"):
        sids = [connection.sid for connection in rig.connections]
        assert [rig.sockets.transport(sid) for sid in sids] == ["websocket", "polling"]
        async with rig.sockets.session(sids[0]) as session:
            session["x"] = 1
        assert await rig.sockets.get_session(sids[0]) == {"x": 1}
