"""`/auth`: registering, signing in and out, sessions."""

from typing import Final
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from chinwag_protocol.bodies import (
    LoginRequest,
    PasswordRequest,
    RefreshRequest,
    RegisterRequest,
    Session,
    SessionList,
)
from chinwag_server.api.callers import client_address, is_at_this_machine
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.services.accounts import Accounts
from chinwag_server.services.sessions import Sessions


@post("/auth/register", status_code=201, opt={"open": True})
async def register(
    request: ChatRequest, data: JSONBody[RegisterRequest], accounts: NamedDependency[Accounts]
) -> Session:
    """Make an account, and sign it in."""
    return await accounts.register(data, address=client_address(request), at_this_machine=is_at_this_machine(request))


@post("/auth/login", status_code=200, opt={"open": True})
async def login(request: ChatRequest, data: JSONBody[LoginRequest], accounts: NamedDependency[Accounts]) -> Session:
    """Sign in with a password."""
    return await accounts.login(data, address=client_address(request))


@post("/auth/refresh", status_code=200, opt={"open": True})
async def refresh(data: JSONBody[RefreshRequest], sessions: NamedDependency[Sessions]) -> Session:
    """Exchange a refresh token for its successor and a new access token."""
    return await sessions.refresh(data.refresh_token)


@post("/auth/logout", status_code=204)
async def logout(request: ChatRequest, sessions: NamedDependency[Sessions]) -> None:
    """End this session."""
    await sessions.logout(request.user)


@post("/auth/password", status_code=204)
async def change_password(
    request: ChatRequest, data: JSONBody[PasswordRequest], accounts: NamedDependency[Accounts]
) -> None:
    """Change the password, and end the other sessions."""
    await accounts.change_password(request.user, data)


@get("/auth/sessions")
async def list_sessions(request: ChatRequest, sessions: NamedDependency[Sessions]) -> SessionList:
    """The caller's signed-in devices."""
    return await sessions.list(request.user)


@delete("/auth/sessions/{session_id:uuid}")
async def revoke_session(request: ChatRequest, session_id: FromPath[UUID], sessions: NamedDependency[Sessions]) -> None:
    """End one of the caller's sessions."""
    await sessions.revoke(request.user, session_id)


ROUTES: Final[list[HTTPRouteHandler]] = [
    register,
    login,
    refresh,
    logout,
    change_password,
    list_sessions,
    revoke_session,
]
