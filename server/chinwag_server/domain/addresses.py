"""Addresses of clients, as limits see them."""

import ipaddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def origin_of(address: str) -> str:
    """What counts as one address: with IPv6 the network, of which a subscriber has all 2^64 addresses."""
    found = _read(address)
    if found is None:
        return address
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found.packed[:8] + bytes(8), 64)))


def is_loopback(address: str) -> bool:
    """Whether it is an address of this machine that no other one can reach."""
    found = _read(address)
    return found is not None and found.is_loopback


def _read(address: str) -> _Address | None:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (found.version == 6 and found.ipv4_mapped) or found
