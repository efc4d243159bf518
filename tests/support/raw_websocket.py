"""A WebSocket that can do everything wrong: a plain TCP connection, and frames made by hand."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
import struct
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
TARGET = "/socket.io/?EIO=4&transport=websocket"


class RawWebSocket:
    """A connection; `status` and `head` are of the answer to its handshake."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.head = ""

    async def shake_hands(self, target: str = TARGET, *, headers: dict[str, str] | None = None) -> None:
        """Send a handshake, in which `headers` replace or (if empty) remove what is usual, and read the answer."""
        usual = {
            "Host": "127.0.0.1",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        }
        lines = [f"{name}: {value}" for name, value in (usual | (headers or {})).items() if value]
        self.writer.write("\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""]).encode())
        self.head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        self.status = int(self.head.split(" ", 2)[1])

    def send(
        self, payload: bytes | str, opcode: int = TEXT, *, fin: bool = True, mask: bool = True, rsv: int = 0
    ) -> None:
        """Send a frame."""
        self.writer.write(make_frame(payload, opcode, fin=fin, mask=mask, rsv=rsv))

    async def recv(self) -> tuple[int, bytes]:
        """Read a frame: opcode and payload. Raises IncompleteReadError or ConnectionError at the end."""
        first, second = await self.reader.readexactly(2)
        size = second & 127
        if size == 126:
            size = struct.unpack("!H", await self.reader.readexactly(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", await self.reader.readexactly(8))[0]
        return first & 15, await self.reader.readexactly(size)

    async def recv_text(self) -> str:
        """Read a text frame."""
        opcode, payload = await self.recv()
        assert opcode == TEXT, (opcode, payload)
        return payload.decode()

    async def recv_close(self) -> int:
        """Read on until the other side closes; give its code, and make sure that the connection ends."""
        async with asyncio.timeout(5):
            while True:
                opcode, payload = await self.recv()
                if opcode == CLOSE:
                    break
            with contextlib.suppress(ConnectionError):
                self.send(payload, CLOSE)
                while await self.reader.read(65536):
                    pass
        return int(struct.unpack("!H", payload[:2])[0])


def make_frame(payload: bytes | str, opcode: int = TEXT, *, fin: bool = True, mask: bool = True, rsv: int = 0) -> bytes:
    """Make a frame as a client sends it (RFC 6455, 5.2)."""
    data = payload.encode() if isinstance(payload, str) else payload
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    flag = 0x80 if mask else 0
    if len(data) < 126:
        head = bytes((first, flag | len(data)))
    elif len(data) < 65536:
        head = bytes((first, flag | 126)) + struct.pack("!H", len(data))
    else:
        head = bytes((first, flag | 127)) + struct.pack("!Q", len(data))
    if not mask:
        return head + data
    key = os.urandom(4)
    repeated = (key * (len(data) // 4 + 1))[: len(data)]
    masked = (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")
    return head + key + masked


@contextlib.asynccontextmanager
async def raw_connection(
    url: str, *, receive_buffer: int | None = None, limit: int = 2**20, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawWebSocket]:
    """Connect, and close at the end. `receive_buffer` is SO_RCVBUF: little of it makes for a slow reader."""
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.setblocking(False)
    parts = urlsplit(url)
    await asyncio.get_running_loop().sock_connect(connection, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(
        sock=connection, limit=limit, ssl=tls, server_hostname=parts.hostname if tls else None
    )
    try:
        yield RawWebSocket(reader, writer)
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def raw_websocket(
    url: str, *, headers: dict[str, str] | None = None, receive_buffer: int | None = None
) -> AsyncIterator[RawWebSocket]:
    """Open a WebSocket, and read the first packet of the session."""
    async with raw_connection(url, receive_buffer=receive_buffer) as raw:
        await raw.shake_hands(headers=headers)
        assert raw.status == 101, raw.head
        assert (await raw.recv_text()).startswith("0{")
        yield raw
