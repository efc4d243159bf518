"""The sockets of a worker, ready to be put into its ASGI application and its uvicorn."""

import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from chinwag_protocol.limits import Limits
from chinwag_server.realtime.handshake import WebSocketGate
from chinwag_server.realtime.peers import Peers
from chinwag_server.realtime.polling import PollingApp
from chinwag_server.realtime.relay import Relay
from chinwag_server.realtime.server import SocketServer
from chinwag_server.realtime.timing import Timing
from chinwag_server.realtime.transport import HttpProtocol, bind


class SocketApp(msgspec.Struct, frozen=True, kw_only=True):
    """`asgi` serves the HTTP requests to `/socket.io/`; WebSockets never come to it."""

    server: SocketServer
    asgi: PollingApp
    http_protocol: type[HttpProtocol]
    relay: Relay | None
    """To be started with the HTTP server, whose `HttpProtocol.take_over` adopts what comes."""

    def uvicorn_options(self) -> dict[str, Any]:
        """Give what `uvicorn.Config` has to be told, beside the application, the address and TLS."""
        return {
            "http": self.http_protocol,
            "ws": "none",
            "loop": "none" if sys.platform == "win32" else "uvloop",
            "backlog": 2_048,
            "timeout_keep_alive": 5,
            "timeout_graceful_shutdown": 2,
            "h11_max_incomplete_event_size": 64 * 1024,
            "proxy_headers": False,  # the HTTP class does it
            "server_header": False,
            "access_log": False,
            "log_config": None,
        }


def create_socket_app(
    *,
    limits: Limits | None = None,
    timing: Timing | None = None,
    allowed_origins: Iterable[str] = (),
    trusted_proxies: Iterable[str] = (),
    relay: Relay | None = None,
) -> SocketApp:
    """Make the sockets of one worker. `relay` leads to the others of its port. Raises ValueError for a bad proxy."""
    peers = Peers(trusted_proxies=trusted_proxies, allowed_origins=allowed_origins)
    server = SocketServer(limits=limits, timing=timing, sid_prefix=relay.sid_prefix if relay else "")
    return SocketApp(
        server=server,
        asgi=PollingApp(server.engine, peers),
        http_protocol=bind(WebSocketGate(server.engine, peers), relay),
        relay=relay,
    )
