"""A whole worker: two people over HTTP and sockets, and its end."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from worker_rig import Node, bearer, node

from chinwag_protocol.ids import new_id


@pytest.fixture(params=["valkey", "alone"])
async def worker(
    request: pytest.FixtureRequest, database_url: str, valkey_url: str, tmp_path: Path
) -> AsyncIterator[Node]:
    async with node(database_url, tmp_path, valkey_url=valkey_url if request.param == "valkey" else None) as made:
        yield made


@pytest.mark.parametrize("transport", ["websocket", "polling", "upgrade"])
async def test_two_people_talk(worker: Node, transport: str) -> None:
    ada, bob = await worker.register("ada"), await worker.register("bob")
    ada_id, bob_id = ada["user"]["id"], bob["user"]["id"]
    async with (
        worker.connect(ada, transport=transport) as ada_socket,
        worker.connect(bob, transport=transport) as bob_socket,
    ):
        assert bob_socket.registered is not None
        assert sorted(bob_socket.registered["onlineUsers"]) == sorted([ada_id, bob_id])
        assert bob_socket.registered["user"] == bob["user"] | {"online": True}
        assert (await bob_socket.wait_for("onlineUsers"))["userIds"] == bob_socket.registered["onlineUsers"]
        assert (await ada_socket.wait_for("userOnline"))["userId"] == bob_id

        temp_id = str(new_id())
        ack = await ada_socket.call("sendMessage", {"tempId": temp_id, "receiverId": bob_id, "text": "hello"})
        message = ack["message"]
        assert (message["text"], message["seq"], message["tempId"]) == ("hello", 1, temp_id)
        assert await bob_socket.wait_for("newMessage") == message
        assert await ada_socket.wait_for("newMessage") == message

        read = await bob_socket.call("messagesRead", {"conversationId": message["conversationId"], "seq": 1})
        assert read == {"conversationId": message["conversationId"], "seq": 1}
        told = await ada_socket.wait_for("messagesRead")
        assert (told["userId"], told["seq"]) == (bob_id, 1)

        page = await worker.http.get(f"/conversations/{message['conversationId']}/messages", headers=bearer(bob))
        assert page.json()["messages"] == [message]
        pong = await ada_socket.call("ping", {})
        assert pong["serverTime"].endswith("Z")


async def test_stopping_tells_and_ends_within_two_seconds(worker: Node, eventually: Any) -> None:
    ada = await worker.register("ada")
    async with worker.connect(ada) as socket, worker.connect(ada, transport="polling") as polling:
        started = time.monotonic()
        worker.stopping.set()
        assert (await socket.wait_for("serverShutdown"))["reconnectAfterMs"] > 0
        await polling.wait_for("serverShutdown")
        await socket.wait_closed()
        await polling.wait_closed()
        assert time.monotonic() - started < 2.5
    async with httpx.AsyncClient(trust_env=False) as http:
        await eventually(lambda: _is_deaf(http, worker.url))


async def _is_deaf(http: httpx.AsyncClient, url: str) -> bool:
    try:
        await http.get(f"{url}/healthz")
    except httpx.TransportError:
        return True
    return False
