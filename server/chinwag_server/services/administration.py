"""What the operator does at the command line: accounts and invites without being signed in.

Every change leaves a line in the audit table. What ends sessions reaches the sockets of running nodes by
`services/sessions.py`, which looks for revoked sessions more than once a second.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.objects import UserRole
from chinwag_protocol.text import clean_display_name, clean_password, clean_username
from chinwag_server.domain.errors import NotFound
from chinwag_server.domain.records import UserRecord
from chinwag_server.services.invites import CODE_BYTES
from chinwag_server.services.passwords import Passwords
from chinwag_server.storage.invites import InviteRecord, InviteRepository
from chinwag_server.storage.server_state import ServerState
from chinwag_server.storage.users import UserRepository


class Administration:
    """Raises `TextError` for values that cannot be, `NotFound` and `Conflict` for names."""

    def __init__(
        self,
        *,
        users: UserRepository,
        invites: InviteRepository,
        state: ServerState,
        passwords: Passwords,
        limits: Limits,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        make_id: Callable[[], UUID] = new_id,
    ) -> None:
        self._users = users
        self._invites = invites
        self._state = state
        self._passwords = passwords
        self._limits = limits
        self._now = now
        self._make_id = make_id

    async def add_user(
        self, username: str, password: str, *, display_name: str | None = None, role: UserRole = "member"
    ) -> UserRecord:
        """Make an account, whatever registration says."""
        name = clean_username(username, limits=self._limits)
        shown = clean_display_name(display_name or name, limits=self._limits)
        hashed = await self._passwords.hash(clean_password(password, limits=self._limits))
        return await self._users.create(
            user_id=self._make_id(), username=name, display_name=shown, role=role, password_hash=hashed
        )

    async def list_users(self) -> list[UserRecord]:
        """All accounts by name, disabled ones too."""
        return await self._users.list_everyone()

    async def set_password(self, username: str, password: str) -> None:
        """Give an account another password, and end all its sessions."""
        user = await self._find(username)
        hashed = await self._passwords.hash(clean_password(password, limits=self._limits))
        await self._users.set_password(user.id, hashed)

    async def set_disabled(self, username: str, disabled: bool) -> bool:
        """Lock an account and end all its sessions, or unlock it; whether that changed anything."""
        user = await self._find(username)
        if user.disabled == disabled:
            return False
        await self._users.set_disabled(user.id, disabled)
        return True

    async def create_invite(self, *, uses: int, lifetime: timedelta, role: UserRole) -> InviteRecord:
        """Make an invite that nobody signed in for."""
        invite = InviteRecord(
            code=secrets.token_urlsafe(CODE_BYTES),
            created_by=None,
            role=role,
            uses_left=uses,
            expires_at=self._now() + lifetime,
        )
        await self._invites.create(invite)
        return invite

    async def list_invites(self) -> list[InviteRecord]:
        """The invites that can still be used, the newest first."""
        return await self._invites.list_usable()

    async def revoke_invite(self, code: str) -> None:
        """Take an invite back."""
        await self._invites.delete(code)

    async def begin_history(self) -> None:
        """After a backup was put back: what clients know of the lost history counts no more."""
        await self._state.renew_epoch()

    async def _find(self, username: str) -> UserRecord:
        user = await self._users.find_by_name(username)
        if user is None:
            raise NotFound(f"there is no user {username}")
        return user
