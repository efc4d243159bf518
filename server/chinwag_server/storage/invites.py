"""Invites, and the one transaction that registers a person: the SQL of `invites`."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from chinwag_server.domain.errors import Forbidden, NotFound
from chinwag_server.domain.records import UserRecord
from chinwag_server.storage.audit import write_audit
from chinwag_server.storage.database import Database
from chinwag_server.storage.driver import Record
from chinwag_server.storage.sessions import NewSession, insert_session
from chinwag_server.storage.users import insert_user

_COLUMNS: Final = "code, created_by, role, uses_left, expires_at"
_USABLE: Final = "uses_left > 0 AND (expires_at IS NULL OR expires_at > now())"


class InviteRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A row of invites; `created_by` is None when the command line made it."""

    code: str
    created_by: UUID | None
    role: str
    uses_left: int
    expires_at: datetime | None


class InviteRepository:
    """Reads and writes invites. Raises `Unavailable` on an outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, invite: InviteRecord) -> None:
        """Store an invite."""
        async with self._database.transaction() as conn:
            await conn.execute(
                "INSERT INTO invites (code, created_by, role, uses_left, expires_at) VALUES ($1, $2, $3, $4, $5)",
                invite.code,
                invite.created_by,
                invite.role,
                invite.uses_left,
                invite.expires_at,
            )
            details: dict[str, object] = {"role": invite.role, "uses": invite.uses_left}
            await write_audit(
                conn, actor_id=invite.created_by, action="invite.create", subject=_shown(invite.code), details=details
            )

    async def list_usable(self) -> list[InviteRecord]:
        """The invites that can still be used, the newest first."""
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM invites WHERE {_USABLE} ORDER BY created_at DESC, code LIMIT 500"  # noqa: S608 - constants
        )
        return [_invite(row) for row in rows]

    async def is_usable(self, code: str) -> bool:
        """Whether somebody could register with the code now."""
        return bool(
            await self._database.fetchval(f"SELECT EXISTS (SELECT FROM invites WHERE code = $1 AND {_USABLE})", code)  # noqa: S608 - constants
        )

    async def delete(self, code: str, *, actor_id: UUID | None = None) -> None:
        """Take an invite back. Raises `NotFound`."""
        async with self._database.transaction() as conn:
            if await conn.execute("DELETE FROM invites WHERE code = $1", code) == "DELETE 0":
                raise NotFound("no such invite")
            await write_audit(conn, actor_id=actor_id, action="invite.delete", subject=_shown(code))

    async def register(
        self,
        *,
        username: str,
        display_name: str,
        password_hash: str,
        invite_code: str | None,
        session: NewSession,
    ) -> UserRecord:
        """Use up the invite, make the user and their first session: all of it or nothing.

        Raises `Forbidden` for an invite that cannot be used, before the name is looked at, and `Conflict` for a
        taken name.
        """
        async with self._database.transaction() as conn:
            role = "member"
            if invite_code is not None:
                used = await conn.fetchrow(
                    f"UPDATE invites SET uses_left = uses_left - 1 WHERE code = $1 AND {_USABLE} RETURNING role",  # noqa: S608 - constants
                    invite_code,
                )
                if used is None:
                    raise Forbidden("this invite cannot be used", field="inviteCode")
                role = used["role"]
            user = await insert_user(
                conn,
                user_id=session.user_id,
                username=username,
                display_name=display_name,
                role=role,
                password_hash=password_hash,
            )
            await insert_session(conn, session)
            return user


def _shown(code: str) -> str:
    """Enough of a code to recognise it, too little to use it."""
    return code[:4] + "…"


def _invite(row: Record) -> InviteRecord:
    return InviteRecord(
        code=row["code"],
        created_by=row["created_by"],
        role=row["role"],
        uses_left=row["uses_left"],
        expires_at=row["expires_at"],
    )
