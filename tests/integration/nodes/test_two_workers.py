"""Two real workers on one port: nobody is refused, one of them may die at any moment, and both are counted as one server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import websockets
from certificates import self_signed
from foreign_client import TRANSPORTS, Closed
from prometheus_client.parser import text_string_to_metric_families

from chinwag_protocol.ids import new_id

if TYPE_CHECKING:
    from pathlib import Path

    from real_node import RealNode, Session

POLLING = "/socket.io/?EIO=4&transport=polling"
CLIENTS = 60
_ANY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_ANY.check_hostname, _ANY.verify_mode = False, ssl.CERT_NONE


@pytest.fixture
def node_options(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, ...]:
    if getattr(request, "param", "plain") == "plain":
        return ()
    made = self_signed(tmp_path, "127.0.0.1")
    return ("--tls-cert", str(made.cert_path), "--tls-key", str(made.key_path))


class Stranger:
    """A client whose every request comes on a connection of its own, as if it were behind a proxy that shares them out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sid = ""

    async def request(self, method: str, content: str | None = None) -> httpx.Response:
        target = POLLING + (f"&sid={self.sid}" if self.sid else "")
        async with httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False, verify=_ANY) as http:
            return await http.request(method, target, content=content)

    async def begin(self) -> None:
        self.sid = json.loads((await self.request("GET")).text[1:])["sid"]

    async def poll(self, session: Session) -> list[int]:
        auth = {"token": session["accessToken"], "userId": session["user"]["id"], "protocol": 1}
        await self.begin()
        post = await self.request("POST", "40" + json.dumps(auth))
        get = await self.request("GET")
        return [post.status_code, get.status_code] if get.text.startswith("40{") else [0, 0]

    async def upgrade(self) -> str | bytes:
        await self.begin()
        target = f"ws{self.url.removeprefix('http')}/socket.io/?EIO=4&transport=websocket&sid={self.sid}"
        tls = _ANY if target.startswith("wss") else None
        async with websockets.connect(target, proxy=None, compression=None, ssl=tls) as ws:
            await ws.send("2probe")
            return await asyncio.wait_for(ws.recv(), 10)


@pytest.mark.parametrize("node_options", ["plain", "tls"], indirect=True)
async def test_no_request_is_refused_wherever_it_comes(two_workers: RealNode) -> None:
    sessions = await asyncio.gather(*(two_workers.register(f"user{number}") for number in range(CLIENTS)))
    strangers = [Stranger(two_workers.url) for _ in sessions]
    answers = await asyncio.gather(*(one.poll(session) for one, session in zip(strangers, sessions, strict=True)))
    assert Counter(status for pair in answers for status in pair) == {200: 2 * CLIENTS}
    assert {one.sid[:2] for one in strangers} == {"0-", "1-"}
    probed = await asyncio.gather(*(Stranger(two_workers.url).upgrade() for _ in range(CLIENTS)))
    assert Counter(probed) == {"3probe": CLIENTS}


@pytest.mark.parametrize("node_environment", [{"CHAT_SERVER_DRAIN_TIMEOUT_MS": "20000"}], ids=["patient"])
@pytest.mark.parametrize("node_options", ["plain", "tls"], indirect=True)
async def test_stopping_tells_everybody(two_workers: RealNode) -> None:
    ada = await two_workers.register("ada")
    async with contextlib.AsyncExitStack() as held:
        sockets = [
            await held.enter_async_context(two_workers.connect(ada, transport=transport, tls=_ANY))
            for transport in (
                "upgrade",
                "polling",
                "upgrade",
                "websocket",
                "upgrade",
                "polling",
                "upgrade",
                "websocket",
            )
        ]
        began = asyncio.get_running_loop().time()
        stopping = asyncio.ensure_future(two_workers.stop())  # noqa: TID251 - awaited below
        for socket in sockets:
            await socket.wait_for("serverShutdown")
            await socket.wait_closed()
        assert await stopping == 0
        assert asyncio.get_running_loop().time() - began < 9  # half of it on a machine that does nothing else
    assert "killed" not in two_workers.log


async def test_nobody_else_can_enter_the_folder_of_the_workers(two_workers: RealNode) -> None:
    names = {path.name for path in (two_workers.process.data / "workers").iterdir()}
    assert names == {"0.socket", "1.socket"}
    assert os.stat(two_workers.process.data / "workers").st_mode & 0o777 == 0o700


# ---------------------------------------------------------------- a worker that dies


