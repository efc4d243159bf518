"""A client that goes away in the middle of its request is no fault of the server's: found by the fault run, which cuts links."""

from __future__ import annotations

import asyncio
from pathlib import Path

from worker_rig import bearer, node

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
