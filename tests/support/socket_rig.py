"""The sockets of the server alone, in a uvicorn of this process: fake tokens, toy routes, short deadlines."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import uvicorn
from foreign_client import ForeignClient

from chinwag_protocol.commands import Ping, PingAck, RegisterUser, RenewAck, RenewToken, SendMessage
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.objects import Message
from chinwag_protocol.times import format_time
from chinwag_protocol.wire import Record
from chinwag_server.domain.errors import Conflict, Forbidden, SessionRevoked, TokenExpired, Unauthorized
from chinwag_server.domain.records import Principal
from chinwag_server.realtime import Connection, Reply, Route, SocketApp, Timing, create_socket_app
from chinwag_server.realtime.relay import Passed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

SHORT = Timing(
    ping_interval_s=0.3,
    ping_timeout_s=0.2,
    request_s=0.3,
    connect_s=0.3,
    authenticate_s=0.3,
    register_s=0.3,
    tokens_s=0.05,
    upgrade_s=0.3,
    answer_s=0.3,
    hung_s=0.6,
    throttled_s=0.3,
    close_s=0.1,
    drain_s=0.3,
    tick_s=0.02,
)
"""Deadlines for tests of deadlines. Other tests have time: the defaults."""


class Empty(Record, frozen=True, kw_only=True):
    pass


class Echo(Record, frozen=True, kw_only=True):
    text: str = ""
    number: int = 0


class User:
    """A user of the rig, and one session of theirs."""

    def __init__(self, rig: SocketRig) -> None:
        self.id = new_id()
        self.session_id = new_id()
        self.token = f"token-{self.id}"
        self.expires_at = datetime.now(UTC) + timedelta(minutes=15)
        rig.users[self.token] = self

    def auth(self, **changes: Any) -> dict[str, Any]:
        return {"token": self.token, "userId": str(self.id), "protocol": 1} | changes


class SocketRig:
    """A running server, and what its toy handlers saw and wait for."""

    def __init__(self, app: SocketApp) -> None:
        self.app = app
        self.sockets = app.server
        self.url = ""
        self.users: dict[str, User] = {}
        self.connections: list[Connection] = []
        self.ended: list[tuple[Connection, str]] = []
        self.started: list[int] = []
        self.gate = asyncio.Event()
        """`hold` waits for it."""
        self.replies: list[tuple[SendMessage, Reply]] = []
        self.answers_messages = True
        self.token_gate: asyncio.Event | None = None

    def user(self) -> User:
        return User(self)

    def client(self, user: User, transport: str = "websocket", **options: Any) -> Any:
        """A `ForeignClient` of this user, as a context manager."""
        return ForeignClient.connect(self.url, token=user.token, user_id=user.id, transport=transport, **options)

    async def authenticate(self, token: str, *, address: str) -> Principal:
        if self.token_gate is not None:
            await self.token_gate.wait()
        if token in {"expired", "revoked"}:
            raise TokenExpired if token == "expired" else SessionRevoked
        if token == "broken":
            raise ZeroDivisionError
        user = self.users.get(token)
        if user is None:
            raise Unauthorized
        return Principal(
            user_id=user.id, session_id=user.session_id, role="member", expires_at=user.expires_at, address=address
        )

    def routes(self) -> Mapping[str, Route]:
        return {
            "register-user": Route(RegisterUser, self._register),
            "renewToken": Route(RenewToken, self._renew),
            "ping": Route(Ping, self._ping),
            "sendMessage": Route(SendMessage, self._send, inline=True),
            "typing": Route(Echo, self._echo),
            "react": Route(Echo, self._hold),
            "pinMessage": Route(Echo, self._fail),
        }

    async def _register(self, connection: Connection, command: RegisterUser) -> Echo:
        if command.user_id != connection.principal.user_id:
            raise Forbidden
        connection.register()
        self.connections.append(connection)
        return Echo(text="registered")

    async def _renew(self, connection: Connection, command: RenewToken) -> RenewAck:
        principal = await self.authenticate(command.token, address=connection.address)
        connection.renew(principal)
        return RenewAck(expires_in_ms=1)

    async def _ping(self, connection: Connection, command: Ping) -> PingAck:
        return PingAck(server_time=format_time(datetime.now(UTC)))

    async def _echo(self, connection: Connection, command: Echo) -> Echo:
        """Note that it started, and answer after a moment."""
        self.started.append(command.number)
        await asyncio.sleep(0)
        return command

    async def _hold(self, connection: Connection, command: Echo) -> Echo:
        """Note that it started, and wait for the gate."""
        self.started.append(command.number)
        await self.gate.wait()
        return command

    async def _fail(self, connection: Connection, command: Echo) -> Echo:
        if command.text == "conflict":
            raise Conflict("so it is", field="text")
        raise ZeroDivisionError("secret")

    def _send(self, connection: Connection, command: SendMessage, reply: Reply) -> None:
        """Answer with a message, at once; with the text `fault` raise; unless answers are off: then keep the reply."""
        self.replies.append((command, reply))
        if command.text == "fault":
            raise ZeroDivisionError("secret")
        if command.text == "conflict":
            raise Conflict
        self.started.append(len(self.replies))
        if self.answers_messages:
            reply(MessageAnswer(message=message_of(connection.principal.user_id, command)))


class MessageAnswer(Record, frozen=True, kw_only=True):
    message: Message


def message_of(sender_id: UUID, command: SendMessage, *, seq: int = 1) -> Message:
    return Message(
        id=new_id(),
        conversation_id=command.conversation_id or UUID(int=1),
        seq=seq,
        rev=seq,
        sender_id=sender_id,
        temp_id=command.temp_id,
        kind="text",
        text=command.text or "",
        attachments=(),
        mentions=(),
        mentions_all=False,
        reactions=(),
        created_at=format_time(datetime.now(UTC)),
    )


@contextlib.asynccontextmanager
async def run_rig(
    *, limits: Limits | None = None, timing: Timing | None = None, tls: tuple[str, str] | None = None, **options: Any
) -> AsyncIterator[SocketRig]:
    """Serve on a free port of loopback; `tls` are the paths of a certificate and its key."""
    app = create_socket_app(limits=limits, timing=timing, **options)
    rig = SocketRig(app)
    app.server.configure(
        authenticate=rig.authenticate,
        routes=rig.routes(),
        disconnected=lambda connection, reason: rig.ended.append((connection, reason)),
    )
    await app.server.start()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    rig.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    files = {"ssl_certfile": tls[0], "ssl_keyfile": tls[1]} if tls else {}
    config = uvicorn.Config(app.asgi, lifespan="off", **files, **app.uvicorn_options())
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])

    def adopt(transport: asyncio.Transport, passed: Passed) -> None:
        app.http_protocol(config=config, server_state=server.server_state, app_state={}).take_over(transport, passed)

    if app.relay is not None:
        app.relay.start(adopt)
    try:
        yield rig
    finally:
        rig.gate.set()
        await app.server.drain()
        await app.server.stop()
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        await asyncio.gather(*server.server_state.tasks)
        if app.relay is not None:
            await app.relay.stop()


def struct(**fields: Any) -> msgspec.Struct:
    """Any payload."""
    return msgspec.defstruct("Payload", list(fields))(**fields)
