"""Small records that pass between the network and the sync layer."""

from typing import Any

from msgspec import Struct


class AccessToken(Struct, frozen=True):
    """A token for the socket; ``expires_at`` is on the monotonic clock."""

    token: str
    expires_at: float


class Inbound(Struct, frozen=True):
    """One event from the server, its payload decoded from JSON but not yet checked."""

    name: str
    payload: Any
