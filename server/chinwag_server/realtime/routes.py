"""Which handler an event has, and how its payload is read."""

from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from chinwag_protocol.decode import JsonReader, split_event
from chinwag_protocol.errors import DecodeError, WireError
from chinwag_server.domain.errors import ChatError

MESSAGE: Final = "sendMessage"
URGENT: Final = "ping"
EARLY: Final = frozenset({"register-user", "renewToken"})
"""The names allowed before `register-user` was accepted."""


class Reply(Protocol):
    """How an inline handler answers, now or later, once."""

    def __call__(self, result: msgspec.Struct | ChatError | WireError) -> None: ...


class Route(msgspec.Struct, frozen=True):
    """What handles an event.

    `handler` is `async (connection, payload) -> ack`; if `inline`, `(connection, payload, reply) -> None`, which is
    called from the frame callback and must not block. Both may raise ChatError or WireError.
    """

    payload: type[msgspec.Struct]
    handler: Callable[..., Any]
    inline: bool = False


class BoundRoute(msgspec.Struct, frozen=True, eq=False):
    """A route with what is worked out only once."""

    name: str
    handler: Callable[..., Any]
    reader: JsonReader[Any]
    inline: bool
    early: bool
    urgent: bool
    is_message: bool


def bind(name: str, route: Route) -> BoundRoute:
    """Work out what is needed for every event of this name."""
    return BoundRoute(
        name=name,
        handler=route.handler,
        reader=JsonReader(route.payload),
        inline=route.inline,
        early=name in EARLY,
        urgent=name == URGENT,
        is_message=name == MESSAGE,
    )


def read_payload(route: BoundRoute, raw: bytes | msgspec.Raw) -> Any:
    """Decode the payload, once. Only what cannot be read, further arguments included, is looked at again."""
    try:
        return route.reader.read(raw)
    except DecodeError:
        _, payload = split_event(b'["",%b]' % bytes(raw))
        return route.reader.read_checked(payload)
