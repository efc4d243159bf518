"""The one channel on which nodes talk: what a message on it looks like, and how long they wait for each other."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from chinwag_server.bus.items import Item

CHANNEL: Final = "chinwag:nodes:1"
CALL_TIMEOUT_S: Final = 2.0

Kind = Literal["hello", "items", "bye"]


class BusTiming(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds, and the size of what may wait for a Valkey that is away."""

    hello_s: float = 1.0
    wait_s: float = 0.25
    """How long a listener waits at once."""
    deaf_waits: int = 4
    """After so many waits without the hello that Valkey has confirmed, the listener is deaf."""
    degraded_after_s: float = 3.0
    peer_after_s: float = 10.0
    again_s: float = 0.25
    queued_s: float = 5.0
    queued_bytes: int = 8 * 1024 * 1024
    item_bytes: int = 4 * 1024 * 1024
    """What is larger is not sent: other nodes find it in the database."""


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """One message on the channel. `items` is an encoded list of `Item`, read only by other nodes."""

    node: str
    kind: Kind
    items: msgspec.Raw = msgspec.Raw(b"\x90")


_encode: Final = msgspec.msgpack.Encoder(uuid_format="bytes").encode
read_envelope: Final = msgspec.msgpack.Decoder(Envelope).decode
read_items: Final = msgspec.msgpack.Decoder(list[Item]).decode


def write_envelope(node: str, kind: Kind, items: Sequence[Item] = ()) -> bytes:
    """Encode a message for the channel."""
    return _encode(Envelope(node, kind, msgspec.Raw(_encode(items))))


def size_of(item: Item) -> int:
    """Roughly what an item takes, encoded."""
    packet: bytes | None = getattr(item, "packet", None)
    users: Sequence[object] = getattr(item, "user_ids", ())
    variants: Sequence[Item] = getattr(item, "variants", ())
    return 64 + len(packet or b"") + 18 * len(users) + sum(size_of(variant) for variant in variants)
