"""A Socket.IO 4 client of the tests' own: httpx and websockets, nothing that the product or its client uses.

    async with ForeignClient.connect(url, token=token, user_id=user_id, transport="polling") as client:
        ack = await client.call("sendMessage", {"tempId": …, "text": "hi"})
        event = await client.wait_for("newMessage", lambda message: message["tempId"] == …)

`transport` is `websocket` (at once), `polling` (only), or `upgrade` (polling, then a WebSocket takes over, as default
clients do it). `connect` sends CONNECT and `register-user`; with `register=False` only CONNECT, with `open_only=True` nothing.
Errors come as they are on the wire: `call` returns `{"error": …}`, a refused CONNECT raises `ConnectRefused`.

Everything that came is kept: `events` as (name, payload), `packets` as text. What must not happen can be looked for there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import websockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

TRANSPORTS = ("websocket", "polling", "upgrade")
SEPARATOR = "\x1e"
PATIENCE_S = 10.0
_TLS = ssl.create_default_context()


class ConnectRefused(Exception):
    """CONNECT_ERROR; `body` is its payload, `code` its message."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(body)
        self.body = body
        self.code: str = body["message"]


class Closed(Exception):
    """The connection ended while something was awaited."""


class ForeignClient:
    """One socket. Make it with `connect` or `open`."""

    def __init__(
        self, url: str, *, headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.headers = dict(headers or {})
        self.handshake: dict[str, Any] = {}
        self._tls = tls
        self.sid: str | None = None
        self.registered: dict[str, Any] | None = None
        """The ack of `register-user`."""
        self.events: list[tuple[str, Any]] = []
        self.packets: list[str] = []
        self.disconnected = asyncio.Event()
        """DISCONNECT came."""
        self.closed = asyncio.Event()
        """The transport is gone."""
        self.close_code: int | None = None
        self.answers_pings = True
        self.seen: dict[str, int] = {}
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._next_ack = 0
        self._taken: set[int] = set()
        self._changed = asyncio.Event()
        # the context is shared: loading the authorities' certificates takes longer than most tests
        self._http = httpx.AsyncClient(
            base_url=self.url, headers=self.headers, timeout=30, trust_env=False, verify=tls or _TLS
        )
        self._ws: websockets.ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._posting = asyncio.Lock()
        self._polling: asyncio.Task[None] | None = None
        self._moving = False

    # ------------------------------------------------------------ making one

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(
        cls,
        url: str,
        *,
        token: str = "",
        user_id: object = "",
        transport: str = "websocket",
        auth: object = None,
        register: bool = True,
        open_only: bool = False,
        headers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> AsyncIterator[ForeignClient]:
        """Open a socket, CONNECT and register, and close it at the end."""
        client = cls(url, headers=headers, tls=tls)
        try:
            await client.open(transport)
            if not open_only:
                if auth is None:
                    auth = {"token": token, "userId": str(user_id), "protocol": 1}
                await client.send_connect(auth)
                if register:
                    client.registered = await client.call("register-user", {"userId": str(user_id)})
                    assert "error" not in client.registered, client.registered
            yield client
        finally:
            await client.close()

    async def open(self, transport: str = "websocket") -> None:
        """Begin an Engine.IO session."""
        assert transport in TRANSPORTS, transport
        if transport == "websocket":
            self._ws = await self._open_ws("EIO=4&transport=websocket")
            self._take(await self._ws.recv())
            self._spawn(self._read_ws(self._ws))
            return
        response = await self._http.get("/socket.io/?EIO=4&transport=polling")
        response.raise_for_status()
        for packet in response.text.split(SEPARATOR):
            self._take(packet)
        assert self.handshake["upgrades"] == ["websocket"], self.handshake
        if transport == "upgrade":
            await self.upgrade()
        else:
            self._polling = self._spawn(self._poll())

    async def upgrade(self, *, while_upgrading: Callable[[], Any] | None = None) -> None:
        """Move a session that polls to a WebSocket, with a GET pending, as a browser does it, also in mid-flow.

        `while_upgrading` is called, and awaited, between the probe and the move.
        """
        self._moving = True
        polling = self._polling or asyncio.ensure_future(self._poll_once())  # noqa: TID251 - awaited below
        ws = await self._open_ws(f"EIO=4&transport=websocket&sid={self.handshake['sid']}")
        await ws.send("2probe")
        assert await asyncio.wait_for(ws.recv(), PATIENCE_S) == "3probe"
        await asyncio.wait_for(polling, PATIENCE_S)  # the server has to let go of it
        if while_upgrading is not None:
            await while_upgrading()
        await ws.send("5")
        self._ws = ws
        self._spawn(self._read_ws(ws))

    async def send_connect(self, auth: object, namespace: str = "/") -> None:
        """CONNECT. Raises ConnectRefused."""
        prefix = "40" if namespace == "/" else f"40{namespace},"
        await self.send_packet(prefix + ("" if auth is None else json.dumps(auth)))
        answer = await self._wait(lambda: self._find_packet(prefix, "44" + prefix[2:]))
        if answer.startswith("44"):
            raise ConnectRefused(json.loads(answer[len(prefix) :]))
        self.sid = json.loads(answer[len(prefix) :])["sid"]

    # ------------------------------------------------------------ using it

    async def call(self, event: str, *arguments: Any, timeout_s: float = PATIENCE_S) -> Any:
        """Send an event and wait for its ack. Raises Closed, TimeoutError."""
        return await asyncio.wait_for(await self.start(event, *arguments), timeout_s)

    async def start(self, event: str, *arguments: Any) -> asyncio.Future[Any]:
        """Send an event and give the future of its ack."""
        self._next_ack += 1
        ack = self.expect_ack(self._next_ack)
        await self.send_packet(f"42{self._next_ack}{json.dumps([event, *arguments])}")
        return ack

    def expect_ack(self, number: int) -> asyncio.Future[Any]:
        """Give the future of an ack, for an event that is sent as a packet."""
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        ack.add_done_callback(_look_at)
        self._acks[number] = ack
        return ack

    async def emit(self, event: str, *arguments: Any) -> None:
        """Send an event without an ack."""
        await self.send_packet("42" + json.dumps([event, *arguments]))

    async def wait_for(
        self, event: str, predicate: Callable[[Any], bool] = lambda _: True, *, timeout_s: float = PATIENCE_S
    ) -> Any:
        """Give the payload of the first event like this that was not given before, waiting for it if need be."""

        def find() -> list[Any] | None:
            for index, (name, payload) in enumerate(self.events):
                if index not in self._taken and name == event and predicate(payload):
                    self._taken.add(index)
                    return [payload]
            return None

        return (await self._wait(find, timeout_s=timeout_s))[0]

    def of(self, event: str) -> list[Any]:
        """The payloads of all events of this name, in the order they came."""
        return [payload for name, payload in self.events if name == event]

    async def send_packet(self, *packets: str | bytes) -> None:
        """Send packets of Engine.IO as they are: over polling as one payload."""
        if self._ws is not None:
            try:
                for packet in packets:
                    await self._ws.send(packet)
            except websockets.ConnectionClosed as closed:
                raise Closed(str(closed)) from closed
            return
        response = await self.post(SEPARATOR.join(str(packet) for packet in packets))
        if response.status_code != 200:
            raise Closed(f"{response.status_code} {response.text}")

    async def post(self, body: str | bytes) -> httpx.Response:
        """POST to a session that polls."""
        async with self._posting:
            return await self._http.post(self.polling_url, content=body)

    async def get(self) -> httpx.Response:
        """GET from a session that polls."""
        return await self._http.get(self.polling_url)

    @property
    def polling_url(self) -> str:
        return f"/socket.io/?EIO=4&transport=polling&sid={self.handshake['sid']}"

    @property
    def ws(self) -> websockets.ClientConnection:
        """The WebSocket, for what only a WebSocket can do wrong."""
        assert self._ws is not None
        return self._ws

    async def disconnect(self) -> None:
        """Say goodbye, as a client does that signs out."""
        await self.send_packet("41")
        await self.close()

    async def wait_closed(self, *, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the server has closed the transport: over polling, until it does not know the session."""
        await asyncio.wait_for(self.closed.wait(), timeout_s)

    async def close(self) -> None:
        """Close the connection, as a client does that has had enough."""
        if self._ws is None and self.handshake and not self.closed.is_set():
            with contextlib.suppress(httpx.HTTPError):
                await self.post("1")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._ws is not None:
            await self._ws.close()
        await self._http.aclose()
        self._gone()

    # ------------------------------------------------------------ what comes in

    async def _open_ws(self, query: str) -> websockets.ClientConnection:
        target = "ws" + self.url.removeprefix("http") + "/socket.io/?" + query
        return await websockets.connect(
            target,
            additional_headers=self.headers,
            compression=None,
            ping_interval=None,
            max_size=None,
            proxy=None,
            ssl=(self._tls or _TLS) if target.startswith("wss") else None,
        )

    def _spawn(self, coroutine: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(coroutine)  # noqa: TID251 - `close` ends it
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _read_ws(self, ws: websockets.ClientConnection) -> None:
        try:
            async for packet in ws:
                self._take(packet)
                if packet == "2" and self.answers_pings:
                    with contextlib.suppress(websockets.ConnectionClosed):  # there may be more to read all the same
                        await ws.send("3")
        except websockets.ConnectionClosed:
            pass
        finally:
            self.close_code = ws.close_code
            self._gone()

    async def _poll(self) -> None:
        moved = False
        try:
            while await self._poll_once() and not moved:
                moved = self._moving
        except httpx.HTTPError:
            pass
        finally:
            if not moved:
                self._gone()

    async def _poll_once(self) -> bool:
        response = await self.get()
        if response.status_code != 200:
            return False
        for packet in response.text.split(SEPARATOR):
            self._take(packet)
            if packet == "1":
                return False
            if packet == "2" and self.answers_pings:
                await self.post("3")
        return True

    def _take(self, packet: str | bytes) -> None:
        assert isinstance(packet, str), packet
        self.packets.append(packet)
        if packet[0] == "0":
            self.handshake = json.loads(packet[1:])
        elif packet.startswith("42"):
            name, *arguments = json.loads(packet[packet.index("[") :])
            self.events.append((name, arguments[0] if arguments else None))
        elif packet.startswith("43"):
            number, _, rest = packet[2:].partition("[")
            ack = self._acks.pop(int(number), None)
            assert ack is not None, f"an ack nobody waits for: {packet}"
            if not ack.done():
                arguments = json.loads("[" + rest)
                ack.set_result(arguments[0] if arguments else None)
        elif packet.startswith("41"):
            self.disconnected.set()
        self._changed.set()

    def _gone(self) -> None:
        self.closed.set()
        self._changed.set()
        for ack in self._acks.values():
            if not ack.done():
                ack.set_exception(Closed("before the ack"))
        self._acks.clear()

    def _find_packet(self, *prefixes: str) -> str | None:
        return next((packet for packet in self.packets if packet.startswith(prefixes)), None)

    async def _wait(self, find: Callable[[], Any], *, timeout_s: float = PATIENCE_S) -> Any:
        async with asyncio.timeout(timeout_s):
            while not (found := find()):
                if self.closed.is_set():
                    raise Closed(f"close code {self.close_code}")
                self._changed.clear()
                await self._changed.wait()
            return found


def _look_at(ack: asyncio.Future[Any]) -> None:
    """Keep asyncio from complaining of acks that a test did not care for."""
    if not ack.cancelled():
        ack.exception()
