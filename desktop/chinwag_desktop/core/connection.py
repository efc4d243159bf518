"""The connection as everybody above ``SocketMonitor`` sees it: one frozen record a change."""

from enum import Enum

from msgspec import Struct

from chinwag_desktop.core.errors import Problem


class Phase(Enum):
    """The states of the monitor."""

    STOPPED = "stopped"
    """Not started, or ended by the user: *client disconnect*, never reconnects."""
    OFFLINE = "offline"
    """The system reports no network."""
    CONNECTING = "connecting"
    SYNCING = "syncing"
    """Connected and registered, fetching what was missed."""
    ONLINE = "online"
    WAITING = "waiting"
    """Before attempt ``attempt``, which starts at ``retry_at``."""
    RETRYING_SLOWLY = "retrying_slowly"
    """All ten attempts failed: *Connection lost*, while it goes on every 30 s."""
    REFUSED = "refused"
    """The server will not have us, ``refused_code`` says why; only the user can change that."""


class ConnectionState(Struct, frozen=True, kw_only=True):
    """What the banner and the latency pill show."""

    phase: Phase = Phase.STOPPED
    attempt: int = 0
    """0 for the first connection after the start, else the number of the attempt, from 1."""
    max_attempts: int = 10
    retry_at: float | None = None
    """When the next attempt starts, on the monitor's monotonic clock (``time.monotonic`` in the app)."""
    wait_s: float = 0.0
    """How long the wait that ends at ``retry_at`` is in all."""
    reason: str | None = None
    """Why the last link ended, in the words of the original: ``io server disconnect``, ``transport close``,
    ``transport error``, ``ping timeout``, ``client disconnect``; None before the first link."""
    problem: Problem | None = None
    """Why the last attempt failed, or why it is REFUSED."""
    detail: str = ""
    """For logs and the connection panel; English."""
    refused_code: str | None = None
    """An error code of the protocol or a reason of ``sessionRevoked``."""
    latency_ms: float | None = None
    """The last measured round trip; None without a link."""
    slow: bool = False
    """The median of the last three round trips is over 500 ms."""
    transport: str | None = None
    """``websocket`` or ``polling`` while there is a link."""
    server_restarting: bool = False
    """The server said ``serverShutdown``: the wait is the one that it asked for."""


class LatencySample(Struct, frozen=True):
    """One ping: when (monotonic seconds) and how long its round trip took."""

    at: float
    latency_ms: float


class ConnectionMetrics(Struct, frozen=True, kw_only=True):
    """Counted since the monitor was made."""

    attempts: int = 0
    connects: int = 0
    drops: dict[str, int] = {}
    """By disconnect reason."""
    failures: dict[str, int] = {}
    """Failed attempts by ``Problem``."""
    uptime_s: float = 0.0
    downtime_s: float = 0.0
    availability: float = 0.0
    """Uptime over all time since the start, 0..1."""
    online_since: float | None = None
    latencies: tuple[LatencySample, ...] = ()
    """Of the last hour, oldest first."""
    bytes_sent: int = 0
    bytes_received: int = 0
