"""WebSocket handshakes and frames, good and bad, as bytes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from raw_websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, make_frame, raw_connection, raw_websocket
from socket_rig import SHORT, SocketRig, run_rig

from chinwag_protocol.limits import Limits
from chinwag_server.realtime.websocket import LATE, WebSocket

if TYPE_CHECKING:
    from raw_websocket import RawWebSocket


async def register(rig: SocketRig, raw: RawWebSocket) -> None:
    user = rig.user()
    raw.send("40" + json.dumps(user.auth()))
    assert (await raw.recv_text()).startswith("40{")
    raw.send('421["register-user",' + json.dumps({"userId": str(user.id)}) + "]")
    assert (await raw.recv_text()).startswith("431[")


# ---------------------------------------------------------------- handshakes


@pytest.mark.parametrize("connection", ["Upgrade", "upgrade", "keep-alive, Upgrade", "Upgrade, keep-alive"])
async def test_connection_header_of_any_browser(rig: SocketRig, connection: str) -> None:
    """picows answers Firefox's `keep-alive, Upgrade` with 400 when it parses it itself."""
    async with raw_websocket(rig.url, headers={"Connection": connection}) as raw:
        await register(rig, raw)


async def test_neither_compression_nor_cookies_nor_cors(rig: SocketRig) -> None:
    headers = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits", "Origin": "http://127.0.0.1"}
    async with raw_websocket(rig.url, headers=headers | {"Sec-WebSocket-Protocol": "x"}) as raw:
        names = {line.partition(":")[0].lower() for line in raw.head.splitlines()[1:] if line}
        assert names == {"upgrade", "connection", "sec-websocket-accept"}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/socket.io?EIO=4&transport=websocket", 101),
        ("/", 404),
        ("/api/v1/socket?EIO=4&transport=websocket", 404),
        ("/socket.io/x?EIO=4&transport=websocket", 404),
        ("/socket.io/", 400),
        ("/socket.io/?EIO=3&transport=websocket", 400),
        ("/socket.io/?transport=websocket", 400),
        ("/socket.io/?EIO=4", 400),
        ("/socket.io/?EIO=4&transport=polling", 400),
        ("/socket.io/?EIO=4&transport=websocket&sid=unknown", 400),
        ("/socket.io/?EIO=4&transport=websocket&sid=", 101),
        ("/socket.io/?EIO=4&transport=websocket&" + "&".join(f"x{n}=1" for n in range(50)), 400),
    ],
)
async def test_targets(rig: SocketRig, target: str, status: int) -> None:
    async with raw_connection(rig.url) as raw:
        await raw.shake_hands(target)
        assert raw.status == status
        if status != 101:
            body = json.loads(await raw.reader.read())
            assert set(body["error"]) == {"code", "message"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": ""}, 426),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": ""}, 400),
        ({"Sec-WebSocket-Key": "é" * 22}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://127.0.0.1"}, 101),
        ({"Origin": "https://127.0.0.1"}, 101),
        ({"Origin": "https://chat.example:8443", "Host": "chat.example:8443"}, 101),
        ({"Origin": "https://chat.example", "Host": "chat.example"}, 101),
        ({"Origin": "https://Friend.example"}, 101),
    ],
)
async def test_headers(headers: dict[str, str], status: int) -> None:
    async with run_rig(allowed_origins=["https://friend.example/"]) as rig, raw_connection(rig.url) as raw:
        await raw.shake_hands(headers=headers)
        assert raw.status == status, raw.head


async def test_any_origin_if_the_operator_says_so() -> None:
    async with run_rig(allowed_origins=["*"]) as rig, raw_connection(rig.url) as raw:
        await raw.shake_hands(headers={"Origin": "https://evil.example"})
        assert raw.status == 101


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ([], "1.2.3.4", "127.0.0.1"),
        (["127.0.0.0/8"], "1.2.3.4", "1.2.3.4"),
        (["127.0.0.1", "10.0.0.0/8"], "6.6.6.6, 1.2.3.4, 10.1.2.3", "1.2.3.4"),
        (["127.0.0.1"], "1.2.3.4, rubbish", "127.0.0.1"),
        (["127.0.0.1"], "[2001:db8::1]:443", "2001:db8::1"),
    ],
)
async def test_the_address_behind_proxies(proxies: list[str], forwarded: str, address: str) -> None:
    async with run_rig(trusted_proxies=proxies) as rig:
        for transport in ("websocket", "polling"):
            async with rig.client(rig.user(), transport, headers={"X-Forwarded-For": forwarded}):
                assert rig.connections[-1].address == address, transport


async def test_a_client_that_sends_before_the_answer(rig: SocketRig) -> None:
    """It has to wait, and may be cut off for it; what must not happen is that a packet is lost in silence."""
    async with raw_connection(rig.url) as raw:
        user = rig.user()
        await raw.shake_hands()
        raw.send("40" + json.dumps(user.auth()))
        assert (await raw.recv_text()).startswith("0{")
        assert (await raw.recv_text()).startswith("40{")


