"""Notices that the machine slept, or that its clock was set: asyncio's timers stand still meanwhile.

On Linux BOOTTIME counts sleep and MONOTONIC does not; elsewhere a late tick or a jump of the wall clock is taken for a wake.
"""

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

TICK_MS: Final = 1_000
JUMP_S: Final = 5.0


def slept_clock() -> float | None:
    """Seconds that this machine has slept since it was started; None where no clock tells."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return None if boottime is None else time.clock_gettime(boottime) - time.monotonic()


class WakeDetector:
    """Compares clocks at each tick; knows no timer."""

    def __init__(
        self,
        *,
        slept: Callable[[], float | None] = slept_clock,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._slept, self._monotonic, self._wall = slept, monotonic, wall
        self._last = (slept(), monotonic(), wall())

    def tick(self) -> float:
        """Seconds of sleep since the last tick; 0 when there was none worth telling (5 s or less)."""
        slept_before, monotonic_before, wall_before = self._last
        self._last = slept, monotonic, wall = (self._slept(), self._monotonic(), self._wall())
        if slept is not None and slept_before is not None:
            missed = slept - slept_before
        else:
            late = monotonic - monotonic_before - TICK_MS / 1000
            missed = max(late, abs((wall - wall_before) - (monotonic - monotonic_before)))
        return missed if missed > JUMP_S else 0.0


class WakeWatch(QObject):
    """Ticks once a second; `woke` carries how long the machine slept, in seconds."""

    woke = Signal(float)

    def __init__(self, parent: QObject | None = None, *, detector: WakeDetector | None = None) -> None:
        super().__init__(parent)
        self._detector = detector or WakeDetector()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()

    def _tick(self) -> None:
        if missed := self._detector.tick():
            self.woke.emit(missed)
