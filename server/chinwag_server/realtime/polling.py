"""Long polling: the ASGI application behind `/socket.io/`.

A request is refused with an error object and 400 (bad query, unknown session, a body that is no payload), 403 (origin),
405, 413, or 503 while the server drains.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

from chinwag_protocol.errors import ErrorCode
from chinwag_server.realtime.encoding import SEPARATOR, error_body
from chinwag_server.realtime.engine import Engine
from chinwag_server.realtime.link import CloseCode, Link, State
from chinwag_server.realtime.long_poll import LongPoll
from chinwag_server.realtime.peers import Headers, Peers, find_header
from chinwag_server.realtime.strangers import REFUSAL, RETRY_AFTER_MS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_PACKETS: Final = 1_000
"""In one POST. python-engineio's 16 answered 200 and lost the rest."""

_PATIENCE: Final = 16
"""How many times too large a body may be and still be read, to be thrown away, so that its sender reads the answer."""

_AT_FAULT: Final = frozenset({CloseCode.PROTOCOL_ERROR, CloseCode.POLICY})


class Refusal(Exception):
    """A request that is not served."""

    def __init__(self, status: HTTPStatus, code: ErrorCode, message: str, *, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(code, message, retry_after_ms=retry_after_ms)
        self.retry_after_ms = retry_after_ms


class PollingApp:
    """The ASGI application for HTTP requests to `/socket.io/`."""

    def __init__(self, engine: Engine, peers: Peers) -> None:
        self._engine = engine
        self._peers = peers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers: Headers = scope["headers"]
        wait_ms = None
        try:
            status, body = HTTPStatus.OK, await self._serve(scope, headers, receive)
        except Refusal as refusal:
            status, body, wait_ms = refusal.status, refusal.body, refusal.retry_after_ms
        answer = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
        if status is not HTTPStatus.OK:
            answer[0] = (b"content-type", b"application/json")
            answer.append((b"connection", b"close"))
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            answer.append((b"allow", b"GET, POST"))
        if wait_ms is not None:
            answer.append((b"retry-after", str(math.ceil(wait_ms / 1_000)).encode()))
        answer += self._cors(scope, headers)
        answer.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status.value, "headers": answer})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _serve(self, scope: Scope, headers: Headers, receive: Receive) -> bytes:
        connection: dict[str, Any] = scope.get("extensions", {}).get("chinwag.transport", {})
        transport: asyncio.Transport | None = connection.get("transport")
        peer: str = connection["peer"] if connection else (scope.get("client") or ("", 0))[0]
        if not self._peers.allows_origin(peer, headers):
            raise Refusal(HTTPStatus.FORBIDDEN, ErrorCode.FORBIDDEN, "this origin is not allowed")
        method: str = scope["method"]
        if method == "OPTIONS":
            return b""
        if method not in {"GET", "POST"}:
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, ErrorCode.INVALID, "this method is not allowed here")
        sid = _read_query(scope["query_string"])
        if sid is None:
            if method == "POST":
                raise _bad("a session begins with GET")
            return self._open(self._peers.address(peer, headers))
        link = self._engine.find_link(sid)
        if link is None or not isinstance(link.carrier, LongPoll):
            raise _bad("there is no such session")
        if link.known and connection:
            connection["known"]()
        if method == "GET":
            return await self._get(link.carrier, transport)
        return await self._post(link, link.carrier, headers, receive)

    def _open(self, address: str) -> bytes:
        if self._engine.draining:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.UNAVAILABLE, "the server is shutting down")
        place = self._engine.strangers.take(address)
        if place is None:
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.RATE_LIMITED, REFUSAL, retry_after_ms=RETRY_AFTER_MS)
        link = self._engine.open_link(lambda link: LongPoll(self._engine, link), address=address, place=place)
        return self._engine.handshake(link)

    async def _get(self, carrier: LongPoll, transport: asyncio.Transport | None) -> bytes:
        packets = await carrier.get(lambda: transport is None or not transport.is_closing())
        if packets is None:
            raise _bad("the session is over")
        return SEPARATOR.join(packets)

    async def _post(self, link: Link, carrier: LongPoll, headers: Headers, receive: Receive) -> bytes:
        if link.state is not State.OPEN:
            raise _bad("the session is over")
        if not carrier.begin_post():
            link.end("overlapping requests", code=CloseCode.PROTOCOL_ERROR)
            raise _bad("a POST of this session is under way")
        try:
            return await self._take(link, await self._read_body(headers, receive))
        finally:
            carrier.end_post()

    async def _take(self, link: Link, body: bytes) -> bytes:
        packets = body.split(SEPARATOR)
        if len(packets) > MAX_PACKETS or not all(map(_is_packet, packets)) or not _is_text(body):
            link.end("malformed payload", code=CloseCode.PROTOCOL_ERROR)
            raise _bad("the body is no payload of Engine.IO")
        for packet in packets:
            await link.ready()
            link.receive(packet)
        await link.ready()
        if link.close_code in _AT_FAULT:
            raise _bad("the session was closed")
        return b"ok"

    async def _read_body(self, headers: Headers, receive: Receive) -> bytes:
        limit = self._engine.limits.frame_bytes
        length = find_header(headers, b"content-length")
        told = 0 if length is None else int(length)
        body = bytearray()
        received = 0
        while max(told, received) <= limit * _PATIENCE:
            message = await receive()
            if message["type"] != "http.request":
                raise _bad("the client went away")
            piece: bytes = message.get("body", b"")
            received += len(piece)
            if received <= limit:
                body += piece
            if not message.get("more_body", False):
                break
        if max(told, received) <= limit:
            return bytes(body)
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_LARGE, f"a body is at most {limit} bytes")

    def _cors(self, scope: Scope, headers: Headers) -> list[tuple[bytes, bytes]]:
        """None by default: only origins that the operator allowed may read answers."""
        origin = self._peers.allows_cross_origin(headers)
        if origin is None:
            return []
        answer = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
        if scope["method"] == "OPTIONS":
            answer += [
                (b"access-control-allow-methods", b"GET, POST"),
                (b"access-control-allow-headers", b"content-type"),
                (b"access-control-max-age", b"600"),
            ]
        return answer


def _read_query(raw: bytes) -> str | None:
    """Check the query and give the sid, if there is one."""
    try:
        query = parse_qs(raw.decode("ascii"), max_num_fields=20)
    except ValueError:
        raise _bad("the query cannot be read") from None
    if query.get("transport") != ["polling"]:
        raise _bad("the transport is `polling`, or `websocket` with an Upgrade")
    if query.get("EIO") != ["4"]:
        raise _bad("this server speaks Engine.IO 4")
    if "j" in query:
        raise _bad("JSONP is not served")
    sids = query.get("sid", [])
    if len(sids) > 1:
        raise _bad("there is more than one sid")
    return sids[0] if sids else None


def _is_packet(packet: bytes) -> bool:
    return packet[:1] in (b"4", b"3", b"1", b"6")


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bad(message: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, ErrorCode.INVALID, message)