# ---------------------------------------------------------------- frames


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"payload": "4", "opcode": BINARY}, 1003),
        ({"payload": b"", "opcode": BINARY, "fin": False}, 1003),
        ({"payload": ""}, 1002),
        ({"payload": "9"}, 1002),
        ({"payload": "2"}, 1002),
        ({"payload": "2probe"}, 1002),
        ({"payload": "5"}, 1002),
        ({"payload": "0{}"}, 1002),
        ({"payload": "x"}, 1002),
        ({"payload": b"4\xff\xfe"}, 1002),
        ({"payload": b'42["typing",{"text":"\xff"}]'}, 1002),
        ({"payload": b'42["\xff",{}]'}, 1002),
        ({"payload": "41", "opcode": CONTINUATION}, 1002),
        ({"payload": "41", "mask": False}, 1002),
        ({"payload": "41", "rsv": 4}, 1002),
        ({"payload": "41", "rsv": 1}, 1002),
        ({"payload": "41", "opcode": 3}, 1002),
        ({"payload": "x" * 126, "opcode": PING}, 1002),
        ({"payload": "x", "opcode": PING, "fin": False}, 1002),
        ({"payload": b"4" * 131_073}, 1009),
        ({"payload": b"4" * 1_000_000}, 1009),
    ],
)
async def test_frames_that_close(rig: SocketRig, frame: dict[str, Any], code: int, eventually: Any) -> None:
    """The peer gets the code, even if it is in the middle of sending, and nothing of the session is left."""
    async with raw_websocket(rig.url) as raw:
        await register(rig, raw)
        raw.send(**frame)
        assert await raw.recv_close() == code
        await eventually(lambda: not rig.sockets.engine.sockets and len(rig.ended) == 1)


async def test_the_largest_frame(rig: SocketRig) -> None:
    async with raw_websocket(rig.url) as raw:
        await register(rig, raw)
        packet = '427["typing",{"text":"%s"}]'
        raw.send(packet % ("x" * (131_072 - len(packet) + 2)))
        assert (await raw.recv_text()).startswith('437[{"text":"xxx')


async def test_fragments(rig: SocketRig) -> None:
    async with raw_websocket(rig.url) as raw:
        await register(rig, raw)
        raw.send('427["typ', fin=False)
        raw.send("between", PING)
        raw.send("", CONTINUATION, fin=False)
        raw.send('ing",{"number', CONTINUATION, fin=False)
        raw.send('":5}]', CONTINUATION)
        raw.send('428["typing",{"number":6}]')
        assert await raw.recv() == (PONG, b"between")
        assert await raw.recv_text() == '437[{"number":5}]'
        assert await raw.recv_text() == '438[{"number":6}]'


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ([("x" * 70_000, TEXT), ("x" * 70_000, CONTINUATION)], 1009),
        ([("4", TEXT), ("4", TEXT)], 1002),
        ([("4", TEXT), ("4", BINARY)], 1003),
        ([("4", TEXT), *[("", CONTINUATION)] * 1_100], 1008),
    ],
)
async def test_bad_fragments(rig: SocketRig, pieces: list[tuple[str, int]], code: int) -> None:
    async with raw_websocket(rig.url) as raw:
        await register(rig, raw)
        for payload, opcode in pieces:
            raw.send(payload, opcode, fin=False)
        assert await raw.recv_close() == code


@pytest.mark.parametrize("noise", [("", PING), ("", PONG), ("3", TEXT), ("6", TEXT), ('4399["x"]', TEXT)])
async def test_a_flood_of_what_leads_nowhere_closes(rig: SocketRig, noise: tuple[str, int]) -> None:
    async with raw_websocket(rig.url) as raw:
        await register(rig, raw)
        for _ in range(1_001):
            raw.send(*noise)
        assert await raw.recv_close() == 1008


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe8bye", b"\x0f\xa0"])
async def test_a_close_of_the_peer(rig: SocketRig, payload: bytes, eventually: Any) -> None:
    async with raw_websocket(rig.url) as raw:
        await register(rig, raw)
        raw.send(payload, CLOSE)
        opcode, _ = await raw.recv()
        assert opcode == CLOSE
        assert await raw.reader.read() == b""
        await eventually(lambda: [reason for _, reason in rig.ended] == ["transport close"])


async def test_an_engine_close_of_the_peer(rig: SocketRig, eventually: Any) -> None:
    async with raw_websocket(rig.url) as raw:
        await register(rig, raw)
        raw.send("1")
        assert await raw.recv_close() == 1000
        await eventually(lambda: [reason for _, reason in rig.ended] == ["client disconnect"])


async def test_everything_of_one_tick_is_one_write(rig: SocketRig) -> None:
    user = rig.user()
    async with rig.client(user) as client:
        writes: list[int] = []
        link: Any = rig.connections[0].link
        link.carrier = _Counted(link.carrier, writes)
        for number in range(50):
            rig.sockets.deliver([user.id.int], b'42["userOnline",%d]' % number)
        await client.wait_for("userOnline", lambda number: number == 49)
        assert client.of("userOnline") == list(range(50))
        assert writes == [50]


