"""What `serve` tells its operator beside `ready`: where the data are, who may register, which address others can type."""

import ipaddress
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Final

from chinwag_server.config import Settings, hide_password

_REGISTRATION: Final = {
    "open": "open to everybody who can reach the server",
    "invite": "by invitation",
    "closed": "closed",
}
_FIRST: Final = "by invitation, the first account excepted when it is made on this machine"
_ELSEWHERE: Final = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses of documentation, which nobody has: to ask for the way there sends nothing."""

log = logging.getLogger(__name__)


def greet(settings: Settings, *, port: int, find_address: Callable[[], str | None] | None = None) -> Iterator[str]:
    """Give the lines."""
    chosen = settings.registration or ("invite" if not settings.is_private else None)
    yield f"data in {settings.data_dir}, registration {_REGISTRATION[chosen] if chosen else _FIRST}"
    if _is_every_address(settings.host) and (address := (find_address or outward_address)()):
        yield f"other machines reach it at {settings.scheme}://{address}:{port}"


def outward_address() -> str | None:
    """The address of this machine that others most likely know, as it stands in a URL; None without a network."""
    for there, family in _ELSEWHERE:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect((there, 9))
                here = asking.getsockname()[0]
            except OSError:
                continue
        return f"[{here}]" if family is socket.AF_INET6 else here
    return None


async def warn_of_silent_valkey(url: str) -> None:
    """Name a Valkey of the operator's own that cannot be reached, once; the workers go on trying."""
    from chinwag_server.bus.redis_client import CONNECT_TIMEOUT_S, LOST, close, connect

    client = connect(url, timeout_s=CONNECT_TIMEOUT_S)
    try:
        await client.ping()  # pyright: ignore[reportUnknownMemberType] - redis annotates it for both kinds of client
    except LOST as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        log.warning("redis-url %s cannot be reached: %s; trying again", hide_password(url), reason)
    finally:
        await close(client)


def _is_every_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False
