"""`/sync`: everything committed that a client lacks."""

from typing import Final

from litestar import post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from chinwag_protocol.bodies import SyncAnswer, SyncRequest
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.services.sync import Sync


@post("/sync", status_code=200)
async def sync_client(request: ChatRequest, data: JSONBody[SyncRequest], sync: NamedDependency[Sync]) -> SyncAnswer:
    """A page of what the client lacks."""
    return await sync.sync(request.user, data)


ROUTES: Final[list[HTTPRouteHandler]] = [sync_client]
