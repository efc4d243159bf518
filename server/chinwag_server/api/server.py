"""`/server`: what a client needs to know before it signs in."""

from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from chinwag_protocol.bodies import ServerInfo
from chinwag_server.api.callers import is_at_this_machine
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.services.registration import RegistrationRule


@get("/server", opt={"open": True, "unmetered": True})
async def get_server(
    request: ChatRequest,
    server_info: NamedDependency[ServerInfo],
    registration: NamedDependency[RegistrationRule],
) -> ServerInfo:
    """Name, version, limits and features of this server, and how this caller may register."""
    here = is_at_this_machine(request)
    return msgspec.structs.replace(server_info, registration=await registration.for_caller(at_this_machine=here))


ROUTES: Final[list[HTTPRouteHandler]] = [get_server]
