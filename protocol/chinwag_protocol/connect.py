"""The auth object of CONNECT, read in the order in which the server checks it.

`protocol` comes first (`unsupported_protocol`), then `token` (`unauthorized`, `token_expired`, `session_revoked`),
then that `userId` is the token's (`unauthorized`). So a wrong type must not refuse the object as a whole.
"""

from typing import Any
from uuid import UUID

import msgspec

from .decode import Json, JsonReader
from .errors import DecodeError, ErrorCode, WireError
from .ids import find_id
from .limits import PROTOCOL_VERSION
from .wire import Record


class ConnectClaims(msgspec.Struct, frozen=True):
    """What a client of our protocol claims. `user_id` is None if missing or no id, and then matches no token."""

    token: str
    user_id: UUID | None


class _Loose(Record, frozen=True, kw_only=True):
    token: Any = None
    user_id: Any = None
    protocol: Any = None


_LOOSE = JsonReader(_Loose)


def read_connect(raw: Json | None) -> ConnectClaims:
    """Read the auth object. Raises WireError with the code that refuses the connection."""
    try:
        loose = _LOOSE.read(raw or b"{}")
    except DecodeError as error:
        raise WireError(error.field, error.message, code=ErrorCode.UNSUPPORTED_PROTOCOL) from None
    if type(loose.protocol) is not int or loose.protocol != PROTOCOL_VERSION:
        raise WireError("protocol", f"this server speaks {PROTOCOL_VERSION}", code=ErrorCode.UNSUPPORTED_PROTOCOL)
    if not isinstance(loose.token, str) or not loose.token:
        raise WireError("token", "a token is needed", code=ErrorCode.UNAUTHORIZED)
    user_id = find_id(loose.user_id) if isinstance(loose.user_id, str) else None
    return ConnectClaims(token=loose.token, user_id=user_id)
