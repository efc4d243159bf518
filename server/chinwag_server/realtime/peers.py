"""Who is at the other end of a request: its address, and whether its web page may talk to this server."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

Headers = Sequence[tuple[bytes, bytes]]
"""As ASGI has them: names in lower case."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Peers:
    """What the operator said about proxies (addresses and networks) and origins (`https://chat.example`, or `*`)."""

    def __init__(self, *, trusted_proxies: Iterable[str] = (), allowed_origins: Iterable[str] = ()) -> None:
        """Raises ValueError for a proxy that is no address or network."""
        self._trusted: tuple[_Network, ...] = tuple(
            ipaddress.ip_network(proxy, strict=False) for proxy in trusted_proxies
        )
        self._origins = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)

    @property
    def has_proxies(self) -> bool:
        """Whether there are proxies to look behind."""
        return bool(self._trusted)

    def scheme(self, peer: str, headers: Headers) -> str | None:
        """Find out how the client reached a trusted proxy, if that is the peer: `http` or `https`."""
        scheme = find_header(headers, b"x-forwarded-proto") if self.is_trusted(peer) else None
        return scheme if scheme in _DEFAULT_PORTS else None

    def address(self, peer: str, headers: Headers) -> str:
        """Find the client behind trusted proxies: the last address of X-Forwarded-For that is no trusted proxy."""
        if not self._trusted or not self.is_trusted(peer):
            return peer
        chain = ",".join(value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for")
        for hop in reversed(chain.split(",")):
            address = _without_port(hop.strip())
            if address is None:
                break
            peer = address
            if not self.is_trusted(address):
                break
        return peer

    def allows_origin(self, peer: str, headers: Headers) -> bool:
        """Whether `Origin` is absent, the server's own, or allowed. Browsers send it, and it alone names the page.

        Its scheme does not count: a proxy that ends TLS need not be known here, and there is no cookie to abuse.
        """
        origin = find_header(headers, b"origin")
        if origin is None:
            return True
        origin = origin.rstrip("/").lower()
        if origin in self._origins or "*" in self._origins:
            return True
        hosts = [find_header(headers, b"host")]
        if self.is_trusted(peer):
            hosts.append(find_header(headers, b"x-forwarded-host"))
        scheme, authority = origin.partition("://")[0], _authority(origin)
        return authority is not None and any(_authority(f"{scheme}://{host}") == authority for host in hosts if host)

    def allows_cross_origin(self, headers: Headers) -> str | None:
        """Give the origin to name in CORS headers: one that the operator allowed, else None."""
        origin = find_header(headers, b"origin")
        if origin is None or not ("*" in self._origins or origin.rstrip("/").lower() in self._origins):
            return None
        return origin

    def is_trusted(self, address: str) -> bool:
        """Whether it is the address of a proxy that the operator named."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._trusted if network.version == parsed.version)


def find_header(headers: Headers, name: bytes) -> str | None:
    """Give the value of the first header of this name (in lower case)."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


def _authority(origin: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname.lower(), port) if parts.hostname else None


def _without_port(hop: str) -> str | None:
    """Read `1.2.3.4`, `1.2.3.4:5`, `::1` or `[::1]:5`; None for anything else."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ipaddress.ip_address(hop))
    except ValueError:
        return None
