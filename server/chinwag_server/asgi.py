"""Composition root of one worker: the only place that constructs. Owns start-up, drain, and the order of closing."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Generator, MutableMapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final

import uvicorn

from chinwag_protocol import __version__
from chinwag_protocol.bodies import ServerInfo
from chinwag_protocol.limits import PROTOCOL_VERSION
from chinwag_server.api.app import Services, create_http_app
from chinwag_server.api.metrics import Metrics
from chinwag_server.api.request_log import RequestLog
from chinwag_server.bus.fanout import Fanout
from chinwag_server.bus.leases import Leases
from chinwag_server.bus.ledger import ValkeyLedger
from chinwag_server.bus.redis_bus import RedisBus
from chinwag_server.bus.windows import ValkeyWindows
from chinwag_server.config import Settings
from chinwag_server.realtime import messages as message_events
from chinwag_server.realtime import receipts as receipt_events
from chinwag_server.realtime import typing as typing_events
from chinwag_server.realtime.app import SocketApp, create_socket_app
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.sessions import SessionEvents
from chinwag_server.services.accounts import Accounts
from chinwag_server.services.attachments import Attachments
from chinwag_server.services.conversations import Conversations
from chinwag_server.services.health import DATABASE, Health
from chinwag_server.services.history import History
from chinwag_server.services.invites import Invites
from chinwag_server.services.limits import RateLimits
from chinwag_server.services.members import Members
from chinwag_server.services.message_changes import MessageChanges
from chinwag_server.services.message_parts import PartsFinder
from chinwag_server.services.message_placing import Placer
from chinwag_server.services.messages import Messages
from chinwag_server.services.passwords import Passwords
from chinwag_server.services.presence import Presence
from chinwag_server.services.receipts import Receipts
from chinwag_server.services.sessions import Sessions
from chinwag_server.services.sync import Sync
from chinwag_server.services.tokens import AccessTokens, RefreshTokens
from chinwag_server.services.typing import TypingSignals
from chinwag_server.services.uploads import UploadFolder
from chinwag_server.services.users import Users
from chinwag_server.storage.attachments import AttachmentRepository
from chinwag_server.storage.blobs import BlobStore
from chinwag_server.storage.conversations import ConversationRepository
from chinwag_server.storage.database import Database
from chinwag_server.storage.facts import FactRepository
from chinwag_server.storage.images import ImageProcessor
from chinwag_server.storage.invites import InviteRepository
from chinwag_server.storage.marks_writer import MarksWriter
from chinwag_server.storage.members import MemberRepository
from chinwag_server.storage.message_changes import MessageChangeRepository
from chinwag_server.storage.message_writer import MessageWriter
from chinwag_server.storage.messages import MessageRepository
from chinwag_server.storage.receipts import ReceiptRepository
from chinwag_server.storage.server_state import ServerState
from chinwag_server.storage.sessions import SessionRepository
from chinwag_server.storage.sync import SyncRepository
from chinwag_server.storage.users import UserRepository
from chinwag_server.tasks import TaskOwner
from chinwag_server.worker_context import WorkerContext

SOCKET_PATH: Final = "/socket.io/"
RECONNECT_AFTER_MS: Final = 2_000
FEATURES: Final = (
    "attachments",
    "avatars",
    "blocks",
    "direct",
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

log = logging.getLogger(__name__)


async def serve_worker(settings: Settings, context: WorkerContext) -> None:
    """Serve until `context.stopping` is set; then drain within two seconds and close everything.

    Raises Unavailable when the database cannot be reached at the start.
    """
    async with AsyncExitStack() as held:
        worker = await Worker.start(settings, context, held)
        await worker.serve(context)


class Worker:
    """Everything one process consists of, started. What `held` got closes it, in the reverse order."""

    def __init__(self, *, services: Services, sockets: SocketApp, application: Any) -> None:
        self.services = services
        self.sockets = sockets
        self.application = application

    @classmethod
    async def start(cls, settings: Settings, context: WorkerContext, held: AsyncExitStack) -> "Worker":
        """Construct and start. Raises Unavailable when the database cannot be reached."""
        limits = settings.limits
        # ---- storage
        database = Database(context.database_url)
        await database.open()
        held.push_async_callback(database.close)
        state = ServerState(database)
        await state.prepare()
        keys = await state.keys()
        user_rows, session_rows, invite_rows = (
            UserRepository(database),
            SessionRepository(database),
            InviteRepository(database),
        )
        conversation_rows, member_rows, message_rows, facts = (
            ConversationRepository(database),
            MemberRepository(database),
            MessageRepository(database),
            FactRepository(database),
        )

        # ---- sockets and the bus between nodes
        sockets = create_socket_app(
            limits=limits,
            allowed_origins=settings.allowed_origins,
            trusted_proxies=settings.trusted_proxies,
            sid_prefix=f"{context.number}-" if context.workers > 1 else "",
        )
        bus = RedisBus(context.redis_url, node_id=context.node_id) if context.redis_url else None
        has_peers = (lambda: bus.has_listeners) if bus else (lambda: False)
        fanout = Fanout(sockets.server, rosters=member_rows.load_roster, redis=bus, node_id=context.node_id)
        await fanout.start()
        held.push_async_callback(fanout.stop)
        leases = Leases(context.redis_url)
        await leases.start()
        held.push_async_callback(leases.stop)
        rate_limits = RateLimits(limits)
        if context.redis_url:
            ledger = ValkeyLedger(context.redis_url, has_peers=has_peers)
            held.push_async_callback(ledger.close)
            windows = ValkeyWindows(context.redis_url)
            held.push_async_callback(windows.close)
            rate_limits = RateLimits(limits, ledger=ledger, shared=windows.storage)
        rate_limits.start()
        held.push_async_callback(rate_limits.close)

        # ---- people
        passwords = Passwords()
        held.callback(passwords.close)
        presence = Presence(sink=sockets.server, leases=leases, users=user_rows, has_peers=has_peers)
        presence.start()
        held.push_async_callback(presence.close)
        sessions = Sessions(
            session_rows,
            users=user_rows,
            access=AccessTokens(keys.signing, lifetime=timedelta(milliseconds=settings.access_token_ttl_ms)),
            refresh=RefreshTokens(keys.refresh),
            fanout=fanout,
            is_online=presence.is_online,
            lifetime=timedelta(milliseconds=settings.refresh_token_ttl_ms),
            grace=timedelta(milliseconds=settings.refresh_grace_ms),
        )
        sessions.start()
        held.push_async_callback(sessions.close)

        # ---- files
        attachment_rows = AttachmentRepository(database)
        attachments = Attachments(
            attachment_rows,
            blobs=BlobStore.open(settings.blobs_url or settings.blobs_dir),
            images=ImageProcessor(max_pixels=limits.image_pixels),
            folder=UploadFolder(settings.data_dir / "uploads"),
            limits=limits,
        )
        await attachments.start()
        held.push_async_callback(attachments.close)

        # ---- talk
        messages = Messages(
            make_writer=lambda committed: MessageWriter(database, on_commit=committed),
            messages=message_rows,
            placer=Placer(
                conversations=conversation_rows,
                messages=message_rows,
                parts=PartsFinder(
                    members=member_rows, messages=message_rows, find_uploads=attachment_rows.find_uploads
                ),
                fanout=fanout,
            ),
            fanout=fanout,
            rates=rate_limits,
            limits=limits,
        )
        await messages.start()
        held.push_async_callback(messages.close)
        receipts = Receipts(
            make_writer=lambda moved: MarksWriter(database, on_moved=moved),
            members=member_rows,
            receipts=ReceiptRepository(database),
            fanout=fanout,
        )
        await receipts.start()
        held.push_async_callback(receipts.close)
        users = Users(
            user_rows,
            fanout=fanout,
            is_online=presence.is_online,
            limits=limits,
            blocks_changed=messages.people_changed,
        )

        # ---- for operators
        health = Health(
            {
                DATABASE: lambda: _answers(database),
                **({"valkey": lambda: _heard(fanout, leases)} if context.redis_url else {}),
            }
        )
        health.start()
        held.push_async_callback(health.close)
        metrics = Metrics(addresses=settings.metrics_addresses)
        _watch(metrics, sockets=sockets, fanout=fanout, presence=presence, health=health)

        # ---- the two doors
        services = Services(
            server_info=ServerInfo(
                name=settings.server_name,
                version=__version__,
                protocol=PROTOCOL_VERSION,
                registration=settings.registration,
                limits=limits.public(),
                features=FEATURES,
            ),
            accounts=Accounts(
                users=user_rows,
                invites=invite_rows,
                session_rows=session_rows,
                sessions=sessions,
                passwords=passwords,
                rate_limits=rate_limits,
                limits=limits,
                registration=settings.registration,
            ),
            sessions=sessions,
            users=users,
            invites=Invites(invite_rows, server_name=settings.server_name),
            conversations=Conversations(
                conversations=conversation_rows, members=member_rows, facts=facts, fanout=fanout, limits=limits
            ),
            members=Members(
                conversations=conversation_rows, members=member_rows, facts=facts, fanout=fanout, limits=limits
            ),
            attachments=attachments,
            history=History(members=member_rows, messages=message_rows),
            sync=Sync(SyncRepository(database, state), is_online=presence.is_online, limits=limits),
            rate_limits=rate_limits,
            health=health,
            metrics=metrics,
        )
        changes = MessageChanges(
            facts=facts,
            members=member_rows,
            changes=MessageChangeRepository(),
            fanout=fanout,
            limits=limits,
        )
        sockets.server.configure(
            authenticate=sessions.authenticate,
            routes={
                **SessionEvents(sessions=sessions, users=users, presence=presence, epoch=state.epoch).routes(),
                **message_events.routes(messages, changes),
                **receipt_events.routes(receipts),
                **typing_events.routes(TypingSignals(members=member_rows, fanout=fanout)),
            },
            disconnected=_forget(presence),
        )
        await sockets.server.start()
        held.push_async_callback(sockets.server.stop)
        http = RequestLog(create_http_app(services, settings), metrics)
        return cls(services=services, sockets=sockets, application=_both(sockets.asgi, http))

    async def serve(self, context: WorkerContext) -> None:
        """Answer on the listener until `context.stopping`; return when what was under way is answered."""
        config = uvicorn.Config(self.application, lifespan="off", log_level="warning", **self.sockets.uvicorn_options())
        server = _Server(config, started=context.ready)
        tasks = TaskOwner("worker")
        serving = tasks.spawn(server.serve(sockets=[context.listener]), "serve")
        stopping = tasks.spawn(context.stopping.wait(), "stopping")
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self.services.health.stopping()
            server.should_exit = True
            await self.sockets.server.drain(reconnect_after_ms=RECONNECT_AFTER_MS)
            await serving
        finally:
            await tasks.close()


class _Server(uvicorn.Server):
    """uvicorn, without its signal handlers: the worker's supervisor says when to stop."""

    def __init__(self, config: uvicorn.Config, *, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._tell_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _both(polling: Any, http: Any) -> Any:
    """One ASGI application of the two."""

    async def application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        handler = polling if scope["path"].startswith(SOCKET_PATH) else http
        await handler(scope, receive, send)

    return application


def _forget(presence: Presence) -> Callable[[Connection, str], None]:
    def forget(connection: Connection, _reason: str) -> None:
        presence.disconnected(connection.principal.user_id, connection.sid)

    return forget


def _watch(metrics: Metrics, *, sockets: SocketApp, fanout: Fanout, presence: Presence, health: Health) -> None:
    server = sockets.server
    metrics.watch("chinwag_sockets", "Connected sockets", lambda: len(server.connections))
    metrics.watch("chinwag_users_online", "Users online, on any node", lambda: presence.count)
    metrics.watch("chinwag_events_received", "Events that came in over sockets", lambda: server.events_received)
    metrics.watch("chinwag_events_failed", "Events that were answered with an error", lambda: server.events_failed)
    metrics.watch("chinwag_fanout_gaps", "Facts that went out without their predecessor", lambda: fanout.gaps)
    metrics.watch("chinwag_degraded", "Parts that do not work at present", lambda: len(health.last.degraded))


async def _answers(database: Database) -> bool:
    return await database.fetchval("SELECT 1") == 1


async def _heard(fanout: Fanout, leases: Leases) -> bool:
    return not fanout.degraded and not leases.degraded
