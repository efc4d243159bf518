"""Socket.IO packets as bytes, as they go to any transport: an Engine.IO message (`4`) of the namespace `/`."""

from typing import Any, Final

import msgspec

_encode: Final = msgspec.json.Encoder().encode
_PREFIXES: Final[dict[str, bytes]] = {}


def encode_event(name: str, payload: msgspec.Struct) -> bytes:
    """Encode an event without an ack, `42["name",payload]`. Do it once, however many sockets get it."""
    prefix = _PREFIXES.get(name)
    if prefix is None:
        prefix = _PREFIXES[name] = b"42[" + _encode(name) + b","
    return b"".join((prefix, _encode(payload), b"]"))


def encode_ack(ack_id: bytes, result: msgspec.Struct) -> bytes:
    """Encode the answer to an event that came with the ack id `ack_id` (digits), `43id[result]`."""
    return b"".join((b"43", ack_id, b"[", _encode(result), b"]"))


def encode_arguments(name: str, arguments: list[Any], *, ack_id: int | None = None) -> bytes:
    """Encode an event with any arguments, `42id["name",…]`."""
    return b"42" + (b"" if ack_id is None else str(ack_id).encode()) + _encode([name, *arguments])
