"""People and whom they block: the SQL of `users` and `blocks`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
from msgspec import UNSET, UnsetType

from chinwag_protocol.objects import User, UserStatus
from chinwag_protocol.times import format_time
from chinwag_server.domain.errors import Conflict, Invalid, NotFound
from chinwag_server.domain.records import UserRecord
from chinwag_server.storage.audit import write_audit
from chinwag_server.storage.database import Database
from chinwag_server.storage.driver import Connection, Record
from chinwag_server.storage.sessions import revoke_others

_COLUMNS: Final = "id, username, display_name, role, password_hash, disabled, status, avatar, last_seen_at, created_at"


class UserPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the directory; `next` is the name to go on after."""

    users: list[UserRecord]
    next: str | None


class UserRepository:
    """Reads and writes users. Raises `NotFound` where a `get_` finds nobody, `Unavailable` on an outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, *, user_id: UUID, username: str, display_name: str, role: str, password_hash: str | None
    ) -> UserRecord:
        """Make a user for the command line. Raises `Conflict` (`username`) for a taken name."""
        async with self._database.transaction() as conn:
            user = await insert_user(
                conn,
                user_id=user_id,
                username=username,
                display_name=display_name,
                role=role,
                password_hash=password_hash,
            )
            details: dict[str, object] = {"username": username, "role": role}
            await write_audit(conn, actor_id=None, action="user.create", subject=str(user_id), details=details)
            return user

    async def find(self, user_id: UUID) -> UserRecord | None:
        """The user, disabled ones too."""
        row = await self._database.fetchrow(f"SELECT {_COLUMNS} FROM users WHERE id = $1", user_id)  # noqa: S608 - a constant
        return None if row is None else _user(row)

    async def get(self, user_id: UUID) -> UserRecord:
        """The user, disabled ones too."""
        if (found := await self.find(user_id)) is None:
            raise NotFound("no such user")
        return found

    async def find_by_name(self, username: str) -> UserRecord | None:
        """The user of that name, disabled ones too."""
        row = await self._database.fetchrow(f"SELECT {_COLUMNS} FROM users WHERE username = $1", username)  # noqa: S608 - a constant
        return None if row is None else _user(row)

    async def list_by_id(self, user_ids: Iterable[UUID]) -> list[UserRecord]:
        """Those of the users that exist, in no order."""
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM users WHERE id = ANY ($1::uuid[])",  # noqa: S608 - a constant
            list(user_ids),
        )
        return [_user(row) for row in rows]

    async def list_page(self, *, query: str | None, after: str | None, limit: int) -> UserPage:
        """The directory by user name: enabled users whose user name or display name contains `query`."""
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM users WHERE NOT disabled AND username > $1"  # noqa: S608 - a constant
            r" AND ($2::text IS NULL OR username LIKE $2 OR lower(display_name) LIKE $2) ORDER BY username LIMIT $3",
            after or "",
            None if query is None else f"%{_escaped(query.lower())}%",
            limit + 1,
        )
        return _page(rows, limit)

    async def list_everyone(self) -> list[UserRecord]:
        """All users by name, disabled ones too: for the command line."""
        rows = await self._database.fetch(f"SELECT {_COLUMNS} FROM users ORDER BY username")  # noqa: S608 - a constant
        return [_user(row) for row in rows]

    async def count(self) -> int:
        """How many users there are, disabled ones too."""
        return int(await self._database.fetchval("SELECT count(*) FROM users"))

    async def update_profile(
        self, user_id: UUID, *, display_name: str | UnsetType = UNSET, status: UserStatus | UnsetType | None = UNSET
    ) -> tuple[UserRecord, bool]:
        """Change what is given; the user as they now are, and whether anything changed."""
        async with self._database.transaction() as conn:
            old = _required(
                await conn.fetchrow(f"SELECT {_COLUMNS} FROM users WHERE id = $1 FOR UPDATE", user_id)  # noqa: S608 - a constant
            )
            name = old.display_name if display_name is UNSET else display_name
            mood = old.status if status is UNSET else status
            if (name, mood) == (old.display_name, old.status):
                return old, False
            row = await conn.fetchrow(
                f"UPDATE users SET display_name = $2, status = $3::jsonb WHERE id = $1 RETURNING {_COLUMNS}",  # noqa: S608 - a constant
                user_id,
                name,
                None if mood is None else msgspec.json.encode(mood).decode(),
            )
            return _required(row), True

    async def set_avatar(self, user_id: UUID, avatar: UUID | None) -> tuple[UserRecord, bool]:
        """Set or remove the picture; the user as they now are, and whether anything changed."""
        async with self._database.transaction() as conn:
            old = await conn.fetchval("SELECT avatar FROM users WHERE id = $1 FOR UPDATE", user_id)
            row = await conn.fetchrow(
                f"UPDATE users SET avatar = $2 WHERE id = $1 RETURNING {_COLUMNS}",  # noqa: S608 - a constant
                user_id,
                avatar,
            )
            return _required(row), old != avatar

    async def rehash_password(self, user_id: UUID, password_hash: str, *, instead_of: str) -> None:
        """Store another hash of the same password, unless the password was changed meanwhile."""
        await self._database.execute(
            "UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
            user_id,
            password_hash,
            instead_of,
        )

    async def set_password(self, user_id: UUID, password_hash: str, *, keep_session: UUID | None = None) -> None:
        """Store a new password's hash and revoke every session but the given one; None is the command line."""
        async with self._database.transaction() as conn:
            done = await conn.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user_id, password_hash)
            if done == "UPDATE 0":
                raise NotFound("no such user")
            await revoke_others(conn, user_id, keep=keep_session, reason="password_changed")
            if keep_session is None:
                await write_audit(conn, actor_id=None, action="user.password", subject=str(user_id))

    async def set_disabled(self, user_id: UUID, disabled: bool, *, actor_id: UUID | None = None) -> None:
        """Lock a user out, which revokes every session, or let them in again."""
        async with self._database.transaction() as conn:
            if await conn.execute("UPDATE users SET disabled = $2 WHERE id = $1", user_id, disabled) == "UPDATE 0":
                raise NotFound("no such user")
            if disabled:
                await revoke_others(conn, user_id, keep=None, reason="user_disabled")
            action = "user.disable" if disabled else "user.enable"
            await write_audit(conn, actor_id=actor_id, action=action, subject=str(user_id))

    async def set_role(self, user_id: UUID, role: str, *, actor_id: UUID | None = None) -> None:
        """Make a user `member`, `admin` or `bot`."""
        async with self._database.transaction() as conn:
            if await conn.execute("UPDATE users SET role = $2 WHERE id = $1", user_id, role) == "UPDATE 0":
                raise NotFound("no such user")
            await write_audit(conn, actor_id=actor_id, action="user.role", subject=str(user_id), details={"role": role})

    async def store_last_seen(self, seen: dict[UUID, datetime]) -> None:
        """Move `lastSeenAt` of each user forward, never back."""
        await self._database.execute(
            "UPDATE users u SET last_seen_at = s.at FROM"
            " (SELECT id, at FROM unnest($1::uuid[], $2::timestamptz[]) AS x (id, at) ORDER BY id) s"
            " WHERE u.id = s.id AND (u.last_seen_at IS NULL OR u.last_seen_at < s.at)",
            list(seen),
            list(seen.values()),
        )

    async def list_peers(self, user_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
        """For each of the users, everybody who shares a conversation with them that both can see, without themselves."""
        rows = await self._database.fetch(
            "SELECT m.user_id AS user_id, array_agg(DISTINCT o.user_id) AS peers FROM members m"
            " JOIN conversations c ON c.id = m.conversation_id"
            " JOIN members o ON o.conversation_id = m.conversation_id AND o.user_id <> m.user_id"
            " WHERE m.user_id = ANY ($1::uuid[]) AND (c.last_seq > 0 OR m.opened AND o.opened) GROUP BY m.user_id",
            list(user_ids),
        )
        return {row["user_id"]: set(row["peers"]) for row in rows}

    async def block(self, user_id: UUID, blocked_id: UUID) -> None:
        """Block somebody; again is no error. Raises `NotFound` when there is no such user."""
        if user_id == blocked_id:
            raise Invalid("nobody can block themselves", field="id")
        try:
            await self._database.execute(
                "INSERT INTO blocks (user_id, blocked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", user_id, blocked_id
            )
        except asyncpg.ForeignKeyViolationError:
            raise NotFound("no such user") from None

    async def unblock(self, user_id: UUID, blocked_id: UUID) -> None:
        """End a block; one that is not there is no error. Raises `NotFound` when there is no such user."""
        done = await self._database.execute(
            "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2", user_id, blocked_id
        )
        if done == "DELETE 0":
            await self.get(blocked_id)

    async def list_blocked(self, user_id: UUID, *, after: str | None, limit: int) -> UserPage:
        """Whom a user blocks, by user name."""
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM users WHERE id IN (SELECT blocked_id FROM blocks WHERE user_id = $1)"  # noqa: S608 - a constant
            " AND username > $2 ORDER BY username LIMIT $3",
            user_id,
            after or "",
            limit + 1,
        )
        return _page(rows, limit)


