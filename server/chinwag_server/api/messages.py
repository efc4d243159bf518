"""`/conversations/{id}/messages`, `…/pins` and `/messages/{id}`: reading. Sending and changing are events of the socket."""

from typing import Final
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from chinwag_protocol.bodies import MessageList, MessagePage, ReactionPage
from chinwag_protocol.objects import Message
from chinwag_protocol.query import parse_integer, parse_limit
from chinwag_server.api.decoding import ChatRequest, QueryText
from chinwag_server.domain.errors import Invalid
from chinwag_server.services.history import History


@get("/conversations/{conversation_id:uuid}/messages")
async def list_messages(
    request: ChatRequest,
    conversation_id: FromPath[UUID],
    history: NamedDependency[History],
    before: QueryText = None,
    after: QueryText = None,
    around: QueryText = None,
    limit: QueryText = None,
) -> MessagePage:
    """A stretch of history by `seq`, newest last."""
    return await history.page(
        request.user,
        conversation_id,
        before=_seq(before, "before"),
        after=_seq(after, "after"),
        around=_seq(around, "around"),
        limit=parse_limit(limit),
    )


@get("/conversations/{conversation_id:uuid}/pins")
async def list_pins(
    request: ChatRequest, conversation_id: FromPath[UUID], history: NamedDependency[History]
) -> MessageList:
    """Pinned messages, the newest pin first."""
    return await history.pins(request.user, conversation_id)


@get("/messages/{message_id:uuid}")
async def get_message(request: ChatRequest, message_id: FromPath[UUID], history: NamedDependency[History]) -> Message:
    """One message."""
    return await history.get(request.user, message_id)


@get("/messages/{message_id:uuid}/reactions")
async def list_reactions(
    request: ChatRequest,
    message_id: FromPath[UUID],
    history: NamedDependency[History],
    emoji: QueryText = None,
    cursor: QueryText = None,
    limit: QueryText = None,
) -> ReactionPage:
    """Who gave one reaction, in the order of reacting."""
    if emoji is None:
        raise Invalid("missing", field="emoji")
    return await history.reactions(request.user, message_id, emoji=emoji, cursor=cursor, limit=parse_limit(limit))


def _seq(value: str | None, field: str) -> int | None:
    return None if value is None else parse_integer(value, field=field)


ROUTES: Final[list[HTTPRouteHandler]] = [list_messages, list_pins, get_message, list_reactions]
