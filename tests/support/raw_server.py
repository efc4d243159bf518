"""An Engine.IO server that speaks frame by frame, for what no library would send."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

Script = Callable[[web.WebSocketResponse], Awaitable[None]]


@contextlib.asynccontextmanager
async def raw_server(
    script: Script, *, ping_interval_ms: int = 10_000, ping_timeout_ms: int = 8_000, answer_connect: bool = True
) -> AsyncIterator[str]:
    """Opens each WebSocket, answers CONNECT (or not), then hands it to ``script``; yields the URL."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(autoclose=False)
        await websocket.prepare(request)
        hello = {"sid": "s1", "upgrades": [], "pingInterval": ping_interval_ms, "pingTimeout": ping_timeout_ms}
        await websocket.send_str("0" + json.dumps(hello))
        await websocket.receive()
        if answer_connect:
            await websocket.send_str('40{"sid":"n1"}')
        await script(websocket)
        return websocket

    app = web.Application()
    app.router.add_get("/socket.io/", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class TcpProxy:
    """Passes bytes on to a port, until it is told otherwise."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._stranded: set[asyncio.StreamWriter] = set()
        self.losing: set[str] = set()
        """``up`` and ``down``: bytes that go that way are taken in and vanish."""
        self.accepted = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> "TcpProxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def freeze(self) -> None:
        """Take in nothing more and pass nothing on; connections stay open."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    def strand(self) -> None:
        """Another network: what is open stays so and is dead, both ways and for ever; what is opened from now on works."""
        self._stranded.update(self._writers)

    def drop(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._writers += [writer, other_writer]
        loop = asyncio.get_running_loop()
        for source, sink, way in ((reader, other_writer, "up"), (other_reader, writer, "down")):
            task = loop.create_task(self._pump(source, sink, way))
            self._tasks.add(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(4_096):
                await self._flowing.wait()
                if way in self.losing or sink in self._stranded:
                    continue
                sink.write(data)
                await sink.drain()
        if sink not in self._stranded:
            sink.close()
