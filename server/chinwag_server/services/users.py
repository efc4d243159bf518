"""People: the directory, profiles, pictures and blocks."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from msgspec import UNSET, UnsetType

from chinwag_protocol.bodies import ProfilePatch, StatusPatch, UserList
from chinwag_protocol.limits import Limits
from chinwag_protocol.notices import UserUpdated
from chinwag_protocol.objects import User, UserStatus
from chinwag_protocol.text import clean_display_name, clean_name, clean_status
from chinwag_protocol.times import format_time, parse_time
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import Invalid
from chinwag_server.domain.records import Principal, UserRecord
from chinwag_server.storage.users import UserPage, UserRepository, user_object

QUERY_LENGTH: Final = 64


class Users:
    """What a signed-in user may know of others and change of themselves."""

    def __init__(
        self,
        repository: UserRepository,
        *,
        fanout: Fanout,
        is_online: Callable[[UUID], bool],
        limits: Limits,
        blocks_changed: Callable[[Iterable[UUID]], None] = lambda _: None,
    ) -> None:
        self._repository = repository
        self._blocks_changed = blocks_changed
        self._fanout = fanout
        self._is_online = is_online
        self._limits = limits

    async def list(self, *, query: str | None, cursor: str | None, limit: int) -> UserList:
        """A page of the directory by user name. `query` is a part of a user name or display name, in any case.

        Raises `Invalid` (`cursor`) and `TextError` (`query`).
        """
        cleaned = clean_name(query, field="query", maximum=QUERY_LENGTH, minimum=0) if query else None
        page = await self._repository.list_page(query=cleaned or None, after=_read_cursor(cursor), limit=limit)
        return self._page(page)

    async def get(self, user_id: UUID) -> User:
        """One user, disabled ones too. Raises `NotFound`."""
        return self.show(await self._repository.get(user_id))

    async def update(self, principal: Principal, patch: ProfilePatch) -> User:
        """Change the caller's name or status, and tell all who share a conversation with them."""
        display_name: str | UnsetType = UNSET
        if patch.display_name is not UNSET:
            display_name = clean_display_name(patch.display_name, limits=self._limits)
        record, changed = await self._repository.update_profile(
            principal.user_id, display_name=display_name, status=_clean_status(patch.status)
        )
        return await self._told(record, changed=changed)

    async def set_avatar(self, principal: Principal, avatar: UUID | None) -> User:
        """Set or remove the caller's picture, which has been stored, and tell all who share a conversation with them."""
        record, changed = await self._repository.set_avatar(principal.user_id, avatar)
        return await self._told(record, changed=changed)

    async def block(self, principal: Principal, user_id: UUID) -> None:
        """Block somebody. Raises `NotFound`, and `Invalid` for oneself."""
        await self._repository.block(principal.user_id, user_id)
        self._blocks_changed((principal.user_id, user_id))

    async def unblock(self, principal: Principal, user_id: UUID) -> None:
        """End a block. Raises `NotFound`."""
        await self._repository.unblock(principal.user_id, user_id)
        self._blocks_changed((principal.user_id, user_id))

    async def list_blocked(self, principal: Principal, *, cursor: str | None, limit: int) -> UserList:
        """A page of those whom the caller blocks, by user name."""
        return self._page(
            await self._repository.list_blocked(principal.user_id, after=_read_cursor(cursor), limit=limit)
        )

    def show(self, record: UserRecord) -> User:
        """A user as the wire shows them, with their presence."""
        return user_object(record, online=self._is_online(record.id))

    async def _told(self, record: UserRecord, *, changed: bool) -> User:
        user = self.show(record)
        if changed:
            peers = (await self._repository.list_peers([record.id])).get(record.id, set())
            self._fanout.to_users([record.id, *peers], "userUpdated", UserUpdated(user=user))
        return user

    def _page(self, page: UserPage) -> UserList:
        return UserList(
            users=tuple(self.show(record) for record in page.users),
            next=None if page.next is None else _write_cursor(page.next),
        )


def _clean_status(patch: StatusPatch | UnsetType | None) -> UserStatus | UnsetType | None:
    if patch is None or patch is UNSET:
        return patch
    until = None if patch.until is None else format_time(parse_time(patch.until, field="status"))
    return UserStatus(text=clean_status(patch.text), until=until, dnd=bool(patch.dnd))


def _write_cursor(username: str) -> str:
    return base64.urlsafe_b64encode(username.encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        name = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise Invalid("not a cursor of this list", field="cursor") from None
    if not name or "\0" in name:
        raise Invalid("not a cursor of this list", field="cursor")
    return name
