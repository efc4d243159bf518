"""The end of a connection that is to be closed in peace: what still comes is thrown away, unread.

To close while something is unread would reset the connection, and the last frame would often not arrive.
"""

import asyncio
from typing import Any


class _Drain(asyncio.Protocol):
    """Reads into nothing, and tells the protocol of before when the connection is gone."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)


def drain(transport: asyncio.Transport) -> None:
    """Throw away what still comes; done to a transport that drains already, it changes nothing."""
    protocol = transport.get_protocol()
    if not transport.is_closing() and not isinstance(protocol, _Drain):
        transport.set_protocol(_Drain(protocol))
