"""Bytes of Engine.IO and Socket.IO that are not events: see `bus/packets.py` for those."""

import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import msgspec

from chinwag_protocol.errors import ConnectError, ErrorBody, ErrorCode, ErrorEnvelope

PING: Final = b"2"
CLOSE: Final = b"1"
NOOP: Final = b"6"
PROBE: Final = b"2probe"
PROBED: Final = b"3probe"
UPGRADE: Final = b"5"
DISCONNECT: Final = b"41"
SEPARATOR: Final = b"\x1e"

_encode: Final = msgspec.json.Encoder().encode
_SMALL: Final = tuple(bytes((0x81, size)) for size in range(126))


class Handshake(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The first packet of an Engine.IO session, `0{…}`."""

    sid: str
    upgrades: tuple[str, ...]
    ping_interval: int
    ping_timeout: int
    max_payload: int


def encode_open(handshake: Handshake) -> bytes:
    """Encode the first packet of a session."""
    return b"0" + _encode(handshake)


def encode_connected(sid: str) -> bytes:
    """Encode the answer to a CONNECT that was accepted."""
    return b"40" + _encode({"sid": sid})


def encode_connect_error(error: ErrorBody, namespace: str = "/") -> bytes:
    """Encode the answer to a CONNECT that was refused."""
    prefix = b"44" if namespace == "/" else b"44" + namespace.encode() + b","
    return prefix + _encode(ConnectError(message=error.code, data=error))


def frame_header(size: int) -> bytes:
    """Give the head of an unmasked, final text frame of a WebSocket (RFC 6455, 5.2)."""
    if size < 126:
        return _SMALL[size]
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")


def join_frames(packets: Sequence[bytes]) -> bytes:
    """Frame packets as text messages in a row, for one write."""
    parts: list[bytes] = []
    for packet in packets:
        parts.append(frame_header(len(packet)))
        parts.append(packet)
    return b"".join(parts)


def error_body(code: ErrorCode, message: str, *, retry_after_ms: int | None = None) -> bytes:
    """Encode the error object of HTTP answers."""
    return _encode(ErrorEnvelope(error=ErrorBody(code=code, message=message, retry_after_ms=retry_after_ms)))


def http_refusal(
    status: HTTPStatus, code: ErrorCode, message: str, *, extra: str = "", retry_after_ms: int | None = None
) -> bytes:
    """Encode a whole HTTP answer that refuses a WebSocket; `extra` is further header lines, each with its CR LF."""
    body = error_body(code, message, retry_after_ms=retry_after_ms)
    if retry_after_ms is not None:
        extra += f"Retry-After: {math.ceil(retry_after_ms / 1_000)}\r\n"
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n{extra}\r\n"
    )
    return head.encode("latin-1") + body
