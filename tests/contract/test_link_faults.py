"""The connection under faults, with real bytes and real sockets, its long waits on a clock that the test moves."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from aiohttp import web
from desktop_builders import ME, TALK, uid, user
from fake_clock import FakeClock, settle
from fake_link import FakeTokens, FakeUser
from raw_server import TcpProxy
from socket_server import SocketServer, accept_then_close, serving

from chinwag_desktop.core.backoff import wait_before
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import ClientError, LinkLost, Problem
from chinwag_desktop.net.socket_client import SocketClient, TransportMemory
from chinwag_desktop.net.tls import make_ssl_context
from chinwag_desktop.sync.socket_monitor import SocketMonitor
from chinwag_protocol.events import RegisterAck, SendMessage
from chinwag_protocol.limits import PING_INTERVAL_MS, PING_TIMEOUT_MS

Eventually = Callable[..., Awaitable[Any]]
WHEN = "2026-11-24T20:00:00.000Z"
MESSAGE = SendMessage(temp_id=uid("t"), conversation_id=TALK, text="hello")
LIVELY_S = 0.3
"""Engine.IO's ping interval and its timeout, scaled down from 10 and 8 s."""


class Scene:
    """A monitor over a proxy, in front of a server that registers everybody."""

    def __init__(self, server: SocketServer, proxy: TcpProxy) -> None:
        self.server, self.proxy = server, proxy
        registered = RegisterAck(user=user("me"), online_users=(), epoch="e", server_time=WHEN)
        server.answers["register-user"] = lambda _: msgspec.to_builtins(registered)
        server.answers["ping"] = lambda _: {"serverTime": WHEN}
        self.clock = FakeClock()
        self.states: list[ConnectionState] = []
        self.user = FakeUser()
        memory, context = TransportMemory(), make_ssl_context()
        self.monitor = SocketMonitor(
            user_id=ME,
            open_socket=lambda: SocketClient(proxy.url, ssl_context=context, memory=memory),
            tokens=FakeTokens(self.clock),
            user=self.user,
            clock=self.clock,
            draw=lambda: 0.0,
        )
        self.monitor.subscribe(self.states.append)

    @property
    def state(self) -> ConnectionState:
        return self.monitor.state


@pytest.fixture
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    lively = getattr(request, "param", None) == "lively"
    server = SocketServer(ping_interval=LIVELY_S, ping_timeout=LIVELY_S) if lively else SocketServer()
    async with AsyncExitStack() as held:
        await held.enter_async_context(serving(server))
        proxy = await held.enter_async_context(TcpProxy(server.port))
        scene = Scene(server, proxy)
        held.push_async_callback(scene.monitor.stop)
        scene.monitor.start()
        yield scene


async def online(scene: Scene, eventually: Eventually) -> None:
    await eventually(lambda: scene.monitor.online and scene.state.latency_ms is not None)


# --------------------------------------------------------- silent links


@pytest.mark.parametrize("scene", ["lively"], indirect=True)
@pytest.mark.parametrize("fault", ["cut", "down"])
async def test_an_idle_link_that_falls_silent_is_noticed_by_engine_io_s_pings(
    scene: Scene, eventually: Eventually, fault: str
) -> None:
    """FAULTS 17, 18: cut off, or nothing arrives here: no later than one ping interval and timeout, which is below 20 s."""
    assert PING_INTERVAL_MS + PING_TIMEOUT_MS < 20_000
    await online(scene, eventually)
    if fault == "cut":
        scene.proxy.freeze()
    else:
        scene.proxy.losing.add("down")
    await eventually(lambda: scene.state.phase is Phase.WAITING, timeout_s=5)
    assert scene.monitor.metrics.drops == {"ping timeout": 1}


