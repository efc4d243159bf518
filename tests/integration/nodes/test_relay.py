"""Two workers' sockets in one process: a request that comes to the wrong one is served as if it had come to the right one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest
from certificates import self_signed
from foreign_client import SEPARATOR, ForeignClient
from raw_websocket import TARGET, RawWebSocket, raw_connection
from socket_rig import SocketRig, run_rig

from chinwag_server.realtime.relay import Passed, Relay
from chinwag_server.worker_context import worker_socket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from socket_rig import User

POLLING = "/socket.io/?EIO=4&transport=polling"
PATIENCE_S = 0.5
QUEUE = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text())


class Pair(NamedTuple):
    """`right` keeps the sessions; `wrong` is where their requests come."""

    right: SocketRig
    wrong: SocketRig
    tls: ssl.SSLContext | None


@contextlib.asynccontextmanager
async def run_pair(folder: Path, *, tls: bool = False) -> AsyncIterator[Pair]:
    context, files = None, None
    if tls:
        certificate = self_signed(folder, "127.0.0.1")
        context = ssl.create_default_context(cadata=certificate.pem)
        files = (str(certificate.cert_path), str(certificate.key_path))
    relays = [Relay(folder, number=number, workers=3, patience_s=PATIENCE_S) for number in (0, 1)]
    async with run_rig(tls=files, relay=relays[0]) as right, run_rig(tls=files, relay=relays[1]) as wrong:
        yield Pair(right, wrong, context)


@pytest.fixture(params=["plain", "tls"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    async with run_pair(tmp_path, tls=request.param == "tls") as made:
        yield made


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Pair]:
    async with run_pair(tmp_path) as made:
        yield made


@contextlib.asynccontextmanager
async def misled(pair: Pair, user: User) -> AsyncIterator[ForeignClient]:
    """A client that has begun to poll at the right worker, and comes to the wrong one from now on."""
    async with pair.right.client(user, open_only=True, transport="websocket", tls=pair.tls) as unused:
        client = ForeignClient(pair.right.url, tls=pair.tls)
        client._take((await client._http.get(POLLING)).text)
        client.url = pair.wrong.url
        await client._http.aclose()
        client._http = httpx.AsyncClient(base_url=client.url, timeout=10, trust_env=False, verify=pair.tls or False)
        try:
            yield client
        finally:
            await client.close()
            await unused.close()


async def register(client: ForeignClient, user: User) -> None:
    await client.send_connect(user.auth())
    client.registered = await client.call("register-user", {"userId": str(user.id)})


def tell(rig: SocketRig, user: User, first: int, last: int) -> None:
    for number in range(first, last + 1):
        rig.sockets.deliver([user.id.int], b'42["userOnline",%d]' % number)


# ---------------------------------------------------------------- what is served


async def test_a_client_that_polls(pair: Pair) -> None:
    user = pair.right.user()
    async with misled(pair, user) as client:
        client._spawn(client._poll())
        await register(client, user)
        text = "x" * 100_000
        assert (await client.call("typing", {"text": text}))["text"] == text
        tell(pair.right, user, 1, 50)
        await client.wait_for("userOnline", lambda number: number == 50)
        assert client.of("userOnline") == list(range(1, 51))
        assert not pair.wrong.app.server.engine.sockets
        await client.disconnect()


async def test_a_client_that_moves_to_a_websocket(pair: Pair) -> None:
    user = pair.right.user()
    async with misled(pair, user) as client:
        await client.upgrade()
        await register(client, user)
        tell(pair.right, user, 1, 1_000)
        await client.wait_for("userOnline", lambda number: number == 1_000)
        assert client.of("userOnline") == list(range(1, 1_001))
        text = "x" * 100_000
        assert (await client.call("typing", {"text": text}))["text"] == text
        pair.right.connections[0].close("test")
        await client.wait_closed(timeout_s=2)
        assert client.disconnected.is_set()


async def test_a_client_that_goes_is_noticed(pair: Pair, eventually: Any) -> None:
    user = pair.right.user()
    async with misled(pair, user) as client:
        await client.upgrade()
        await register(client, user)
        client.ws.transport.abort()
        await eventually(lambda: pair.right.ended)


async def test_a_reader_that_does_not_read_is_cut_off_all_the_same(tmp_path: Path, eventually: Any) -> None:
    async with run_pair(tmp_path, tls=True) as pair:
        user = pair.right.user()
        async with misled(pair, user) as client:
            await client.upgrade()
            await register(client, user)
            client.ws.transport.pause_reading()
            packet = b'42["userOnline","' + b"x" * 10_000 + b'"]'
            for _ in range(1_000):
                pair.right.sockets.deliver([user.id.int], packet)
                await asyncio.sleep(0)
            await eventually(lambda: pair.right.ended)
            assert pair.right.ended[0][1] == "slow reader"
            client.ws.transport.resume_reading()
            await client.wait_closed(timeout_s=2)


async def test_one_connection_serves_sessions_of_both_in_turn(pair: Pair) -> None:
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(
        base_url=pair.wrong.url, limits=limits, trust_env=False, verify=pair.tls or False
    ) as http:
        sids = [json.loads((await http.get(POLLING)).text[1:])["sid"] for _ in range(2)]
        async with httpx.AsyncClient(base_url=pair.right.url, trust_env=False, verify=pair.tls or False) as other:
            sids += [json.loads((await other.get(POLLING)).text[1:])["sid"] for _ in range(2)]
        assert [sid[:2] for sid in sids] == ["1-", "1-", "0-", "0-"]
        for _ in range(5):
            for sid in (sids[0], sids[2], sids[1], sids[3]):
                answer = await http.post(f"{POLLING}&sid={sid}", content="3")
                assert (answer.status_code, answer.text) == (200, "ok")
        relays = [rig.app.relay for rig in (pair.wrong, pair.right)]
        assert [len(relay._splices) for relay in relays if relay] == [1 if pair.tls else 0, 0]  # it never grows


async def test_the_address_of_the_client_comes_along(pair: Pair) -> None:
    async with misled(pair, pair.right.user()) as client:
        assert (
            await client.post("3")
        ).text == "ok"  # the connection is the right worker's now: it may begin another session
        opened = json.loads((await client._http.get(POLLING)).text[1:])["sid"]
        link = pair.right.app.server.engine.find_link(opened)
        assert link is not None
        assert link.address == "127.0.0.1"


# ---------------------------------------------------------------- byte by byte


async def polling_sid(rig: SocketRig) -> str:
    async with httpx.AsyncClient(base_url=rig.url, trust_env=False) as http:
        return json.loads((await http.get(POLLING)).text[1:])["sid"]


async def read_answer(raw: RawWebSocket) -> tuple[int, bytes]:
    head = (await raw.reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    return int(head.split()[1]), await raw.reader.readexactly(length)


async def test_a_request_in_pieces(plain: Pair) -> None:
    sid = await polling_sid(plain.right)
    body = SEPARATOR.join(["3"] * 40).encode()
    request = f"POST {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    for size in (1, 40, len(request) - 5):
        async with raw_connection(plain.wrong.url) as raw:
            for start in range(0, len(request), size):
                raw.writer.write(request[start : start + size])
                await raw.writer.drain()
                await asyncio.sleep(0)
            assert await read_answer(raw) == (200, b"ok")
            raw.writer.write(request)
            assert await read_answer(raw) == (200, b"ok")


async def test_a_body_that_waits_to_be_asked_for(plain: Pair) -> None:
    sid = await polling_sid(plain.right)
    async with raw_connection(plain.wrong.url) as raw:
        raw.writer.write(
            f"POST {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert (await raw.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        raw.writer.write(b"3")
        assert await read_answer(raw) == (200, b"ok")


async def test_a_sid_is_understood_however_it_is_written(plain: Pair) -> None:
    sid = await polling_sid(plain.right)
    async with raw_connection(plain.wrong.url) as raw:
        for target in (f"/socket.io/?sid=%30-{sid[2:]}&EIO=4&transport=polling", f"http://x{POLLING}&s%69d={sid}"):
            raw.writer.write(f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n3".encode())
            assert await read_answer(raw) == (200, b"ok")


async def test_requests_in_a_row_are_never_mixed_up(plain: Pair) -> None:
    """What does not wait for answers is served or refused, and the session stays."""
    right, wrong = await polling_sid(plain.right), await polling_sid(plain.wrong)

    def post(sid: str) -> bytes:
        return f"POST {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n3".encode()

    async with raw_connection(plain.wrong.url) as raw:
        raw.writer.write(post(wrong) + post(right))
        assert await read_answer(raw) == (200, b"ok")
        assert (await read_answer(raw))[0] == 400
    async with raw_connection(plain.wrong.url) as raw:
        raw.writer.write(post(right) + post(right))
        assert await read_answer(raw) == (200, b"ok")
        assert await read_answer(raw) == (200, b"ok")
    assert plain.right.app.server.engine.find_link(right)
    assert plain.wrong.app.server.engine.find_link(wrong)


async def test_what_follows_a_request_is_judged_by_the_right_one(pair: Pair) -> None:
    opened = await httpx_get(pair, POLLING)
    sid = json.loads(opened.text[1:])["sid"]
    async with raw_connection(pair.wrong.url, tls=pair.tls) as raw:
        raw.writer.write(f"POST {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n3\x00\x01".encode())
        answers = await raw.reader.read()
        assert answers.count(b"HTTP/1.1 ") == 1
        assert answers.startswith(b"HTTP/1.1 400 Bad Request")


# ---------------------------------------------------------------- who is not there


async def whole_answers(rig: SocketRig, sid: str) -> list[object]:
    """What GET, POST and a WebSocket of a session are answered, but for the date."""
    answers: list[object] = []
    async with httpx.AsyncClient(base_url=rig.url, trust_env=False, verify=False) as http:
        for method in ("GET", "POST"):
            answer = await http.request(method, f"{POLLING}&sid={sid}", content="3" if method == "POST" else None)
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            answers.append((answer.status_code, headers, answer.text))
    if rig.url.startswith("https"):
        return answers
    async with raw_connection(rig.url) as raw:
        await raw.shake_hands(f"{TARGET}&sid={sid}")
        answers.append((raw.head, await raw.reader.read()))
    return answers


async def test_a_worker_that_is_gone_leaves_sids_that_nobody_knows(pair: Pair, tmp_path: Path) -> None:
    unknown = await whole_answers(pair.wrong, "unknown")
    assert unknown[0][0] == 400  # type: ignore[index]
    assert await whole_answers(pair.wrong, "0-unknown") == unknown
    assert await whole_answers(pair.wrong, "2-never-there") == unknown
    assert await whole_answers(pair.wrong, "99-never-there") == unknown
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as killed:
        killed.bind(str(worker_socket(tmp_path, 2)))
    assert await whole_answers(pair.wrong, "2-killed") == unknown


async def test_to_a_worker_that_is_busy_connections_wait(pair: Pair, eventually: Any) -> None:
    sid = json.loads((await httpx_get(pair, POLLING)).text[1:])["sid"]
    loop, deaf = asyncio.get_running_loop(), pair.right.app.relay
    assert deaf is not None
    loop.remove_reader(deaf._socket)  # it hears nothing for a moment

    async def post() -> int:
        async with httpx.AsyncClient(base_url=pair.wrong.url, trust_env=False, verify=pair.tls or False) as http:
            return (await http.post(f"/socket.io/?EIO=4&transport=websocket&sid={sid}", content="3")).status_code

    waiting = [asyncio.ensure_future(post()) for _ in range(30)]  # noqa: TID251 - awaited below
    await eventually(lambda: pair.wrong.app.relay and len(pair.wrong.app.relay._tasks))
    loop.add_reader(deaf._socket, deaf._receive)
    assert await asyncio.gather(*waiting) == [400] * 30  # a WebSocket is asked for, and none comes: all were heard


async def test_a_worker_that_hears_nothing_is_not_waited_for(plain: Pair) -> None:
    sid = await polling_sid(plain.right)
    loop, deaf = asyncio.get_running_loop(), plain.right.app.relay
    assert deaf is not None
    loop.remove_reader(deaf._socket)
    queued = QUEUE + 1
    async with contextlib.AsyncExitStack() as held:
        for _ in range(queued):
            raw = await held.enter_async_context(raw_connection(plain.wrong.url))
            raw.writer.write(f"GET {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await raw.writer.drain()
        async with httpx.AsyncClient(base_url=plain.wrong.url, trust_env=False) as http:
            answer = await http.get(f"{POLLING}&sid={sid}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    loop.add_reader(deaf._socket, deaf._receive)


async def httpx_get(pair: Pair, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=pair.right.url, trust_env=False, verify=pair.tls or False) as http:
        return await http.get(path)


async def test_what_is_no_message_is_thrown_away(plain: Pair, tmp_path: Path, expect_log: Any, eventually: Any) -> None:
    expect_log("relay: a connection from another worker was lost")
    ours, theirs = socket.socketpair()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger, ours:
        stranger.connect(str(worker_socket(tmp_path, 0)))
        stranger.send(b"no connection at all")
        socket.send_fds(stranger, [b"nonsense"], [theirs.fileno()])
        theirs.close()
        assert await asyncio.to_thread(ours.recv, 1) == b""  # it was closed, not kept
    assert await polling_sid(plain.right)


# ---------------------------------------------------------------- questions


async def test_workers_answer_each_other(tmp_path: Path) -> None:
    relays = [Relay(tmp_path, number=number, workers=3, patience_s=PATIENCE_S) for number in range(3)]

    def refuse(transport: asyncio.Transport, _: Passed) -> None:
        transport.abort()

    for number, relay in enumerate(relays):
        relay.answer = lambda number=number: b"%d" % number * 1_000_000
        relay.start(refuse)
    answers = await relays[0].gather()
    assert [(len(answer), answer[:1]) for answer in answers] == [(1_000_000, b"1"), (1_000_000, b"2")]
    await relays[2].stop()
    assert [answer[:1] for answer in await relays[0].gather()] == [b"1"]
    asyncio.get_running_loop().remove_reader(relays[1]._socket)
    assert await relays[0].gather() == []  # it is there, but does not answer
    for relay in relays[:2]:
        await relay.stop()
