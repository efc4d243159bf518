"""`GroupCalls`: the HTTP calls about one group and who is in it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from chinwag_protocol.http import ConversationPatch, MemberList, MembersRequest, RolePatch
from chinwag_protocol.objects import Conversation, Member


class GroupCalls:
    """`call` is that of an `ApiClient`: it signs the request, and raises a ClientError."""

    def __init__(self, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call

    async def change(self, group_id: UUID, patch: ConversationPatch) -> Conversation:
        """Rename it, or change who sees its history."""
        return await self._call("PATCH", f"/conversations/{group_id}", Conversation, body=patch)

    async def set_picture(self, group_id: UUID, picture: bytes) -> Conversation:
        """Set its picture: the bytes of a PNG, JPEG, GIF or WebP."""
        return await self._call("PUT", f"/conversations/{group_id}/avatar", Conversation, body=picture)

    async def remove_picture(self, group_id: UUID) -> None:
        """Go back to initials."""
        await self._call("DELETE", f"/conversations/{group_id}/avatar", type(None))

    async def members(self, group_id: UUID, *, query: str | None = None, cursor: str | None = None) -> MemberList:
        """A page of members, the longest-serving first; with `query` those whose name has it."""
        return await self._call(
            "GET", f"/conversations/{group_id}/members", MemberList, query={"query": query, "cursor": cursor}
        )

    async def add(self, group_id: UUID, request: MembersRequest) -> Conversation:
        """Add people, all or none."""
        return await self._call("POST", f"/conversations/{group_id}/members", Conversation, body=request)

    async def set_role(self, group_id: UUID, user_id: UUID, patch: RolePatch) -> Member:
        """Another role; `owner` passes the ownership on."""
        return await self._call("PATCH", f"/conversations/{group_id}/members/{user_id}", Member, body=patch)

    async def remove(self, group_id: UUID, user_id: UUID) -> None:
        """Take somebody out."""
        await self._call("DELETE", f"/conversations/{group_id}/members/{user_id}", type(None))

    async def leave(self, group_id: UUID) -> None:
        """Go."""
        await self._call("DELETE", f"/conversations/{group_id}", type(None))
