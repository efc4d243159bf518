"""Has Python collect its cyclic garbage on the GUI thread only.

Python collects on whichever thread happens to allocate, and a QObject that goes on another thread than its own leaves its
timers and notifiers behind in Qt's event dispatcher: the next turn of the loop crashes.
"""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

TICK_MS: Final = 1_000


class GuiGarbage(QObject):
    """Looks once a second, on its own thread, whether there is enough to collect, by Python's own thresholds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due, if any."""
        for generation, (made, enough) in reversed(
            list(enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)))
        ):
            if made > enough > 0:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Python collects by itself again."""
        self._timer.stop()
        gc.enable()