async def insert_user(
    conn: Connection, *, user_id: UUID, username: str, display_name: str, role: str, password_hash: str | None
) -> UserRecord:
    """Make a user within the caller's transaction. Raises `Conflict` (`username`) for a taken name."""
    row = await conn.fetchrow(
        "INSERT INTO users (id, username, display_name, role, password_hash) VALUES ($1, $2, $3, $4, $5)"  # noqa: S608 - a constant
        f" ON CONFLICT (username) DO NOTHING RETURNING {_COLUMNS}",
        user_id,
        username,
        display_name,
        role,
        password_hash,
    )
    if row is None:
        raise Conflict("this user name is taken", field="username")
    return _user(row)


def user_object(record: UserRecord, *, online: bool) -> User:
    """A user as the wire shows them."""
    return User(
        id=record.id,
        username=record.username,
        display_name=record.display_name,
        avatar_url=f"/api/v1/avatars/{record.avatar}" if record.avatar else None,
        role=record.role,  # pyright: ignore[reportArgumentType] - the table's CHECK holds the same three words
        disabled=record.disabled,
        online=online,
        last_seen_at=format_time(record.last_seen_at) if record.last_seen_at else None,
        status=record.status,
    )


def _user(row: Record) -> UserRecord:
    status: str | None = row["status"]
    return UserRecord(
        id=row["id"],
        username=row["username"],
        display_name=row["display_name"],
        role=row["role"],
        password_hash=row["password_hash"],
        disabled=row["disabled"],
        status=msgspec.json.decode(status, type=UserStatus) if status else None,
        avatar=row["avatar"],
        last_seen_at=row["last_seen_at"],
        created_at=row["created_at"],
    )


def _required(row: Record | None) -> UserRecord:
    if row is None:
        raise NotFound("no such user")
    return _user(row)


def _page(rows: Sequence[Record], limit: int) -> UserPage:
    users = [_user(row) for row in rows[:limit]]
    return UserPage(users=users, next=users[-1].username if len(rows) > limit else None)


def _escaped(text: str) -> str:
    """The text as a literal part of a LIKE pattern."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
