"""WebSocket handshakes: who is let in.

A WebSocket under `/socket.io/` is accepted here, without ASGI in between: its query, its Origin and its session are
checked, and the answer and the first packet of the session leave as one write. Any other WebSocket is refused.
"""

import asyncio
import base64
import binascii
import socket
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from chinwag_protocol.errors import ErrorCode
from chinwag_server.realtime.encoding import frame_header, http_refusal
from chinwag_server.realtime.engine import Engine
from chinwag_server.realtime.link import Link
from chinwag_server.realtime.peers import Headers, Peers, find_header
from chinwag_server.realtime.picows_protocol import hand_over
from chinwag_server.realtime.room import Room
from chinwag_server.realtime.strangers import REFUSAL, RETRY_AFTER_MS, Place
from chinwag_server.realtime.websocket import WebSocket
from chinwag_server.tls import abort

PATH: Final = "/socket.io/"
SEND_BUFFER_BYTES: Final = 64 * 1024
RECEIVE_BUFFER_BYTES: Final = 64 * 1024
USER_TIMEOUT_MS: Final = 10_000
GOODBYE_S: Final = 0.5
"""From refusing a connection to dropping it whatever the peer does."""


class WebSocketGate:
    """Accepts and refuses WebSockets."""

    def __init__(self, engine: Engine, peers: Peers) -> None:
        self.engine = engine
        self.peers = peers
        self.room = Room()

    def admit(self, transport: asyncio.Transport, *, peer: str, method: bytes, target: bytes, headers: Headers) -> bool:
        """Take the connection over, or refuse and close it (False). `peer` is the address at its other end."""
        try:
            key = _read_key(method, headers)
            link = self._find_link(target)
        except ValueError as error:
            return refuse(transport, HTTPStatus.BAD_REQUEST, ErrorCode.INVALID, str(error))
        except LookupError:
            return refuse(transport, HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND, "there is no WebSocket here")
        if find_header(headers, b"sec-websocket-version") != "13":
            extra = "Sec-WebSocket-Version: 13\r\n"
            message = "version 13 of WebSocket is needed"
            return refuse(transport, HTTPStatus.UPGRADE_REQUIRED, ErrorCode.INVALID, message, extra=extra)
        if not self.peers.allows_origin(peer, headers):
            return refuse(transport, HTTPStatus.FORBIDDEN, ErrorCode.FORBIDDEN, "this origin is not allowed")
        if self.engine.draining:
            message = "the server is shutting down"
            return refuse(transport, HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.UNAVAILABLE, message)
        address = self.peers.address(peer, headers)
        place = self.engine.strangers.take(address)
        if place is None:
            return refuse_stranger(transport)
        self._accept(transport, key=key, address=address, link=link, place=place)
        return True

    def _find_link(self, target: bytes) -> Link | None:
        """Check path and query; give the session that wants to move here. Raises LookupError, ValueError."""
        parts = urlsplit(target.decode("ascii"))
        if parts.path not in (PATH, PATH[:-1]):
            raise LookupError(parts.path)
        query = parse_qs(parts.query, max_num_fields=20)
        if query.get("transport") != ["websocket"] or query.get("EIO") != ["4"]:
            raise ValueError("the query is `EIO=4&transport=websocket`, and `sid` for a session that polls")
        match query.get("sid"):
            case None:
                return None
            case [sid] if (link := self.engine.find_link(sid)) is not None and link.can_upgrade:
                return link
            case _:
                raise ValueError("there is no such session, or it cannot be upgraded")

    def _accept(self, transport: asyncio.Transport, *, key: str, address: str, link: Link | None, place: Place) -> None:
        _set_options(transport)
        transport.set_write_buffer_limits(high=0)
        carrier = WebSocket(self.engine, transport)
        first = b""
        if link is None:
            link = self.engine.open_link(lambda _: carrier, address=address, place=place)
            carrier.begin(link)
            packet = self.engine.handshake(link)
            first = frame_header(len(packet)) + packet
        else:
            carrier.probe(link, place)
        hand_over(transport, carrier, key=key, first=first, max_frame=self.engine.limits.frame_bytes)


def _set_options(transport: asyncio.Transport) -> None:
    """Keep little in the kernel for a peer that does not read, and give up one that does not acknowledge."""
    connection: socket.socket = transport.get_extra_info("socket")
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)  # a flood waits at its sender
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


def _read_key(method: bytes, headers: Headers) -> str:
    key = find_header(headers, b"sec-websocket-key") or ""
    try:
        if method == b"GET" and len(base64.b64decode(key, validate=True)) == 16:
            return key
    except (binascii.Error, ValueError):
        pass
    raise ValueError("the handshake of the WebSocket is malformed")


def refuse(
    transport: asyncio.Transport,
    status: HTTPStatus,
    code: ErrorCode,
    message: str,
    *,
    extra: str = "",
    retry_after_ms: int | None = None,
) -> bool:
    transport.write(http_refusal(status, code, message, extra=extra, retry_after_ms=retry_after_ms))
    transport.close()
    asyncio.get_running_loop().call_later(GOODBYE_S, abort, transport)  # over TLS an end in peace takes an answer
    return False


def refuse_stranger(transport: asyncio.Transport) -> bool:
    """One connection too many of an address."""
    status = HTTPStatus.TOO_MANY_REQUESTS
    return refuse(transport, status, ErrorCode.RATE_LIMITED, REFUSAL, retry_after_ms=RETRY_AFTER_MS)
