"""A way to Valkey with faults: frozen (nothing comes through, connections stay), in one direction or both; cut (connections
are refused); or with connections that are dead though nobody says so."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.parse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class ValkeyProxy:
    """Listens on a port of loopback; `url` is for redis-py."""

    def __init__(self, target: str) -> None:
        self._path = urllib.parse.unquote(urllib.parse.urlsplit(target).path)
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self.thaw()
        self._generation = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}"

    def freeze(self, *, up: bool = True, down: bool = True) -> None:
        """Let nothing through, in either direction or in one (`up` is to Valkey); new connections are accepted."""
        if up:
            self._up.clear()
        if down:
            self._down.clear()

    def thaw(self) -> None:
        """Let everything through again, what waited first."""
        self._up.set()
        self._down.set()

    def deaden(self) -> None:
        """The connections of now pass nothing any more and do not end, as when a router has forgotten them; new ones work."""
        self._generation += 1

    async def cut(self) -> None:
        """Drop all connections, and refuse new ones."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._server = None

    async def mend(self) -> None:
        """Accept connections again."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            await self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self._path)
            self._writers.add(far_writer)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._pump(reader, far_writer, self._up))
                    group.create_task(self._pump(far_reader, writer, self._down))
            finally:
                self._drop(far_writer)
        except* (OSError, EOFError, asyncio.CancelledError):
            pass  # `close` cancels; asyncio.start_server would complain of it
        finally:
            self._drop(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
        generation = self._generation
        while data := await reader.read(65536):
            await flowing.wait()
            if writer.transport.is_closing():
                break
            if generation == self._generation:
                writer.write(data)
                await writer.drain()
        raise EOFError

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.transport.abort()


@contextlib.asynccontextmanager
async def run_proxy(target: str) -> AsyncIterator[ValkeyProxy]:
    proxy = ValkeyProxy(target)
    await proxy.mend()
    try:
        yield proxy
    finally:
        await proxy.close()
