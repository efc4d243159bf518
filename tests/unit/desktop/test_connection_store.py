"""ConnectionStore: the monitor's states and figures on Qt's side, until it is closed."""

import time
from collections.abc import Callable

from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState, Phase
from chinwag_desktop.stores.connection_store import ConnectionStore

Listener = Callable[[ConnectionState], None]


class Monitor:
    """A `SocketMonitor` whose state a test moves."""

    def __init__(self) -> None:
        self.state = ConnectionState(phase=Phase.CONNECTING)
        self.metrics = ConnectionMetrics()
        self.listeners: list[Listener] = []
        self.retries = 0

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def retry_now(self) -> None:
        self.retries += 1

    def become(self, phase: Phase) -> None:
        self.state = ConnectionState(phase=phase)
        for listener in list(self.listeners):
            listener(self.state)


def test_every_state_is_told_as_it_is() -> None:
    monitor = Monitor()
    store, told = ConnectionStore(monitor), []
    store.state_changed.connect(told.append)
    assert store.connection_state().phase is Phase.CONNECTING
    for phase in (Phase.SYNCING, Phase.ONLINE, Phase.WAITING):
        monitor.become(phase)
        assert store.connection_state() is told[-1] is monitor.state
    assert [state.phase for state in told] == [Phase.SYNCING, Phase.ONLINE, Phase.WAITING]


def test_the_figures_are_the_monitors_own() -> None:
    monitor = Monitor()
    assert ConnectionStore(monitor).connection_metrics() is monitor.metrics


def test_the_server_is_what_it_calls_itself() -> None:
    store = ConnectionStore(Monitor())
    assert store.server() == ""
    store.learn_server("Harbour Works", "1.4.0")
    assert store.server() == "Harbour Works 1.4.0"


def test_retry_now_reaches_the_monitor() -> None:
    monitor = Monitor()
    ConnectionStore(monitor).retry_now()
    assert monitor.retries == 1


def test_its_clock_is_the_one_of_the_waits() -> None:
    before = time.monotonic()
    assert before <= ConnectionStore(Monitor()).monotonic() <= time.monotonic()


def test_a_closed_store_hears_no_more() -> None:
    monitor = Monitor()
    store, told = ConnectionStore(monitor), []
    store.state_changed.connect(told.append)
    store.close()
    monitor.become(Phase.ONLINE)
    assert told == []
    assert monitor.listeners == []
