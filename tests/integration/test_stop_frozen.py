"""SIGTERM while the database does not answer: found by the fault run. Each part waits for it at its end; together they may not."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import httpx
from foreign_client import ForeignClient
from server_process import ServerProcess

from chinwag_protocol.ids import new_id

TESTS = str(Path(__file__).resolve().parents[1])
if TESTS not in sys.path:
    sys.path.append(TESTS)

from faults.engines import over_loopback, socket_of  # noqa: E402 - needs the path
from faults.proxy import Way  # noqa: E402

ENDED_S = 5.0
PASSWORD = "correct horse battery"


async def test_a_server_ends_in_time_though_its_database_does_not_answer(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    way = Way(lambda: socket_of(database_url))
    await way.open()
    urls = ("--database-url", over_loopback(database_url, way.port), "--redis-url", valkey_url)
    server = ServerProcess(tmp_path, *urls, "--registration", "open")
    try:
        await asyncio.to_thread(server.start)
        async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", trust_env=False, timeout=30) as http:
            ada, bob = [
                (await http.post("/auth/register", json={"username": name, "password": PASSWORD})).json()
                for name in ("ada", "bob")
            ]
        token, user_id = ada["accessToken"], ada["user"]["id"]
        async with ForeignClient.connect(server.url, token=token, user_id=user_id) as socket:
            say = {"receiverId": bob["user"]["id"], "text": "hello"}
            assert "message" in await socket.call("sendMessage", say | {"tempId": str(new_id())})
            way.up.hold()
            way.down.hold()
            await socket.start("sendMessage", say | {"tempId": str(new_id())})
            began = time.monotonic()
            assert await asyncio.to_thread(server.stop) == 0
            assert time.monotonic() - began < ENDED_S
    finally:
        await asyncio.to_thread(server.kill)
        way.up.open()
        way.down.open()
        await way.close()
