"""Invites: an admin makes them, anybody may ask whether one is good, registering uses them up."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from chinwag_protocol.bodies import Invite, InviteInfo, InviteList, InviteRequest
from chinwag_protocol.times import format_time
from chinwag_server.domain.errors import Forbidden
from chinwag_server.domain.records import Principal
from chinwag_server.storage.invites import InviteRecord, InviteRepository

DEFAULT_USES: Final = 1
DEFAULT_LIFETIME: Final = timedelta(days=7)
CODE_BYTES: Final = 15  # 20 characters, 120 bits: not to be guessed
_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


class Invites:
    """All but `check` is for admins, others get `Forbidden`."""

    def __init__(
        self,
        repository: InviteRepository,
        *,
        server_name: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._repository = repository
        self._server_name = server_name
        self._now = now

    async def create(self, principal: Principal, request: InviteRequest) -> Invite:
        """Make an invite: without values for one plain member within a week."""
        _require_admin(principal)
        lifetime = DEFAULT_LIFETIME if request.expires_in_ms is None else timedelta(milliseconds=request.expires_in_ms)
        record = InviteRecord(
            code=secrets.token_urlsafe(CODE_BYTES),
            created_by=principal.user_id,
            role=request.role or "member",
            uses_left=request.uses or DEFAULT_USES,
            expires_at=_whole_ms(self._now() + lifetime),
        )
        await self._repository.create(record)
        return _invite(record)

    async def list(self, principal: Principal) -> InviteList:
        """The invites that can still be used."""
        _require_admin(principal)
        return InviteList(invites=tuple(_invite(record) for record in await self._repository.list_usable()))

    async def delete(self, principal: Principal, code: str) -> None:
        """Take an invite back. Raises `NotFound`."""
        _require_admin(principal)
        await self._repository.delete(code, actor_id=principal.user_id)

    async def check(self, code: str) -> InviteInfo:
        """Whether somebody could register with the code now."""
        return InviteInfo(server_name=self._server_name, valid=await self._repository.is_usable(code))


def _whole_ms(at: datetime) -> datetime:
    """Cut off what the database would round: the answer and later lists must say the same."""
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def _require_admin(principal: Principal) -> None:
    if principal.role != "admin":
        raise Forbidden("only an admin may do this")


def _invite(record: InviteRecord) -> Invite:
    return Invite(
        code=record.code,
        uses_left=record.uses_left,
        expires_at=format_time(record.expires_at or _NEVER),
        created_by=record.created_by,
    )
