"""Sockets: Socket.IO over WebSocket and long polling, from the TCP connection to the handler of an event.

How a worker puts it together (`asgi.py`)::

    sockets = create_socket_app(limits=…, allowed_origins=…, trusted_proxies=…)
    fanout = Fanout(sockets.server, rosters=…, redis=RedisBus(url, node_id=…), node_id=…)
    …                                                    # services, which need the fan-out
    sockets.server.configure(
        authenticate=sessions.authenticate,              # async (token, *, address) -> Principal
        routes=messages.routes(…) | receipts.routes(…) | …,
        disconnected=…,                                  # (connection, reason): presence
    )
    await sockets.server.start()                         # on the running loop, before the first request
    app = …                                              # requests to /socket.io/ go to `sockets.asgi`
    uvicorn.Config(app, **sockets.uvicorn_options())

and ends it, before uvicorn is told to stop::

    await sockets.server.drain()                         # 2 s at most: acks, serverShutdown, every socket closed
    server.should_exit = True
    …
    await sockets.server.stop()

`uvicorn_options` are no advice but part of the server: the HTTP class is what hands WebSockets to picows, so that none
ever reaches ASGI. The loop is uvloop (winloop on Windows): with `Server.serve` in a loop of one's own, that loop has to be it.

From the bottom up: `transport`, `handshake` and `picows_protocol` (connections, WebSocket handshakes), `websocket`, `long_poll`
and `polling` (what carries a session), `link` and `engine` (Engine.IO sessions), `server`, `registry`, `rooms` and `connecting`
(Socket.IO connections), `dispatch`, `routes` and `inbox` (events), and one file of handlers a noun.
"""

from chinwag_server.realtime.app import SocketApp, create_socket_app
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.dispatch import Reply, Route
from chinwag_server.realtime.server import SocketServer
from chinwag_server.realtime.timing import Timing

__all__ = ["Connection", "Reply", "Route", "SocketApp", "SocketServer", "Timing", "create_socket_app"]
