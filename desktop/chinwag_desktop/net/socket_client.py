"""SocketClient: one Socket.IO connection, made for one attempt and then thrown away.

WebSocket first, long polling where something in between does not let WebSockets through. What comes from the server
goes through one queue, in order; calls that wait for an ack fail at once when the link ends.
"""

import asyncio
import logging
import ssl
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final, cast
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Struct

from chinwag_desktop.core.errors import (
    ClientError,
    LinkLost,
    NameNotFound,
    NotChinwag,
    TimedOut,
    TlsFailed,
    error_of,
)
from chinwag_desktop.core.link import Inbound
from chinwag_desktop.net.engine import (
    CLIENT_DISCONNECT,
    LIBRARY_ERRORS,
    NOT_CONNECTED,
    TRANSPORT_CLOSE,
    OrderedClient,
    Traffic,
)
from chinwag_desktop.net.failures import LooseError, chain, failure_of, failure_of_status
from chinwag_protocol.events import CLIENT_EVENTS, ConnectAuth

WEBSOCKET_BUDGET_S: Final = 5.0
"""How long a WebSocket may take to come up before polling is tried in the same attempt."""
TCP_CONNECT_S: Final = 4.0
POLITE_CLOSE_S: Final = 0.5

logger = logging.getLogger(__name__)


class TransportMemory:
    """Remembers over attempts that WebSockets are blocked here, so that not each of them loses five seconds."""

    def __init__(self, *, forget_after: int = 10) -> None:
        self._forget_after = forget_after
        self._polling_left = 0

    def order(self) -> tuple[str, ...]:
        """The transports to try, in order."""
        if self._polling_left > 0:
            self._polling_left -= 1
            return ("polling", "websocket")
        return ("websocket", "polling")

    def worked(self, transport: str, *, after: str | None) -> None:
        """``transport`` came up, after the other one had failed or at once."""
        if transport == "polling" and after == "websocket":
            self._polling_left = self._forget_after


