"""uvicorn as a part of a worker, and the one ASGI application it serves: polling and HTTP."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator, MutableMapping
from typing import Any, Final

import uvicorn

from chinwag_server.realtime.app import SocketApp
from chinwag_server.realtime.relay import Passed, Relay
from chinwag_server.services.health import Health
from chinwag_server.tasks import TaskOwner
from chinwag_server.tls import GOODBYE_S, HANDSHAKE_S, ServerTls, abort
from chinwag_server.worker_context import WorkerContext

SOCKET_PATH: Final = "/socket.io/"
RECONNECT_AFTER_MS: Final = 2_000
"""After a shutdown, clients come back within this time, each at a moment of its own."""
_LAST_GOODBYE_S: Final = 0.5
_LAST_WORDS_S: Final = 1.0
"""How long the door stays open for those who poll."""


class HttpServer(uvicorn.Server):
    """uvicorn without its signal handlers: the worker's supervisor says when to stop, by `should_exit`.

    And with deadlines for TLS, of which uvicorn knows none: those of the loop are 60 and 30 s.
    """

    def __init__(
        self, config: uvicorn.Config, *, tls: ServerTls | None, relay: Relay | None, started: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._relay = relay
        self._tls = tls
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve on the sockets given; over TLS on those that others than this machine could reach."""
        if self._relay is not None:
            self._relay.start(self._adopt)
        self.servers = [await self._serve_on(listener) for listener in sockets or ()]
        self.started = True
        self._tell_started()

    async def _serve_on(self, listener: socket.socket) -> asyncio.Server:
        options: dict[str, Any] = {"backlog": self.config.backlog}
        if self._tls is not None and listener.family in (socket.AF_INET, socket.AF_INET6):
            options |= {
                "ssl": self._tls.context,
                "ssl_handshake_timeout": HANDSHAKE_S,
                "ssl_shutdown_timeout": GOODBYE_S,
            }
        return await asyncio.get_running_loop().create_server(self._make_protocol, sock=listener, **options)

    def _make_protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state={})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(_LAST_GOODBYE_S, self._end_what_is_left)
        await super().shutdown(sockets=sockets)
        if self._relay is not None:
            await self._relay.stop()

    def _end_what_is_left(self) -> None:
        """uvicorn tells its connections once to end, and waits. One that was just being accepted has not heard it; and over TLS
        an end takes an answer, which a silent peer owes.
        """
        connections: list[Any] = list(self.server_state.connections)
        for connection in connections:
            if connection.cycle is None or connection.cycle.response_complete:
                abort(connection.transport)
            else:
                connection.shutdown()

    def _adopt(self, transport: asyncio.Transport, passed: Passed) -> None:
        protocol: Any = self._make_protocol()
        protocol.take_over(transport, passed)
        if self.should_exit:
            protocol.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve(
    application: Any, *, sockets: SocketApp, health: Health, context: WorkerContext, tls: ServerTls | None = None
) -> None:
    """Answer on the listener until `context.stopping`; return when what was under way is answered, within three seconds.

    While the sockets are drained the door stays open: who polls has to come back for the last words.
    """
    config = uvicorn.Config(application, lifespan="off", log_level="warning", **sockets.uvicorn_options())
    server = HttpServer(config, tls=tls, relay=sockets.relay, started=context.ready)
    tasks = TaskOwner("worker")
    if tls is not None:
        tasks.spawn(tls.watch(), "certificate")
    serving = tasks.spawn(server.serve(sockets=[context.listener]), "serve")
    stopping = tasks.spawn(context.stopping.wait(), "stopping")
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        health.stopping()
        draining = tasks.spawn(sockets.server.drain(reconnect_after_ms=RECONNECT_AFTER_MS), "drain")
        await asyncio.wait({draining}, timeout=_LAST_WORDS_S)
        server.should_exit = True
        await draining
        await serving
    finally:
        await tasks.close()


def join(polling: Any, http: Any) -> Any:
    """One ASGI application of the two, by path."""

    async def application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        handler = polling if scope["path"].startswith(SOCKET_PATH) else http
        await handler(scope, receive, send)

    return application
