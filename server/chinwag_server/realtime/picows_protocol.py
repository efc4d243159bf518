"""picows behind a handshake of our making: its private names are used here, and nowhere else.

picows parses a handshake itself, and takes offence at what Firefox puts into `Connection`. So it gets one of ours, and
an answer of ours that carries the first packet of the session. And where picows would drop a connection 10 ms after a
violation, often before its last frame has arrived, `WebSocket.gave_up` decides.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows import picows as native

from chinwag_server.realtime.drain import drain
from chinwag_server.realtime.websocket import WebSocket

_READ_BUFFER: Final = 2_048
_TCP_FAMILIES: Final = (socket.AF_INET, socket.AF_INET6)
_log: Final = logging.getLogger(__name__)
_REQUEST: Final = (
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n"
)


class _Accepted(WSUpgradeResponse):
    """The answer that accepts, followed by what the server says first."""

    __slots__ = ("first",)

    def __init__(self, first: bytes) -> None:
        self.status = HTTPStatus.SWITCHING_PROTOCOLS
        self.headers: Any = {}
        self.first = first

    def to_bytes(self) -> bytearray:
        accept = self.headers["Sec-WebSocket-Accept"].encode()
        return bytearray(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n\r\n%b" % (accept, self.first)
        )


class _Reins:
    """What picows holds of a transport. All is the transport's own but `close`, by which picows gives up a connection."""

    __slots__ = ("_transport", "abort", "close", "get_write_buffer_size", "write", "writelines")

    def __init__(self, transport: asyncio.Transport, gave_up: Callable[[], None]) -> None:
        self._transport = transport
        self.write = transport.write
        self.writelines = transport.writelines
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.abort = transport.abort
        self.close = gave_up

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        found = self._transport.get_extra_info(name, default)
        return _Optionless(found) if name == "socket" and found.family not in _TCP_FAMILIES else found


class _Optionless:
    """A socket of another worker (`relay.py`) as picows sees it, which sets options of TCP on whatever it gets."""

    def __init__(self, connection: socket.socket) -> None:
        self.fileno = connection.fileno

    def setsockopt(self, *_: object) -> None:
        """Set nothing."""

    def getsockopt(self, *_: object) -> int:
        """None is set."""
        return 0


class _PicowsLog:
    """picows logs what peers do as errors of ours, and makes a logger for each connection that it is given one for."""

    def isEnabledFor(self, level: int) -> bool:
        return False

    def debug(self, *_: object) -> None:
        """Say nothing."""

    log = info = warning = error = debug

    def exception(self, message: str, *arguments: object) -> None:
        """Say it: this is a fault of ours."""
        _log.exception(message, *arguments)


_PICOWS_LOG: Final = _PicowsLog()


def hand_over(transport: asyncio.Transport, carrier: WebSocket, *, key: str, first: bytes, max_frame: int) -> None:
    """Accept a WebSocket whose handshake was found good, say `first`, and let picows read from now on."""
    protocol = _make(carrier, first, max_frame)
    protocol.connection_made(_Reins(transport, lambda: _give_up(transport, carrier)))
    request = _REQUEST % key.encode("ascii")
    protocol.get_buffer(len(request))[: len(request)] = request
    protocol.buffer_updated(len(request))
    transport.set_protocol(protocol)


def _make(carrier: WebSocket, first: bytes, max_frame: int) -> Any:
    def accept(_: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        return WSUpgradeResponseWithListener(_Accepted(first), carrier)

    make: Any = getattr(native, "WSProtocol")  # noqa: B009 - the stubs leave it out
    return make(
        None,  # host and port, of a client
        None,  # path, of a client
        False,  # is client
        accept,
        _PICOWS_LOG,
        True,  # disconnect on exception
        None,  # handshake timeout: the handshake is already here
        False,  # pings of its own
        10,
        10,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # pongs of its own: WebSocket counts pings
        max_frame,
        None,  # extra headers
        _READ_BUFFER,
    )


def _give_up(transport: asyncio.Transport, carrier: WebSocket) -> None:
    drain(transport)
    carrier.gave_up()
