"""First light: a real `chat-server`, two people over HTTP and real sockets, and everything there after a kill."""

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from foreign_client import ForeignClient
from server_process import ServerProcess, reachable_folder

from chinwag_protocol.ids import new_id

PASSWORD = "correct horse battery"


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    folder = reachable_folder("chinwag-first-light-")
    made = ServerProcess(folder, "--registration", "open")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


async def register(http: httpx.AsyncClient, username: str) -> dict[str, Any]:
    answer = await http.post("/api/v1/auth/register", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return answer.json()


def connect(server: ServerProcess, session: dict[str, Any], transport: str) -> Any:
    return ForeignClient.connect(
        server.url, token=session["accessToken"], user_id=session["user"]["id"], transport=transport
    )


async def test_two_people_talk_and_nothing_is_lost_when_the_server_is_killed(server: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=30, trust_env=False) as http:
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ok", "degraded": []})
        ada, bob = await register(http, "ada"), await register(http, "bob")
        temp_id = str(new_id())
        async with connect(server, ada, "upgrade") as ada_socket, connect(server, bob, "websocket") as bob_socket:
            sent = {"tempId": temp_id, "receiverId": bob["user"]["id"], "text": "first light"}
            ack = await ada_socket.call("sendMessage", sent)
            assert await bob_socket.wait_for("newMessage") == ack["message"]

        server.kill()
        server.start()
        async with connect(server, ada, "websocket") as ada_socket, connect(server, bob, "polling") as bob_socket:
            again = await ada_socket.call("sendMessage", sent)
            assert again == ack
            answer = {"tempId": str(new_id()), "receiverId": ada["user"]["id"], "text": "I see it"}
            second = (await bob_socket.call("sendMessage", answer))["message"]
            assert second["seq"] == 2
            assert await ada_socket.wait_for("newMessage") == second
            signed = {"Authorization": f"Bearer {ada['accessToken']}"}
            synced = await http.post("/api/v1/sync", json={"cursors": {}}, headers=signed)
            assert synced.json()["messages"] == [ack["message"], second]
