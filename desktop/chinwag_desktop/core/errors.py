"""What can go wrong between this app and its server, split by what the caller can do about it.

    ClientError
    ├── RetryNow            ask again at once, on a new connection or with a new token
    │   ├── LinkLost            the connection broke while a call was waiting
    │   └── TokenExpired        the access token ran out
    ├── RetryLater          wait (``retry_after_s`` when the server said how long), then ask again
    │   ├── Unreachable         no route, connection refused, broken off
    │   │   ├── NameNotFound        the host name is not known
    │   │   └── TimedOut            nothing came back within the deadline
    │   ├── TlsFailed           there is no TLS, or none that both sides know
    │   │   └── CertificateUntrusted    nobody whom we trust vouches for the certificate
    │   ├── BlockedByProxy      something between us and the server refused
    │   ├── NotChinwag          whatever answered is not a chat-server
    │   ├── TooMuch             an answer goes on past what it may be, or was announced to be
    │   ├── ServerBusy          the server said unavailable, rate_limited or internal
    │   └── KeyringShut         the keyring that holds the token is locked, or not there yet
    └── RetryNever          asking again changes nothing
        ├── Refused             any other error code of the server: invalid, forbidden, not_found, …
        │   ├── SignedOut           unauthorized or session_revoked: only signing in again helps
        │   └── ProtocolRefused     the server does not speak our version of the protocol
        └── NoKeyring           the system has no keyring: the user chooses where the token goes

    StorageError            a local database refused: DiskFull, DatabaseDamaged

``Problem`` is the same seen from the banner: one word per sentence that a person is shown.
"""

from enum import StrEnum
from typing import Final

from chinwag_protocol.errors import ErrorCode


class Problem(StrEnum):
    """Why there is no connection, each with words of its own in the interface."""

    UNREACHABLE = "unreachable"
    NAME_NOT_FOUND = "name_not_found"
    TIMED_OUT = "timed_out"
    TLS = "tls"
    CERTIFICATE = "certificate"
    BLOCKED = "blocked"
    NOT_CHINWAG = "not_chinwag"
    TOO_MUCH = "too_much"
    SERVER_BUSY = "server_busy"
    LINK_LOST = "link_lost"
    KEYRING = "keyring"
    SIGNED_OUT = "signed_out"
    PROTOCOL = "protocol"
    REFUSED = "refused"


class ClientError(Exception):
    """Any failure of a call. ``code`` is the server's error code where it gave one."""

    problem: Problem = Problem.UNREACHABLE

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        field: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message or type(self).__name__)
        self.code = code
        self.field = field
        self.retry_after_s = retry_after_s


class RetryNow(ClientError):
    """Ask again at once."""

    problem = Problem.LINK_LOST


class LinkLost(RetryNow):
    """The connection broke while a call was waiting; whether the server acted on it is unknown.

    ``reason`` is the disconnect reason of the original design, ``close_code`` the WebSocket close code
    or HTTP status that ended the link, if one did; ``announced`` that the server had said ``serverShutdown``.
    """

    def __init__(self, reason: str, *, close_code: int | None = None, announced: bool = False) -> None:
        super().__init__(f"connection lost: {reason}")
        self.reason = reason
        self.close_code = close_code
        self.announced = announced


class TokenExpired(RetryNow):
    """The access token ran out; a refresh gives another."""

    problem = Problem.SIGNED_OUT


class RetryLater(ClientError):
    """Wait, then ask again."""


class Unreachable(RetryLater):
    """No connection to the server could be made, or it was broken off."""


class NameNotFound(Unreachable):
    """The host name of the server is not known here."""

    problem = Problem.NAME_NOT_FOUND


class TimedOut(Unreachable):
    """No answer within the deadline of the call."""

    problem = Problem.TIMED_OUT


class TlsFailed(RetryLater):
    """Whatever is there speaks no TLS, or only such as is out of date."""

    problem = Problem.TLS


class CertificateUntrusted(TlsFailed):
    """The server's certificate is not trusted, or another than the one the user confirmed."""

    problem = Problem.CERTIFICATE


class BlockedByProxy(RetryLater):
    """A proxy or firewall refused; ``status`` is the HTTP status it gave, if any."""

    problem = Problem.BLOCKED

    def __init__(self, message: str = "", *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class NotChinwag(RetryLater):
    """Something answered that does not speak our protocol."""

    problem = Problem.NOT_CHINWAG


class TooMuch(RetryLater):
    """An answer of more bytes than its kind may have, or than were announced; none of it is used."""

    problem = Problem.TOO_MUCH


class ServerBusy(RetryLater):
    """The server answered ``unavailable``, ``rate_limited`` or ``internal``."""

    problem = Problem.SERVER_BUSY


class KeyringShut(RetryLater):
    """The keyring keeps the refresh token and does not give it now."""

    problem = Problem.KEYRING


class RetryNever(ClientError):
    """Asking again changes nothing."""

    problem = Problem.REFUSED


class Refused(RetryNever):
    """The server refused with an error code; ``field`` names the offending field, if one does."""


class SignedOut(Refused):
    """The session is over: only signing in again helps."""

    problem = Problem.SIGNED_OUT


class ProtocolRefused(Refused):
    """This app and the server speak different versions of the protocol."""

    problem = Problem.PROTOCOL


class NoKeyring(RetryNever):
    """The system offers no keyring to keep the refresh token in."""


class StorageError(Exception):
    """A local database refused a read or a write; nothing was changed."""


class DiskFull(StorageError):
    """No room left on the disk."""


class DatabaseDamaged(StorageError):
    """The file is not a database any more."""


LONGEST_RETRY_AFTER_MS: Final = 3_600_000
"""What a server asks us to wait beyond that is taken for a mistake."""

_BUSY = frozenset({"unavailable", "rate_limited", "internal"})
_KNOWN = frozenset(code.value for code in ErrorCode)
_SIGNED_OUT = frozenset({"unauthorized", "session_revoked"})


def error_of(
    code: str, message: str = "", *, field: str | None = None, retry_after_ms: int | None = None
) -> ClientError:
    """The error that an error object of the server stands for; a code we do not know counts as ``internal``."""
    retry_after_s = None if retry_after_ms is None else min(max(retry_after_ms, 0), LONGEST_RETRY_AFTER_MS) / 1000
    if code == "token_expired":
        kind: type[ClientError] = TokenExpired
    elif code in _SIGNED_OUT:
        kind = SignedOut
    elif code == "unsupported_protocol":
        kind = ProtocolRefused
    elif code in _BUSY or code not in _KNOWN:
        kind = ServerBusy
    else:
        kind = Refused
    return kind(message, code=code, field=field, retry_after_s=retry_after_s)
