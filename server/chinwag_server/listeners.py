"""The listening sockets: made by the supervisor, one a worker, so that a port is taken once and outlives a worker."""

import errno
import os
import socket
import sys
from typing import Any, Final

from chinwag_server.engines.errors import OperatorError

BACKLOG: Final = 2048
SEND_BUFFER: Final = 65_536
"""What the kernel may hold back for a reader that is behind; the server's own limit should be met first."""
USER_TIMEOUT_MS: Final = 20_000
"""How long sent bytes may stay unacknowledged (Linux)."""


class ListenError(OperatorError):
    """The address cannot be listened on."""

    def __init__(self, message: str, *, in_use: bool = False) -> None:
        super().__init__(message)
        self.in_use = in_use


def listen(host: str, port: int, *, count: int = 1) -> list[socket.socket]:
    """Return *count* sockets that listen on the same address; the kernel shares connections out among them.

    *port* 0 takes any free one. Raises ListenError.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise ListenError(_no_address(host)) from error
    shared = count > 1
    if shared and not hasattr(socket, "SO_REUSEPORT"):
        raise ListenError("this system cannot share a port among workers: use --workers 1")
    made: list[socket.socket] = []
    try:
        if shared and port:
            # alone first: sharing would succeed beside another server of ours on the same port
            _bind(family, address, shared=False).close()
        for _ in range(count):
            made.append(_bind(family, address, shared=shared))
            address = made[0].getsockname()
            made[-1].listen(BACKLOG)
    except OSError as error:
        for one in made:
            one.close()
        in_use = error.errno == errno.EADDRINUSE
        raise ListenError(_explain(error, host, port), in_use=in_use) from error
    return made


def address_of(listener: socket.socket) -> str:
    """Give `host:port` as it stands in a URL."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind(family: int, address: tuple[Any, ...], *, shared: bool) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers have one port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if sys.platform == "linux":
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        made.bind(address)
    except BaseException:
        made.close()
        raise
    return made


def _no_address(host: str) -> str:
    return f"--host {host} is no address of this machine: use one of its own, or 0.0.0.0 for all of them"


def _explain(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} of {host} is in use: end what listens there, or choose another --port (0 for any free one)"
        case errno.EACCES:
            return f"port {port} needs rights that this account lacks: choose a --port from 1024 on, or use a proxy"
        case errno.EADDRNOTAVAIL:
            return _no_address(host)
        case _:
            return f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}"
