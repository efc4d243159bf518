"""`AccountStore`: the person's own profile, password and devices, and whom they block."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from chinwag_desktop.stores.ports import AccountApi, Pipeline
from chinwag_protocol.http import PasswordRequest, ProfilePatch, SessionInfo, StatusPatch
from chinwag_protocol.objects import User


class AccountStore:
    """Each intent returns when the server has done it, and raises a ClientError when it has not.

    What it does to the profile is heard of from `PresenceStore`, like what other devices do.
    """

    def __init__(self, api: Callable[[], Awaitable[AccountApi]], *, pipeline: Pipeline) -> None:
        self._api, self._pipeline = api, pipeline

    async def rename(self, name: str) -> None:
        """Be called so by all."""
        await self._learn(await (await self._api()).change(ProfilePatch(display_name=name)))

    async def set_status(self, text: str, *, until: str | None = None, dnd: bool = False) -> None:
        """Say something about oneself, until a time (RFC 3339) or for good; with neither words nor `dnd`, nothing any more."""
        status = StatusPatch(text=text, until=until, dnd=dnd) if text or dnd else None
        await self._learn(await (await self._api()).change(ProfilePatch(status=status)))

    async def set_picture(self, picture: bytes) -> None:
        """The bytes of a PNG, JPEG, GIF or WebP."""
        await self._learn(await (await self._api()).set_picture(picture))

    async def remove_picture(self) -> None:
        """Go back to initials."""
        api = await self._api()
        await api.remove_picture()
        await self._learn(await api.me())

    async def change_password(self, current: str, new: str) -> None:
        """The other devices are signed out."""
        await (await self._api()).change_password(PasswordRequest(current_password=current, new_password=new))

    async def devices(self) -> list[SessionInfo]:
        """Where the person is signed in: this device first, then the one seen last."""
        found = list((await (await self._api()).sessions()).sessions)
        found.sort(key=lambda one: one.last_seen_at, reverse=True)
        return sorted(found, key=lambda one: not one.current)

    async def sign_out_device(self, session_id: UUID) -> None:
        """End a session; that device forgets its messages."""
        await (await self._api()).revoke_session(session_id)

    async def blocked(self) -> list[UUID]:
        """Whom the person blocks; their profiles are known when this returns."""
        api, found, cursor = await self._api(), list[User](), None
        while True:
            page = await api.blocks(cursor=cursor)
            found += page.users
            cursor = page.next
            if cursor is None:
                break
        if found:
            await self._pipeline.apply_users(found)
        return [user.id for user in found]

    async def block(self, user_id: UUID) -> None:
        """No direct messages either way, and no adding to groups."""
        await (await self._api()).block(user_id)

    async def unblock(self, user_id: UUID) -> None:
        """Take it back."""
        await (await self._api()).unblock(user_id)

    async def _learn(self, user: User) -> None:
        await self._pipeline.apply_users([user])
