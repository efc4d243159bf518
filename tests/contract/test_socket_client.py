"""SocketClient against real servers: transports, order, every way a link can end, and nothing left behind."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from desktop_builders import ME, TALK, uid
from http_server import Endless
from raw_server import TcpProxy, raw_server
from socket_server import SocketServer, accept_then_close, serving

from chinwag_desktop.core.errors import (
    BlockedByProxy,
    ClientError,
    LinkLost,
    NameNotFound,
    NotChinwag,
    ProtocolRefused,
    Refused,
    ServerBusy,
    SignedOut,
    TimedOut,
    TlsFailed,
    TokenExpired,
    TooMuch,
    Unreachable,
)
from chinwag_desktop.net.engine import POLL_BYTES
from chinwag_desktop.net.socket_client import SocketClient, TransportMemory
from chinwag_desktop.net.tls import make_ssl_context
from chinwag_protocol.events import ConnectAuth, Ping, PingAck, RegisterUser, SendMessage

AUTH = ConnectAuth(token="secret-token", user_id=ME, protocol=1)
WHEN = "2026-11-24T20:00:00.000Z"


def client_for(url: str, **options: Any) -> SocketClient:
    return SocketClient(url, ssl_context=make_ssl_context(), **options)


@pytest.fixture
async def server() -> AsyncIterator[SocketServer]:
    server = SocketServer()
    server.answers["ping"] = lambda _: {"serverTime": WHEN}
    async with serving(server):
        yield server


@pytest.fixture
async def client(server: SocketServer) -> AsyncIterator[SocketClient]:
    client = client_for(server.url)
    yield client
    await client.close()


async def receive_all(client: SocketClient, count: int) -> list[tuple[str, Any]]:
    events: list[tuple[str, Any]] = []
    while len(events) < count:
        events += [(inbound.name, inbound.payload) for inbound in await client.receive()]
    return events


async def lost_by(client: SocketClient) -> LinkLost:
    async with asyncio.timeout(5):
        while True:
            try:
                await client.receive()
            except LinkLost as lost:
                return lost


async def test_a_websocket_carries_acks_and_events_in_order(server: SocketServer, client: SocketClient) -> None:
    await client.connect(AUTH)
    assert client.transport == "websocket"
    assert server.auths == [{"token": "secret-token", "userId": str(ME), "protocol": 1}]
    ack = await client.call("ping", Ping(), timeout_s=5)
    assert ack == PingAck(server_time=WHEN)
    for number in range(300):
        await server.emit("newMessage", {"n": number})
    events = await receive_all(client, 300)
    assert events == [("newMessage", {"n": number}) for number in range(300)]
    assert client.bytes_received > 300 * 20
    assert client.bytes_sent > 0


async def test_calls_at_once_get_their_own_answers(server: SocketServer, client: SocketClient) -> None:
    server.answers["register-user"] = lambda payload: {"error": {"code": "forbidden", "message": payload["userId"]}}
    await client.connect(AUTH)
    answers = await asyncio.gather(
        *(client.call("register-user", RegisterUser(user_id=uid(f"{n}")), timeout_s=5) for n in range(20)),
        return_exceptions=True,
    )
    assert [str(error) for error in answers] == [str(uid(f"{n}")) for n in range(20)]


async def test_polling_where_websockets_are_blocked(server: SocketServer) -> None:
    async def blocked(_: web.Request) -> web.StreamResponse:
        return web.Response(status=403, text="no websockets here")

    server.on_upgrade = blocked
    memory = TransportMemory()
    client = client_for(server.url, memory=memory)
    await client.connect(AUTH)
    assert client.transport == "polling"
    assert await client.call("ping", Ping(), timeout_s=5) == PingAck(server_time=WHEN)
    for number in range(100):
        await server.emit("typing", {"n": number})
    assert await receive_all(client, 100) == [("typing", {"n": number}) for number in range(100)]
    await client.close()
    assert memory.order() == ("polling", "websocket")


async def test_polling_where_websockets_are_swallowed(server: SocketServer) -> None:
    over = asyncio.Event()

    async def silent(_: web.Request) -> web.StreamResponse:
        await over.wait()
        return web.Response(status=503)

    server.on_upgrade = silent
    client = client_for(server.url, websocket_budget_s=0.1)
    await client.connect(AUTH)
    assert client.transport == "polling"
    await client.close()
    over.set()


def test_websockets_are_tried_first_again_after_a_while() -> None:
    memory = TransportMemory(forget_after=2)
    memory.worked("polling", after="websocket")
    assert [memory.order()[0] for _ in range(3)] == ["polling", "polling", "websocket"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("token_expired", TokenExpired),
        ("unauthorized", SignedOut),
        ("session_revoked", SignedOut),
        ("unsupported_protocol", ProtocolRefused),
        ("unavailable", ServerBusy),
        ("a_code_of_tomorrow", ServerBusy),
    ],
)
async def test_a_refused_connect_names_its_code(
    server: SocketServer, client: SocketClient, code: str, kind: type[ClientError]
) -> None:
    server.refusal = {"code": code, "message": "no", "retryAfterMs": 1500}
    with pytest.raises(kind) as refused:
        await client.connect(AUTH)
    assert (refused.value.code, refused.value.retry_after_s) == (code, 1.5)
    assert len(server.auths) == 1


async def test_an_error_ack_is_raised(server: SocketServer, client: SocketClient) -> None:
    server.answers["sendMessage"] = lambda _: {"error": {"code": "invalid", "message": "too long", "field": "text"}}
    await client.connect(AUTH)
    with pytest.raises(Refused) as refused:
        await client.call("sendMessage", SendMessage(temp_id=uid("t"), conversation_id=TALK, text="x"), timeout_s=5)
    assert (refused.value.code, refused.value.field) == ("invalid", "text")
    assert server.received[-1] == (
        "sendMessage",
        {"tempId": str(uid("t")), "conversationId": str(TALK), "text": "x"},
    )


async def test_an_ack_of_another_shape_is_an_error(server: SocketServer, client: SocketClient) -> None:
    server.answers["ping"] = lambda _: {"serverTime": 7}
    await client.connect(AUTH)
    with pytest.raises(NotChinwag):
        await client.call("ping", Ping(), timeout_s=5)


async def test_no_answer_is_a_timeout(server: SocketServer, client: SocketClient) -> None:
    await client.connect(AUTH)
    with pytest.raises(TimedOut):
        await client.call("register-user", RegisterUser(user_id=ME), timeout_s=0.05)


# ------------------------------------------------------------ not reached


async def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client = client_for(f"http://127.0.0.1:{port}")
    with pytest.raises(Unreachable) as failed:
        await client.connect(AUTH)
    assert type(failed.value) is Unreachable
    await client.close()


async def test_an_unknown_name() -> None:
    """FAULTS 24."""
    client = client_for("http://no-such-host.invalid:8765", use_system_proxy=False)
    with pytest.raises(NameNotFound):
        await client.connect(AUTH)
    await client.close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, NotChinwag), (404, NotChinwag), (403, BlockedByProxy), (503, ServerBusy), (429, ServerBusy)],
)
async def test_something_else_answers(server: SocketServer, client: SocketClient, status: int, kind: type) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<h1>Welcome to the hotel</h1>", content_type="text/html")

    server.on_request = page
    with pytest.raises(kind):
        await client.connect(AUTH)


async def test_a_certificate_that_nobody_vouches_for(tmp_path: Any) -> None:
    """FAULTS 24."""
    from certificates import self_signed, server_context

    server = SocketServer()
    async with serving(server, ssl_context=server_context(self_signed(tmp_path, "127.0.0.1"))):
        client = client_for(f"https://127.0.0.1:{server.port}")
        with pytest.raises(TlsFailed):
            await client.connect(AUTH)
        await client.close()
    assert server.auths == []


async def test_a_certificate_that_the_user_confirmed(tmp_path: Any) -> None:
    from certificates import self_signed, server_context

    certificate = self_signed(tmp_path, "some-other-name")
    server = SocketServer()
    async with serving(server, ssl_context=server_context(certificate)):
        client = SocketClient(
            f"https://127.0.0.1:{server.port}", ssl_context=make_ssl_context(pinned_pem=certificate.pem)
        )
        await client.connect(AUTH)
        assert client.transport == "websocket"
        await client.close()


async def test_accepted_then_closed_is_noticed_at_once(server: SocketServer, client: SocketClient) -> None:
    """FAULTS 21."""

    async def restarting(request: web.Request) -> web.StreamResponse:
        if "Upgrade" in request.headers:
            return await accept_then_close(request)
        return web.Response(status=503)

    server.on_request = restarting
    begun = time.monotonic()
    with pytest.raises(ClientError):
        await client.connect(AUTH)
    assert time.monotonic() - begun < 2


async def test_opened_then_closed_before_connect_is_noticed_at_once() -> None:
    async def script(websocket: web.WebSocketResponse) -> None:
        await websocket.close(code=1012)

    async with raw_server(script, answer_connect=False) as url:
        client = client_for(url)
        async with asyncio.timeout(2):
            with pytest.raises(LinkLost) as lost:
                await client.connect(AUTH)
        assert (lost.value.reason, lost.value.close_code) == ("transport close", 1012)
        await client.close()


# ----------------------------------------------------------- how it ends


async def test_io_server_disconnect(server: SocketServer, client: SocketClient, eventually: Any) -> None:
    await client.connect(AUTH)
    waiting = asyncio.get_running_loop().create_task(client.call("typing", Ping(), timeout_s=60))
    await eventually(lambda: server.received)
    await server.emit("sessionRevoked", {"reason": "logout"})
    await server.sio.disconnect(server.sids[0])
    assert [event.name for event in await client.receive()] == ["sessionRevoked"]
    assert (await lost_by(client)).reason == "io server disconnect"
    with pytest.raises(LinkLost):
        await waiting
    with pytest.raises(LinkLost):
        await client.call("ping", Ping(), timeout_s=60)
    assert client.transport is None


async def test_transport_close_when_the_server_dies(
    server: SocketServer, client: SocketClient, eventually: Any
) -> None:
    await client.connect(AUTH)
    waiting = asyncio.get_running_loop().create_task(client.call("typing", Ping(), timeout_s=60))
    await eventually(lambda: server.received)
    server.kill()
    assert (await lost_by(client)).reason == "transport close"
    with pytest.raises(LinkLost):
        await waiting


@pytest.mark.parametrize("code", [1001, 1009, 1012])
async def test_transport_close_keeps_the_code(code: int) -> None:
    async def script(websocket: web.WebSocketResponse) -> None:
        await websocket.close(code=code)

    async with raw_server(script) as url:
        client = client_for(url)
        await client.connect(AUTH)
        lost = await lost_by(client)
        assert (lost.reason, lost.close_code) == ("transport close", code)
        await client.close()


async def test_transport_close_when_engine_io_says_close() -> None:
    async def script(websocket: web.WebSocketResponse) -> None:
        await websocket.send_str("1")
        await websocket.receive()

    async with raw_server(script) as url:
        client = client_for(url)
        await client.connect(AUTH)
        assert (await lost_by(client)).reason == "transport close"
        await client.close()


@pytest.mark.parametrize("frame", ["4", "42[", "42" + "[" * 20_000, "49x", '42["a",NaN]', b"\x04binary"])
async def test_transport_error_on_frames_that_make_no_sense(frame: str | bytes, expect_log: Any) -> None:
    expect_log("makes no sense")

    async def script(websocket: web.WebSocketResponse) -> None:
        await (websocket.send_str(frame) if isinstance(frame, str) else websocket.send_bytes(frame))
        while (await websocket.receive()).type is WSMsgType.TEXT:
            pass

    async with raw_server(script) as url:
        client = client_for(url)
        await client.connect(AUTH)
        assert (await lost_by(client)).reason == "transport error"
        await client.close()


async def test_ping_timeout_when_the_server_falls_silent() -> None:
    async def script(websocket: web.WebSocketResponse) -> None:
        while (await websocket.receive()).type is WSMsgType.TEXT:
            pass

    async with raw_server(script, ping_interval_ms=50, ping_timeout_ms=50) as url:
        client = client_for(url)
        await client.connect(AUTH)
        assert (await lost_by(client)).reason == "ping timeout"
        await client.close()


async def test_client_disconnect(server: SocketServer, client: SocketClient, eventually: Any) -> None:
    gone: list[str] = []
    server.sio.on("disconnect", lambda _sid, reason: gone.append(reason))
    await client.connect(AUTH)
    await client.close(polite=True)
    assert (await lost_by(client)).reason == "client disconnect"
    await eventually(lambda: gone == ["client disconnect"])


async def test_polling_that_breaks_off_ends_the_link(server: SocketServer, client: SocketClient) -> None:
    async def blocked(_: web.Request) -> web.StreamResponse:
        return web.Response(status=403)

    async def gone(_: web.Request) -> web.StreamResponse:
        return web.Response(status=400)

    server.on_upgrade = blocked
    await client.connect(AUTH)
    server.on_request = gone
    waiting = asyncio.get_running_loop().create_task(client.call("ping", Ping(), timeout_s=60))
    lost = await lost_by(client)
    assert (lost.reason, lost.close_code) == ("transport close", 400)
    with pytest.raises(LinkLost):
        await waiting


async def test_a_poll_without_end_is_cut_off(server: SocketServer, client: SocketClient) -> None:
    server.on_request = endless = Endless()
    with pytest.raises(TooMuch):
        await client.connect(AUTH)
    await asyncio.wait_for(endless.hung_up.wait(), 10)
    assert endless.sent <= 12 * POLL_BYTES  # of several connections, with what the kernel holds


async def test_a_poll_without_end_ends_the_link(server: SocketServer, client: SocketClient) -> None:
    async def blocked(_: web.Request) -> web.StreamResponse:
        return web.Response(status=403)

    server.on_upgrade = blocked
    await client.connect(AUTH)
    server.on_request = endless = Endless()
    waiting = asyncio.get_running_loop().create_task(client.call("ping", Ping(), timeout_s=60))
    assert (await lost_by(client)).reason == "transport error"
    with pytest.raises(LinkLost):
        await waiting
    assert endless.sent <= 12 * POLL_BYTES


async def test_a_half_open_link_is_closed_without_waiting(server: SocketServer) -> None:
    """FAULTS 19."""
    async with TcpProxy(server.port) as proxy:
        client = client_for(proxy.url)
        await client.connect(AUTH)
        proxy.freeze()
        loop = asyncio.get_running_loop()
        big = SendMessage(temp_id=uid("t"), conversation_id=TALK, text="x" * 100_000)
        waiting = [loop.create_task(client.call("sendMessage", big, timeout_s=60)) for _ in range(40)]
        await asyncio.sleep(0)
        begun = time.monotonic()
        await client.close()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert time.monotonic() - begun < 1
        assert all(isinstance(error, LinkLost) for error in ended)


async def test_closing_in_the_middle_of_connecting_leaves_nothing(server: SocketServer) -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        await websocket.receive()
        return websocket

    server.on_upgrade = silent
    client = client_for(server.url)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.connect(AUTH)
    await client.close()


# ------------------------------------------------------------- beside it


async def test_the_libraries_log_neither_tokens_nor_texts(
    server: SocketServer, client: SocketClient, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers["sendMessage"] = lambda _: {"error": {"code": "invalid", "message": "no"}}
    with caplog.at_level(logging.DEBUG):
        await client.connect(AUTH)
        with pytest.raises(Refused):
            await client.call(
                "sendMessage", SendMessage(temp_id=uid("t"), conversation_id=TALK, text="private words"), timeout_s=5
            )
        await server.emit("newMessage", {"text": "private words"})
        await client.receive()
    mine = [record for record in caplog.records if not record.name.startswith(("engineio.server", "socketio.server"))]
    assert not [record for record in mine if "secret-token" in record.getMessage() or "private" in record.getMessage()]


def test_importing_the_client_loads_no_redis() -> None:
    code = (
        "import sys, chinwag_desktop.net.socket_client\n"
        "assert 'socketio' in sys.modules\n"
        "assert not {'redis', 'valkey'} & set(sys.modules), 'loaded'\n"
        "import redis\n"
        "assert redis.Redis\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})


def test_the_layers_above_load_no_network_library() -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        "for layer in ('core', 'cache', 'sync'):\n"
        "    package = importlib.import_module(f'chinwag_desktop.{layer}')\n"
        "    for module in pkgutil.iter_modules(package.__path__):\n"
        "        importlib.import_module(f'chinwag_desktop.{layer}.{module.name}')\n"
        "loaded = {'httpx', 'aiohttp', 'socketio', 'engineio', 'keyring', 'PySide6', 'ssl'} & set(sys.modules)\n"
        "assert not loaded - {'ssl'}, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_a_server_that_sends_us_elsewhere_gets_no_token_there(server: SocketServer, status: int) -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": server.url + str(request.rel_url)})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = client_for(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        with pytest.raises(NotChinwag):
            await client.connect(AUTH)
        assert server.auths == []
    finally:
        await client.close()
        await runner.cleanup()
