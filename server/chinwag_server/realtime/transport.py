"""The HTTP protocol class for uvicorn: its own httptools one, with deadlines and limits, and with WebSockets taken out of ASGI.

With several workers it also passes connections on, as soon as the head of a request says whose it is (`relay.py`).
"""

import asyncio
import logging
from http import HTTPStatus
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chinwag_protocol.errors import ErrorCode
from chinwag_server.realtime.handshake import WebSocketGate, refuse, refuse_stranger
from chinwag_server.realtime.peers import Headers
from chinwag_server.realtime.reading import Reading
from chinwag_server.realtime.relay import Passed, Relay
from chinwag_server.realtime.strangers import Place

HEAD_BYTES: Final = 64 * 1024
FRAMING_PER_BYTE: Final = 8
"""How many bytes around a body each of its own bytes may cost; a chunk of one byte costs five."""
UNWANTED_BYTES: Final = 4 * 1024 * 1024
"""Of a body that are still read, and thrown away, when the answer did not wait for it: else its sender would not read that.
Well over the limit of a JSON body, so that who sends a little too much hears why."""
PIPELINED: Final = 16
"""Requests of one connection that may wait for their answers."""
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
    relay: ClassVar[Relay | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger: Any = _CalmLogger(self.logger)
        self._head_bytes = 0
        self._in_head = True
        self._body_bytes = 0
        self._framing_bytes = 0
        self._unwanted_bytes = 0
        self._patience: asyncio.TimerHandle | None = None
        self._reading = Reading(self.gate.engine.timing.read_s)
        self._head = b""
        self._at_rest = True
        self._is_leaving = False
        self._place = Place()

    @property
    def peer(self) -> str:
        """The address at the other end, proxy or not."""
        return self.client[0] if self.client else ""

    def take_over(self, transport: asyncio.Transport, passed: Passed) -> None:
        """Go on with a connection that another worker has begun to read."""
        transport.set_protocol(self)
        self.connection_made(transport)
        if self._is_leaving:
            return
        self.client = passed.client
        self.scheme = "https" if passed.secure else "http"
        self.data_received(passed.read)

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn does
        super().connection_made(transport)
        if self._let_in():
            self._expect_more()
        else:
            self._is_leaving = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._place.leave()
        self._expect_nothing()
        self._reading.rest()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading.expect(self.transport)

    def resume_writing(self) -> None:
        self._reading.rest()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._is_leaving:
            return
        if self._at_rest:
            self._head = data
        elif self._head:
            self._head += data
        if self._in_head:
            self._head_bytes += len(data)
        body_bytes, in_body_of = self._body_bytes, None if self._in_head or self._at_rest else self.scope
        super().data_received(data)
        if in_body_of is self.scope and not self._at_rest:
            self._framing_bytes += max(0, len(data) - (self._body_bytes - body_bytes))
            if self._framing_bytes > HEAD_BYTES + FRAMING_PER_BYTE * self._body_bytes:
                self.transport.abort()  # chunks of nothing, or trailers without end
                return
        if self._in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            refuse(
                self.transport, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, ErrorCode.INVALID, "the head is too large"
            )

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # nobody asks for trailers
            super().on_header(name, value)

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= PIPELINED:
            self.transport.abort()
            raise ValueError("too many requests wait for their answers")
        super().on_message_begin()
        self.scope["extensions"] = {
            "chinwag.transport": {"transport": self.transport, "peer": self.peer, "known": self._place.leave}
        }
        self._in_head = True
        self._at_rest = False
        if self._patience is None:
            self._expect_more()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._body_bytes = self._framing_bytes = self._unwanted_bytes = 0
        if self._is_leaving or self._pass_on():
            return
        if self.gate.peers.has_proxies:
            self._look_behind_proxies()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_leaving:
            self._body_bytes += len(body)
            if self.cycle.response_complete:
                self._unwanted_bytes += len(body)
                if self._unwanted_bytes > UNWANTED_BYTES:
                    self.transport.abort()
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_leaving:
            self._expect_nothing()
            super().on_message_complete()
            self._at_rest = True

    def send_400_response(self, msg: str) -> None:
        if not self._is_leaving:
            super().send_400_response(msg)

    def handle_websocket_upgrade(self) -> None:
        """uvicorn calls it instead of starting an application."""
        if self._is_leaving:
            return
        self._let_go()
        headers: Headers = self.headers
        method = self.scope["method"].encode()
        if self.gate.admit(self.transport, peer=self.peer, method=method, target=self.url, headers=headers):
            self.parser: Any = None  # else it and this object hold each other

    def _should_upgrade_to_ws(self) -> bool:
        return True

    def _pass_on(self) -> bool:
        """Pass the connection on to the worker that keeps the session of this request, or say that it stays here.

        It does when something else is under way on it: a client that does not wait for answers is no browser.
        """
        read, self._head = self._head, b""
        owner = self.relay.owner_of(self.url) if self.relay is not None else None
        if self.relay is None or owner is None or not read or (self.cycle and not self.cycle.response_complete):
            return False
        self.transport.pause_reading()
        passed = Passed(client=self.client, secure=self.scheme == "https", read=read)
        self._is_leaving = self.relay.pass_on(self.transport, passed, to=owner)
        if self._is_leaving:
            self._let_go()
        else:
            self.transport.resume_reading()
        return self._is_leaving

    def _let_in(self) -> bool:
        """Whether there is room for this connection, and its address has not too many that are nobody's."""
        transport, peer = self.transport, self.peer
        if not self.gate.room.has(transport.get_extra_info("socket")):
            message = "the server has no room for more connections at present"
            return refuse(transport, HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.UNAVAILABLE, message)
        if self.gate.peers.is_trusted(peer):
            return True
        place = self.gate.engine.strangers.take(peer)
        if place is None:
            return refuse_stranger(transport)
        self._place = place
        return True

    def _let_go(self) -> None:
        self._place.leave()
        self._expect_nothing()
        self._reading.rest()
        self.connections.discard(self)  # pyright: ignore[reportArgumentType] - uvicorn's union of its own classes

    def _look_behind_proxies(self) -> None:
        self.scope["client"] = (self.gate.peers.address(self.peer, self.headers), 0)
        scheme = self.gate.peers.scheme(self.peer, self.headers)
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
        is_slow = self._body_bytes - seen < _BODY_BYTES and not self.flow.read_paused
        if self._in_head or is_slow or self._unwanted_bytes:
            self.transport.abort()
        else:
            self._expect_more()


def bind(gate: WebSocketGate, relay: Relay | None) -> type[HttpProtocol]:
    """Make the class for `uvicorn.Config(http=…)`."""

    class BoundHttpProtocol(HttpProtocol):
        pass

    BoundHttpProtocol.gate = gate
    BoundHttpProtocol.relay = relay
    return BoundHttpProtocol
