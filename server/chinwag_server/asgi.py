"""Composition root of one worker: the only place that constructs. Owns start-up, drain, and the order of closing."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from chinwag_protocol import __version__
from chinwag_protocol.bodies import ServerInfo
from chinwag_protocol.limits import PROTOCOL_VERSION
from chinwag_server.api.app import Services, create_http_app
from chinwag_server.api.metrics import Metrics
from chinwag_server.api.request_log import RequestLog
from chinwag_server.assembly.bus import open_bus, start_repair, start_socket_limit
from chinwag_server.assembly.operation import start_health, watch
from chinwag_server.assembly.people import start_people
from chinwag_server.assembly.storage import open_storage
from chinwag_server.assembly.talk import start_talk
from chinwag_server.config import Settings
from chinwag_server.http_server import join, serve
from chinwag_server.realtime import messages as message_events
from chinwag_server.realtime import receipts as receipt_events
from chinwag_server.realtime import typing as typing_events
from chinwag_server.realtime.app import SocketApp, create_socket_app
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.relay import Relay
from chinwag_server.realtime.sessions import SessionEvents
from chinwag_server.services.invites import Invites
from chinwag_server.services.presence import Presence
from chinwag_server.services.users import Users
from chinwag_server.tls import ServerTls
from chinwag_server.worker_context import WorkerContext

FEATURES: Final = (
    "attachments",
    "avatars",
    "blocks",
    "edit",
    "forward",
    "groups",
    "invites",
    "mentions",
    "pins",
    "presence",
    "reactions",
    "receipts",
    "replies",
    "sync",
    "typing",
)


async def serve_worker(settings: Settings, context: WorkerContext) -> None:
    """Serve until `context.stopping` is set; then drain within three seconds and close everything.

    Raises Unavailable when the database cannot be reached at the start, TlsError when the certificate cannot be used.
    """
    tls = ServerTls(settings.certificate) if settings.certificate is not None else None
    async with AsyncExitStack() as held:
        worker = await assemble(settings, context, held)
        await serve(worker.application, sockets=worker.sockets, health=worker.services.health, context=context, tls=tls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Everything one process consists of, started."""

    services: Services
    sockets: SocketApp
    application: Any


async def assemble(settings: Settings, context: WorkerContext, held: AsyncExitStack) -> Worker:
    """Construct and start everything. What `held` gets closes it, in the reverse order.

    Raises Unavailable when the database cannot be reached.
    """
    relay = None
    if context.workers_dir is not None:
        relay = Relay(context.workers_dir, number=context.number, workers=context.workers)
    sockets = create_socket_app(
        limits=settings.limits,
        allowed_origins=settings.allowed_origins,
        trusted_proxies=settings.trusted_proxies,
        relay=relay,
    )
    storage = await open_storage(context, held)
    bus = await open_bus(settings, context, storage, sockets=sockets, held=held)
    people = await start_people(settings, storage, bus, held)
    start_socket_limit(bus, sockets, held)
    talk = await start_talk(settings, storage, bus, people, held)
    users = Users(
        storage.users,
        fanout=bus.fanout,
        is_online=people.presence.is_online,
        limits=settings.limits,
        blocks_changed=talk.messages.people_changed,
    )
    services = Services(
        server_info=_describe(settings),
        registration=people.registration,
        accounts=people.accounts,
        sessions=people.sessions,
        users=users,
        invites=Invites(storage.invites, server_name=settings.server_name),
        conversations=talk.conversations,
        members=talk.members,
        history=talk.history,
        sync=talk.sync,
        attachments=talk.attachments,
        rate_limits=bus.rate_limits,
        health=start_health(context, storage, bus, held),
        metrics=Metrics(addresses=settings.metrics_addresses, gather=relay.gather if relay else None),
    )
    if relay is not None:
        relay.answer = services.metrics.snapshot
    repair = start_repair(storage, bus, sockets, users, held)
    watch(services, sockets=sockets, fanout=bus.fanout, presence=people.presence, repair=repair)
    session_events = SessionEvents(
        sessions=people.sessions,
        users=users,
        presence=people.presence,
        epoch=storage.state.epoch,
        follow=repair.follow,
    )
    sockets.server.configure(
        authenticate=people.sessions.authenticate,
        routes={
            **session_events.routes(),
            **message_events.routes(talk.messages, talk.changes),
            **receipt_events.routes(talk.receipts),
            **typing_events.routes(talk.typing),
        },
        disconnected=_forget(people.presence),
    )
    await sockets.server.start()
    held.push_async_callback(sockets.server.stop)
    http = RequestLog(create_http_app(services, settings), services.metrics)
    return Worker(services=services, sockets=sockets, application=join(sockets.asgi, http))


def _describe(settings: Settings) -> ServerInfo:
    return ServerInfo(
        name=settings.server_name,
        version=__version__,
        protocol=PROTOCOL_VERSION,
        registration=settings.registration or "invite",
        limits=settings.limits.public(),
        features=FEATURES,
    )


def _forget(presence: Presence) -> Callable[[Connection, str], None]:
    def forget(connection: Connection, _reason: str) -> None:
        presence.disconnected(connection.principal.user_id, connection.sid)

    return forget
