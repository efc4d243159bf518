"""The HTTP application with the account services alone, over a real database, in the test's own process."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import httpx
import msgspec

from chinwag_protocol.bodies import ServerInfo
from chinwag_protocol.limits import Limits
from chinwag_server.api.app import Services, create_http_app
from chinwag_server.api.metrics import Metrics
from chinwag_server.api.request_log import RequestLog
from chinwag_server.bus.fanout import Fanout
from chinwag_server.bus.leases import Leases
from chinwag_server.config import Settings
from chinwag_server.domain.records import Principal
from chinwag_server.services.accounts import Accounts
from chinwag_server.services.health import Health
from chinwag_server.services.invites import Invites
from chinwag_server.services.limits import RateLimits
from chinwag_server.services.passwords import Passwords
from chinwag_server.services.presence import Presence
from chinwag_server.services.registration import RegistrationRule
from chinwag_server.services.sessions import Sessions
from chinwag_server.services.tokens import AccessTokens, RefreshTokens
from chinwag_server.services.users import Users
from chinwag_server.storage.database import Database
from chinwag_server.storage.invites import InviteRepository
from chinwag_server.storage.sessions import SessionRepository
from chinwag_server.storage.users import UserRepository

KEY = bytes(range(32))
PASSWORD = "correct horse battery"


class RecordingSink:
    """The sockets of a node, as far as the bus can tell."""

    def __init__(self) -> None:
        self.told: list[tuple[frozenset[int] | None, str, Any, int | None]] = []
        self.closed: list[dict[str, Any]] = []

    def deliver(
        self, users: Iterable[int], packet: bytes, *, skip_user: int | None = None, skip_session: UUID | None = None
    ) -> bool:
        self._note(frozenset(users), packet, skip_user)
        return False

    def deliver_to_all(self, packet: bytes, *, skip_user: int | None = None) -> None:
        self._note(None, packet, skip_user)

    def revoke(self, **given: Any) -> None:
        self.closed.append({name: value for name, value in given.items() if value is not None})

    def events(self, name: str) -> list[Any]:
        return [payload for _, told, payload, _ in self.told if told == name]

    def _note(self, users: frozenset[int] | None, packet: bytes, skip_user: int | None) -> None:
        name, payload = msgspec.json.decode(packet[2:])
        self.told.append((users, name, payload, skip_user))


class MovableClock:
    """Wall and monotonic time that a test moves."""

    def __init__(self) -> None:
        self.wall = datetime.now(UTC)
        self.monotonic = 1_000.0

    def now(self) -> datetime:
        return self.wall

    def clock(self) -> float:
        return self.monotonic

    def move(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.monotonic += seconds


@dataclass
class AccountsApp:
    """What a test may reach for."""

    http: httpx.AsyncClient
    database: Database
    services: Services
    presence: Presence
    sink: RecordingSink
    clock: MovableClock
    app: Any
    others: list[httpx.AsyncClient] = field(default_factory=list)

    def from_address(self, address: str) -> httpx.AsyncClient:
        """A client at another address."""
        client = _client(self.app, address)
        self.others.append(client)
        return client

    async def register(self, username: str, **more: Any) -> dict[str, Any]:
        """A new account, signed in."""
        answer = await self.http.post("/auth/register", json={"username": username, "password": PASSWORD} | more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def make_admin(self, session: dict[str, Any]) -> None:
        """Give the role, and let the cached state of the session go."""
        await self.database.execute("UPDATE users SET role = 'admin' WHERE id = $1", UUID(session["user"]["id"]))
        self.clock.move(6)


def bearer(session: dict[str, Any]) -> dict[str, str]:
    """The header that signs a request."""
    return {"Authorization": f"Bearer {session['accessToken']}"}


def principal_of(session: dict[str, Any]) -> Principal:
    """The caller that a session stands for."""
    return Principal(
        user_id=UUID(session["user"]["id"]),
        session_id=UUID(session["sessionId"]),
        role="member",
        expires_at=datetime.max.replace(tzinfo=UTC),
        address="127.0.0.1",
    )


def error_of(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and field; fails when the body is not the error object."""
    body = answer.json()
    assert set(body) == {"error"}, body
    error = body["error"]
    assert set(error) <= {"code", "message", "retryAfterMs", "field"}
    assert error["message"]
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
    if answer.status_code == 429:
        assert int(answer.headers["retry-after"]) >= 1
        assert error["retryAfterMs"] > 0
    return answer.status_code, error["code"], error.get("field")


async def _no_members(_: UUID) -> Mapping[UUID, int]:
    return {}


def _client(app: Any, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 50_000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://chat.test/api/v1")


@contextlib.asynccontextmanager
async def accounts_app(database_url: str, *, limits: Limits | None = None, **given: Any) -> AsyncIterator[AccountsApp]:
    """`given` are fields of `Settings`; registration is open unless it is among them. The sweep of revoked sessions does not run by itself."""
    limits = limits or Limits()
    settings = Settings(limits=limits, **{"registration": "open"} | given)
    clock, sink = MovableClock(), RecordingSink()
    database, passwords, leases = Database(database_url), Passwords(), Leases(None)
    await database.open()
    fanout = Fanout(sink, rosters=_no_members)
    user_rows, session_rows, invite_rows = (
        UserRepository(database),
        SessionRepository(database),
        InviteRepository(database),
    )
    presence = Presence(
        sink=sink, leases=leases, users=user_rows, offline_after_s=0.2, window_s=0.05, watch_every_s=0.05
    )
    rate_limits = RateLimits(limits, clock=clock.clock)
    sessions = Sessions(
        session_rows,
        users=user_rows,
        access=AccessTokens([KEY], lifetime=timedelta(milliseconds=settings.access_token_ttl_ms), now=clock.now),
        refresh=RefreshTokens(KEY),
        fanout=fanout,
        is_online=presence.is_online,
        lifetime=timedelta(milliseconds=settings.refresh_token_ttl_ms),
        grace=timedelta(milliseconds=settings.refresh_grace_ms),
        now=clock.now,
        clock=clock.clock,
    )
    registration = RegistrationRule(user_rows, chosen=settings.registration, private=settings.is_private)
    services = Services(
        server_info=ServerInfo(
            name=settings.server_name,
            version="0",
            protocol=1,
            registration=settings.registration or "invite",
            limits=limits.public(),
            features=(),
        ),
        registration=registration,
        accounts=Accounts(
            users=user_rows,
            invites=invite_rows,
            session_rows=session_rows,
            sessions=sessions,
            passwords=passwords,
            rate_limits=rate_limits,
            limits=limits,
            registration=registration,
        ),
        sessions=sessions,
        users=Users(user_rows, fanout=fanout, is_online=presence.is_online, limits=limits),
        invites=Invites(invite_rows, server_name=settings.server_name, now=clock.now),
        **dict.fromkeys(("conversations", "members", "history", "sync", "attachments"), cast("Any", None)),
        rate_limits=rate_limits,
        health=Health({"database": lambda: _reach(database)}),
        metrics=Metrics(addresses=settings.metrics_addresses),
    )
    app = RequestLog(create_http_app(services, settings), services.metrics)
    presence.start()
    made = AccountsApp(_client(app, "127.0.0.1"), database, services, presence, sink, clock, app)
    try:
        yield made
    finally:
        for client in (made.http, *made.others):
            await client.aclose()
        await sessions.close()
        await presence.close()
        await rate_limits.close()
        await fanout.stop()
        passwords.close()
        await database.close()


async def _reach(database: Database) -> bool:
    return await database.fetchval("SELECT 1") == 1