class Chatter:
    """A client that never gives up: a new socket when one is lost, a message again until it is acked, and history after each gap."""

    def __init__(self, node: RealNode, session: Session, transport: str) -> None:
        self.node, self.session, self.transport = node, session, transport
        self.acked: list[dict[str, Any]] = []
        self.heard: dict[int, dict[str, Any]] = {}
        self.sockets: list[str] = []
        self.enough = asyncio.Event()

    @contextlib.asynccontextmanager
    async def socket(self) -> Any:
        """A registered socket; the worker that got it may be dead, so that some tries are needed."""
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(httpx.HTTPError, OSError, TimeoutError, websockets.WebSocketException, Closed):
                    async with asyncio.timeout(5), contextlib.AsyncExitStack() as held:
                        made = await held.enter_async_context(self.node.connect(self.session, transport=self.transport))
                        kept = held.pop_all()
                        break
                await asyncio.sleep(0.1)
        self.sockets.append(made.handshake["sid"])
        async with kept:
            yield made

    async def send(self, receiver_id: str) -> None:
        """One message after the other, each until it is acked, until there are enough: the last one, too."""
        command: dict[str, Any] = {}

        def is_done() -> bool:
            return self.enough.is_set() and command.get("text", "").endswith(f" {len(self.acked)}")

        while not is_done():
            with contextlib.suppress(Closed, TimeoutError, httpx.HTTPError):
                async with self.socket() as socket:
                    while not is_done():
                        text = f"{self.transport} {len(self.acked) + 1}"
                        if command.get("text") != text:
                            command = {"tempId": str(new_id()), "receiverId": receiver_id, "text": text}
                        answer = await socket.call("sendMessage", command, timeout_s=3)
                        if "error" not in answer:
                            self.acked.append(answer["message"])
                            continue
                        assert answer["error"]["code"] in ("rate_limited", "unavailable"), answer
                        await asyncio.sleep(answer["error"].get("retryAfterMs", 1_000) / 1_000)

    async def listen(self) -> None:
        while True:
            with contextlib.suppress(Closed, httpx.HTTPError):
                async with self.socket() as socket:
                    await self.catch_up()
                    while True:
                        message = await socket.wait_for("newMessage", timeout_s=60)
                        self.heard[message["seq"]] = message

    async def catch_up(self) -> None:
        answer = await self.node.call("POST", "/sync", session=self.session, json={"cursors": {}, "limit": 1000})
        for conversation in answer.json()["conversations"]:
            self.heard |= {message["seq"]: message for message in await self.history(conversation["id"])}

    async def history(self, conversation_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            path = f"/conversations/{conversation_id}/messages?after={len(found)}&limit=200"
            page = (await self.node.call("GET", path, session=self.session)).json()
            found += page["messages"]
            if not page["hasMoreAfter"]:
                return found


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_worker_that_dies_loses_and_doubles_nothing(
    two_workers: RealNode, transport: str, eventually: Any
) -> None:
    ada, bob = await two_workers.register("ada"), await two_workers.register("bob")
    sender, receiver = Chatter(two_workers, ada, transport), Chatter(two_workers, bob, transport)
    listening = asyncio.ensure_future(receiver.listen())  # noqa: TID251 - cancelled below
    sending = asyncio.ensure_future(sender.send(bob["user"]["id"]))  # noqa: TID251 - awaited below
    try:
        for victim in (sender, receiver):
            await eventually(lambda: sender.acked and len(receiver.heard) == len(sender.acked))
            worker, before = int(victim.sockets[-1][0]), len(victim.sockets)
            two_workers.kill_worker(worker)
            await eventually(lambda victim=victim, before=before: len(victim.sockets) > before, timeout_s=20)
            await two_workers.worker_back(worker)
        sender.enough.set()
        await sending
        await eventually(lambda: len(receiver.heard) >= len(sender.acked), timeout_s=20)
    finally:
        listening.cancel()
        sending.cancel()
        await asyncio.gather(listening, sending, return_exceptions=True)
    count = len(sender.acked)
    stored = await sender.history(sender.acked[0]["conversationId"])
    assert [message["seq"] for message in stored] == list(range(1, count + 1))
    assert [message["text"] for message in stored] == [f"{transport} {number}" for number in range(1, count + 1)]
    assert [message["id"] for message in stored] == [message["id"] for message in sender.acked]
    assert receiver.heard == {message["seq"]: message for message in stored}


# ---------------------------------------------------------------- counted


async def metrics(node: RealNode) -> dict[str, float]:
    """Each sample by its name and labels, as Prometheus reads it."""
    answer = await node.call("GET", "!/metrics")
    assert answer.status_code == 200
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            key = sample.name + "".join(f" {value}" for value in sample.labels.values())
            assert key not in found, "twice"
            found[key] = sample.value
    return found


async def test_the_metrics_of_both_count_as_one(two_workers: RealNode, eventually: Any) -> None:
    ada, bob = await two_workers.register("ada"), await two_workers.register("bob")
    for _ in range(20):
        await two_workers.login("ada")
    async with contextlib.AsyncExitStack() as held:
        sids: set[str] = set()
        sockets = 0
        while sids != {"0", "1"} or sockets < 4:
            socket = await held.enter_async_context(two_workers.connect(ada))
            sids.add(socket.handshake["sid"][0])
            sockets += 1
            assert sockets < 10
        async with two_workers.connect(bob):
            for _ in range(8):
                found = await metrics(two_workers)
                assert found["chinwag_workers"] == 2
                assert found["chinwag_sockets"] == sockets + 1
                assert found["chinwag_http_requests_total POST /api/v1/auth/login 200"] == 20
                assert found["chinwag_http_requests_total POST /api/v1/auth/register 201"] == 2
                assert found["chinwag_http_request_seconds_count"] >= 22
                assert found["chinwag_events_received"] == sockets + 1

            async def seen_by_both() -> bool:
                return (await metrics(two_workers))["chinwag_users_online"] == 2

            await eventually(seen_by_both)
    two_workers.kill_worker(1)

    async def one_is_left() -> bool:
        """Some of several calls come to the living one; those that come to the dead one wait for its successor."""
        found = await asyncio.gather(*(metrics(two_workers) for _ in range(12)))
        return 1 in {each["chinwag_workers"] for each in found}

    await eventually(one_is_left)
    await two_workers.worker_back(1)
    assert (await metrics(two_workers))["chinwag_workers"] == 2