class SocketClient:
    """``sync.ports.Socket`` over python-socketio. All methods belong to the loop's thread."""

    def __init__(
        self,
        server_url: str,
        *,
        ssl_context: ssl.SSLContext,
        memory: TransportMemory | None = None,
        use_system_proxy: bool = True,
        websocket_budget_s: float = WEBSOCKET_BUDGET_S,
    ) -> None:
        self._url = server_url
        self._ssl_context = ssl_context
        self._memory = memory or TransportMemory()
        self._use_system_proxy = use_system_proxy
        self._websocket_budget_s = websocket_budget_s
        self._traffic = Traffic()
        self._client: OrderedClient | None = None
        self._inbound: list[Inbound] = []
        self._news = asyncio.Event()
        self._calls: set[asyncio.Future[Any]] = set()
        self._lost: LinkLost | None = None
        self._refusal: ClientError | None = None
        self._connected = False

    @property
    def transport(self) -> str | None:
        """``websocket`` or ``polling`` while connected."""
        return self._client.eio.current_transport if self._client is not None and self._connected else None

    @property
    def bytes_sent(self) -> int:
        """Payload bytes sent on this connection."""
        return self._traffic.sent

    @property
    def bytes_received(self) -> int:
        """Payload bytes received on this connection."""
        return self._traffic.received

    async def connect(self, auth: ConnectAuth) -> None:
        """Connect and wait for the server's CONNECT. Raises a ClientError; then only ``close`` remains to be called."""
        failed: str | None = None
        order = self._memory.order()
        for number, transport in enumerate(order):
            is_last = number == len(order) - 1
            try:
                await self._try(transport, auth, budget_s=None if is_last else self._websocket_budget_s)
            except ClientError as error:
                if is_last or self._refusal is not None or not _other_transport_may_work(error):
                    raise
                logger.info("%s does not come up (%s), trying %s", transport, error, order[number + 1])
                failed = transport
            else:
                self._memory.worked(transport, after=failed)
                return

    async def receive(self) -> Sequence[Inbound]:
        """The next events, all that have come by now, in order. Raises LinkLost after the last one."""
        while not self._inbound:
            if self._lost is not None:
                raise self._lost
            self._news.clear()
            await self._news.wait()
        events, self._inbound = self._inbound, []
        return events

    async def call(self, event: str, payload: Struct, *, timeout_s: float) -> Any:
        """Send, and wait for the ack: a record of the type that ``CLIENT_EVENTS`` names.

        Raises LinkLost as soon as the link ends, TimedOut, or what the server's error object stands for.
        """
        client = self._client
        if self._lost is not None or client is None or not self._connected:
            raise LinkLost(TRANSPORT_CLOSE)  # nothing was sent: this call has nothing to do with how the link ended
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def acknowledged(*arguments: Any) -> None:
            if not answer.done():
                answer.set_result(arguments[0] if arguments else None)

        self._calls.add(answer)
        try:
            async with asyncio.timeout(timeout_s):
                await client.emit(event, payload, callback=acknowledged)
                return _read_ack(event, await answer)
        except TimeoutError:
            raise TimedOut(f"no answer to {event} within {timeout_s:g} s") from None
        except NOT_CONNECTED:
            raise LinkLost(TRANSPORT_CLOSE) from None
        finally:
            self._calls.discard(answer)

    async def close(self, *, polite: bool = False) -> None:
        """End the link: at once, or after telling the server (``polite``), which may take half a second."""
        client = self._client
        if polite and client is not None and self._connected and self._lost is None:
            self._end(CLIENT_DISCONNECT, None)
            try:
                async with asyncio.timeout(POLITE_CLOSE_S):
                    await client.leave()
            except (OSError, *LIBRARY_ERRORS):
                logger.debug("the server did not hear us leave")
        self._end(CLIENT_DISCONNECT, None)
        await self._discard()

    async def _try(self, transport: str, auth: ConnectAuth, *, budget_s: float | None) -> None:
        await self._discard()
        self._refusal = self._lost = None
        client = self._client = OrderedClient(self._new_session, self._traffic)
        client.on("*", self._on_event)
        client.on_end = self._on_end
        client.on_refused = self._on_refused
        try:
            async with asyncio.timeout(budget_s):
                await client.connect(self._url, auth=auth, transports=[transport], wait_timeout=3_600)
        except (aiohttp.ClientError, OSError, *LIBRARY_ERRORS) as error:
            raise self._explain(error, client) from error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            # What the libraries raise on an answer that is not Engine.IO.
            raise NotChinwag(f"no Engine.IO answer: {type(error).__name__}") from error
        if self._lost is not None:
            raise self._lost
        self._connected = True

    def _explain(self, error: Exception, client: OrderedClient) -> ClientError:
        """Why ``connect`` failed: refused by the server, by something in between, or not reached."""
        if (known := self._refusal or self._lost) is not None:
            return known
        for cause in chain(error):
            if isinstance(cause, aiohttp.WSServerHandshakeError):
                return failure_of_status(cause.status, "the WebSocket handshake")
            if isinstance(cause, aiohttp.ClientError | OSError):
                return failure_of(cause)
        if client.eio.failure is not None:
            return failure_of(client.eio.failure)
        if client.eio.status is not None:
            return failure_of_status(client.eio.status, "long polling")
        return NotChinwag(str(error))

    def _new_session(self, make_websocket: Any) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._ssl_context, force_close=False),
            timeout=aiohttp.ClientTimeout(total=None, connect=TCP_CONNECT_S, sock_connect=TCP_CONNECT_S),
            trust_env=self._use_system_proxy and not _is_loopback(self._url),
            ws_response_class=make_websocket,
            trace_configs=[_no_redirects()],
        )

    def _on_event(self, name: str, *arguments: Any) -> None:
        self._inbound.append(Inbound(name, arguments[0] if arguments else None))
        self._news.set()

    def _on_refused(self, data: Any) -> None:
        body = cast("dict[str, Any]", data).get("data") if isinstance(data, dict) else None
        self._refusal = _read_error(body) or NotChinwag("CONNECT was refused without a reason")

    def _on_end(self, reason: str) -> None:
        client = self._client
        if reason != CLIENT_DISCONNECT:
            self._end(reason, client.eio.close_code() if client is not None else None)

    def _end(self, reason: str, close_code: int | None) -> None:
        """The link is over: remember why, once, and fail every call that waits."""
        if self._lost is not None:
            return
        self._lost = LinkLost(reason, close_code=close_code)
        self._connected = False
        for answer in self._calls:
            if not answer.done():
                answer.set_exception(self._lost)
        self._news.set()

    async def _discard(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.eio.abort()
            await client.eio.finish()


def _no_redirects() -> aiohttp.TraceConfig:
    """CONNECT carries the access token: it goes to the server that was named, and to no other that it names."""

    async def refuse(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, found: aiohttp.TraceRequestRedirectParams
    ) -> None:
        answer = found.response
        raise aiohttp.WSServerHandshakeError(
            answer.request_info, answer.history, status=answer.status, message="redirects are not followed"
        )

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}


def _other_transport_may_work(error: ClientError) -> bool:
    """Not when the link came up and broke, and not when there was no way to the server at all."""
    if isinstance(error, LinkLost | TlsFailed | NameNotFound):
        return False
    return not any(
        isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError) for cause in chain(error)
    )


def _read_ack(event: str, answer: Any) -> Any:
    if isinstance(answer, dict) and "error" in answer:
        raise _read_error(cast("Any", answer)["error"]) or NotChinwag(f"an unreadable error for {event}")
    try:
        return msgspec.convert(answer, CLIENT_EVENTS[event].ack)
    except msgspec.ValidationError as error:
        raise NotChinwag(f"an unreadable ack for {event}: {error}") from error


def _read_error(body: Any) -> ClientError | None:
    """An error object, read leniently: a newer server may know more codes than we do."""
    try:
        error = msgspec.convert(body, LooseError)
    except msgspec.ValidationError:
        return None
    return error_of(error.code, error.message, field=error.field, retry_after_ms=error.retry_after_ms)
