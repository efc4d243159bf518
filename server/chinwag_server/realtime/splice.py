"""Bytes between two transports, as fast as the slower one takes them; where neither can be given away."""

import asyncio
import socket
from typing import Final

_HIGH_WATER: Final = 64 * 1024
_GOODBYE_S: Final = 1.0
"""What the one side has for the rest after the other one ended."""


class Splices:
    """All of one worker."""

    def __init__(self) -> None:
        self._ends: set[_End] = set()

    def __len__(self) -> int:
        return len(self._ends) // 2

    async def join(self, outer: asyncio.Transport, inner: socket.socket) -> None:
        """Pass bytes between a connection, which is paused, and a socket, until either ends; returns at once."""
        far = _End(outer, self._ends)
        transport, _ = await asyncio.get_running_loop().create_unix_connection(lambda: far, sock=inner)
        for own in (outer, transport):
            own.set_write_buffer_limits(high=_HIGH_WATER)
        if outer.is_closing():
            transport.close()
        else:
            outer.set_protocol(_End(transport, self._ends))
            outer.resume_reading()

    async def end(self, *, patience_s: float) -> None:
        """Wait until all have ended, and cut off those that have not in time."""
        deadline = asyncio.get_running_loop().time() + patience_s
        while self._ends and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - at the end of a worker
            await asyncio.sleep(0.02)
        for end in list(self._ends):
            end.cut()


class _End(asyncio.Protocol):
    """What one transport reads, the other one writes."""

    def __init__(self, other: asyncio.Transport, living: "set[_End]") -> None:
        self._other = other
        self._living = living
        living.add(self)

    def cut(self) -> None:
        self._other.abort()

    def data_received(self, data: bytes) -> None:
        if not self._other.is_closing():
            self._other.write(data)

    def pause_writing(self) -> None:
        if not self._other.is_closing():
            self._other.pause_reading()

    def resume_writing(self) -> None:
        if not self._other.is_closing():
            self._other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._living.discard(self)
        if not self._other.is_closing():
            self._other.close()
            asyncio.get_running_loop().call_later(_GOODBYE_S, self._other.abort)
