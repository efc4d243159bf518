"""uvicorn as a part of a worker, and the one ASGI application it serves: polling and HTTP."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator, MutableMapping
from typing import Any, Final

import uvicorn

from chinwag_server.realtime.app import SocketApp
from chinwag_server.services.health import Health
from chinwag_server.tasks import TaskOwner
from chinwag_server.worker_context import WorkerContext

SOCKET_PATH: Final = "/socket.io/"
RECONNECT_AFTER_MS: Final = 2_000
"""After a shutdown, clients come back within this time, each at a moment of its own."""


class HttpServer(uvicorn.Server):
    """uvicorn without its signal handlers: the worker's supervisor says when to stop, by `should_exit`."""

    def __init__(self, config: uvicorn.Config, *, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._tell_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve(application: Any, *, sockets: SocketApp, health: Health, context: WorkerContext) -> None:
    """Answer on the listener until `context.stopping`; return when what was under way is answered, within two seconds."""
    config = uvicorn.Config(application, lifespan="off", log_level="warning", **sockets.uvicorn_options())
    server = HttpServer(config, started=context.ready)
    tasks = TaskOwner("worker")
    serving = tasks.spawn(server.serve(sockets=[context.listener]), "serve")
    stopping = tasks.spawn(context.stopping.wait(), "stopping")
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        health.stopping()
        server.should_exit = True
        await sockets.server.drain(reconnect_after_ms=RECONNECT_AFTER_MS)
        await serving
    finally:
        await tasks.close()


def join(polling: Any, http: Any) -> Any:
    """One ASGI application of the two, by path."""

    async def application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        handler = polling if scope["path"].startswith(SOCKET_PATH) else http
        await handler(scope, receive, send)

    return application
