"""What operators see of a worker: its health and its metrics."""

from contextlib import AsyncExitStack

from chinwag_server.api.app import Services
from chinwag_server.assembly.bus import Bus
from chinwag_server.assembly.storage import Storage
from chinwag_server.bus.fanout import Fanout
from chinwag_server.realtime.app import SocketApp
from chinwag_server.services.health import DATABASE, Health
from chinwag_server.services.presence import Presence
from chinwag_server.services.repair import Repair
from chinwag_server.worker_context import WorkerContext


def start_health(context: WorkerContext, storage: Storage, bus: Bus, held: AsyncExitStack) -> Health:
    async def database() -> bool:
        return await storage.database.fetchval("SELECT 1") == 1

    async def valkey() -> bool:
        return not bus.fanout.degraded and not bus.leases.degraded

    probes = {DATABASE: database, "disk": storage.database.takes_writes}
    health = Health(probes | {"valkey": valkey} if context.redis_url else probes)
    health.start()
    held.push_async_callback(health.close)
    return health


def watch(services: Services, *, sockets: SocketApp, fanout: Fanout, presence: Presence, repair: Repair) -> None:
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
