"""`/server`: what a client needs to know before it signs in."""

from typing import Final

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from chinwag_protocol.bodies import ServerInfo


@get("/server", opt={"open": True, "unmetered": True})
async def get_server(server_info: NamedDependency[ServerInfo]) -> ServerInfo:
    """Name, version, limits and features of this server."""
    return server_info


ROUTES: Final[list[HTTPRouteHandler]] = [get_server]
