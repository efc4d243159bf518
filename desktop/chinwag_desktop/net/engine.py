"""python-socketio as we need it: ordered, bounded, measured, and honest about why a link ended.

Everything here that touches private names of python-socketio 5.18, python-engineio 4.15 or aiohttp has a test in
``tests/contract/test_socket_client.py`` that reproduces what would go wrong without it; the versions are pinned.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import aiohttp
import msgspec

from chinwag_desktop.core.errors import TooMuch
from chinwag_desktop.net.hidden import hidden

# Importing socketio pulls in the redis and valkey clients for its server half: 0.6 s and 30 MB where they are installed.
with hidden("redis", "valkey"):
    import engineio
    import engineio.base_client
    import engineio.exceptions
    import engineio.packet
    import socketio
    import socketio.exceptions
    import socketio.packet

LIBRARY_ERRORS: Final = (engineio.exceptions.EngineIOError, socketio.exceptions.SocketIOError)
NOT_CONNECTED: Final = socketio.exceptions.BadNamespaceError

SERVER_DISCONNECT: Final = "io server disconnect"
TRANSPORT_CLOSE: Final = "transport close"
TRANSPORT_ERROR: Final = "transport error"
PING_TIMEOUT: Final = "ping timeout"
CLIENT_DISCONNECT: Final = "client disconnect"
"""Why a link ended, in the words of the original design."""

POLL_BYTES: Final = 8 * 1_048_576
"""The longest answer to a poll: a server keeps 2 MB for whom it waits, in several packets."""

logger = logging.getLogger(__name__)

_SILENT = logging.Logger("chinwag_desktop.net.engine.silent")
_SILENT.disabled = True  # the libraries would log tokens and message texts


class _Json:
    """The JSON of our packets: strict (no NaN, no Infinity), and it writes records as they are."""

    @staticmethod
    def loads(text: str) -> Any:
        return msgspec.json.decode(text)

    @staticmethod
    def dumps(data: Any, **_options: Any) -> str:
        return msgspec.json.encode(data).decode()


class ClientPacket(socketio.packet.Packet):
    """A Socket.IO packet without binary parts, with JSON of its own (the library's is one for the whole process)."""

    uses_binary_events = False
    json = _Json


class PolledAnswer(NamedTuple):
    """What engineio wants of an answer to a poll."""

    status: int
    body: bytes

    async def read(self) -> bytes:
        """What there is."""
        return self.body

    async def json(self) -> None:
        """Nothing: why a server refuses us is said in its answer to CONNECT."""


class Traffic:
    """Bytes of payload that went over one link."""

    def __init__(self) -> None:
        self.sent = 0
        self.received = 0


class MeasuredWebSocket(aiohttp.ClientWebSocketResponse):
    """Counts what passes, and remembers how reading ended."""

    ending: str | None = None
    traffic: Traffic | None = None

    async def receive(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - aiohttp's signature
        try:
            message: Any = await super().receive(timeout)
        except (TimeoutError, asyncio.CancelledError):
            # engineio waits one ping interval and timeout, then cancels this.
            self.ending = PING_TIMEOUT
            raise
        if message.type is aiohttp.WSMsgType.ERROR:
            self.ending = TRANSPORT_ERROR
        elif not isinstance(message.data, str | bytes):
            self.ending = TRANSPORT_CLOSE
        elif self.traffic is not None:
            self.traffic.received += len(message.data)
        return message

    def abort(self) -> None:
        """Drop the connection; aiohttp only knows a close that waits for the peer."""
        # CPython 3.11.2 (Debian 12) raises where a TLS transport was closed twice, as aiohttp does
        with contextlib.suppress(AttributeError):
            self._writer.transport.abort()
        self._response.close()

    async def send_str(self, data: str, compress: int | None = None) -> None:
        if self.traffic is not None:
            self.traffic.sent += len(data)
        await super().send_str(data, compress)


class OrderedEngine(engineio.AsyncClient):
    """The Engine.IO client: packets are handled one after another, not each in a task of its own."""

    # Attributes of the library that it does not annotate.
    http: Any
    ws: Any
    queue: asyncio.Queue[Any]
    read_loop_task: Any
    write_loop_task: Any
    current_transport: str | None

    traffic: Traffic
    on_nonsense: Callable[[], None]
    failure: BaseException | None = None
    """What the last polling request died of."""
    status: int | None = None
    """The HTTP status of the last polling request that was refused."""

    async def _receive_packet(self, pkt: Any) -> None:
        if pkt.packet_type != engineio.packet.MESSAGE:
            await super()._receive_packet(pkt)
            return
        try:
            if isinstance(pkt.data, bytes):
                raise ValueError("a binary packet")
            await self.handlers["message"](pkt.data)
        except Exception as error:  # noqa: BLE001 - whatever a packet does, the read loop must not die of it in silence
            logger.warning("a packet that makes no sense ends the link: %s", type(error).__name__)
            self.on_nonsense()
            self.abort()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._opened: list[MeasuredWebSocket] = []

    def make_websocket(self, *arguments: Any, **options: Any) -> MeasuredWebSocket:
        """What aiohttp makes WebSockets with: each is known from its handshake on, so that none is left open."""
        websocket = MeasuredWebSocket(*arguments, **options)
        websocket.traffic = self.traffic
        self._opened.append(websocket)
        return websocket

    async def _send_request(
        self,
        method: str,
        url: str,
        headers: Any = None,
        body: Any = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
    ) -> Any:
        """Like the library's, but bounded, and the reason of a failure is kept."""
        try:
            response = await self.http.request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=aiohttp.ClientTimeout(total=timeout),
                allow_redirects=False,
            )
            content = await _whole(response)
        except (aiohttp.ClientError, TimeoutError, TooMuch) as error:
            self.failure = error
            return str(error) or type(error).__name__
        self.traffic.sent += len(body or "")
        self.traffic.received += len(content)
        if not 200 <= response.status < 300:
            self.status = response.status
        return PolledAnswer(response.status, content)

    def ending(self) -> str:
        """Why the transport ended, for a link that we did not end ourselves."""
        if isinstance(self.ws, MeasuredWebSocket) and self.current_transport == "websocket":
            return self.ws.ending or TRANSPORT_ERROR
        if isinstance(self.failure, TimeoutError):
            return PING_TIMEOUT
        return TRANSPORT_CLOSE if self.status == 400 else TRANSPORT_ERROR

    def close_code(self) -> int | None:
        """The WebSocket close code or the HTTP status that ended the transport."""
        if isinstance(self.ws, MeasuredWebSocket) and self.current_transport == "websocket":
            return self.ws.close_code
        return self.status

    def abort(self) -> None:
        """Drop the connection with everything unsent in it; nothing is waited for."""
        for websocket in self._opened:
            websocket.abort()
        connector: Any = getattr(self.http, "connector", None)
        for protocol in list(getattr(connector, "_acquired", ())):
            if protocol.transport is not None:
                protocol.transport.abort()

    async def finish(self) -> None:
        """End what the library left running after ``abort``."""
        tasks: list[asyncio.Task[Any]] = [
            task for task in (self.read_loop_task, self.write_loop_task) if task is not None and not task.done()
        ]
        tasks = [task for task in tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self in engineio.base_client.connected_clients:
            engineio.base_client.connected_clients.remove(self)
        if self.http is not None:
            await self.http.close()


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """The body of an answer. Raises TooMuch."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > POLL_BYTES:
            response.close()
            raise TooMuch(f"more than {POLL_BYTES} bytes in answer to a poll")
    return bytes(body)


class OrderedClient(socketio.AsyncClient):
    """The Socket.IO client for one connection: no reconnection, no signal handlers, no logging of its own."""

    eio: OrderedEngine

    def __init__(
        self, make_session: Callable[[Callable[..., MeasuredWebSocket]], aiohttp.ClientSession], traffic: Traffic
    ) -> None:
        # A dict, because the library annotates neither the loggers nor the packet class that it takes.
        options: dict[str, Any] = {
            "reconnection": False,
            "handle_sigint": False,
            "serializer": ClientPacket,
            "logger": _SILENT,
            "engineio_logger": _SILENT,
            "request_timeout": 5,
        }
        super().__init__(**options)
        self.eio.traffic = traffic
        self.eio.http = make_session(self.eio.make_websocket)
        self.eio.external_http = True
        self.eio.on_nonsense = lambda: self._ended(TRANSPORT_ERROR)
        self.on_end: Callable[[str], None] | None = None
        """Called with the disconnect reason when the link ends, also while it is still coming up."""
        self.on_refused: Callable[[Any], None] | None = None
        """Called with what CONNECT_ERROR brought."""

    async def leave(self) -> None:
        """Say DISCONNECT and end the transport. (The library's ``disconnect`` closes it before that is written.)"""
        if self.connected:
            await self._send_packet(ClientPacket(socketio.packet.DISCONNECT, namespace="/"))
        await self.eio.queue.join()
        await self.eio.disconnect()

    async def _handle_disconnect(self, namespace: str | None) -> None:
        """DISCONNECT. The library would await its own read loop from within it: the transport is aborted instead."""
        del namespace
        self._ended(SERVER_DISCONNECT)
        self.eio.abort()

    async def _handle_error(self, namespace: str | None, data: Any) -> None:
        """CONNECT_ERROR. (The event ``connect_error`` would also tell of transports that did not come up.)"""
        if self.on_refused is not None:
            self.on_refused(data)
        await super()._handle_error(namespace, data)

    async def _handle_eio_disconnect(self, reason: str) -> None:
        self._ended(self._reason(reason))
        await super()._handle_eio_disconnect(reason)

    def _ended(self, reason: str) -> None:
        if self.on_end is not None:
            self.on_end(reason)
        if not self.connected and self._connect_event is not None:
            # The library's connect would wait for a namespace that cannot come any more.
            self.failed_namespaces.append("/")
            self._connect_event.set()

    def _reason(self, reason: str) -> str:
        if reason == self.eio.reason.CLIENT_DISCONNECT:
            return CLIENT_DISCONNECT
        if reason == self.eio.reason.SERVER_DISCONNECT:
            return TRANSPORT_CLOSE  # Engine.IO CLOSE: the server ended the transport, not the session
        return self.eio.ending()

    def _engineio_client_class(self) -> type[OrderedEngine]:
        return OrderedEngine
