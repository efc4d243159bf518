"""A real node whose worker may open only a few files more: it goes on with those it has, says so once, and recovers."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import psutil
from real_node import RealNode

from chinwag_protocol.ids import new_id
from chinwag_server.realtime.room import RESERVE

if TYPE_CHECKING:
    from pathlib import Path

    from foreign_client import ForeignClient
    from real_node import Session

MORE = 40
"""Connections for which there is room."""
FLOOD = 300
FULL, BACK = "no room for more connections", "there is room for connections again"


async def send(socket: ForeignClient, receiver: Session) -> dict[str, Any]:
    command = {"tempId": str(new_id()), "receiverId": receiver["user"]["id"], "text": "x"}
    return await socket.call("sendMessage", command)


async def test_without_descriptors_the_server_goes_on(
    database_url: str, valkey_url: str, tmp_path: Path, eventually: Any
) -> None:
    node = RealNode(tmp_path / "node", "--database-url", database_url, "--redis-url", valkey_url)
    await node.start()
    try:
        await go_on(node, eventually)
    finally:
        await node.stop()


async def go_on(node: RealNode, eventually: Any) -> None:
    worker: Any = node.workers()[0]
    ada, bob = await node.register("ada"), await node.register("bob")
    async with (
        node.connect(ada) as on_a,
        node.connect(bob) as on_b,
        httpx.AsyncClient(base_url=node.url, trust_env=False) as kept,
        contextlib.AsyncExitStack() as held,
    ):
        assert (await send(on_a, bob))["message"] == await on_b.wait_for("newMessage")
        assert (await kept.get("/readyz")).status_code == 200
        few = worker.num_fds() + MORE + RESERVE
        worker.rlimit(psutil.RLIMIT_NOFILE, (few, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        writers = [await open_silent(node, held) for _ in range(FLOOD)]
        await eventually(lambda: FULL in node.log)
        with contextlib.suppress(httpx.TransportError):  # it may be gone before the answer is read
            assert (await node.call("GET", "!/healthz")).status_code == 503
        for _ in range(10):
            assert (await send(on_a, bob))["message"] == await on_b.wait_for("newMessage")
            assert (await kept.get("/readyz")).json() == {"status": "ok", "degraded": []}
            assert few - RESERVE // 2 > worker.num_fds()
        for writer in writers:
            writer.transport.abort()
        await eventually(lambda: worker.num_fds() < few - MORE - RESERVE // 2)
        async with node.connect(ada) as again:
            assert "message" in await send(again, bob)
        await eventually(lambda: BACK in node.log)
        assert (node.log.count(FULL), node.log.count(BACK)) == (1, 1)
        assert "Too many open files" not in node.log


async def open_silent(node: RealNode, held: contextlib.AsyncExitStack) -> asyncio.StreamWriter:
    """A connection that says nothing."""
    parts = urlsplit(node.url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    held.callback(writer.transport.abort)
    return writer
