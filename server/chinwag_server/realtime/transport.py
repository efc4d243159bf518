"""The HTTP protocol class for uvicorn: its own httptools one, with deadlines and limits, and with WebSockets taken out of ASGI."""

import asyncio
import logging
from http import HTTPStatus
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chinwag_protocol.errors import ErrorCode
from chinwag_server.realtime.handshake import WebSocketGate, peer_of, refuse
from chinwag_server.realtime.peers import Headers

HEAD_BYTES: Final = 64 * 1024
_BODY_BYTES: Final = 1_024


class _CalmLogger(logging.LoggerAdapter[logging.Logger]):
    """uvicorn warns of what strangers send. That is for those who look closely: whoever likes could fill the log."""

    @property
    def level(self) -> int:
        return self.logger.level

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.debug(msg, *args, **kwargs)


class HttpProtocol(HttpToolsProtocol):
    """One connection that speaks HTTP. Made by `bind`: uvicorn wants a class."""

    gate: ClassVar[WebSocketGate]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger: Any = _CalmLogger(self.logger)
        self._head_bytes = 0
        self._in_head = True
        self._body_bytes = 0
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn does
        super().connection_made(transport)
        self._expect_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            refuse(
                self.transport, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, ErrorCode.INVALID, "the head is too large"
            )

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"chinwag.transport": {"transport": self.transport}}
        self._in_head = True
        if self._patience is None:
            self._expect_more()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._body_bytes = 0
        if self.gate.peers.has_proxies:
            self._look_behind_proxies()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._expect_nothing()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """uvicorn calls it instead of starting an application."""
        self._expect_nothing()
        self.connections.discard(self)  # pyright: ignore[reportArgumentType] - uvicorn's union of its own classes
        headers: Headers = self.headers
        method = self.scope["method"].encode()
        if self.gate.admit(self.transport, method=method, target=self.url, headers=headers):
            self.parser: Any = None  # else it and this object hold each other

    def _should_upgrade_to_ws(self) -> bool:
        return True

    def _look_behind_proxies(self) -> None:
        peer = peer_of(self.transport)
        self.scope["client"] = (self.gate.peers.address(peer, self.headers), 0)
        scheme = self.gate.peers.scheme(peer, self.headers)
        if scheme is not None:
            self.scope["scheme"] = scheme

    def _expect_more(self) -> None:
        seen = self._body_bytes
        self._patience = self.loop.call_later(self.gate.engine.timing.request_s, self._check_patience, seen)

    def _expect_nothing(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _check_patience(self, seen: int) -> None:
        """Close a connection that sends its request too slowly, unless it is we who do not read."""
        self._patience = None
        if self.transport.is_closing():
            return
        if self._in_head or (self._body_bytes - seen < _BODY_BYTES and not self.flow.read_paused):
            self.transport.abort()
        else:
            self._expect_more()


def bind(gate: WebSocketGate) -> type[HttpProtocol]:
    """Make the class for `uvicorn.Config(http=…)`."""

    class BoundHttpProtocol(HttpProtocol):
        pass

    BoundHttpProtocol.gate = gate
    return BoundHttpProtocol
