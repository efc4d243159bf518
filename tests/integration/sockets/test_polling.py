"""Long polling: what is refused, and that nothing is lost."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from foreign_client import SEPARATOR, ForeignClient
from raw_websocket import raw_connection
from socket_rig import SHORT, SocketRig, run_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

QUERY = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
async def http(rig: SocketRig) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=rig.url, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("GET", "/socket.io/?EIO=4", 400, "invalid"),
        ("GET", "/socket.io/", 400, "invalid"),
        ("GET", "/socket.io/?EIO=3&transport=polling", 400, "invalid"),
        ("GET", "/socket.io/?transport=polling", 400, "invalid"),
        ("GET", "/socket.io/?EIO=4&transport=websocket", 400, "invalid"),
        ("GET", "/socket.io/?EIO=4&transport=carrier-pigeon", 400, "invalid"),
        ("GET", QUERY + "&transport=websocket", 400, "invalid"),
        ("GET", QUERY + "&j=0", 400, "invalid"),
        ("GET", QUERY + "&sid=unknown", 400, "invalid"),
        ("GET", QUERY + "&sid=a&sid=b", 400, "invalid"),
        ("GET", QUERY + "&x=%ff", 200, None),
        ("POST", QUERY + "&sid=unknown", 400, "invalid"),
        ("POST", QUERY, 400, "invalid"),
        ("DELETE", QUERY, 405, "invalid"),
        ("PUT", QUERY, 405, "invalid"),
        ("HEAD", QUERY, 405, None),
    ],
)
async def test_requests(http: httpx.AsyncClient, method: str, target: str, status: int, code: str | None) -> None:
    response = await http.request(method, target)
    assert response.status_code == status
    if code is not None:
        assert response.json()["error"]["code"] == code
        assert response.headers["content-type"] == "application/json"


async def test_neither_cookies_nor_cors_nor_compression(http: httpx.AsyncClient) -> None:
    response = await http.get(QUERY, headers={"Accept-Encoding": "gzip", "Origin": str(http.base_url)})
    assert response.status_code == 200
    assert set(response.headers) == {"content-type", "cache-control", "content-length", "date"} or set(
        response.headers
    ) == {"content-type", "cache-control", "content-length"}
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_origin(http: httpx.AsyncClient, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        response = await http.request(method, QUERY, headers={"Origin": origin})
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "forbidden"
        assert not [name for name in response.headers if name.startswith("access-control")]


async def test_an_origin_that_is_allowed() -> None:
    async with run_rig(allowed_origins=["https://friend.example"]) as rig:  # noqa: SIM117 - rig
        async with httpx.AsyncClient(base_url=rig.url, headers={"Origin": "https://friend.example"}) as http:
            for method in ("GET", "OPTIONS"):
                response = await http.request(method, QUERY)
                assert response.status_code == 200
                assert response.headers["access-control-allow-origin"] == "https://friend.example"
                assert "access-control-allow-credentials" not in response.headers


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"rubbish",
        b"4\xff\xfe",
        b"bAQIDBA==",
        b"4" + b"[" * 20_000 + b"]" * 20_000,
        b'd=40{"token":1}',
        b'42["ping",{}]\x1e',
        b'\x1e42["ping",{}]',
        b"2probe",
        b"5",
        b"0{}",
        SEPARATOR.join(["6"] * 1_001).encode(),
    ],
)
async def test_a_body_that_is_no_payload_ends_the_session(rig: SocketRig, body: bytes) -> None:
    """Stock python-engineio answers 200, and keeps the session."""
    async with rig.client(rig.user(), "polling") as client:
        response = await client.post(body)
        assert response.status_code == 400
        assert response.json()["error"]["code"] == "invalid"
        await client.wait_closed(timeout_s=2)
        assert client.disconnected.is_set()
        assert (await client.get()).status_code == 400
        assert (await client.post("3")).status_code == 400


async def test_a_thousand_packets_in_one_post(rig: SocketRig) -> None:
    """Stock python-engineio loses them all beyond 16, and answers 200."""
    async with rig.client(rig.user(), "polling") as client:
        packets = [f'42{number}["typing",{{"number":{number}}}]' for number in range(1_000, 1_190)]
        acks = [client.expect_ack(number) for number in range(1_000, 1_190)]
        response = await client.post(SEPARATOR.join(packets + ["3"] * 810))
        assert response.status_code == 200
        async with asyncio.timeout(10):
            assert [(await ack)["number"] for ack in acks] == list(range(1_000, 1_190))
        assert rig.started == list(range(1_000, 1_190))


async def test_too_large_a_body(rig: SocketRig) -> None:
    async with rig.client(rig.user(), "polling") as client:
        response = await client.post("4" * 131_073)
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "too_large"

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(200):
                yield b"4" * 1_000

        assert (await client._http.post(client.polling_url, content=chunks())).status_code == 413
        assert await client.call("ping", {})


async def test_the_largest_body(rig: SocketRig) -> None:
    async with rig.client(rig.user(), "polling") as client:
        packet = '42["typing",{"number":9,"text":"%s"}]'
        response = await client.post(packet % ("x" * (131_072 - len(packet) + 2)))
        assert response.status_code == 200
        await client.call("ping", {})
        assert rig.started == [9]


# ---------------------------------------------------------------- sessions


async def test_a_closed_session_is_unknown(rig: SocketRig, eventually: Any) -> None:
    """Stock python-engineio answers 500."""
    async with rig.client(rig.user(), "polling") as client:
        await client.send_packet("41")
        await client.wait_closed(timeout_s=2)
        await eventually(lambda: not rig.sockets.engine.sockets)
        for response in (await client.get(), await client.post("3")):
            assert response.status_code == 400


async def test_last_words_wait_for_the_next_get(rig: SocketRig, eventually: Any) -> None:
    async with ForeignClient.connect(rig.url, open_only=True) as client:
        response = await client._http.get(QUERY)
        client.handshake = json.loads(response.text[1:])
        user = rig.user()
        assert (await client.post("40" + json.dumps(user.auth()))).status_code == 200
        await eventually(lambda: len(rig.sockets.connections) == 1)
        next(iter(rig.sockets.connections)).close("test")
        assert (await client.get()).text.split(SEPARATOR)[-2:] == ["41", "1"]
        assert (await client.get()).status_code == 400


async def test_an_unclaimed_session_ends() -> None:
    async with run_rig(timing=SHORT) as rig, httpx.AsyncClient(base_url=rig.url) as http:
        sid = json.loads((await http.get(QUERY)).text[1:])["sid"]
        assert (await http.get(f"{QUERY}&sid={sid}")).text  # a ping, or the end
        async with asyncio.timeout(SHORT.connect_s + 2):
            while (await http.get(f"{QUERY}&sid={sid}")).status_code != 400:
                pass
        assert not rig.sockets.engine.sockets


async def test_a_second_get_sends_the_first_away(rig: SocketRig) -> None:
    user = rig.user()
    async with rig.client(user, "polling") as client:
        get = asyncio.ensure_future(client.get())  # noqa: TID251 - awaited below
        await client.call("ping", {})  # the client's own GET goes on, and takes its turn
        rig.sockets.deliver([user.id.int], b'42["userOnline",1]')
        other = await get
        assert other.status_code == 200
        for packet in other.text.split(SEPARATOR):
            client._take(packet)
        await client.wait_for("userOnline")
        assert client.of("userOnline") == [1]


async def test_what_a_vanished_client_did_not_get_waits_for_it(rig: SocketRig, eventually: Any) -> None:
    user = rig.user()
    async with rig.client(user, "polling") as client:
        for task in client._tasks:
            task.cancel()
        await eventually(lambda: not client._tasks)
        client.closed.clear()
        async with raw_connection(rig.url) as raw:
            raw.writer.write(f"GET {client.polling_url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            carrier: Any = rig.connections[0].link.carrier
            await eventually(lambda: carrier._get is not None)
        await eventually(lambda: len(rig.app.http_protocol.gate.engine.sockets) == 1)
        rig.sockets.deliver([user.id.int], b'42["userOnline",1]')
        await asyncio.sleep(0)
        rig.sockets.deliver([user.id.int], b'42["userOnline",2]')
        packets = (await client.get()).text.split(SEPARATOR)
        packets += [] if len(packets) == 2 else (await client.get()).text.split(SEPARATOR)
        assert packets == ['42["userOnline",1]', '42["userOnline",2]']


async def test_the_answer_to_a_post_waits_for_room(rig: SocketRig, eventually: Any) -> None:
    async with rig.client(rig.user(), "polling") as client:
        packets = [f'42["react",{{"number":{number}}}]' for number in range(50)]
        posting = asyncio.ensure_future(client.post(SEPARATOR.join(packets)))  # noqa: TID251 - awaited below
        await eventually(lambda: rig.connections[0].link.paused)
        assert rig.started == list(range(16))
        assert not posting.done()
        overlapping = client._http.post(client.polling_url, content="3")
        rig.gate.set()
        assert (await posting).status_code == 200
        assert (await overlapping).status_code == 200
        assert rig.started == list(range(50))


async def test_two_posts_at_once_end_the_session(rig: SocketRig, eventually: Any) -> None:
    async with rig.client(rig.user(), "polling") as client:
        packets = [f'42["react",{{"number":{number}}}]' for number in range(50)]
        posting = asyncio.ensure_future(client.post(SEPARATOR.join(packets)))  # noqa: TID251 - awaited below
        await eventually(lambda: rig.connections[0].link.paused)
        assert (await client._http.post(client.polling_url, content="3")).status_code == 400
        assert (await posting).status_code == 400
        await client.wait_closed(timeout_s=2)


async def test_a_flood_of_gets_ends_the_session(rig: SocketRig) -> None:
    async with rig.client(rig.user(), "polling") as client, asyncio.timeout(60):
        while (await asyncio.gather(*[client.get() for _ in range(50)]))[0].status_code == 200:
            pass
        assert rig.ended[0][1] == "too many control packets"
