"""A node that dies with a message in its hands: it is stored once, and everybody on the other nodes hears of it once, within 10 s."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import pytest
from real_node import RealNode
from valkey_proxy import ValkeyProxy, run_proxy

from chinwag_protocol.ids import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOLD_S = 10.0


class Doomed(NamedTuple):
    """Node `a` will die; what it says to `b` goes through `proxy`."""

    a: RealNode
    b: RealNode
    proxy: ValkeyProxy


@pytest.fixture
async def nodes(database_url: str, valkey_url: str, tmp_path: Path) -> AsyncIterator[Doomed]:
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    async with run_proxy(valkey_url) as proxy:
        a, b = (
            RealNode(tmp_path / name, "--database-url", database_url, "--redis-url", url, "--blobs-url", blobs.as_uri())
            for name, url in (("a", proxy.url), ("b", valkey_url))
        )
        try:
            await a.start()
            await b.start()
            yield Doomed(a, b, proxy)
        finally:
            await a.stop()
            await b.stop()


async def told_once(socket: Any, message: Any, *, since: float) -> None:
    """The socket heard of the message, in time, once, and behind those of before."""
    assert await socket.wait_for("newMessage", lambda told: told["id"] == message["id"], timeout_s=TOLD_S) == message
    assert time.monotonic() - since < TOLD_S
    seqs = [told["seq"] for told in socket.of("newMessage")]
    assert seqs == sorted(set(seqs))


async def test_killed_after_the_ack_before_anybody_was_told(nodes: Doomed) -> None:
    """FAULTS 3: the bus works, but this one message never came to it."""
    a, b, proxy = nodes
    ada, bob = await a.register("ada"), await b.register("bob")
    async with b.connect(bob) as bob_socket, b.connect(ada) as other_device:
        async with a.connect(ada) as socket:
            for number in range(3):
                await say(socket, bob, f"before {number}")
            await bob_socket.wait_for("newMessage", lambda message: message["text"] == "before 2")
            proxy.deaden()  # what the node publishes from here on goes nowhere
            message = await say(socket, bob, "the last")
            since = time.monotonic()
            await a.kill_at_once()
        await told_once(bob_socket, message, since=since)
        await told_once(other_device, message, since=since)
        await a.start()
        async with a.connect(ada) as socket:
            await told_once(bob_socket, await say(socket, bob, "after"), since=time.monotonic())
        assert [message["text"] for message in bob_socket.of("newMessage")] == [
            *(f"before {number}" for number in range(3)),
            "the last",
            "after",
        ]


async def test_a_worker_is_killed_and_the_others_of_its_node_tell(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    """FAULTS 3 on one node: each worker stands for itself."""
    async with run_proxy(valkey_url) as proxy:
        node = RealNode(tmp_path / "node", "--workers", "2", "--database-url", database_url, "--redis-url", proxy.url)
        await node.start()
        try:
            ada, bob = await node.register("ada"), await node.register("bob")
            async with on_worker(node, bob, 0) as bob_socket:
                async with on_worker(node, ada, 1) as socket:
                    await say(socket, bob, "before")
                    await bob_socket.wait_for("newMessage")
                    await proxy.cut()
                    message = await say(socket, bob, "the last")
                    since = time.monotonic()
                    node.kill_worker(1)
                await proxy.mend()
                await told_once(bob_socket, message, since=since)
        finally:
            await node.stop()


@pytest.mark.parametrize("row", [1, 2])
async def test_killed_while_it_is_being_stored(nodes: Doomed, database_url: str, eventually: Any, row: int) -> None:
    """FAULTS 1, 2: before COMMIT the resend stores it; after COMMIT, before the ack, it gets the identical message."""
    a, b, _ = nodes
    ada, bob = await a.register("ada"), await b.register("bob")
    database, holder = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        async with b.connect(bob) as bob_socket:
            async with a.connect(ada) as socket:
                first = await say(socket, bob, "first")
                await bob_socket.wait_for("newMessage")
                lock = holder.transaction()
                await lock.start()
                await holder.execute("SELECT FROM conversations WHERE id = $1 FOR UPDATE", first["conversationId"])
                command = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "second"}
                await socket.emit("sendMessage", command)

                async def waits() -> Any:
                    return await database.fetchval(
                        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM send_%'"
                    )

                writer = await eventually(waits)
                await a.kill_at_once()
            if row == 1:
                await database.execute("SELECT pg_terminate_backend($1)", writer)
            await lock.rollback()
            since = time.monotonic()
            stored = "SELECT id FROM messages WHERE temp_id = $1"
            lost_id = None
            if row == 2:
                lost_id = await eventually(lambda: database.fetchval(stored, command["tempId"]))
            async with b.connect(ada) as socket:
                ack = await socket.call("sendMessage", command)
                assert ack["message"]["seq"] == 2
                assert lost_id is None or ack["message"]["id"] == str(lost_id)
                assert await socket.call("sendMessage", command) == ack
            assert len(await database.fetch(stored, command["tempId"])) == 1
            await told_once(bob_socket, ack["message"], since=since)
            assert [message["text"] for message in bob_socket.of("newMessage")] == ["first", "second"]
    finally:
        await database.close()
        await holder.close()


@contextlib.asynccontextmanager
async def on_worker(node: RealNode, session: Any, number: int) -> AsyncIterator[Any]:
    """A socket of the session on this worker."""
    while True:
        async with node.connect(session) as socket:
            if socket.handshake["sid"].startswith(f"{number}-"):
                yield socket
                return


async def say(socket: Any, to: Any, text: str) -> Any:
    command = {"tempId": str(new_id()), "receiverId": to["user"]["id"], "text": text}
    ack = await socket.call("sendMessage", command)
    return ack["message"]
