"""Sockets that a test plays by hand, for SocketMonitor and those who send over it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from desktop_builders import user

from chinwag_desktop.core.clock import Clock, deadline
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import ClientError, LinkLost, TimedOut
from chinwag_desktop.core.link import AccessToken, Inbound
from chinwag_desktop.core.subscribers import Subscribers
from chinwag_protocol.events import (
    ConnectAuth,
    PingAck,
    RegisterAck,
    RenewAck,
)

WHEN = "2026-11-24T20:00:00.000Z"
REGISTERED = RegisterAck(user=user("me"), online_users=(), epoch="e1", server_time=WHEN)
ANSWERS: dict[str, Any] = {
    "register-user": REGISTERED,
    "ping": PingAck(server_time=WHEN),
    "renewToken": RenewAck(expires_in_ms=900_000),
}


class FakeSocket:
    """One connection. ``answers`` says what an event is acked with: a value, an error to raise, or None for silence."""

    def __init__(self, *, failure: ClientError | None = None, hangs: bool = False) -> None:
        self.failure = failure
        self.hangs = hangs
        self.answers: dict[str, Any] = dict(ANSWERS)
        self.auth: ConnectAuth | None = None
        self.calls: list[tuple[str, Any]] = []
        self.closed: list[bool] = []
        """``polite`` of each close."""
        self.transport: str | None = "websocket"
        self.bytes_sent = 100
        self.bytes_received = 200
        self._lost: LinkLost | None = None
        self._inbound: list[Inbound] = []
        self._news = asyncio.Event()
        self._waiting: set[asyncio.Future[Any]] = set()

    async def connect(self, auth: ConnectAuth) -> None:
        self.auth = auth
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure

    async def receive(self) -> Sequence[Inbound]:
        while not self._inbound:
            if self._lost is not None:
                raise self._lost
            self._news.clear()
            await self._news.wait()
        events, self._inbound = self._inbound, []
        return events

    async def call(self, event: str, payload: Any, *, timeout_s: float) -> Any:
        self.calls.append((event, payload))
        if self._lost is not None:
            raise self._lost
        answer = self.answers.get(event)
        if callable(answer):
            answer = answer(payload)
        if answer is None:
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                return await future
            finally:
                self._waiting.discard(future)
        if isinstance(answer, asyncio.Future):
            return await asyncio.shield(answer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self, *, polite: bool = False) -> None:
        self.closed.append(polite)
        self.lose("client disconnect")

    def lose(self, reason: str, *, close_code: int | None = None, announced: bool = False) -> None:
        """The link ends."""
        if self._lost is None:
            self._lost = LinkLost(reason, close_code=close_code, announced=announced)
            self._news.set()
            for future in self._waiting:
                if not future.done():
                    future.set_exception(self._lost)

    def emit(self, name: str, payload: Any) -> None:
        """The server sends an event."""
        self._inbound.append(Inbound(name, payload))
        self._news.set()

    @property
    def registered(self) -> bool:
        """Whether the server tells it what happens: from `register-user` on, long before the client calls itself online."""
        return self._lost is None and self.count("register-user") > 0

    def count(self, event: str) -> int:
        return sum(name == event for name, _ in self.calls)


class FakeTokens:
    """Numbered tokens that last ``lifetime_s``."""

    def __init__(self, clock: Clock, *, lifetime_s: float = 900) -> None:
        self.clock = clock
        self.lifetime_s = lifetime_s
        self.failure: ClientError | None = None
        self.number = 0
        self._token: AccessToken | None = None
        self.renewals: list[bool] = []
        """``at_once`` of each renewal of the connections."""

    async def renew_connections(self, *, at_once: bool = False) -> None:
        self.renewals.append(at_once)

    async def access_token(self, *, valid_s: float = 0.0, renew: bool = False) -> AccessToken:
        if self.failure is not None:
            raise self.failure
        if renew or self._token is None or self._token.expires_at < self.clock.monotonic() + valid_s:
            self.number += 1
            self._token = AccessToken(f"token-{self.number}", self.clock.monotonic() + self.lifetime_s)
        return self._token


class FakeUser:
    """What is done on each link, as a list of words."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.received: list[Inbound] = []
        self.sync_failures: list[Exception] = []
        self.may_sync = asyncio.Event()
        self.may_sync.set()

    async def registered(self, ack: RegisterAck) -> None:
        self.log.append("registered")

    async def catch_up(self) -> None:
        await self.may_sync.wait()
        if self.sync_failures:
            self.log.append("sync failed")
            raise self.sync_failures.pop(0)
        self.log.append("synced")

    def receive(self, events: Sequence[Inbound]) -> None:
        self.received += events

    def lost(self) -> None:
        self.log.append("lost")


class FakeSockets:
    """Gives out sockets as the monitor asks for them; ``prepare`` decides what the next ones do."""

    def __init__(self) -> None:
        self.made: list[FakeSocket] = []
        self.prepare: Callable[[], FakeSocket] = FakeSocket

    def __call__(self) -> FakeSocket:
        socket = self.prepare()
        self.made.append(socket)
        return socket

    @property
    def last(self) -> FakeSocket:
        return self.made[-1]


class FakeLink:
    """``sync.ports.Link`` that is online or not, and answers like a FakeSocket."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners = Subscribers[ConnectionState]("state")
        self.online = False
        self.socket = FakeSocket()
        self.calls: list[tuple[str, Any]] = []
        """Of all links, in order."""

    def subscribe(self, listener: Callable[[ConnectionState], None]) -> Callable[[], None]:
        return self._listeners.add(listener)

    async def call(self, event: str, payload: Any, *, timeout_s: float = 12.0) -> Any:
        if not self.online:
            raise LinkLost("transport close")
        self.calls.append((event, payload))
        try:
            async with deadline(self._clock, timeout_s):
                return await self.socket.call(event, payload, timeout_s=timeout_s)
        except TimeoutError:
            raise TimedOut from None

    def payloads(self, event: str) -> list[Any]:
        return [payload for name, payload in self.calls if name == event]

    def connect(self) -> None:
        self.online = True
        self._listeners.tell(ConnectionState(phase=Phase.ONLINE))

    def lose(self, reason: str = "transport close", *, close_code: int | None = None, announced: bool = False) -> None:
        """The link ends; the next one answers as this one did."""
        self.online = False
        old, self.socket = self.socket, FakeSocket()
        self.socket.answers = old.answers
        old.lose(reason, close_code=close_code, announced=announced)
        self._listeners.tell(ConnectionState(phase=Phase.WAITING, attempt=1))
