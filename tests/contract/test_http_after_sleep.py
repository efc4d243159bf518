"""HTTP beside a link that died: connections of before are not used again, and after a sleep nothing is waited for."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from aiohttp import web
from desktop_builders import ANN, user
from fake_clock import FakeClock
from http_server import HttpServer, says, serving
from raw_server import TcpProxy

from chinwag_desktop.core.errors import Unreachable
from chinwag_desktop.net.http_client import ApiClient
from chinwag_desktop.net.session_tokens import LAND_S
from chinwag_desktop.net.tls import make_ssl_context
from chinwag_protocol.http import LoginRequest, Session

Eventually = Callable[..., Awaitable[Any]]
SOON_S = 2.0


class Scene:
    """A client that is signed in, over a proxy."""

    def __init__(self, server: HttpServer, proxy: TcpProxy) -> None:
        self.server, self.proxy, self.clock = server, proxy, FakeClock()
        self.kept: list[str] = []
        self.api = ApiClient(proxy.url, ssl_context=make_ssl_context(), clock=self.clock, on_session=self._keep)
        self.arrived = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.server.answers[f"GET /api/v1/users/{ANN}"] = says(msgspec.to_builtins(user("ann")))

    async def sign_in(self) -> None:
        self.server.answers["POST /api/v1/auth/login"] = says(self.server.session(1))
        await self.api.login(LoginRequest(username="me", password="secret words"))

    def hold(self, what: str) -> None:
        """Answer this only when the test says so."""
        answer = self.server.answers[what]

        async def held(request: web.Request) -> web.StreamResponse:
            self.arrived.set()
            await self.may_answer.wait()
            self.server.answers[what] = answer
            return await answer(request)

        self.server.answers[what] = held

    async def _keep(self, session: Session) -> None:
        self.kept.append(session.refresh_token)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with AsyncExitStack() as held:
        server = await held.enter_async_context(serving(HttpServer()))
        proxy = await held.enter_async_context(TcpProxy(server.port))
        scene = Scene(server, proxy)
        held.push_async_callback(scene.api.close)
        await scene.sign_in()
        yield scene


async def test_a_connection_of_before_is_not_used_again(scene: Scene) -> None:
    """FAULTS 23, 25: it is kept open for the next call, and nobody has said that it is dead."""
    await scene.api.user(ANN)
    assert scene.proxy.accepted == 1
    scene.proxy.strand()
    begun = time.monotonic()
    await scene.api.renew_connections()
    assert await scene.api.user(ANN) == user("ann")
    assert time.monotonic() - begun < SOON_S
    assert scene.proxy.accepted == 2


async def test_what_is_under_way_goes_on_when_only_the_link_was_lost(scene: Scene) -> None:
    """A file that takes its time must not begin anew because a ping was lost behind it."""
    scene.hold(f"GET /api/v1/users/{ANN}")
    call = asyncio.get_running_loop().create_task(scene.api.user(ANN))
    await scene.arrived.wait()
    await scene.api.renew_connections()
    scene.may_answer.set()
    assert await call == user("ann")


async def test_after_a_sleep_what_is_under_way_fails_at_once(scene: Scene) -> None:
    """FAULTS 25."""
    scene.hold(f"GET /api/v1/users/{ANN}")
    call = asyncio.get_running_loop().create_task(scene.api.user(ANN))
    await scene.arrived.wait()
    scene.proxy.strand()
    begun = time.monotonic()
    await scene.api.renew_connections(at_once=True)
    with pytest.raises(Unreachable):
        await call
    assert time.monotonic() - begun < SOON_S


async def test_after_a_sleep_a_refresh_without_an_answer_is_begun_anew(scene: Scene) -> None:
    """FAULTS 25, 41: whoever waits for it is not cancelled, and the old token gives the same successor again."""
    scene.hold("POST /api/v1/auth/refresh")
    waiting = asyncio.get_running_loop().create_task(scene.api.access_token(renew=True))
    await scene.arrived.wait()
    scene.proxy.strand()
    renewing = asyncio.get_running_loop().create_task(scene.api.renew_connections(at_once=True))
    await scene.clock.advance(LAND_S)
    await renewing
    with pytest.raises(Unreachable):
        await waiting
    scene.may_answer.set()
    assert (await scene.api.access_token(renew=True)).token == "access-2"
    assert set(scene.server.refreshed) == {"refresh-1"}
    assert scene.kept == ["refresh-1", "refresh-2"]


async def test_an_answer_that_came_during_the_sleep_is_taken_in(scene: Scene, eventually: Eventually) -> None:
    """FAULTS 25, 41: half an hour later the old token would end the session."""
    scene.hold("POST /api/v1/auth/refresh")
    waiting = asyncio.get_running_loop().create_task(scene.api.access_token(renew=True))
    await scene.arrived.wait()
    renewing = asyncio.get_running_loop().create_task(scene.api.renew_connections(at_once=True))
    scene.may_answer.set()
    assert (await waiting).token == "access-2"
    await renewing
    assert scene.kept == ["refresh-1", "refresh-2"]
    assert scene.server.refreshed == ["refresh-1"]
