"""`chat-server serve` with the real application: what operators do beside it, and what its log never holds."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from foreign_client import ForeignClient
from server_process import ServerDidNotStart, ServerProcess, reachable_folder

from chinwag_protocol.ids import new_id

PASSWORD = "canary-password-1"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = reachable_folder("chinwag-serve-")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server(folder: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(folder, "--debug", "--registration", "open")
    made.start()
    yield made
    made.stop()


async def chat_server(*words: str, folder: Path) -> str:
    """Run another command on the same data."""
    process = await asyncio.create_subprocess_exec(
        *ServerProcess.command(), *words, "--data-dir", str(folder), stdout=subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def register(server: ServerProcess, name: str, **more: Any) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=server.url, timeout=30, trust_env=False) as http:
        answer = await http.post("/api/v1/auth/register", json={"username": name, "password": PASSWORD} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def read_logs(log: Path, *others: str) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (log, *(log.parent / other for other in others)))


def connect(server: ServerProcess, session: dict[str, Any], transport: str = "websocket") -> Any:
    return ForeignClient.connect(
        server.url, token=session["accessToken"], user_id=session["user"]["id"], transport=transport
    )


async def test_a_user_disabled_at_the_command_line_is_cut_off(server: ServerProcess, folder: Path) -> None:
    session = await register(server, "ann")
    async with connect(server, session) as socket:
        assert await chat_server("user", "disable", "ann", folder=folder) == "ann is disabled\n"
        async with asyncio.timeout(5):
            assert await socket.wait_for("sessionRevoked") == {"reason": "user_disabled"}
            await socket.closed.wait()
    async with httpx.AsyncClient(base_url=server.url, timeout=30, trust_env=False) as http:
        answer = await http.post("/api/v1/auth/login", json={"username": "ann", "password": PASSWORD})
    assert answer.status_code == 403


async def test_the_log_holds_no_password_no_token_no_invitation_and_no_message(
    server: ServerProcess, folder: Path
) -> None:
    code = (await chat_server("invite", "create", folder=folder)).split()[0]
    ann, bob = await register(server, "ann"), await register(server, "bob", inviteCode=code)
    for transport in ("websocket", "polling", "upgrade"):
        async with connect(server, ann, transport) as sender, connect(server, bob) as receiver:
            sent = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "canary-message"}
            await sender.call("sendMessage", sent)
            await sender.call("sendMessage", sent | {"text": "canary-conflict"})
            await receiver.wait_for("newMessage")
    async with httpx.AsyncClient(base_url=server.url, timeout=30, trust_env=False) as http:
        await http.post("/api/v1/auth/login", json={"username": "ann", "password": "canary-wrong"})
        for invitation in (code, "canary-invitation"):
            await http.get(f"/api/v1/invites/{invitation}")
        files = {"file": ("canary-name.txt", b"canary-content", "text/plain")}
        authorised = {"Authorization": f"Bearer {ann['accessToken']}"}
        await http.post("/api/v1/attachments", files=files, headers=authorised)
        renewed = await http.post("/api/v1/auth/refresh", json={"refreshToken": bob["refreshToken"]})
        await http.get("/api/v1/users/me?token=canary-query", headers={"Authorization": "Bearer canary-bearer"})
    server.stop()
    said = read_logs(server.log, *("engines/postgres/cluster/postgres.log", "engines/valkey/run/valkey.log"))
    assert "worker 0" in said
    assert "canary" not in said
    assert code not in said
    for session in (ann, bob, renewed.json()):
        assert session["accessToken"] not in said
        assert session["refreshToken"] not in said


def test_it_serves_again_from_a_killed_state_and_keeps_its_accounts(server: ServerProcess) -> None:
    asyncio.run(register(server, "ann"))
    server.kill()  # raises when a process outlives it
    server.start()
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as http:
        body = {"username": "ann", "password": PASSWORD}
        assert http.post("/api/v1/auth/login", json=body).status_code == 200
        assert http.post("/api/v1/auth/register", json=body).status_code == 409


async def test_a_second_node_joins_by_the_urls_of_the_first(server: ServerProcess, folder: Path) -> None:
    database, redis = (await chat_server("engines", "--urls", folder=folder)).split()
    other_folder = reachable_folder("chinwag-serve-")
    options = ["--registration", "open", "--database-url", database, "--redis-url", redis]
    with pytest.raises(ServerDidNotStart, match=r"error: another node keeps the attachments.*--blobs-url"):
        await asyncio.to_thread(ServerProcess(other_folder, *options).start)
    other = ServerProcess(other_folder, *options, "--blobs-url", (folder / "blobs").as_uri())
    try:
        await asyncio.to_thread(other.start)
        assert not any(process.name() in ("postgres", "valkey-server") for process in other.processes())
        ann, bob = await register(server, "ann"), await register(other, "bob")
        async with connect(server, ann) as sender, connect(other, bob) as receiver:
            sent = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "over there"}
            ack = await sender.call("sendMessage", sent)
            assert await receiver.wait_for("newMessage") == ack["message"]
    finally:
        await asyncio.to_thread(other.stop)
        shutil.rmtree(other_folder)


def test_root_under_a_private_home_is_told_where_the_data_can_live() -> None:
    with tempfile.TemporaryDirectory() as home:  # 0700
        server = ServerProcess(Path(home) / "clone")
        server.data.mkdir()
        if os.geteuid() != 0:
            server.start()
            assert server.stop() == 0
            return
        done = subprocess.run(
            [*server.command(), "serve", "--port", "0", "--data-dir", str(server.data / "data")],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: the account ")
        assert "--data-dir /var/lib/chinwag" in done.stderr
        assert done.stderr.count("\n") == 1
        assert os.stat(home).st_mode & 0o777 == 0o700
