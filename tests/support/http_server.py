"""An HTTP server of the tests' own, which answers what it is told to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web
from desktop_builders import ME, uid

MEGABYTE = 1_048_576

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpServer:
    """Answers by ``METHOD /path``; tokens are numbered: access-1 belongs to refresh-1, a refresh gives number 2."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {"POST /api/v1/auth/refresh": self._refresh}
        self.seen: list[tuple[str, str, str | None]] = []
        self.good = "access-1"
        self.expires_in_ms = 900_000
        self.refreshed: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def session(self, number: int) -> dict[str, Any]:
        self.good = f"access-{number}"
        return {
            "user": {
                "id": str(ME),
                "username": "me",
                "displayName": "Me",
                "role": "member",
                "disabled": False,
                "online": True,
            },
            "sessionId": str(uid("session")),
            "accessToken": f"access-{number}",
            "refreshToken": f"refresh-{number}",
            "expiresInMs": self.expires_in_ms,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or None
        self.seen.append((request.method, request.path_qs, token))
        if token is not None and token != self.good:
            return error(401, "token_expired")
        return await self.answers[f"{request.method} {request.path}"](request)

    async def _refresh(self, request: web.Request) -> web.StreamResponse:
        token = (await request.json())["refreshToken"]
        self.refreshed.append(token)
        return web.json_response(self.session(int(token.split("-")[1]) + 1))


def error(status: int, code: str, **fields: Any) -> web.Response:
    return web.json_response({"error": {"code": code, "message": "no", **fields}}, status=status)


def says(value: Any, status: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(value, status=status)

    return answer


class Endless:
    """Sends without end; `sent` in bytes, `hung_up` when the client has had enough."""

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.status, self.headers = status, headers
        self.sent, self.hung_up = 0, asyncio.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status, headers=self.headers)
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * MEGABYTE)
                self.sent += MEGABYTE
        except ConnectionError:
            return response  # the client has hung up
        finally:
            self.hung_up.set()


@contextlib.asynccontextmanager
async def serving(server: HttpServer, ssl_context: Any = None) -> AsyncIterator[HttpServer]:
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{tail:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.01, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context).start()
    server.port = runner.addresses[0][1]
    yield server
    await runner.cleanup()
