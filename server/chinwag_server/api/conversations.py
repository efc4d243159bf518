"""`/conversations`: listing, making, changing and leaving them, and the caller's own settings. Members are `api/members.py`."""

from typing import Final
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from chinwag_protocol.bodies import ConversationList, ConversationPatch, GroupRequest, SettingsPatch
from chinwag_protocol.objects import Conversation, Settings
from chinwag_protocol.query import parse_limit
from chinwag_server.api.decoding import ChatRequest, QueryText
from chinwag_server.services.conversations import Conversations
from chinwag_server.services.members import Members


@get("/conversations")
async def list_conversations(
    request: ChatRequest,
    conversations: NamedDependency[Conversations],
    cursor: QueryText = None,
    limit: QueryText = None,
) -> ConversationList:
    """The caller's conversations, the latest first."""
    return await conversations.list(request.user, cursor=cursor, limit=parse_limit(limit))


@post("/conversations", status_code=201)
async def create_group(
    request: ChatRequest, data: JSONBody[GroupRequest], conversations: NamedDependency[Conversations]
) -> Conversation:
    """Make a group."""
    return await conversations.create_group(request.user, data, key=request.headers.get("idempotency-key"))


@put("/conversations/direct/{user_id:uuid}")
async def open_direct(
    request: ChatRequest, user_id: FromPath[UUID], conversations: NamedDependency[Conversations]
) -> Response[Conversation]:
    """Find or make the direct conversation with a user."""
    conversation, created = await conversations.open_direct(request.user, user_id)
    return Response(conversation, status_code=201 if created else 200)


@get("/conversations/{conversation_id:uuid}")
async def get_conversation(
    request: ChatRequest, conversation_id: FromPath[UUID], conversations: NamedDependency[Conversations]
) -> Conversation:
    """One conversation."""
    return await conversations.get(request.user, conversation_id)


@patch("/conversations/{conversation_id:uuid}")
async def update_conversation(
    request: ChatRequest,
    conversation_id: FromPath[UUID],
    data: JSONBody[ConversationPatch],
    conversations: NamedDependency[Conversations],
) -> Conversation:
    """Rename a group, or change who sees its history."""
    return await conversations.update(request.user, conversation_id, data)


@delete("/conversations/{conversation_id:uuid}")
async def leave_conversation(
    request: ChatRequest, conversation_id: FromPath[UUID], members: NamedDependency[Members]
) -> None:
    """Leave a group."""
    await members.leave(request.user, conversation_id)


@patch("/conversations/{conversation_id:uuid}/settings")
async def configure_conversation(
    request: ChatRequest,
    conversation_id: FromPath[UUID],
    data: JSONBody[SettingsPatch],
    conversations: NamedDependency[Conversations],
) -> Settings:
    """Mute, pin, archive or mark a conversation unread, for the caller only."""
    return await conversations.configure(request.user, conversation_id, data)


ROUTES: Final[list[HTTPRouteHandler]] = [
    list_conversations,
    create_group,
    open_direct,
    get_conversation,
    update_conversation,
    leave_conversation,
    configure_conversation,
]
