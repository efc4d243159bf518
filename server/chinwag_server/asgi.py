"""Composition root of one worker: the only place that constructs. Owns start-up, drain, and the order of closing."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from chinwag_protocol import __version__
from chinwag_protocol.bodies import ServerInfo
from chinwag_protocol.limits import PROTOCOL_VERSION
from chinwag_server.api.app import Services, create_http_app
from chinwag_server.api.metrics import Metrics
from chinwag_server.api.request_log import RequestLog
from chinwag_server.bus.fanout import Fanout, Sink
from chinwag_server.bus.leases import Leases
from chinwag_server.bus.ledger import ValkeyLedger
from chinwag_server.bus.redis_bus import RedisBus
from chinwag_server.bus.windows import ValkeyWindows
from chinwag_server.config import Settings
from chinwag_server.http_server import join, serve
from chinwag_server.realtime import messages as message_events
from chinwag_server.realtime import receipts as receipt_events
from chinwag_server.realtime import typing as typing_events
from chinwag_server.realtime.app import SocketApp, create_socket_app
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.relay import Relay
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
from chinwag_server.services.missed_changes import MissedChanges
from chinwag_server.services.passwords import Passwords
from chinwag_server.services.presence import Presence
from chinwag_server.services.receipts import Receipts
from chinwag_server.services.registration import RegistrationRule
from chinwag_server.services.repair import Repair
from chinwag_server.services.sessions import Sessions
from chinwag_server.services.socket_limit import SocketLimit
from chinwag_server.services.sync import Sync
from chinwag_server.services.tokens import AccessTokens, RefreshTokens
from chinwag_server.services.typing import TypingSignals
from chinwag_server.services.uploads import UploadFolder
from chinwag_server.services.users import Users
from chinwag_server.storage.attachments import AttachmentRepository
from chinwag_server.storage.blobs import BlobStore
from chinwag_server.storage.changes import ChangeRepository
from chinwag_server.storage.conversations import ConversationRepository
from chinwag_server.storage.database import Database
from chinwag_server.storage.facts import FactRepository
from chinwag_server.storage.heads import HeadRepository
from chinwag_server.storage.images import ImageProcessor
from chinwag_server.storage.invites import InviteRepository
from chinwag_server.storage.marks_writer import MarksWriter
from chinwag_server.storage.members import MemberRepository
from chinwag_server.storage.message_changes import MessageChangeRepository
from chinwag_server.storage.message_writer import MessageWriter
from chinwag_server.storage.messages import MessageRepository
from chinwag_server.storage.missed import MissedRepository
from chinwag_server.storage.receipts import ReceiptRepository
from chinwag_server.storage.server_state import ServerKeys, ServerState
from chinwag_server.storage.sessions import SessionRepository
from chinwag_server.storage.sync import SyncRepository
from chinwag_server.storage.users import UserRepository
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
    storage = await _open_storage(context, held)
    bus = await _open_bus(settings, context, storage, sockets=sockets, held=held)
    people = await _start_people(settings, storage, bus, held)
    _start_socket_limit(bus, sockets, held)
    talk = await _start_talk(settings, storage, bus, people, held)
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
        health=_start_health(context, storage, bus, held),
        metrics=Metrics(addresses=settings.metrics_addresses, gather=relay.gather if relay else None),
    )
    if relay is not None:
        relay.answer = services.metrics.snapshot
    repair = _start_repair(storage, bus, sockets, users, held)
    _watch(services, sockets=sockets, fanout=bus.fanout, presence=people.presence, repair=repair)
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


# ---------------------------------------------------------------- storage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Storage:
    database: Database
    state: ServerState
    keys: ServerKeys
    users: UserRepository
    sessions: SessionRepository
    invites: InviteRepository
    conversations: ConversationRepository
    members: MemberRepository
    messages: MessageRepository
    facts: FactRepository
    attachments: AttachmentRepository


async def _open_storage(context: WorkerContext, held: AsyncExitStack) -> _Storage:
    database = Database(context.database_url)
    await database.open()
    held.push_async_callback(database.close)
    state = ServerState(database)
    await state.prepare()
    return _Storage(
        database=database,
        state=state,
        keys=await state.keys(),
        users=UserRepository(database),
        sessions=SessionRepository(database),
        invites=InviteRepository(database),
        conversations=ConversationRepository(database),
        members=MemberRepository(database),
        messages=MessageRepository(database),
        facts=FactRepository(database),
        attachments=AttachmentRepository(database),
    )


# ------------------------------------------------- the bus between nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bus:
    fanout: Fanout
    leases: Leases
    rate_limits: RateLimits
    sink: Sink
    has_peers: Callable[[], bool]


async def _open_bus(
    settings: Settings, context: WorkerContext, storage: _Storage, *, sockets: SocketApp, held: AsyncExitStack
) -> _Bus:
    url = context.redis_url
    redis = RedisBus(url, node_id=context.node_id) if url else None

    def has_peers() -> bool:
        return redis is not None and redis.has_listeners

    fanout = Fanout(sockets.server, rosters=storage.members.load_roster, redis=redis, node_id=context.node_id)
    await fanout.start()
    held.push_async_callback(fanout.stop)
    leases = Leases(url, most=settings.limits.sockets_per_user)
    await leases.start()
    held.push_async_callback(leases.stop)
    ledger = windows = None
    if url:
        ledger, windows = ValkeyLedger(url, has_peers=has_peers), ValkeyWindows(url)
        held.push_async_callback(ledger.close)
        held.push_async_callback(windows.close)
    rate_limits = RateLimits(settings.limits, ledger=ledger, shared=windows and windows.storage)
    rate_limits.start()
    held.push_async_callback(rate_limits.close)
    return _Bus(fanout=fanout, leases=leases, rate_limits=rate_limits, sink=sockets.server, has_peers=has_peers)


def _start_repair(storage: _Storage, bus: _Bus, sockets: SocketApp, users: Users, held: AsyncExitStack) -> Repair:
    connected = sockets.server.connections.users
    repair = Repair(
        heads=HeadRepository(storage.database),
        missed=MissedRepository(storage.database),
        fanout=bus.fanout,
        connected=connected,
        changes=MissedChanges(
            ChangeRepository(storage.database),
            users=storage.users,
            show=users.show,
            fanout=bus.fanout,
            connected=connected,
        ),
    )
    repair.start()
    held.push_async_callback(repair.close)
    return repair


def _start_socket_limit(bus: _Bus, sockets: SocketApp, held: AsyncExitStack) -> None:
    def close(connection_id: str) -> None:
        if (connection := sockets.server.connections.find(connection_id)) is not None:
            connection.close("too many sockets of this user")

    limit = SocketLimit(bus.leases, close_socket=close, has_peers=bus.has_peers)
    limit.start()
    held.push_async_callback(limit.close)


# ----------------------------------------------------------------- people


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    presence: Presence
    sessions: Sessions
    registration: RegistrationRule
    accounts: Accounts


async def _start_people(settings: Settings, storage: _Storage, bus: _Bus, held: AsyncExitStack) -> _People:
    presence = Presence(sink=bus.sink, leases=bus.leases, users=storage.users, has_peers=bus.has_peers)
    presence.start()
    held.push_async_callback(presence.close)
    sessions = Sessions(
        storage.sessions,
        users=storage.users,
        access=AccessTokens(storage.keys.signing, lifetime=timedelta(milliseconds=settings.access_token_ttl_ms)),
        refresh=RefreshTokens(storage.keys.refresh),
        fanout=bus.fanout,
        is_online=presence.is_online,
        lifetime=timedelta(milliseconds=settings.refresh_token_ttl_ms),
        grace=timedelta(milliseconds=settings.refresh_grace_ms),
    )
    sessions.start()
    held.push_async_callback(sessions.close)
    passwords = Passwords()
    held.callback(passwords.close)
    registration = RegistrationRule(storage.users, chosen=settings.registration, private=settings.is_private)
    accounts = Accounts(
        users=storage.users,
        invites=storage.invites,
        session_rows=storage.sessions,
        sessions=sessions,
        passwords=passwords,
        rate_limits=bus.rate_limits,
        limits=settings.limits,
        registration=registration,
    )
    return _People(presence=presence, sessions=sessions, registration=registration, accounts=accounts)


# ------------------------------------------------------------------- talk


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    messages: Messages
    changes: MessageChanges
    receipts: Receipts
    typing: TypingSignals
    conversations: Conversations
    members: Members
    history: History
    sync: Sync
    attachments: Attachments


async def _start_talk(settings: Settings, storage: _Storage, bus: _Bus, people: _People, held: AsyncExitStack) -> _Talk:
    limits, fanout = settings.limits, bus.fanout
    rows: dict[str, Any] = {"conversations": storage.conversations, "members": storage.members, "facts": storage.facts}
    parts = PartsFinder(
        members=storage.members, messages=storage.messages, find_uploads=storage.attachments.find_uploads
    )
    messages = Messages(
        make_writer=lambda committed: MessageWriter(storage.database, on_commit=committed),
        messages=storage.messages,
        placer=Placer(conversations=storage.conversations, messages=storage.messages, parts=parts, fanout=fanout),
        fanout=fanout,
        rates=bus.rate_limits,
        limits=limits,
    )
    await messages.start()
    held.push_async_callback(messages.close)
    receipts = Receipts(
        make_writer=lambda moved: MarksWriter(storage.database, on_moved=moved),
        members=storage.members,
        receipts=ReceiptRepository(storage.database),
        fanout=fanout,
    )
    await receipts.start()
    held.push_async_callback(receipts.close)
    attachments = Attachments(
        storage.attachments,
        blobs=BlobStore.open(settings.blobs_url or settings.blobs_dir),
        images=ImageProcessor(max_pixels=limits.image_pixels),
        folder=UploadFolder(settings.data_dir / "uploads"),
        limits=limits,
    )
    await attachments.start()
    held.push_async_callback(attachments.close)
    return _Talk(
        messages=messages,
        changes=MessageChanges(
            facts=storage.facts,
            members=storage.members,
            changes=MessageChangeRepository(),
            fanout=fanout,
            limits=limits,
        ),
        receipts=receipts,
        typing=TypingSignals(members=storage.members, fanout=fanout),
        conversations=Conversations(**rows, fanout=fanout, limits=limits),
        members=Members(**rows, fanout=fanout, limits=limits),
        history=History(members=storage.members, messages=storage.messages),
        sync=Sync(SyncRepository(storage.database, storage.state), is_online=people.presence.is_online, limits=limits),
        attachments=attachments,
    )


# ---------------------------------------------------------- for operators


def _describe(settings: Settings) -> ServerInfo:
    return ServerInfo(
        name=settings.server_name,
        version=__version__,
        protocol=PROTOCOL_VERSION,
        registration=settings.registration or "invite",
        limits=settings.limits.public(),
        features=FEATURES,
    )


def _start_health(context: WorkerContext, storage: _Storage, bus: _Bus, held: AsyncExitStack) -> Health:
    async def database() -> bool:
        return await storage.database.fetchval("SELECT 1") == 1

    async def valkey() -> bool:
        return not bus.fanout.degraded and not bus.leases.degraded

    probes = {DATABASE: database, "disk": storage.database.takes_writes}
    health = Health(probes | {"valkey": valkey} if context.redis_url else probes)
    health.start()
    held.push_async_callback(health.close)
    return health


def _watch(services: Services, *, sockets: SocketApp, fanout: Fanout, presence: Presence, repair: Repair) -> None:
    server, watch = sockets.server, services.metrics.watch
    watch("chinwag_sockets", "Connected sockets", lambda: len(server.connections))
    watch("chinwag_users_online", "Users online, on any node", lambda: presence.count, merge=max)
    watch("chinwag_events_received", "Events that came in over sockets", lambda: server.events_received)
    watch("chinwag_events_failed", "Events that were answered with an error", lambda: server.events_failed)
    watch("chinwag_fanout_gaps", "Facts that went out without their predecessor", lambda: fanout.gaps)
    watch("chinwag_fanout_repaired", "Facts that were read from the database as nobody told them", lambda: repair.told)
    watch("chinwag_bus_degraded", "1 while other nodes cannot be heard", lambda: fanout.degraded, merge=max)
    watch(
        "chinwag_degraded", "Parts that do not work at present", lambda: len(services.health.last.degraded), merge=max
    )


def _forget(presence: Presence) -> Callable[[Connection, str], None]:
    def forget(connection: Connection, _reason: str) -> None:
        presence.disconnected(connection.principal.user_id, connection.sid)

    return forget