@pytest.mark.parametrize("scene", ["lively"], indirect=True)
async def test_an_idle_link_of_which_nothing_arrives_there_ends_too(scene: Scene, eventually: Eventually) -> None:
    """FAULTS 18: our pongs are lost; the server, which waits as long as we do, pings no more and hangs up."""
    await online(scene, eventually)
    scene.proxy.losing.add("up")
    await eventually(lambda: scene.state.phase is Phase.WAITING, timeout_s=5)
    assert scene.state.reason in {"transport close", "io server disconnect", "ping timeout"}


@pytest.mark.parametrize("fault", ["cut", "up", "down"])
async def test_an_unacknowledged_message_finds_a_dead_link_within_five_seconds(
    scene: Scene, eventually: Eventually, fault: str
) -> None:
    """FAULTS 17, 18, 19: 3 s without an ack, a ping, 2 s more; what is unsent in the socket is not waited for."""
    scene.server.answers["sendMessage"] = lambda _: asyncio.Event().wait()
    await online(scene, eventually)
    if fault == "cut":
        scene.proxy.freeze()
    else:
        scene.proxy.losing.add(fault)
    big = msgspec.structs.replace(MESSAGE, text="x" * 100_000)
    sends = [asyncio.get_running_loop().create_task(scene.monitor.call("sendMessage", big)) for _ in range(20)]
    await scene.clock.advance(3.0)
    await settle()
    assert scene.monitor.online
    scene.server.answers["ping"] = lambda _: asyncio.Event().wait()
    began = time.monotonic()
    await scene.clock.advance(2.0)
    failed = await asyncio.gather(*sends, return_exceptions=True)
    assert all(isinstance(error, LinkLost) for error in failed)
    assert time.monotonic() - began < 2
    await eventually(lambda: scene.state.phase is Phase.WAITING)
    assert scene.monitor.metrics.drops == {"ping timeout": 1}


async def test_cut_off_for_a_minute_then_caught_up_at_the_next_scheduled_attempt(
    scene: Scene, eventually: Eventually
) -> None:
    """FAULTS 17, 20: attempts into silence are given up after 10 s; the schedule goes on, and the first that can, succeeds."""
    await online(scene, eventually)
    end_of_fault = scene.clock.monotonic() + 60
    scene.proxy.losing |= {"up", "down"}
    send = asyncio.get_running_loop().create_task(scene.monitor.call("sendMessage", MESSAGE))
    await scene.clock.advance(5.0)
    with pytest.raises(LinkLost):
        await send
    for attempt in range(1, 10):
        await eventually(lambda: scene.state.phase is Phase.WAITING)
        assert (scene.state.attempt, scene.state.wait_s) == (attempt, wait_before(attempt, lambda: 0.0))
        if scene.clock.monotonic() + scene.state.wait_s >= end_of_fault:
            break
        handshakes = scene.proxy.accepted
        await scene.clock.advance(scene.state.wait_s)
        await eventually(lambda: scene.proxy.accepted > handshakes)  # noqa: B023
        await scene.clock.advance(10.0)
        await eventually(lambda: scene.state.problem is Problem.TIMED_OUT)
    scene.proxy.losing.clear()
    await scene.clock.advance(scene.state.wait_s)
    await eventually(lambda: scene.monitor.online, timeout_s=3)
    assert scene.user.log[-2:] == ["registered", "synced"]


async def test_a_handshake_into_silence_is_given_up_after_ten_seconds() -> None:
    """FAULTS 20: the TCP connection is accepted, and then nothing comes, neither of TLS nor of HTTP."""
    clock = FakeClock()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        writer.transport.abort()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    for scheme in ("http", "https"):
        context = make_ssl_context()
        url = f"{scheme}://127.0.0.1:{port}"
        monitor = SocketMonitor(
            user_id=ME,
            open_socket=lambda url=url, context=context: SocketClient(url, ssl_context=context),
            tokens=FakeTokens(clock),
            user=FakeUser(),
            clock=clock,
        )
        monitor.start()
        await clock.advance(9.9)
        assert monitor.state.phase is Phase.CONNECTING
        await clock.advance(0.1)
        for _ in range(50):
            await settle()
        assert (monitor.state.phase, monitor.state.problem) == (Phase.WAITING, Problem.TIMED_OUT)
        await monitor.stop()
    silent.close()
    await silent.wait_closed()


