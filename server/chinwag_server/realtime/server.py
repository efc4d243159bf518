"""The Socket.IO server of one worker: who is connected, CONNECT, deadlines, closing; and the `Sink` of the bus.

It is a python-socketio server above an engine of our own: rooms, emit, call and disconnect work as its documentation says.
Handlers are not registered with `on` but as routes (`dispatch.py`).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

import socketio

from chinwag_protocol.decode import decode_json
from chinwag_protocol.errors import DecodeError, ErrorBody, ErrorCode
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.notices import RevocationReason, ServerShutdown, SessionRevoked
from chinwag_server.bus.packets import encode_event
from chinwag_server.domain.errors import ChatError
from chinwag_server.realtime.connecting import Authenticate, authenticate, split_connect
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.dispatch import Dispatcher, Route
from chinwag_server.realtime.encoding import DISCONNECT, encode_connect_error, encode_connected
from chinwag_server.realtime.engine import Engine
from chinwag_server.realtime.link import CloseCode, Link
from chinwag_server.realtime.registry import Connections
from chinwag_server.realtime.rooms import NAMESPACE, Rooms
from chinwag_server.realtime.timing import Timing
from chinwag_server.tasks import TaskOwner

Ended = Callable[[Connection, str], None]
"""Told of each connection that has ended, registered or not, and why."""

_log: Final = logging.getLogger(__name__)


class SocketServer(socketio.AsyncServer):
    """`configure` once, then `start`; `drain` and `stop` end it. Implements `bus.fanout.Sink`."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        timing: Timing | None = None,
        sid_prefix: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limits = limits or Limits()
        self._timing = timing or Timing()
        self._sid_prefix = sid_prefix
        self._now = now
        self.connections = Connections()
        self._rooms = Rooms(self.connections.find)
        options: dict[str, Any] = {
            "client_manager": self._rooms,
            "logger": logging.getLogger("socketio.server"),
            "async_mode": "asgi",
        }
        super().__init__(**options)
        self._tasks = TaskOwner("sockets")
        self._dispatcher: Dispatcher
        self._authenticate: Authenticate
        self._ended: Ended | None = None
        self._tokens_at = 0.0
        self.ends: dict[str, int] = {}

    @property
    def engine(self) -> Engine:
        """The Engine.IO sessions below."""
        return cast("Engine", self.eio)

    @property
    def events_received(self) -> int:
        """Events that came in since the start."""
        return self._dispatcher.received

    @property
    def events_failed(self) -> int:
        """Events that were answered with an error."""
        return self._dispatcher.failed

    def configure(
        self, *, authenticate: Authenticate, routes: Mapping[str, Route], disconnected: Ended | None = None
    ) -> None:
        """Say who may connect, what handles events, and who hears of connections that ended."""
        self._authenticate = authenticate
        self._dispatcher = Dispatcher(routes, self._limits, timing=self._timing)
        self._ended = disconnected
        self.engine.on_event = self._dispatcher.receive
        self.engine.sweeper.every_tick(self._dispatcher.sweep)
        self.engine.sweeper.every_tick(self._check_tokens)

    async def start(self) -> None:
        """Begin to serve."""
        self._dispatcher.start()
        self.engine.start()

    async def drain(self, *, reconnect_after_ms: int = 2_000) -> None:
        """Accept nothing more, let answers go out, tell `serverShutdown`, and close every socket. Takes 2 s at most."""
        self.engine.draining = True
        for link in list(self.engine.sockets.values()):
            link.pause()
        await self._dispatcher.drain(self._timing.drain_s)
        notice = encode_event("serverShutdown", ServerShutdown(reconnect_after_ms=reconnect_after_ms))
        for link in list(self.engine.sockets.values()):
            if link.connection is not None and link.connection.registered:
                link.write(notice)
            link.end("server shutdown", code=CloseCode.GOING_AWAY)
        try:
            async with asyncio.timeout(2 * self._timing.close_s):
                await self.engine.wait_closed()
        except TimeoutError:
            _log.info("%d sockets did not close in time", len(self.engine.sockets))

    async def stop(self) -> None:
        """Drop what is left, and end."""
        self.engine.draining = True
        self.engine.stop()
        await self._tasks.close()
        await self._dispatcher.stop()

    # ------------------------------------------------------------ a Sink

    def deliver(
        self, users: Iterable[int], packet: bytes, *, skip_user: int | None = None, skip_session: UUID | None = None
    ) -> bool:
        """Write a packet to each registered socket of these users (`UUID.int`); whether there is one."""
        of_user, found = self.connections.of_user, False
        for user in users:
            if user == skip_user:
                continue
            for connection in of_user(user):
                if connection.registered and (skip_session is None or connection.principal.session_id != skip_session):
                    connection.link.write(packet)
                    found = True
        return found

    def deliver_to_all(self, packet: bytes, *, skip_user: int | None = None) -> None:
        """Write a packet to each registered socket."""
        for connection in self.connections:
            if connection.registered and connection.principal.user_id.int != skip_user:
                connection.link.write(packet)

    def revoke(
        self,
        *,
        reason: str,
        session_id: UUID | None = None,
        user_id: UUID | None = None,
        keep_session: UUID | None = None,
    ) -> None:
        """Tell `sessionRevoked` to the sockets of a session, or of a user but for one session, and close them."""
        chosen = self.connections.of_user(user_id.int) if user_id is not None else []
        if session_id is not None:
            chosen = self.connections.of_session(session_id)
        notice = encode_event("sessionRevoked", SessionRevoked(reason=cast("RevocationReason", reason)))
        for connection in list(chosen):
            if connection.principal.session_id != keep_session:
                if connection.registered:
                    connection.link.write(notice)
                connection.close(f"session revoked: {reason}")

    # ------------------------------------------------------------ of the engine

    def link_opened(self, link: Link) -> None:
        """A session begins: it has ten seconds to CONNECT."""
        link.expect(self._timing.connect_s, lambda: self._check_connected(link))

    def packet_received(self, link: Link, packet: bytes) -> None:
        """Take a Socket.IO packet that is no event of a connection."""
        kind = packet[1:2]
        if kind == b"0" and link.connection is None and not link.connecting:
            self._begin_connect(link, packet)
        elif link.connection is None:
            link.end("packet before CONNECT", code=CloseCode.POLICY)
        elif packet == DISCONNECT:
            link.end("client disconnect", last=None)
        elif kind == b"3":
            self._take_ack(link.connection, packet)
        elif kind == b"0" and packet[2:3] == b"/" and not packet.startswith((b"40/,", b"40/?")) and packet != b"40/":
            self._begin_connect(link, packet)
        else:
            link.end("malformed packet", code=CloseCode.PROTOCOL_ERROR)

    def event_received(self, connection: Connection, packet: bytes) -> None:
        """Take an event: `configure` puts the dispatcher in place of this."""
        connection.link.end("no routes", code=CloseCode.INTERNAL)

    def link_ended(self, link: Link, reason: str) -> None:
        """A session is over: nothing is delivered to it from here on."""
        self.ends[reason] = self.ends.get(reason, 0) + 1
        connection = link.connection
        if connection is None:
            return
        self.connections.remove(connection)
        self._rooms.remove(connection)
        self._dispatcher.close(connection)
        if self._ended is not None:
            self._ended(connection, reason)

    # ------------------------------------------------------------ of a connection

    def _check_tokens(self, now: float) -> None:
        """Close the sockets whose access token ran out, once in a while: nothing is kept per socket for it."""
        if now >= self._tokens_at:
            self._tokens_at = now + self._timing.tokens_s
            at = self._now()
            for connection in self.connections:
                if connection.principal.expires_at <= at:
                    connection.close("access token ran out")

    def _check_connected(self, link: Link) -> None:
        if link.connection is None:
            link.end("no CONNECT in time", code=CloseCode.POLICY)

    # ------------------------------------------------------------ CONNECT

    def _begin_connect(self, link: Link, packet: bytes) -> None:
        try:
            namespace, auth = split_connect(packet)
        except ValueError:
            link.end("malformed CONNECT", code=CloseCode.PROTOCOL_ERROR)
            return
        if namespace != NAMESPACE:
            error = ErrorBody(code=ErrorCode.INVALID, message="there is only the namespace /")
            self._refuse(link, error, namespace)
            return
        link.connecting = True
        self._tasks.spawn(self._connect(link, auth), "connect")

    async def _connect(self, link: Link, auth: bytes) -> None:
        try:
            principal = await authenticate(
                auth, self._authenticate, address=link.address, timeout_s=self._timing.authenticate_s
            )
        except DecodeError:
            link.end("malformed CONNECT", code=CloseCode.PROTOCOL_ERROR)
            return
        except ChatError as error:
            self._refuse(link, error.body().error)
            return
        if link.closed or self.engine.draining:
            return
        connection = Connection(link, sid=str(new_id()), principal=principal)
        self._dispatcher.open(connection)
        link.connection = connection
        self.connections.add(connection)
        self._rooms.add(connection)
        link.write(encode_connected(connection.sid))
        link.expect(self._timing.register_s, lambda: self._check_registered(connection))
        sockets = self.connections.of_user(principal.user_id.int)
        if len(sockets) > self._limits.sockets_per_user:
            sockets[0].close("too many sockets of this user")

    def _refuse(self, link: Link, error: ErrorBody, namespace: str = NAMESPACE) -> None:
        link.end(f"CONNECT refused: {error.code}", last=encode_connect_error(error, namespace))

    def _check_registered(self, connection: Connection) -> None:
        if not connection.registered:
            connection.close("no register-user in time")

    # ------------------------------------------------------------ as python-socketio has it

    async def emit(
        self,
        event: str,
        data: Any = None,
        to: Any = None,
        room: Any = None,
        skip_sid: Any = None,
        namespace: str | None = None,
        callback: Any = None,
        ignore_queue: bool = False,
    ) -> None:
        """Send an event to rooms. An empty list is nobody: to python-socketio it is everybody."""
        rooms = room if to is None else to
        if not isinstance(rooms, list | tuple) or rooms:
            await super().emit(event, data, rooms, None, skip_sid, namespace, callback, ignore_queue)

    async def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        """Close a connection; never waits for the peer."""
        connection = self.connections.find(sid)
        if connection is not None:
            connection.close("server disconnect")

    def _take_ack(self, connection: Connection, packet: bytes) -> None:
        """Give the answer of a client to whoever `call`ed it. Ids that nobody waits for are ignored."""
        start = packet.find(b"[", 2, 24)
        if start < 0 or not packet[2:start].isdigit():
            connection.link.end("malformed ack", code=CloseCode.PROTOCOL_ERROR)
            return
        connection.link.note_noise()
        callback = self._rooms.take_callback(connection.sid, int(packet[2:start]))
        if callback is not None:
            try:
                arguments = decode_json(packet[start:], list[Any])
            except DecodeError:
                connection.link.end("malformed ack", code=CloseCode.PROTOCOL_ERROR)
                return
            result = callback(*arguments)
            if asyncio.iscoroutine(result):
                self._tasks.spawn(result, "ack")

    def _engineio_server_class(self) -> Any:
        def make(**_: Any) -> Engine:
            return Engine(receiver=self, limits=self._limits, timing=self._timing, sid_prefix=self._sid_prefix)

        return make
