"""`/healthz` (this process runs) and `/readyz` (it can serve), for whoever watches the server."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from chinwag_protocol.bodies import HealthAnswer
from chinwag_server.services.health import Health


@get("/healthz", opt={"open": True, "unmetered": True})
async def healthz(health: NamedDependency[Health]) -> HealthAnswer:
    """Always 200 while the process answers, and at once: it waits for nothing."""
    return health.last


@get("/readyz", opt={"open": True, "unmetered": True})
async def readyz(health: NamedDependency[Health]) -> Response[HealthAnswer]:
    """503 while the database cannot be reached, and during shutdown."""
    answer = await health.check()
    return Response(answer, status_code=503 if answer.status == "unavailable" else 200)


ROUTES: Final[list[HTTPRouteHandler]] = [healthz, readyz]
