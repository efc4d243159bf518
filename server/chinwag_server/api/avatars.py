"""Pictures of people and groups: setting and removing them. The body is the picture itself; `api/attachments.py` serves it."""

from typing import Final
from uuid import UUID

from litestar import delete, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from chinwag_protocol.objects import Conversation, User
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.api.forms import body_chunks
from chinwag_server.services.attachments import Attachments
from chinwag_server.services.conversations import Conversations
from chinwag_server.services.users import Users


@put("/users/me/avatar", request_max_body_size=None)
async def set_my_avatar(
    request: ChatRequest, attachments: NamedDependency[Attachments], users: NamedDependency[Users]
) -> User:
    """Set the caller's picture."""
    avatar = await attachments.store_avatar(request.user, body_chunks(request))
    return await users.set_avatar(request.user, avatar)


@delete("/users/me/avatar")
async def remove_my_avatar(request: ChatRequest, users: NamedDependency[Users]) -> None:
    """Remove it."""
    await users.set_avatar(request.user, None)


@put("/conversations/{conversation_id:uuid}/avatar", request_max_body_size=None)
async def set_conversation_avatar(
    request: ChatRequest,
    conversation_id: FromPath[UUID],
    attachments: NamedDependency[Attachments],
    conversations: NamedDependency[Conversations],
) -> Conversation:
    """Set a group's picture."""
    await conversations.authorize_picture(request.user, conversation_id)
    avatar = await attachments.store_avatar(request.user, body_chunks(request))
    return await conversations.set_avatar(request.user, conversation_id, avatar)


@delete("/conversations/{conversation_id:uuid}/avatar")
async def remove_conversation_avatar(
    request: ChatRequest, conversation_id: FromPath[UUID], conversations: NamedDependency[Conversations]
) -> None:
    """Remove it."""
    await conversations.set_avatar(request.user, conversation_id, None)


ROUTES: Final[list[HTTPRouteHandler]] = [
    set_my_avatar,
    remove_my_avatar,
    set_conversation_avatar,
    remove_conversation_avatar,
]
