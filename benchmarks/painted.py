"""Tells when a paint has ended: the event that is posted during a paint comes after all that is painted with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

_ENDED = QEvent.Type(QEvent.registerEventType())


class PaintWatch(QObject):
    """Calls `then` once after the end of the next paint of `widget` in which `wanted()` holds; `arm` makes it look again."""

    def __init__(self, widget: QWidget, then: Callable[[], None], *, wanted: Callable[[], bool]) -> None:
        super().__init__(widget)
        self._then, self._wanted = then, wanted
        self._armed = False
        widget.installEventFilter(self)

    def arm(self) -> None:
        """Wait for such a paint."""
        self._armed = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._armed and event.type() is QEvent.Type.Paint and self._wanted():
            self._armed = False
            QCoreApplication.postEvent(self, QEvent(_ENDED), Qt.EventPriority.HighEventPriority.value)
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == _ENDED:
            self._then()
            return True
        return super().event(event)
