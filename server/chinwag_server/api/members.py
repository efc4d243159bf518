"""`/conversations/{id}/members`: who is in a group, and changing that."""

from typing import Final
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from chinwag_protocol.bodies import MemberList, MembersRequest, RolePatch
from chinwag_protocol.objects import Conversation, Member
from chinwag_protocol.query import parse_limit
from chinwag_server.api.decoding import ChatRequest, PartOfName, QueryText
from chinwag_server.services.members import Members


@get("/conversations/{conversation_id:uuid}/members")
async def list_members(
    request: ChatRequest,
    conversation_id: FromPath[UUID],
    members: NamedDependency[Members],
    part: PartOfName = None,
    cursor: QueryText = None,
    limit: QueryText = None,
) -> MemberList:
    """The members, the longest-serving first."""
    return await members.list(request.user, conversation_id, query=part, cursor=cursor, limit=parse_limit(limit))


@post("/conversations/{conversation_id:uuid}/members", status_code=200)
async def add_members(
    request: ChatRequest,
    conversation_id: FromPath[UUID],
    data: JSONBody[MembersRequest],
    members: NamedDependency[Members],
) -> Conversation:
    """Add users to a group, all or none."""
    return await members.add(request.user, conversation_id, data.user_ids)


@patch("/conversations/{conversation_id:uuid}/members/{user_id:uuid}")
async def change_role(
    request: ChatRequest,
    conversation_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[RolePatch],
    members: NamedDependency[Members],
) -> Member:
    """Change a member's role, or pass the ownership on."""
    return await members.set_role(request.user, conversation_id, user_id, data)


@delete("/conversations/{conversation_id:uuid}/members/{user_id:uuid}")
async def remove_member(
    request: ChatRequest, conversation_id: FromPath[UUID], user_id: FromPath[UUID], members: NamedDependency[Members]
) -> None:
    """Remove a member; oneself: leave."""
    await members.remove(request.user, conversation_id, user_id)


ROUTES: Final[list[HTTPRouteHandler]] = [list_members, add_members, change_role, remove_member]
