"""From the exceptions of aiohttp, httpx and the operating system to our own tree of errors."""

import re
import socket
import ssl
from collections.abc import Iterator, Sequence

import aiohttp
import httpx
import msgspec

from chinwag_desktop.core.errors import (
    BlockedByProxy,
    CertificateUntrusted,
    ClientError,
    NameNotFound,
    NotChinwag,
    ServerBusy,
    TimedOut,
    TlsFailed,
    Unreachable,
)


class LooseError(msgspec.Struct, rename="camel"):
    """An error object of the server, with any code."""

    code: str
    message: str = ""
    retry_after_ms: int | None = None
    field: str | None = None


# httpx has one error for a peer that hangs up and for one that does not speak HTTP; its words tell them apart.
_BROKEN_OFF = re.compile("disconnected|closed connection")
_CUT_SHORT = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
_BROKEN_IN_USE = frozenset({"APPLICATION_DATA_AFTER_CLOSE_NOTIFY", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"})
_BUSY_STATUSES = frozenset({429, 502, 503, 504})


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything it came from."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def failure_of(error: BaseException) -> ClientError:
    """What a failed connection or request means; looks through wrapped exceptions to the cause."""
    causes = list(chain(error))
    for cause in causes:
        if isinstance(cause, ClientError):
            return cause
    if (tls := _failure_of_tls(causes)) is not None:
        return tls
    for cause in causes:
        if isinstance(cause, aiohttp.ClientHttpProxyError):
            return BlockedByProxy(_words(cause), status=cause.status)
        if isinstance(cause, aiohttp.ClientProxyConnectionError | httpx.ProxyError):
            return BlockedByProxy(_words(cause))
    for cause in causes:
        if isinstance(cause, socket.gaierror | aiohttp.ClientConnectorDNSError):
            return NameNotFound(_words(cause))
    for cause in causes:
        if isinstance(cause, TimeoutError | httpx.TimeoutException):
            return TimedOut(_words(cause))
    for cause in causes:
        if isinstance(cause, httpx.DecodingError) or (
            isinstance(cause, httpx.RemoteProtocolError) and not _BROKEN_OFF.search(str(cause))
        ):
            return NotChinwag(_words(cause))
    return Unreachable(_words(error))


def _failure_of_tls(causes: Sequence[BaseException]) -> ClientError | None:
    """Only what is wrong with a certificate may be called so: a connection that breaks is no reason for alarm."""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateUntrusted(_words(cause))
    for cause in causes:
        # aiohttp's wrappers are errors of ssl too, without its reasons; the other two are how a handshake waits
        if isinstance(cause, aiohttp.ClientError | ssl.SSLWantReadError | ssl.SSLWantWriteError):
            continue
        if isinstance(cause, ssl.SSLError):
            broken = isinstance(cause, _CUT_SHORT) or cause.reason in _BROKEN_IN_USE
            return Unreachable(_words(cause)) if broken else TlsFailed(_words(cause))
    return None


def failure_of_status(status: int, what: str) -> ClientError:
    """What an HTTP status without an error object of ours means: it came from something in between."""
    message = f"HTTP {status} for {what}"
    if status in _BUSY_STATUSES:
        return ServerBusy(message, code="rate_limited" if status == 429 else "unavailable")
    if status in (401, 403, 407, 451, 511):
        return BlockedByProxy(message, status=status)
    return NotChinwag(message)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
