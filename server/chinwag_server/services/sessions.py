"""Sessions: one signed-in device each. Checks access tokens, rotates refresh tokens, ends sessions on all nodes.

What a token is checked against is cached for at most 5 s. A revocation is told through the fan-out at once; a sweep of
the database, more than once a second, brings what got lost on the way, what the command line did, and ends what is cached of it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from chinwag_protocol.bodies import Session, SessionInfo, SessionList
from chinwag_protocol.ids import new_id
from chinwag_protocol.times import format_time, to_ms
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import NotFound, SessionRevoked, Unauthorized, Unavailable
from chinwag_server.domain.records import Principal, UserRecord
from chinwag_server.services.tokens import AccessTokens, RefreshTokens
from chinwag_server.storage.sessions import NewSession, SessionRepository, SessionState
from chinwag_server.storage.users import UserRepository, user_object
from chinwag_server.tasks import TaskOwner

STATE_LIFETIME_S: Final = 5.0
SWEEP_EVERY_S: Final = 0.8
"""No node accepts a session for longer than a second after it ended on another."""
_SWEEP_OVERLAP: Final = timedelta(seconds=30)
_SEEN_EVERY_S: Final = 30.0

log = logging.getLogger(__name__)


class Sessions:
    """`start` and `close` bracket its use."""

    def __init__(
        self,
        repository: SessionRepository,
        *,
        users: UserRepository,
        access: AccessTokens,
        refresh: RefreshTokens,
        fanout: Fanout,
        is_online: Callable[[UUID], bool],
        lifetime: timedelta,
        grace: timedelta,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._repository = repository
        self._users = users
        self._access = access
        self._refresh = refresh
        self._fanout = fanout
        self._is_online = is_online
        self._lifetime = lifetime
        self._grace = grace
        self._now = now
        self._clock = clock
        self._states: dict[UUID, tuple[float, SessionState]] = {}
        self._seen: set[UUID] = set()
        self._told: set[UUID] = set()
        self._tasks = TaskOwner("sessions")

    def start(self) -> None:
        """Begin to look for sessions that were revoked elsewhere."""
        self._tasks.spawn(self._sweep_for_ever(), "sweep")

    async def close(self) -> None:
        """Stop looking, and note which sessions were used."""
        await self._tasks.close()
        await self._store_seen()

    async def authenticate(self, token: str, *, address: str) -> Principal:
        """The caller that an access token names.

        Raises `TokenExpired`, `SessionRevoked` (also when the user was disabled), else `Unauthorized`.
        """
        claims = self._access.read(token)
        state = await self._state(claims.session_id)
        if state is None or state.user_id != claims.user_id:
            raise Unauthorized("no such session")
        if state.disabled or state.revoked_reason is not None or claims.session_id in self._told:
            raise SessionRevoked  # told: it ended while its state was looked up
        self._seen.add(claims.session_id)
        return Principal(
            user_id=claims.user_id,
            session_id=claims.session_id,
            role=state.role,
            expires_at=claims.expires_at,
            address=address,
        )

    def draft(self, *, user_id: UUID, device_name: str | None, address: str) -> tuple[NewSession, str]:
        """A session to be stored, and its first refresh token."""
        session_id = new_id()
        token = self._refresh.new(session_id)
        session = NewSession(
            id=session_id,
            user_id=user_id,
            device_name=device_name,
            address=address,
            refresh_hash=self._refresh.read(token).digest,
            expires_at=self._now() + self._lifetime,
        )
        return session, token

    async def open(self, user: UserRecord, *, device_name: str | None, address: str) -> Session:
        """Sign a user in on a device."""
        session, token = self.draft(user_id=user.id, device_name=device_name, address=address)
        await self._repository.create(session)
        return self.answer(user, session_id=session.id, refresh_token=token)

    def answer(self, user: UserRecord, *, session_id: UUID, refresh_token: str) -> Session:
        """What the device is told: its user and a fresh pair of tokens."""
        return Session(
            user=user_object(user, online=self._is_online(user.id)),
            session_id=session_id,
            access_token=self._access.issue(user_id=user.id, session_id=session_id),
            refresh_token=refresh_token,
            expires_in_ms=to_ms(self._access.lifetime),
        )

    async def refresh(self, token: str) -> Session:
        """Exchange a refresh token for its successor and a new access token.

        Raises `SessionRevoked` when the session was ended, also by this very call because the token was spent
        before; `Unauthorized` for anything else that is wrong.
        """
        claims = self._refresh.read(token)
        successor = self._refresh.successor(token)
        now = self._now()
        rotation = await self._repository.rotate(
            claims.session_id,
            shown=claims.digest,
            successor=self._refresh.read(successor).digest,
            now=now,
            grace=self._grace,
            expires_at=now + self._lifetime,
        )
        if rotation.outcome == "reused":
            log.warning("a spent refresh token was shown again: session %s revoked", claims.session_id)
            self._tell(claims.session_id, reason="refresh_reused")
        if rotation.outcome in ("reused", "revoked"):
            raise SessionRevoked
        if rotation.user_id is None or rotation.outcome != "rotated":
            raise Unauthorized("the refresh token is not valid")
        user = await self._users.get(rotation.user_id)
        if user.disabled:
            raise SessionRevoked
        return self.answer(user, session_id=claims.session_id, refresh_token=successor)

    async def list(self, principal: Principal) -> SessionList:
        """The caller's devices."""
        records = await self._repository.list_active(principal.user_id, now=self._now())
        return SessionList(
            sessions=tuple(
                SessionInfo(
                    id=record.id,
                    device_name=record.device_name,
                    created_at=format_time(record.created_at),
                    last_seen_at=format_time(record.last_seen_at),
                    address=record.address,
                    current=record.id == principal.session_id,
                )
                for record in records
            )
        )

    async def logout(self, principal: Principal) -> None:
        """End the caller's own session."""
        await self._repository.revoke(principal.session_id, user_id=principal.user_id, reason="logout")
        self._tell(principal.session_id, reason="logout")

    async def revoke(self, principal: Principal, session_id: UUID) -> None:
        """End one of the caller's sessions. Raises `NotFound`."""
        if not await self._repository.revoke(session_id, user_id=principal.user_id, reason="revoked"):
            raise NotFound("no such session")
        self._tell(session_id, reason="revoked")

    def password_changed(self, principal: Principal) -> None:
        """Close the sockets of the caller's other sessions, which the database has just revoked."""
        for session_id, (_, state) in list(self._states.items()):
            if state.user_id == principal.user_id and session_id != principal.session_id:
                del self._states[session_id]
        self._fanout.disconnect(reason="password_changed", user_id=principal.user_id, keep_session=principal.session_id)

    async def sweep(self) -> None:
        """Close what was revoked in the last half minute; forget old states.

        Again and again: a socket that was connecting when its session ended comes up after it was told.
        """
        revoked = await self._repository.list_revoked(within=_SWEEP_OVERLAP)
        for revocation in revoked:
            self._states.pop(revocation.session_id, None)
            if revocation.session_id not in self._told:
                self._tell(revocation.session_id, reason=revocation.reason)
            else:
                self._fanout.disconnect(reason=revocation.reason, session_id=revocation.session_id, here=True)
        self._told &= {revocation.session_id for revocation in revoked}
        oldest = self._clock() - STATE_LIFETIME_S
        self._states = {session_id: entry for session_id, entry in self._states.items() if entry[0] > oldest}

    def _tell(self, session_id: UUID, *, reason: str) -> None:
        self._states.pop(session_id, None)
        self._told.add(session_id)
        self._fanout.disconnect(reason=reason, session_id=session_id)

    async def _state(self, session_id: UUID) -> SessionState | None:
        entry = self._states.get(session_id)
        now = self._clock()
        if entry is not None and now - entry[0] < STATE_LIFETIME_S:
            return entry[1]
        state = await self._repository.find_state(session_id)
        if state is not None and session_id not in self._told:
            self._states[session_id] = (now, state)
        return state

    async def _sweep_for_ever(self) -> None:
        stored = self._clock()
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                await self.sweep()
                if self._clock() - stored >= _SEEN_EVERY_S:
                    stored = self._clock()
                    await self._store_seen()
            except Unavailable:
                pass  # the database has said so; the next round tries again
            except Exception as failed:  # noqa: BLE001 - the next round tries again, whatever it was
                log.warning("looking for revoked sessions failed: %s", type(failed).__name__)

    async def _store_seen(self) -> None:
        if self._seen:
            seen, self._seen = self._seen, set()
            await self._repository.store_last_seen(seen, now=self._now())
