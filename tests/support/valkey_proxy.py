"""A way to Valkey that can be frozen (nothing comes through, connections stay) or cut (connections are refused)."""

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
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}"

    def freeze(self) -> None:
        """Let nothing through, in either direction; new connections are accepted."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let everything through again, what waited first."""
        self._flowing.set()

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
                    group.create_task(self._pump(reader, far_writer))
                    group.create_task(self._pump(far_reader, writer))
            finally:
                self._drop(far_writer)
        except* (OSError, EOFError, asyncio.CancelledError):
            pass  # `close` cancels; asyncio.start_server would complain of it
        finally:
            self._drop(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
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