# ------------------------------------------------------ servers that turn away


async def test_accepted_then_closed_1012_waits_longer_each_time(scene: Scene, eventually: Eventually) -> None:
    """FAULTS 21: an attempt for each step of the schedule and not one more; then it comes up as if nothing had been."""

    async def restarting(request: web.Request) -> web.StreamResponse:
        return await accept_then_close(request) if "Upgrade" in request.headers else web.Response(status=503)

    await online(scene, eventually)
    scene.server.on_request = restarting
    scene.proxy.drop()
    for attempt in range(1, 5):
        await eventually(lambda: scene.state.phase is Phase.WAITING and scene.state.attempt == attempt)  # noqa: B023
        assert scene.state.wait_s == wait_before(attempt, lambda: 0.0)
        accepted = scene.proxy.accepted
        await scene.clock.advance(scene.state.wait_s - 0.01)
        assert scene.proxy.accepted == accepted
        if attempt == 4:
            scene.server.on_request = None
        await scene.clock.advance(0.01)
    await eventually(lambda: scene.monitor.online)
    assert Problem.SERVER_BUSY in {state.problem for state in scene.states}


async def test_a_connect_handler_of_more_than_a_second_is_waited_for(scene: Scene, eventually: Eventually) -> None:
    """FAULTS 22: python-socketio's own reconnection gives up after one second, each time anew."""
    await online(scene, eventually)
    scene.server.may_connect = asyncio.Event()
    scene.proxy.drop()
    await eventually(lambda: scene.state.phase is Phase.WAITING)
    await scene.clock.advance(scene.state.wait_s)
    await eventually(lambda: len(scene.server.auths) == 2)
    asked = time.monotonic()
    await eventually(lambda: time.monotonic() > asked + 1.2)
    assert scene.state.phase is Phase.CONNECTING
    scene.server.may_connect.set()
    await eventually(lambda: scene.monitor.online)
    assert len(scene.server.auths) == 2


# ------------------------------------------------------------- signals


async def test_another_network_replaces_a_link_that_is_dead_there(scene: Scene, eventually: Eventually) -> None:
    """FAULTS 23: told by the system; the link has one second to answer, and the next attempt waits for nothing."""
    await online(scene, eventually)
    began = scene.clock.monotonic()
    scene.proxy.strand()
    scene.monitor.network_changed(online=True)
    await settle()
    await scene.clock.advance(1.0)
    await eventually(lambda: scene.monitor.metrics.connects == 2 and scene.monitor.online)
    assert scene.clock.monotonic() - began <= 2
    assert Phase.WAITING not in {state.phase for state in scene.states}
    assert scene.user.log[-2:] == ["registered", "synced"]


async def test_without_a_signal_another_network_is_noticed_like_a_cut(scene: Scene, eventually: Eventually) -> None:
    """FAULTS 23: the addresses changed and nobody told us; the next message finds out, and the schedule begins at one second."""
    await online(scene, eventually)
    scene.proxy.strand()
    send = asyncio.get_running_loop().create_task(scene.monitor.call("sendMessage", MESSAGE))
    await settle()
    await scene.clock.advance(5.0)
    with pytest.raises(ClientError):
        await send
    await eventually(lambda: scene.state.phase is Phase.WAITING)
    assert (scene.state.attempt, scene.state.wait_s) == (1, 1.0)
    await scene.clock.advance(1.0)
    await eventually(lambda: scene.monitor.online)


async def test_waking_replaces_a_link_without_waiting_for_anything(scene: Scene, eventually: Eventually) -> None:
    """FAULTS 25: no time at all passes on the clock of the schedule."""
    await online(scene, eventually)
    scene.proxy.strand()
    began = scene.clock.monotonic()
    scene.monitor.woke()
    await eventually(lambda: scene.monitor.metrics.connects == 2 and scene.monitor.online, timeout_s=2)
    assert scene.clock.monotonic() == began
