"""A way to a server that can be stranded: what is open stays open and is dead for ever, what is opened afterwards works.

So it is after a sleep, or on another network. It runs on a thread of the parent; whoever connects to its control port strands it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65_536


class StrandingProxy:
    """`with` opens and closes it; `url` stands for the server's, `control` is the port of the control."""

    def __init__(self, server_url: str) -> None:
        self._target = urlsplit(server_url).port or 0
        self._stranded: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing: list[asyncio.Task[None]] = []
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="stranding proxy")
        self.url, self.control = "", 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        way = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        control = await asyncio.start_server(self._strand, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{way.sockets[0].getsockname()[1]}"
        self.control = control.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        way.close()
        control.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._passing)

    async def _strand(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._stranded |= self._writers
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self._passing.append(task)
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        writer.transport.abort()
        back.transport.abort()
        self._writers -= {writer, back}

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                if sink not in self._stranded:
                    sink.write(data)
                    await sink.drain()
        if sink not in self._stranded:
            sink.close()


async def strand(control: int) -> None:
    """Bring it about, from another process; returns when it is done."""
    reader, writer = await asyncio.open_connection("127.0.0.1", control)
    await reader.read()
    writer.close()
