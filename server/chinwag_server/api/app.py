"""The HTTP application: every route, and what holds for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from chinwag_protocol.bodies import ServerInfo
from chinwag_server.api import (
    attachments,
    auth,
    avatars,
    conversations,
    health,
    invites,
    members,
    messages,
    metrics,
    openapi,
    server,
    sync,
    users,
)
from chinwag_server.api.decoding import ChatRequest
from chinwag_server.api.errors import EXCEPTION_HANDLERS
from chinwag_server.api.guard import bearer_guard
from chinwag_server.api.metrics import Metrics
from chinwag_server.config import Settings
from chinwag_server.services.accounts import Accounts
from chinwag_server.services.attachments import Attachments
from chinwag_server.services.conversations import Conversations
from chinwag_server.services.health import Health
from chinwag_server.services.history import History
from chinwag_server.services.invites import Invites
from chinwag_server.services.limits import RateLimits
from chinwag_server.services.members import Members
from chinwag_server.services.registration import RegistrationRule
from chinwag_server.services.sessions import Sessions
from chinwag_server.services.sync import Sync
from chinwag_server.services.users import Users

API_PREFIX: Final = "/api/v1"
API_ROUTES: Final[list[HTTPRouteHandler]] = [
    *server.ROUTES,
    *auth.ROUTES,
    *users.ROUTES,
    *invites.ROUTES,
    *conversations.ROUTES,
    *members.ROUTES,
    *messages.ROUTES,
    *sync.ROUTES,
    *attachments.ROUTES,
    *avatars.ROUTES,
]
OPERATION_ROUTES: Final[list[HTTPRouteHandler]] = [*health.ROUTES, *metrics.ROUTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What handlers may ask for, each by the name of its field: `accounts: NamedDependency[Accounts]`."""

    server_info: ServerInfo
    registration: RegistrationRule
    accounts: Accounts
    sessions: Sessions
    users: Users
    invites: Invites
    conversations: Conversations
    members: Members
    history: History
    sync: Sync
    attachments: Attachments
    rate_limits: RateLimits
    health: Health
    metrics: Metrics


def create_http_app(services: Services, settings: Settings) -> Litestar:
    """Everything but the sockets. Wrap it in `RequestLog` to serve it."""
    api = Router(API_PREFIX, route_handlers=API_ROUTES)
    described = openapi.openapi_routes(_served(API_ROUTES, OPERATION_ROUTES), version=services.server_info.version)
    return Litestar(
        route_handlers=[api, *OPERATION_ROUTES, *described],
        request_class=ChatRequest,
        dependencies={field.name: _provide(getattr(services, field.name)) for field in fields(services)},
        guards=[bearer_guard(services.sessions, services.rate_limits)],
        exception_handlers=EXCEPTION_HANDLERS,
        request_max_body_size=settings.limits.body_bytes,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _served(api: Sequence[HTTPRouteHandler], plain: Sequence[HTTPRouteHandler]) -> list[tuple[str, str]]:
    """Method and path of each handler, ids as `{}`."""
    found: list[tuple[str, str]] = []
    for prefix, handlers in ((API_PREFIX, api), ("", plain)):
        for handler in handlers:
            found += [(str(method), prefix + path) for method in handler.http_methods for path in handler.paths]
    return found


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
