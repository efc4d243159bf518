"""What handlers say about their parameters, and the request class that decodes bodies by the rules of the wire.

A handler is a plain Litestar one:

    @post("/conversations", status_code=201)
    async def create_conversation(
        request: ChatRequest, data: JSONBody[GroupRequest], conversations: NamedDependency[Conversations]
    ) -> Conversation:
        return await conversations.create_group(request.user, data)

`request.user` is the caller; services come by the name of their field in `api.app.Services`; path ids are
`FromPath[UUID]`. Query parameters come as text (`QueryText`), and are read by `chinwag_protocol.query`, which never
clamps. `opt={"open": True}` makes a route that needs no token.
"""

from typing import Annotated, Any

from litestar import Request
from litestar.datastructures import State
from litestar.params import FromQuery, QueryParameter

from chinwag_protocol.decode import decode_json
from chinwag_server.domain.records import Principal

QueryText = FromQuery[str | None]
PartOfName = Annotated[str | None, QueryParameter(name="query")]
"""`?query=`, which Litestar keeps as a name for something else."""


class ChatRequest(Request[Principal, str, State]):
    """A request whose JSON is decoded straight into the type that its handler asks for: strict, bounded, no NaN."""

    async def json(self) -> Any:
        """The body as the handler's `data`. Raises `DecodeError`."""
        wanted = self.route_handler.parsed_data_field
        return decode_json(await self.body(), wanted.annotation if wanted is not None else Any)
