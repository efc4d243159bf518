"""`GroupStore`: a group and who is in it. What is done to it is heard of from `ChatStore`, like what others do."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from chinwag_desktop.stores.ports import GroupApi, Pipeline, Reader
from chinwag_protocol.http import ConversationPatch, MemberList, MembersRequest, RolePatch
from chinwag_protocol.objects import Conversation, History, MemberRole


class GroupStore:
    """Each intent returns when the server has done it, and raises a ClientError when it has not."""

    def __init__(self, api: Callable[[], Awaitable[GroupApi]], *, pipeline: Pipeline, reader: Reader) -> None:
        self._api, self._pipeline, self._reader = api, pipeline, reader

    def group(self, group_id: UUID) -> Conversation | None:
        """As this device knows it; `members` are all of them in groups of up to 100."""
        return self._reader.conversation(group_id)

    async def list_members(self, group_id: UUID, *, query: str = "", cursor: str | None = None) -> MemberList:
        """A page of members; profiles that are not known here are fetched."""
        page = await (await self._api()).members(group_id, query=query or None, cursor=cursor)
        self._pipeline.want_people(frozenset(member.user_id for member in page.members))
        return page

    async def rename(self, group_id: UUID, title: str) -> None:
        """Give it another name."""
        await self._change(group_id, ConversationPatch(title=title))

    async def set_picture(self, group_id: UUID, picture: bytes) -> None:
        """The bytes of a PNG, JPEG, GIF or WebP."""
        await self._pipeline.apply_conversations([await (await self._api()).set_picture(group_id, picture)])

    async def remove_picture(self, group_id: UUID) -> None:
        """Go back to initials."""
        await (await self._api()).remove_picture(group_id)

    async def set_history(self, group_id: UUID, history: History) -> None:
        """What new members see of the time before them."""
        await self._change(group_id, ConversationPatch(history=history))

    async def add(self, group_id: UUID, user_ids: Sequence[UUID]) -> None:
        """Add people, all or none."""
        added = await (await self._api()).add(group_id, MembersRequest(user_ids=tuple(user_ids)))
        await self._pipeline.apply_conversations([added])

    async def set_role(self, group_id: UUID, user_id: UUID, role: MemberRole) -> None:
        """Make somebody an admin, a plain member, or the owner in one's own place."""
        await (await self._api()).set_role(group_id, user_id, RolePatch(role=role))

    async def remove(self, group_id: UUID, user_id: UUID) -> None:
        """Take somebody out."""
        await (await self._api()).remove(group_id, user_id)

    async def leave(self, group_id: UUID) -> None:
        """Go; all of it vanishes from this account's devices."""
        await (await self._api()).leave(group_id)

    async def _change(self, group_id: UUID, patch: ConversationPatch) -> None:
        changed = await (await self._api()).change(group_id, patch)
        await self._pipeline.apply_conversations([changed])
