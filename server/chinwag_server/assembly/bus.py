"""What a node tells the others and hears of them: fan-out, leases, rate limits, repair."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from chinwag_server.assembly.storage import Storage
from chinwag_server.bus.fanout import Fanout, Sink
from chinwag_server.bus.leases import Leases
from chinwag_server.bus.ledger import ValkeyLedger
from chinwag_server.bus.redis_bus import RedisBus
from chinwag_server.bus.windows import ValkeyWindows
from chinwag_server.config import Settings
from chinwag_server.realtime.app import SocketApp
from chinwag_server.services.limits import RateLimits
from chinwag_server.services.missed_changes import MissedChanges
from chinwag_server.services.repair import Repair
from chinwag_server.services.socket_limit import SocketLimit
from chinwag_server.services.users import Users
from chinwag_server.storage.changes import ChangeRepository
from chinwag_server.storage.heads import HeadRepository
from chinwag_server.storage.missed import MissedRepository
from chinwag_server.worker_context import WorkerContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    fanout: Fanout
    leases: Leases
    rate_limits: RateLimits
    sink: Sink
    has_peers: Callable[[], bool]


async def open_bus(
    settings: Settings, context: WorkerContext, storage: Storage, *, sockets: SocketApp, held: AsyncExitStack
) -> Bus:
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
    return Bus(fanout=fanout, leases=leases, rate_limits=rate_limits, sink=sockets.server, has_peers=has_peers)


def start_repair(storage: Storage, bus: Bus, sockets: SocketApp, users: Users, held: AsyncExitStack) -> Repair:
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


def start_socket_limit(bus: Bus, sockets: SocketApp, held: AsyncExitStack) -> None:
    def close(connection_id: str) -> None:
        if (connection := sockets.server.connections.find(connection_id)) is not None:
            connection.close("too many sockets of this user")

    limit = SocketLimit(bus.leases, close_socket=close, has_peers=bus.has_peers)
    limit.start()
    held.push_async_callback(limit.close)
