"""What the connection panel counts: attempts, drops by reason, uptime, latency of the last hour, bytes."""

from collections import Counter, deque
from statistics import median
from typing import Final

from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.connection import ConnectionMetrics, LatencySample

LATENCY_KEPT_S: Final = 3_600.0
SLOW_MS: Final = 500.0


class LinkMetrics:
    """Counts over all links of a monitor; times are of the given clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = clock.monotonic()
        self.attempts = 0
        self.connects = 0
        self.drops: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self._uptime_s = 0.0
        self._up_since: float | None = None
        self._latencies: deque[LatencySample] = deque()
        self._recent: deque[float] = deque(maxlen=3)
        self._sent = self._received = 0

    def up(self) -> None:
        """A link is registered."""
        self.connects += 1
        self._up_since = self._clock.monotonic()
        self._recent.clear()

    def down(self, reason: str, *, sent: int, received: int) -> None:
        """The link has ended, after so many bytes."""
        self.drops[reason] += 1
        self._sent += sent
        self._received += received
        if self._up_since is not None:
            self._uptime_s += self._clock.monotonic() - self._up_since
            self._up_since = None

    def round_trip(self, latency_ms: float) -> None:
        """A ping was answered."""
        now = self._clock.monotonic()
        self._recent.append(latency_ms)
        self._latencies.append(LatencySample(now, latency_ms))
        while self._latencies[0].at < now - LATENCY_KEPT_S:
            self._latencies.popleft()

    @property
    def slow(self) -> bool:
        """Whether the median of the last three round trips of this link is over 500 ms."""
        return len(self._recent) == self._recent.maxlen and median(self._recent) > SLOW_MS

    def snapshot(self, *, sent: int, received: int) -> ConnectionMetrics:
        """Everything so far, with the bytes of the present link."""
        now = self._clock.monotonic()
        uptime_s = self._uptime_s + (now - self._up_since if self._up_since is not None else 0)
        whole_s = now - self._begun
        return ConnectionMetrics(
            attempts=self.attempts,
            connects=self.connects,
            drops=dict(self.drops),
            failures=dict(self.failures),
            uptime_s=uptime_s,
            downtime_s=max(whole_s - uptime_s, 0),
            availability=uptime_s / whole_s if whole_s > 0 else 0,
            online_since=self._up_since,
            latencies=tuple(self._latencies),
            bytes_sent=self._sent + sent,
            bytes_received=self._received + received,
        )
