"""What the system says of the network: none at all, or that it changed."""

from collections.abc import Callable
from typing import Final, Protocol, cast

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance
from PySide6.QtNetwork import QNetworkInformation, QNetworkInterface

LOOK_MS: Final = 2_000


class Information(Protocol):
    """What is needed of `QNetworkInformation`."""

    reachabilityChanged: SignalInstance
    transportMediumChanged: SignalInstance

    def reachability(self) -> QNetworkInformation.Reachability: ...


def system_information() -> Information | None:
    """The system's own, where Qt knows how to ask it."""
    loaded = QNetworkInformation.loadDefaultBackend()
    return cast("Information | None", QNetworkInformation.instance() if loaded else None)


def own_addresses() -> frozenset[str]:
    """This machine's addresses that others could reach."""
    return frozenset(address.toString() for address in QNetworkInterface.allAddresses() if address.isGlobal())


class NetworkWatch(QObject):
    """`reachability_changed` carries whether the system reports a network; `changed` is a hint that addresses or media did.

    A system that tells nothing counts as reachable: only a plain "disconnected" is believed. Addresses are looked at every two
    seconds: not every system tells of a VPN, or of one network after another.
    """

    reachability_changed = Signal(bool)
    changed = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        information: Callable[[], Information | None] = system_information,
        addresses: Callable[[], frozenset[str]] = own_addresses,
    ) -> None:
        super().__init__(parent)
        self._information = information()
        if self._information is not None:
            self._information.reachabilityChanged.connect(self._reachability)
            self._information.transportMediumChanged.connect(self._medium)
        self._addresses = addresses
        self._known = addresses()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    @property
    def reachable(self) -> bool:
        """False only when the system reports that there is no network."""
        information = self._information
        return information is None or information.reachability() != QNetworkInformation.Reachability.Disconnected

    def stop(self) -> None:
        """Listen no more."""
        self._timer.stop()
        if self._information is not None:
            self._information.reachabilityChanged.disconnect(self._reachability)
            self._information.transportMediumChanged.disconnect(self._medium)
            self._information = None

    def _reachability(self, _: QNetworkInformation.Reachability) -> None:
        self.reachability_changed.emit(self.reachable)

    def _medium(self, _: QNetworkInformation.TransportMedium) -> None:
        self.changed.emit()

    def _look(self) -> None:
        before, self._known = self._known, self._addresses()
        if self._known != before:
            self.changed.emit()
