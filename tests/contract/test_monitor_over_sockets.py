"""SocketMonitor over real sockets: a server that dies and comes back, one that only polls, one that revokes."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from desktop_builders import ME, user
from fake_link import FakeTokens, FakeUser
from socket_server import SocketServer

from chinwag_desktop.core.clock import SystemClock
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.net.socket_client import SocketClient, TransportMemory
from chinwag_desktop.net.tls import make_ssl_context
from chinwag_desktop.sync.socket_monitor import SocketMonitor
from chinwag_protocol.events import RegisterAck

WHEN = "2026-11-24T20:00:00.000Z"


def new_server(port: int = 0) -> SocketServer:
    server = SocketServer()
    server.port = port
    ack = RegisterAck(user=user("me"), online_users=(), epoch="e", server_time=WHEN)
    server.answers["register-user"] = lambda _: msgspec.to_builtins(ack)
    server.answers["ping"] = lambda _: {"serverTime": WHEN}
    return server


@pytest.fixture
async def server() -> AsyncIterator[SocketServer]:
    server = new_server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def states() -> list[ConnectionState]:
    return []


@pytest.fixture
async def monitor(server: SocketServer, states: list[ConnectionState]) -> AsyncIterator[SocketMonitor]:
    memory, context, clock = TransportMemory(), make_ssl_context(), SystemClock()
    monitor = SocketMonitor(
        user_id=ME,
        open_socket=lambda: SocketClient(server.url, ssl_context=context, memory=memory),
        tokens=FakeTokens(clock),
        user=FakeUser(),
        clock=clock,
        draw=lambda: 0.0,
    )
    monitor.subscribe(states.append)
    monitor.start()
    yield monitor
    await monitor.stop()


async def test_a_server_that_dies_and_comes_back(
    server: SocketServer, monitor: SocketMonitor, states: list[ConnectionState], eventually: Any
) -> None:
    await eventually(lambda: monitor.online)
    port = server.port
    server.kill()
    await server.stop()
    await eventually(lambda: monitor.state.phase is Phase.WAITING)
    again = new_server(port)
    await again.start()
    await eventually(lambda: monitor.online)
    assert monitor.metrics.drops == {"transport close": 1}
    assert [event for event, _ in again.received if event != "ping"] == ["register-user"]
    assert {state.attempt for state in states if state.phase is Phase.WAITING} == {1}
    await monitor.stop()
    await again.stop()


async def test_polling_only(server: SocketServer, monitor: SocketMonitor, eventually: Any) -> None:
    async def blocked(_: web.Request) -> web.StreamResponse:
        return web.Response(status=403)

    server.on_upgrade = blocked
    await eventually(lambda: monitor.online)
    assert monitor.state.transport == "polling"
    await eventually(lambda: monitor.state.latency_ms is not None)
    await monitor.stop()


async def test_a_revoked_session(server: SocketServer, monitor: SocketMonitor, eventually: Any) -> None:
    await eventually(lambda: monitor.online)
    await server.emit("sessionRevoked", {"reason": "revoked"})
    await server.sio.disconnect(server.sids[0])
    await eventually(lambda: monitor.state.phase is Phase.REFUSED)
    assert monitor.state.refused_code == "revoked"
