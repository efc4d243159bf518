"""What the system says of the network, and what this machine's own addresses do."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation

from chinwag_desktop.platform.network import NetworkWatch, own_addresses

pytestmark = pytest.mark.usefixtures("qapp")
Reachability = QNetworkInformation.Reachability


class FakeInformation(QObject):
    reachabilityChanged = Signal(object)
    transportMediumChanged = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.now = Reachability.Online

    def reachability(self) -> Reachability:
        return self.now

    def become(self, now: Reachability) -> None:
        self.now = now
        self.reachabilityChanged.emit(now)


class Machine:
    """A watch, what it is told, and what it tells."""

    def __init__(self, information: FakeInformation | None) -> None:
        self.information = information
        self.addresses = frozenset({"192.0.2.7"})
        self.told: list[bool | str] = []
        self.watch = NetworkWatch(information=lambda: information, addresses=lambda: self.addresses)
        self.watch.reachability_changed.connect(self.told.append)
        self.watch.changed.connect(lambda: self.told.append("changed"))

    def look(self) -> None:
        self.watch._timer.timeout.emit()


@pytest.fixture
def machine() -> Iterator[Machine]:
    machine = Machine(FakeInformation())
    yield machine
    machine.watch.stop()


def test_the_system_tells_of_a_lost_and_of_another_network(machine: Machine) -> None:
    """FAULTS 17, 23: the monitor is told by the system, as well as by its own ping."""
    assert machine.information is not None
    machine.information.become(Reachability.Disconnected)
    assert not machine.watch.reachable
    machine.information.become(Reachability.Online)
    machine.information.transportMediumChanged.emit(QNetworkInformation.TransportMedium.WiFi)
    assert machine.told == [False, True, "changed"]


@pytest.mark.parametrize("state", [Reachability.Unknown, Reachability.Local, Reachability.Site, Reachability.Online])
def test_only_a_plain_no_is_believed(machine: Machine, state: Reachability) -> None:
    """A server in the same house needs no internet."""
    assert machine.information is not None
    machine.information.become(state)
    assert machine.watch.reachable


def test_an_address_that_comes_or_goes_is_a_change(machine: Machine) -> None:
    """FAULTS 23: a VPN, another Wi-Fi of the same kind: nobody but the addresses tells."""
    machine.look()
    assert machine.told == []
    machine.addresses = frozenset({"192.0.2.7", "198.51.100.4"})
    machine.look()
    machine.look()
    machine.addresses = frozenset()
    machine.look()
    assert machine.told == ["changed", "changed"]


def test_a_system_that_tells_nothing_counts_as_reachable_and_is_watched_all_the_same() -> None:
    machine = Machine(None)
    assert machine.watch.reachable
    machine.addresses = frozenset()
    machine.look()
    assert machine.told == ["changed"]
    machine.watch.stop()


def test_after_its_end_it_says_nothing(machine: Machine) -> None:
    information = machine.information
    assert information is not None
    machine.watch.stop()
    information.become(Reachability.Disconnected)
    assert machine.told == []
    assert machine.watch.reachable
    assert not machine.watch._timer.isActive()


def test_the_real_thing_can_be_asked() -> None:
    assert all("%" not in address and not address.startswith(("127.", "169.254.")) for address in own_addresses())
    watch = NetworkWatch()
    assert watch.reachable in (True, False)
    watch.stop()
