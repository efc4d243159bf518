"""`/invites`: made and taken back by admins, asked about by anybody."""

from typing import Final

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from chinwag_protocol.bodies import Invite, InviteInfo, InviteList, InviteRequest
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.services.invites import Invites


@get("/invites")
async def list_invites(request: ChatRequest, invites: NamedDependency[Invites]) -> InviteList:
    """The invites that can still be used."""
    return await invites.list(request.user)


@post("/invites", status_code=201)
async def create_invite(
    request: ChatRequest, data: JSONBody[InviteRequest], invites: NamedDependency[Invites]
) -> Invite:
    """Make an invite."""
    return await invites.create(request.user, data)


@get("/invites/{code:str}", opt={"open": True})
async def check_invite(code: FromPath[str], invites: NamedDependency[Invites]) -> InviteInfo:
    """Whether the code is good, before anything is typed."""
    return await invites.check(code)


@delete("/invites/{code:str}")
async def delete_invite(request: ChatRequest, code: FromPath[str], invites: NamedDependency[Invites]) -> None:
    """Take an invite back."""
    await invites.delete(request.user, code)


ROUTES: Final[list[HTTPRouteHandler]] = [list_invites, create_invite, check_invite, delete_invite]
