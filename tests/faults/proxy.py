"""Lines between a client and what it connects to, which can be cut, frozen, emptied, slowed and reset while they are used.

A `Way` listens on a port of loopback (or stands before an engine) and passes bytes on. It has two valves, `up` (to the
target) and `down`, which all its lines share, and a door that says what becomes of new connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from enum import Enum
from typing import Final

from chinwag_server.tasks import TaskOwner

CHUNK: Final = 65_536
GOING_AWAY: Final = b"\x88\x02\x03\xf4"
"""A WebSocket close frame of a server, code 1012: it restarts."""

Target = int | str
"""A port of loopback, or the path of a unix socket."""


class Door(Enum):
    """What becomes of new connections."""

    OPEN = "open"
    REFUSES = "refuses"
    """Nobody listens."""
    SILENT = "silent"
    """They are accepted, and nothing follows."""
    SLAMS = "slams"
    """They are accepted and reset at once."""


class Valve:
    """One direction of a way."""

    def __init__(self) -> None:
        self._flows = asyncio.Event()
        self._flows.set()
        self.swallows = False
        """Bytes vanish; whoever sent them does not notice."""
        self.delay_s = 0.0
        self.bytes_per_s = 0.0
        """0: as fast as they come."""

    def hold(self) -> None:
        """Take in nothing more; what was sent already waits."""
        self._flows.clear()

    def open(self) -> None:
        """Pass everything on, at once."""
        self.swallows = False
        self.delay_s = self.bytes_per_s = 0.0
        self._flows.set()

    async def let(self, data: bytes) -> bytes:
        """Wait as long as these bytes have to; returns what comes through."""
        await self._flows.wait()
        if pause_s := self.delay_s + (len(data) / self.bytes_per_s if self.bytes_per_s else 0.0):
            await asyncio.sleep(pause_s)
            await self._flows.wait()
        return b"" if self.swallows else data


class Line:
    """One connection that goes through."""

    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.near = near
        self.far: asyncio.StreamWriter | None = None
        self.marks: set[str] = set()
        """What the taps have seen on it."""

    def reset(self) -> None:
        """RST to both sides."""
        for writer in (self.near, self.far):
            if writer is not None:
                with contextlib.suppress(OSError):
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()


Tap = Callable[[Line, bytes], bytes | None]
"""Sees what comes; what it returns goes on, None resets the line."""


class Way:
    """A listener with everything that goes through it."""

    def __init__(self, target: Callable[[], Target]) -> None:
        self._target = target
        self.up, self.down = Valve(), Valve()
        self.tap_up: Tap | None = None
        self.tap_down: Tap | None = None
        self.port = 0
        self.lines: set[Line] = set()
        self._door = Door.OPEN
        self._server: asyncio.Server | None = None
        self._tasks = TaskOwner("way")

    async def open(self) -> None:
        """Listen, on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=CHUNK)
            self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End everything."""
        self._shut()
        self.reset()
        await self._tasks.close()

    async def set_door(self, door: Door) -> None:
        """Say what becomes of new connections; those that are there go on."""
        self._door = door
        if door is Door.REFUSES:
            self._shut()
        else:
            await self.open()

    def reset(self) -> None:
        """RST on every line."""
        for line in list(self.lines):
            line.reset()

    async def heal(self) -> None:
        """Everything flows, everybody may come in."""
        self.tap_up = self.tap_down = None
        self.up.open()
        self.down.open()
        await self.set_door(Door.OPEN)

    def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # `start_server` would log whatever ends its own task: the line gets one of ours
        self._tasks.spawn(self._serve(reader, writer), "line")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(writer)
        self.lines.add(line)
        try:
            if self._door is Door.SLAMS:
                return
            if self._door is Door.SILENT:
                while await reader.read(CHUNK):
                    pass
                return
            far_reader, line.far = await self._connect()
            up = self._tasks.spawn(self._pump(line, reader, line.far, self.up, "tap_up"), "up")
            down = self._tasks.spawn(self._pump(line, far_reader, line.near, self.down, "tap_down"), "down")
            try:
                await asyncio.wait({up, down}, return_when=asyncio.ALL_COMPLETED)
            finally:
                up.cancel()
                down.cancel()
        except OSError:
            pass  # the target is away: so is the line
        finally:
            line.reset()
            self.lines.discard(line)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        target = self._target()
        if isinstance(target, str):
            return await asyncio.open_unix_connection(target, limit=CHUNK)
        return await asyncio.open_connection("127.0.0.1", target, limit=CHUNK)

    async def _pump(
        self, line: Line, source: asyncio.StreamReader, sink: asyncio.StreamWriter, valve: Valve, tap: str
    ) -> None:
        try:
            while data := await source.read(CHUNK):
                data = await valve.let(data)
                look: Tap | None = getattr(self, tap)
                if look is not None and data:
                    seen = look(line, data)
                    if seen is None:
                        line.reset()
                        return
                    data = seen
                if data:
                    sink.write(data)
                    await sink.drain()
            sink.close()
        except (OSError, RuntimeError):
            line.reset()  # RuntimeError: written to after it was closed
