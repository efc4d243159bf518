"""A Socket.IO server of the tests' own: stock python-socketio over aiohttp, which does as it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import socketio
from aiohttp import WSCloseCode, web

Handler = Callable[[Any], Any]


class SocketServer:
    """Serves /socket.io/ on a free port of 127.0.0.1, and answers events with what ``answers`` has for them."""

    def __init__(self, *, ping_interval: float = 10, ping_timeout: float = 8) -> None:
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp",
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            cors_allowed_origins="*",
            monitor_clients=False,
        )
        self._tasks: set[asyncio.Task[Any]] = set()
        spawn = self.sio.eio.start_background_task

        def tracked(*arguments: Any, **options: Any) -> asyncio.Task[Any]:
            task = spawn(*arguments, **options)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return task

        self.sio.eio.start_background_task = tracked
        self.answers: dict[str, Handler] = {}
        """By event: called with the payload, returns the ack (or an awaitable); without one nothing is acked."""
        self.refusal: dict[str, Any] | None = None
        """Error object of CONNECT_ERROR."""
        self.may_connect: asyncio.Event | None = None
        """CONNECT is answered once it is set."""
        self.on_upgrade: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        """Takes over WebSocket handshakes."""
        self.on_request: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        """Takes over every request."""
        self.auths: list[Any] = []
        self.received: list[tuple[str, Any]] = []
        self.transports: list[str] = []
        self.sids: list[str] = []
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.sio.on("connect", self._connect)
        self.sio.on("*", self._event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *, ssl_context: Any = None) -> None:
        app = web.Application(middlewares=[self._gate])
        self.sio.attach(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=ssl_context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for connection in list(self.sio.eio.sockets.values()):
            # the server's own disconnect would wait until the peer has read everything
            await connection.close(wait=False, abort=True)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def emit(self, event: str, payload: Any) -> None:
        await self.sio.emit(event, payload)

    def kill(self) -> None:
        """Drop every connection without a word, as a dying process does."""
        assert self._runner is not None
        assert self._runner.server is not None
        for connection in list(self._runner.server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def _connect(self, sid: str, environ: Any, auth: Any) -> None:
        self.auths.append(auth)
        self.transports.append(self.sio.transport(sid))
        if self.may_connect is not None:
            await self.may_connect.wait()
        if self.refusal is not None:
            raise socketio.exceptions.ConnectionRefusedError(self.refusal["code"], self.refusal)
        self.sids.append(sid)

    async def _event(self, event: str, sid: str, *arguments: Any) -> Any:
        payload = arguments[0] if arguments else None
        self.received.append((event, payload))
        if event not in self.answers:
            await asyncio.Event().wait()
        answer = self.answers[event](payload)
        return await answer if asyncio.iscoroutine(answer) else answer

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.on_request is not None:
            return await self.on_request(request)
        if self.on_upgrade is not None and request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.on_upgrade(request)
        return await handler(request)


@contextlib.asynccontextmanager
async def serving(server: SocketServer, **options: Any) -> AsyncIterator[SocketServer]:
    await server.start(**options)
    try:
        yield server
    finally:
        await server.stop()


async def accept_then_close(request: web.Request, code: int = WSCloseCode.SERVICE_RESTART) -> web.StreamResponse:
    """Accept a WebSocket, say nothing, close it."""
    websocket = web.WebSocketResponse()
    await websocket.prepare(request)
    await websocket.close(code=code)
    return websocket
