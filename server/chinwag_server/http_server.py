"""uvicorn as a part of a worker, and the one ASGI application it serves: polling and HTTP."""

import contextlib
import socket
from collections.abc import Callable, Generator, MutableMapping
from typing import Any, Final

import uvicorn

SOCKET_PATH: Final = "/socket.io/"


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


def join(polling: Any, http: Any) -> Any:
    """One ASGI application of the two, by path."""

    async def application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        handler = polling if scope["path"].startswith(SOCKET_PATH) else http
        await handler(scope, receive, send)

    return application
