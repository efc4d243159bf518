"""`AccountCalls`: the HTTP calls about the person's own account: profile, password, devices, and whom they block."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from chinwag_protocol.http import PasswordRequest, ProfilePatch, SessionList, UserList
from chinwag_protocol.objects import User

_NOTHING = type(None)


class AccountCalls:
    """`call` is that of an `ApiClient`: it signs the request, and raises a ClientError."""

    def __init__(self, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call

    async def me(self) -> User:
        """The user's own profile."""
        return await self._call("GET", "/users/me", User)

    async def change(self, patch: ProfilePatch) -> User:
        """Another name or status."""
        return await self._call("PATCH", "/users/me", User, body=patch)

    async def set_picture(self, picture: bytes) -> User:
        """Set the user's picture: the bytes of a PNG, JPEG, GIF or WebP."""
        return await self._call("PUT", "/users/me/avatar", User, body=picture)

    async def remove_picture(self) -> None:
        """Go back to initials."""
        await self._call("DELETE", "/users/me/avatar", _NOTHING)

    async def change_password(self, request: PasswordRequest) -> None:
        """Change the password; the user's other sessions end."""
        await self._call("POST", "/auth/password", _NOTHING, body=request)

    async def sessions(self) -> SessionList:
        """The user's signed-in devices."""
        return await self._call("GET", "/auth/sessions", SessionList)

    async def revoke_session(self, session_id: UUID) -> None:
        """Sign one of the user's devices out."""
        await self._call("DELETE", f"/auth/sessions/{session_id}", _NOTHING)

    async def blocks(self, *, cursor: str | None = None) -> UserList:
        """A page of those whom the user blocks."""
        return await self._call("GET", "/users/me/blocks", UserList, query={"cursor": cursor, "limit": 200})

    async def block(self, user_id: UUID) -> None:
        """No direct messages either way, and no adding to groups."""
        await self._call("PUT", f"/users/{user_id}/block", _NOTHING)

    async def unblock(self, user_id: UUID) -> None:
        """Take it back."""
        await self._call("DELETE", f"/users/{user_id}/block", _NOTHING)
