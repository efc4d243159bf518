"""Signed-in devices: the SQL of `sessions`. The rotation of refresh tokens is decided under the row's lock."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from chinwag_server.domain.records import SessionRecord
from chinwag_server.storage.database import Database
from chinwag_server.storage.driver import Connection, Record

_COLUMNS: Final = (
    "id, user_id, device_name, address, created_at, last_seen_at, expires_at, rotated_at, revoked_at, revoked_reason"
)


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """What a session starts with; `refresh_hash` is the SHA-256 of its first refresh token."""

    id: UUID
    user_id: UUID
    device_name: str | None
    address: str
    refresh_hash: bytes
    expires_at: datetime


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller's token is checked against."""

    user_id: UUID
    role: str
    disabled: bool
    revoked_reason: str | None


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was ended, and why."""

    session_id: UUID
    user_id: UUID
    reason: str


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """How the showing of a refresh token ended.

    `rotated`: its successor is good now, be it from this call or a former one within the grace. `reused`: it was
    spent long ago, and the session is revoked for it.
    """

    outcome: Literal["rotated", "reused", "revoked", "expired", "unknown"]
    user_id: UUID | None = None


class SessionRepository:
    """Reads and writes sessions. Raises `Unavailable` on an outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, session: NewSession) -> None:
        """Store a session of an existing user."""
        async with self._database.connection() as conn:
            await insert_session(conn, session)

    async def find_state(self, session_id: UUID) -> SessionState | None:
        """The session with what matters of its user."""
        row = await self._database.fetchrow(
            "SELECT s.user_id, u.role, u.disabled, s.revoked_reason FROM sessions s JOIN users u ON u.id = s.user_id"
            " WHERE s.id = $1",
            session_id,
        )
        if row is None:
            return None
        return SessionState(
            user_id=row["user_id"], role=row["role"], disabled=row["disabled"], revoked_reason=row["revoked_reason"]
        )

    async def list_active(self, user_id: UUID, *, now: datetime) -> list[SessionRecord]:
        """The user's sessions that are neither revoked nor expired, the last used first."""
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2"  # noqa: S608 - a constant
            " ORDER BY last_seen_at DESC, id DESC LIMIT 500",
            user_id,
            now,
        )
        return [_session(row) for row in rows]

    async def knows_address(self, user_id: UUID, address: str) -> bool:
        """Whether the user has signed in from the address before."""
        return bool(
            await self._database.fetchval(
                "SELECT EXISTS (SELECT FROM sessions WHERE user_id = $1 AND address = $2)", user_id, address
            )
        )

    async def rotate(
        self,
        session_id: UUID,
        *,
        shown: bytes,
        successor: bytes,
        now: datetime,
        grace: timedelta,
        expires_at: datetime,
    ) -> Rotation:
        """Exchange the token whose hash is `shown` for the one whose hash is `successor`, under the session's lock.

        A spent token is accepted again while its successor is unused and the grace lasts; later it revokes the
        session: whoever shows it, two hold the same token.
        """
        async with self._database.transaction() as conn:
            row = await conn.fetchrow(
                "SELECT user_id, refresh_hash, previous_hash, rotated_at, expires_at, revoked_at FROM sessions"
                " WHERE id = $1 FOR UPDATE",
                session_id,
            )
            if row is None:
                return Rotation(outcome="unknown")
            user_id: UUID = row["user_id"]
            if row["revoked_at"] is not None:
                return Rotation(outcome="revoked", user_id=user_id)
            if row["refresh_hash"] == shown:
                if row["expires_at"] <= now:
                    return Rotation(outcome="expired", user_id=user_id)
                await conn.execute(
                    "UPDATE sessions SET refresh_hash = $2, previous_hash = $3, rotated_at = $4, last_seen_at = $4,"
                    " expires_at = $5 WHERE id = $1",
                    session_id,
                    successor,
                    shown,
                    now,
                    expires_at,
                )
                return Rotation(outcome="rotated", user_id=user_id)
            if row["previous_hash"] == shown and row["refresh_hash"] == successor and now - row["rotated_at"] <= grace:
                return Rotation(outcome="rotated", user_id=user_id)
            await conn.execute(
                "UPDATE sessions SET revoked_at = now(), revoked_reason = 'refresh_reused' WHERE id = $1", session_id
            )
            return Rotation(outcome="reused", user_id=user_id)

    async def revoke(self, session_id: UUID, *, user_id: UUID, reason: str) -> bool:
        """End one session of the user; false when there is no such live session."""
        done = await self._database.execute(
            "UPDATE sessions SET revoked_at = now(), revoked_reason = $3"
            " WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
            session_id,
            user_id,
            reason,
        )
        return done != "UPDATE 0"

    async def list_revoked(self, *, within: timedelta) -> list[Revocation]:
        """Sessions revoked lately, by any node or command; the time is the database's."""
        rows = await self._database.fetch(
            "SELECT id, user_id, revoked_reason FROM sessions WHERE revoked_at > now() - $1::interval"
            " ORDER BY revoked_at",
            within,
        )
        return [
            Revocation(session_id=row["id"], user_id=row["user_id"], reason=row["revoked_reason"] or "revoked")
            for row in rows
        ]

    async def store_last_seen(self, session_ids: Iterable[UUID], *, now: datetime) -> None:
        """Note that the sessions were used."""
        await self._database.execute(
            "UPDATE sessions SET last_seen_at = $2 WHERE id IN"
            " (SELECT id FROM sessions WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED)",
            list(session_ids),
            now,
        )


async def insert_session(conn: Connection, session: NewSession) -> None:
    """Store a session within the caller's transaction."""
    await conn.execute(
        "INSERT INTO sessions (id, user_id, device_name, address, refresh_hash, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        session.id,
        session.user_id,
        session.device_name,
        session.address,
        session.refresh_hash,
        session.expires_at,
    )


async def revoke_others(conn: Connection, user_id: UUID, *, keep: UUID | None, reason: str) -> None:
    """End every session of the user but `keep`, within the caller's transaction."""
    await conn.execute(
        "UPDATE sessions SET revoked_at = now(), revoked_reason = $3"
        " WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL",
        user_id,
        keep,
        reason,
    )


def _session(row: Record) -> SessionRecord:
    return SessionRecord(
        id=row["id"],
        user_id=row["user_id"],
        device_name=row["device_name"],
        address=row["address"],
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
        rotated_at=row["rotated_at"],
        revoked_at=row["revoked_at"],
        revoked_reason=row["revoked_reason"],
    )
