"""Where a request comes from, as far as its connection and its headers tell."""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

from chinwag_server.config import is_loopback

AnyConnection = ASGIConnection[Any, Any, Any, Any]

_OF_PROXIES: Final = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"})


def client_address(connection: AnyConnection) -> str:
    """The caller's address, as the transport or a trusted proxy tells it; empty when there is none."""
    client = connection.client
    return client.host if client else ""


def make_known(connection: AnyConnection) -> None:
    """It was said whose request this is: its connection counts no longer among those of strangers."""
    extensions: dict[str, Any] = connection.scope.get("extensions") or {}
    transport: dict[str, Any] | None = extensions.get("chinwag.transport")
    if transport is not None:
        transport["known"]()


def is_at_this_machine(connection: AnyConnection) -> bool:
    """Whether nothing speaks against it: a loopback address, called by a loopback name, through no proxy that tells.

    A proxy that hides itself altogether, or a tunnel, cannot be noticed.
    """
    if not is_loopback(client_address(connection)):
        return False
    headers = connection.headers
    if any(name in _OF_PROXIES or name.startswith("x-forwarded-") for name in headers):
        return False
    names = [f"//{headers.get('host', '')}", *headers.getall("origin", [])]
    return all(is_loopback(_host_of(name)) for name in names)


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
