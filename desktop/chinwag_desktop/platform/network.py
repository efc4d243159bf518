"""What the system says of the network: none at all, or that it changed."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation


class NetworkWatch(QObject):
    """`reachability_changed` carries whether the system reports a network; `changed` is a hint that addresses or media did.

    A system that tells nothing counts as reachable: only a plain "disconnected" is believed.
    """

    reachability_changed = Signal(bool)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        loaded = QNetworkInformation.loadDefaultBackend()
        self._information = QNetworkInformation.instance() if loaded else None
        if self._information is not None:
            self._information.reachabilityChanged.connect(self._reachability)
            self._information.transportMediumChanged.connect(self._medium)

    @property
    def reachable(self) -> bool:
        """False only when the system reports that there is no network."""
        information = self._information
        return information is None or information.reachability() != QNetworkInformation.Reachability.Disconnected

    def stop(self) -> None:
        """Listen no more."""
        if self._information is not None:
            self._information.reachabilityChanged.disconnect(self._reachability)
            self._information.transportMediumChanged.disconnect(self._medium)
            self._information = None

    def _reachability(self, _: QNetworkInformation.Reachability) -> None:
        self.reachability_changed.emit(self.reachable)

    def _medium(self, _: QNetworkInformation.TransportMedium) -> None:
        self.changed.emit()
