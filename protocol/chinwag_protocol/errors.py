"""Error codes, the object that carries them, and the exceptions that this package raises.

An error looks the same everywhere, on HTTP and in the ack of an event: `{"error": {"code", "message",
"retryAfterMs"?, "field"?}}`. `message` is English, for logs and for foreign clients; a client shows its own words by
`code`. `field` is the camelCase name of the field of the request that is at fault.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from .wire import Milliseconds, Record


class ErrorCode(StrEnum):
    """Every code there is. A client treats one it does not know like `internal`."""

    INVALID = "invalid"
    UNSUPPORTED_PROTOCOL = "unsupported_protocol"
    UNAUTHORIZED = "unauthorized"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the name of an error, no secret
    SESSION_REVOKED = "session_revoked"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"

    @property
    def may_retry(self) -> bool:
        """Whether the same request may be sent again, after `retryAfterMs`; every other code is final."""
        return self in _RETRIED


_RETRIED = frozenset({ErrorCode.RATE_LIMITED, ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE})

HTTP_STATUS: Final[Mapping[ErrorCode, int]] = MappingProxyType(
    {
        ErrorCode.INVALID: 400,
        ErrorCode.UNSUPPORTED_PROTOCOL: 400,
        ErrorCode.UNAUTHORIZED: 401,
        ErrorCode.TOKEN_EXPIRED: 401,
        ErrorCode.SESSION_REVOKED: 401,
        ErrorCode.FORBIDDEN: 403,
        ErrorCode.NOT_FOUND: 404,
        ErrorCode.CONFLICT: 409,
        ErrorCode.TOO_LARGE: 413,
        ErrorCode.RATE_LIMITED: 429,
        ErrorCode.INTERNAL: 500,
        ErrorCode.UNAVAILABLE: 503,
    }
)
"""Status of each code. A wrong method is `invalid` with 405, the one exception."""

ERROR_MEANING: Final[Mapping[ErrorCode, str]] = MappingProxyType(
    {
        ErrorCode.INVALID: "the request is malformed, or a value of it has a wrong type, size or content; 405 for a wrong method",
        ErrorCode.UNSUPPORTED_PROTOCOL: "the server does not speak this `protocol`",
        ErrorCode.UNAUTHORIZED: "no valid token, or a wrong name or password",
        ErrorCode.TOKEN_EXPIRED: "the access token ran out: refresh it",
        ErrorCode.SESSION_REVOKED: "the session was ended: sign in again",
        ErrorCode.FORBIDDEN: "the caller may see it, but not do this",
        ErrorCode.NOT_FOUND: "it does not exist, or the caller may not see it: there is no telling which",
        ErrorCode.CONFLICT: "it contradicts what is there",
        ErrorCode.TOO_LARGE: "a body, upload or picture over its limit",
        ErrorCode.RATE_LIMITED: "too many requests: `retryAfterMs` says when to come again",
        ErrorCode.INTERNAL: "a fault of the server, which its log explains",
        ErrorCode.UNAVAILABLE: "a temporary fault: safe to send the same again",
    }
)


class ErrorBody(Record, frozen=True, kw_only=True):
    """What went wrong. `retryAfterMs` always comes with `rate_limited`, and may come with `unavailable`."""

    code: ErrorCode
    message: str
    retry_after_ms: Milliseconds | None = None
    field: str | None = None


class ErrorEnvelope(Record, frozen=True, kw_only=True):
    """The body of every failed HTTP call, and the ack of every failed event."""

    error: ErrorBody


class ConnectError(Record, frozen=True, kw_only=True):
    """The payload of CONNECT_ERROR: `message` is the code, `data` says more. The server closes within 1 s."""

    message: ErrorCode
    data: ErrorBody


class WireError(ValueError):
    """Input that breaks the contract. `field` is a camelCase name, or None when no one field is at fault."""

    def __init__(self, field: str | None, message: str, *, code: ErrorCode = ErrorCode.INVALID) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message

    def body(self) -> ErrorEnvelope:
        """Give the error object to answer with."""
        return ErrorEnvelope(error=ErrorBody(code=self.code, message=self.message, field=self.field))


class TextError(WireError):
    """A text, name, time or id in a field is not one that may be stored."""


class DecodeError(WireError):
    """Bytes that are not the JSON which was asked for.

    `malformed` tells bytes that are no JSON at all from JSON with a forbidden or misplaced value: a socket frame of
    the first kind closes the connection, one of the second is answered with `invalid`.
    """

    def __init__(self, field: str | None, message: str, *, malformed: bool = False) -> None:
        super().__init__(field, message)
        self.malformed = malformed
