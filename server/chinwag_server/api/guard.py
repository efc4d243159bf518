"""The bearer guard: who is calling, and whether they may call so often. Runs before the body is read."""

from collections.abc import Awaitable, Callable

from litestar.handlers import BaseRouteHandler

from chinwag_server.api.callers import AnyConnection, client_address, make_known
from chinwag_server.domain.errors import Invalid, Unauthorized
from chinwag_server.services.limits import RateLimits
from chinwag_server.services.sessions import Sessions

Guard = Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]


def bearer_guard(sessions: Sessions, limits: RateLimits) -> Guard:
    """A guard that puts the `Principal` into `request.user`, except on routes with `opt={"open": True}`.

    It raises `Unauthorized`, `TokenExpired`, `SessionRevoked`, `RateLimited`.
    """

    async def guard(connection: AnyConnection, handler: BaseRouteHandler) -> None:
        if connection.scope.get("method") == "OPTIONS":
            return
        if b"%00" in connection.scope["query_string"] or "\0" in connection.scope["path"]:
            raise Invalid("NUL in the address")
        address = client_address(connection)
        if handler.opt.get("open"):
            if not handler.opt.get("unmetered"):
                limits.http_open(address)
            return
        principal = await sessions.authenticate(_bearer_token(connection), address=address)
        make_known(connection)
        limits.http(principal.user_id)
        connection.scope["user"] = principal

    return guard


def _bearer_token(connection: AnyConnection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("a bearer token is needed")
    return token.strip()
