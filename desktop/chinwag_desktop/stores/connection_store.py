"""The connection as windows show it: the monitor's state and its measurements, on Qt's side."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from chinwag_desktop.core.availability import CountedHour
from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState


class Monitor(Protocol):
    """What this store needs of `SocketMonitor`."""

    @property
    def state(self) -> ConnectionState: ...
    @property
    def metrics(self) -> ConnectionMetrics: ...
    def subscribe(self, listener: Callable[[ConnectionState], None]) -> Callable[[], None]: ...
    def retry_now(self) -> None: ...


class ConnectionStore(QObject):
    """Passes the monitor's states on. `state_changed` carries a `ConnectionState`."""

    state_changed = Signal(object)

    def __init__(
        self, monitor: Monitor, parent: QObject | None = None, *, hours: Callable[[], Sequence[CountedHour]] = tuple
    ) -> None:
        super().__init__(parent)
        self._hours = hours
        self._server = ""
        self._monitor = monitor
        self._unsubscribe = monitor.subscribe(self.state_changed.emit)

    def connection_state(self) -> ConnectionState:
        """The state now."""
        return self._monitor.state

    def connection_metrics(self) -> ConnectionMetrics:
        """Attempts, drops, uptime, latencies and bytes so far."""
        return self._monitor.metrics

    def server(self) -> str:
        """Name and version of the server as it told them itself; "" before."""
        return self._server

    def learn_server(self, name: str, version: str) -> None:
        """The server has told what it is."""
        self._server = f"{name} {version}"

    def counted_hours(self) -> Sequence[CountedHour]:
        """Time with and without a link, by the hour, of this run and those before."""
        return self._hours()

    def now(self) -> datetime:
        """The wall clock, for what is shown by days."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """The clock of `ConnectionState.retry_at` and of the latencies."""
        return time.monotonic()

    def retry_now(self) -> None:
        """*Retry now*."""
        self._monitor.retry_now()

    def close(self) -> None:
        """Hear no more."""
        self._unsubscribe()
