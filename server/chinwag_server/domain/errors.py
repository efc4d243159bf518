"""The errors that a caller of the server can see, one class a protocol code.

    ChatError
    ├── Invalid, UnsupportedProtocol, TooLarge, Conflict, Forbidden, NotFound    final: the same request fails again
    ├── Unauthorized, TokenExpired, SessionRevoked                               sign in or renew first
    └── RateLimited, Unavailable, Internal                                       the same request may succeed later

Services raise them; api/ and realtime/ turn them into the error object. The text is for logs and foreign clients: it never
carries SQL, paths or traces.
"""

from typing import ClassVar

from chinwag_protocol.errors import ErrorBody, ErrorCode, ErrorEnvelope


class ChatError(Exception):
    """Base of all; `field` names the offending part of the request, `retry_after_ms` when to try again."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL
    default: ClassVar[str] = "internal error"

    def __init__(self, message: str = "", *, field: str | None = None, retry_after_ms: int | None = None) -> None:
        super().__init__(message or self.default)
        self.field = field
        self.retry_after_ms = retry_after_ms

    @property
    def message(self) -> str:
        return str(self.args[0])

    def body(self) -> ErrorEnvelope:
        """The error object of the wire: `{"error": {code, message, retryAfterMs?, field?}}`."""
        return ErrorEnvelope(
            error=ErrorBody(code=self.code, message=self.message, retry_after_ms=self.retry_after_ms, field=self.field)
        )


class Invalid(ChatError):
    code = ErrorCode.INVALID
    default = "the request is not valid"


class UnsupportedProtocol(ChatError):
    code = ErrorCode.UNSUPPORTED_PROTOCOL
    default = "this protocol version is not supported"


class Unauthorized(ChatError):
    code = ErrorCode.UNAUTHORIZED
    default = "sign in first"


class TokenExpired(Unauthorized):
    code = ErrorCode.TOKEN_EXPIRED
    default = "the access token has expired"


class SessionRevoked(Unauthorized):
    code = ErrorCode.SESSION_REVOKED
    default = "the session was revoked"


class Forbidden(ChatError):
    code = ErrorCode.FORBIDDEN
    default = "not allowed"


class NotFound(ChatError):
    code = ErrorCode.NOT_FOUND
    default = "not found"


class Conflict(ChatError):
    code = ErrorCode.CONFLICT
    default = "it conflicts with what is there"


class TooLarge(ChatError):
    code = ErrorCode.TOO_LARGE
    default = "too large"


class RateLimited(ChatError):
    """`retry_after_ms` is always given on the wire: a second when the caller names none."""

    code = ErrorCode.RATE_LIMITED
    default = "too many requests"

    def __init__(self, message: str = "", *, field: str | None = None, retry_after_ms: int | None = None) -> None:
        super().__init__(message, field=field, retry_after_ms=1000 if retry_after_ms is None else retry_after_ms)


class Internal(ChatError):
    code = ErrorCode.INTERNAL
    default = "internal error"


class Unavailable(ChatError):
    """Temporary, and safe to retry with the same request."""

    code = ErrorCode.UNAVAILABLE
    default = "temporarily unavailable"
