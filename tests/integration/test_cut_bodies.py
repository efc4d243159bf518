"""Bodies that do not come to their end: cut off by the client, which is no fault of the server's, or wanted by nobody."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from raw_websocket import raw_connection
from socket_rig import SHORT, run_rig
from worker_rig import bearer, node

MIB = 1024 * 1024

BEGINNING = "POST /api/v1/sync HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"


async def test_a_body_that_is_cut_off_is_logged_as_no_error(database_url: str, tmp_path: Path) -> None:
    async with node(database_url, tmp_path) as worker:
        ada = await worker.register("ada")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(worker.url.rpartition(":")[2]))
        head = BEGINNING + "".join(f"{name}: {value}\r\n" for name, value in bearer(ada).items())
        writer.write(f'{head}\r\n{{"cursors":'.encode())
        await writer.drain()
        assert (await worker.http.get("/server")).status_code == 200  # the beginning of the other has been read by now
        writer.close()
        await writer.wait_closed()
        assert await reader.read() == b""
        assert (await worker.http.get("/users/me", headers=bearer(ada))).status_code == 200


@pytest.mark.parametrize(
    ("target", "status"), [("/api/v1/attachments", 401), ("/api/v1/nothing", 404), ("/socket.io/?EIO=9", 400)]
)
@pytest.mark.parametrize("framing", ["Content-Length: 10000000000", "Transfer-Encoding: chunked"])
async def test_a_body_that_nobody_wants_is_not_read_to_its_end(
    database_url: str, tmp_path: Path, target: str, status: int, framing: str
) -> None:
    """The answer comes early; who goes on sending all the same is cut off, and not before the answer could be read."""
    async with node(database_url, tmp_path) as worker, raw_connection(worker.url) as raw:
        raw.writer.write(f"POST {target} HTTP/1.1\r\nHost: here\r\n{framing}\r\n\r\n".encode())
        assert int((await raw.reader.readuntil(b"\r\n\r\n")).split()[1]) == status
        sent, piece = 0, b"x" * 65_536
        if "chunked" in framing:
            piece = b"10000\r\n" + piece + b"\r\n"
        with contextlib.suppress(ConnectionError):
            while sent < 100 * MIB:
                raw.writer.write(piece)
                await raw.writer.drain()
                sent += len(piece)
        assert sent < 40 * MIB  # most of it waits in the buffers of both ends


async def test_what_is_left_of_a_short_body_ends_no_connection(database_url: str, tmp_path: Path) -> None:
    async with node(database_url, tmp_path) as worker, raw_connection(worker.url) as raw:
        for _ in range(3):
            raw.writer.write(b"POST /api/v1/nothing HTTP/1.1\r\nHost: here\r\nContent-Length: 900000\r\n\r\n")
            assert (await raw.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 404")
            await raw.reader.readuntil(b"}}")
            raw.writer.write(b"x" * 900_000)


async def test_the_rest_of_an_unwanted_body_has_its_time(eventually: Any) -> None:
    async with run_rig(timing=SHORT) as rig, raw_connection(rig.url) as raw:
        raw.writer.write(b"OPTIONS /socket.io/ HTTP/1.1\r\nHost: here\r\nContent-Length: 10000000000\r\n\r\n")
        assert (await raw.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")

        async def is_cut_off() -> bool:
            await asyncio.sleep(SHORT.request_s / 10)
            raw.writer.write(b"x" * 2_000)  # quick enough for a body that is wanted, and never too much of it
            return raw.reader.at_eof() or raw.reader.exception() is not None

        await eventually(is_cut_off, timeout_s=5)