class _Counted:
    """A carrier that notes how many packets it sends at once."""

    def __init__(self, carrier: Any, writes: list[int]) -> None:
        self._carrier = carrier
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._carrier, name)

    def send(self, packets: list[bytes]) -> None:
        self._writes.append(len(packets))
        self._carrier.send(packets)


# ---------------------------------------------------------------- HTTP below it


async def test_a_connection_that_says_nothing() -> None:
    async with run_rig(timing=SHORT) as rig, raw_connection(rig.url) as raw:
        async with asyncio.timeout(SHORT.request_s + 1):
            assert await raw.reader.read() == b""


@pytest.mark.parametrize("head", [b"GET /", b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_trickles(head: bytes) -> None:
    async with run_rig(timing=SHORT) as rig, raw_connection(rig.url) as raw:
        raw.writer.write(head)

        async def trickle() -> None:
            while True:
                raw.writer.write(b"x")
                await asyncio.sleep(0.02)

        trickling = asyncio.ensure_future(trickle())  # noqa: TID251 - awaited below
        try:
            async with asyncio.timeout(SHORT.request_s + 1):
                assert await _read_all(raw) == b""
        finally:
            trickling.cancel()
            await asyncio.gather(trickling, return_exceptions=True)


async def test_a_body_that_trickles(eventually: Any) -> None:
    async with (
        run_rig(timing=SHORT) as rig,
        rig.client(rig.user(), "polling") as client,
        raw_connection(rig.url) as raw,
    ):
        raw.writer.write(f"POST {client.polling_url} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode())
        async with asyncio.timeout(SHORT.request_s + 1):
            assert await _read_all(raw) == b""


async def _read_all(raw: RawWebSocket) -> bytes:
    try:
        return await raw.reader.read()
    except ConnectionError:
        return b""


async def test_a_head_that_does_not_end(rig: SocketRig) -> None:
    async with raw_connection(rig.url) as raw:
        raw.writer.write(b"GET / HTTP/1.1\r\nX-Long: ")
        for _ in range(70):
            raw.writer.write(b"x" * 1_024)
        assert (await raw.reader.readline()).startswith(b"HTTP/1.1 431 ")


async def test_trailers_without_end(rig: SocketRig) -> None:
    async with raw_connection(rig.url) as raw:
        raw.writer.write(b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(400):  # 4 MB, of which 64 KiB are taken
                raw.writer.write(b"X-Line: y\r\n" * 1_000)
                await raw.writer.drain()
        async with asyncio.timeout(5):
            await _read_all(raw)
        assert raw.writer.is_closing() or raw.reader.at_eof()


async def test_a_body_in_small_chunks_is_a_body(rig: SocketRig) -> None:
    async with rig.client(rig.user(), "polling") as client, raw_connection(rig.url) as raw:
        packet = b'42["typing",{}]' + b" " * 40_000
        chunks = b"".join(b"1\r\n" + packet[at : at + 1] + b"\r\n" for at in range(len(packet)))
        head = f"POST {client.polling_url} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        raw.writer.write(head + chunks + b"0\r\n\r\n")
        assert (await raw.reader.readline()).startswith(b"HTTP/1.1 200 ")


async def test_requests_that_wait_for_no_answer(rig: SocketRig) -> None:
    async with raw_connection(rig.url) as raw:
        raw.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 5_000)
        async with asyncio.timeout(5):
            answers = (await _read_all(raw)).count(b"HTTP/1.1 ")
        assert answers < 100


async def test_other_requests_are_served_as_before(rig: SocketRig) -> None:
    async with httpx.AsyncClient(base_url=rig.url) as http:
        for _ in range(3):  # on one connection
            response = await http.get("/socket.io/?EIO=4&transport=polling")
            assert response.status_code == 200


async def test_limits_come_from_the_operator() -> None:
    async with run_rig(limits=Limits(frame_bytes=1_000)) as rig, raw_websocket(rig.url) as raw:
        raw.send(b"4" * 1_001)
        assert await raw.recv_close() == 1009


@pytest.mark.parametrize("opcode", [TEXT, PING, BINARY])
async def test_a_flood_after_the_end_is_not_parsed(
    rig: SocketRig, monkeypatch: pytest.MonkeyPatch, opcode: int, eventually: Any
) -> None:
    """Whoever goes on sending to a socket that the server has closed costs it nothing, and still reads why."""
    parsed = 0
    take = WebSocket.on_ws_frame

    def count(socket: WebSocket, transport: Any, frame: Any) -> None:
        nonlocal parsed
        parsed += 1
        take(socket, transport, frame)

    monkeypatch.setattr(WebSocket, "on_ws_frame", count)
    async with raw_websocket(rig.url) as raw:
        flood = make_frame("4", opcode) * 2_000
        raw.send("9")
        for _ in range(50):
            raw.writer.write(flood)
        assert await raw.recv_close() == 1002
    await eventually(lambda: not rig.sockets.engine.sockets)
    assert parsed < LATE + 1_000  # what was read with the last of them
