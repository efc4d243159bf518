"""`/users`: the directory, profiles and blocks. Pictures are in `api/avatars.py`."""

from typing import Final
from uuid import UUID

from litestar import delete, get, patch, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from chinwag_protocol.bodies import ProfilePatch, UserList
from chinwag_protocol.objects import User
from chinwag_protocol.query import parse_limit
from chinwag_server.api.decoding import ChatRequest, PartOfName, QueryText
from chinwag_server.services.users import Users


@get("/users")
async def list_users(
    users: NamedDependency[Users], part: PartOfName = None, cursor: QueryText = None, limit: QueryText = None
) -> UserList:
    """The directory."""
    return await users.list(query=part, cursor=cursor, limit=parse_limit(limit))


@get("/users/me")
async def get_me(request: ChatRequest, users: NamedDependency[Users]) -> User:
    """The caller."""
    return await users.get(request.user.user_id)


@patch("/users/me")
async def update_me(request: ChatRequest, data: JSONBody[ProfilePatch], users: NamedDependency[Users]) -> User:
    """Change the caller's display name or status."""
    return await users.update(request.user, data)


@get("/users/me/blocks")
async def list_blocks(
    request: ChatRequest, users: NamedDependency[Users], cursor: QueryText = None, limit: QueryText = None
) -> UserList:
    """Whom the caller blocks."""
    return await users.list_blocked(request.user, cursor=cursor, limit=parse_limit(limit))


@get("/users/{user_id:uuid}")
async def get_user(user_id: FromPath[UUID], users: NamedDependency[Users]) -> User:
    """One user."""
    return await users.get(user_id)


@put("/users/{user_id:uuid}/block", status_code=204)
async def block_user(request: ChatRequest, user_id: FromPath[UUID], users: NamedDependency[Users]) -> None:
    """Block somebody."""
    await users.block(request.user, user_id)


@delete("/users/{user_id:uuid}/block")
async def unblock_user(request: ChatRequest, user_id: FromPath[UUID], users: NamedDependency[Users]) -> None:
    """End a block."""
    await users.unblock(request.user, user_id)


ROUTES: Final[list[HTTPRouteHandler]] = [
    list_users,
    get_me,
    update_me,
    list_blocks,
    get_user,
    block_user,
    unblock_user,
]
