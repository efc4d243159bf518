"""CONNECT: what a client says about itself, and the principal it turns out to be."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from typing import Any, Final, Protocol

from chinwag_protocol.decode import decode_json
from chinwag_protocol.errors import DecodeError
from chinwag_protocol.ids import find_id
from chinwag_protocol.limits import PROTOCOL_VERSION
from chinwag_server.domain.errors import ChatError, Internal, Unauthorized, Unavailable, UnsupportedProtocol
from chinwag_server.domain.records import Principal

_log: Final = logging.getLogger(__name__)


class Authenticate(Protocol):
    """`services.sessions.Sessions.authenticate`. Raises Unauthorized, TokenExpired, SessionRevoked."""

    def __call__(self, token: str, *, address: str) -> Awaitable[Principal]: ...


def split_connect(packet: bytes) -> tuple[str, bytes]:
    """Split a packet `40…` into namespace and auth. Raises ValueError if its namespace is no text."""
    rest = packet[2:]
    if not rest.startswith(b"/"):
        return "/", rest
    namespace, _, auth = rest.partition(b",")
    return namespace.partition(b"?")[0].decode(), auth


async def authenticate(auth: bytes, check: Authenticate, *, address: str, timeout_s: float) -> Principal:
    """Find out who connects: first the protocol is checked, then the token, then the user id.

    Raises DecodeError, malformed, for what is no JSON, and ChatError: for whatever goes wrong, unexpected or not.
    """
    fields = _read_auth(auth)
    version = fields.get("protocol")
    if type(version) is not int or version != PROTOCOL_VERSION:
        raise UnsupportedProtocol(f"this server speaks protocol {PROTOCOL_VERSION}")
    token, user_id = fields.get("token"), fields.get("userId")
    if not isinstance(token, str):
        raise Unauthorized("a token is needed")
    try:
        async with asyncio.timeout(timeout_s):
            principal = await check(token, address=address)
    except ChatError:
        raise
    except TimeoutError:
        raise Unavailable("the token cannot be checked at present") from None
    except Exception as error:
        trace = secrets.token_hex(4)
        _log.exception("a token cannot be checked, trace %s", trace)
        raise Internal(f"internal error, trace {trace}") from error
    if not isinstance(user_id, str) or find_id(user_id) != principal.user_id:
        raise Unauthorized("the token is another user's")
    return principal


def _read_auth(auth: bytes) -> dict[str, Any]:
    if not auth:
        return {}
    try:
        return decode_json(auth, dict[str, Any])
    except DecodeError as error:
        if error.malformed:
            raise
        return {}
