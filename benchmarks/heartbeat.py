"""How long the window's loop stands still: a precise timer, and what passes between its beats."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_S = 0.004
_SCHEDULED = Path("/proc/thread-self/schedstat")


class Heartbeat(QObject):
    """`begin`, then `end`, on the window's thread. A beat that comes late is a frame that would have come late."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(round(BEAT_S * 1e3))
        self._timer.timeout.connect(self._beat)
        self._last = (0.0, 0.0, 0.0)
        self._stall = self._own = self._burst = self._begun = 0.0

    def begin(self) -> None:
        """From now on."""
        self._last = _now()
        self._stall = self._own = self._burst = 0.0
        self._begun = self._last[1]
        self._timer.start()

    def end(self) -> dict[str, float]:
        """Milliseconds. `stall`: the longest lateness of a beat; `own`: the same without the time in which this thread could
        have gone on and other programs had the cores (known on Linux, else 0); `burst`: the most CPU between two beats; `cpu`: all of it.
        """
        self._beat()
        self._timer.stop()
        return {
            "stall": self._stall * 1e3,
            "own": self._own * 1e3,
            "burst": self._burst * 1e3,
            "cpu": (self._last[1] - self._begun) * 1e3,
        }

    def _beat(self) -> None:
        now = _now()
        wall, cpu, waited = (new - old for new, old in zip(now, self._last, strict=True))
        self._stall = max(self._stall, wall - BEAT_S)
        self._own = max(self._own, wall - BEAT_S - waited)
        self._burst = max(self._burst, cpu)
        self._last = now


def _now() -> tuple[float, float, float]:
    """Wall time, CPU of this thread, and how long it has waited for a core, in seconds."""
    try:
        waited = int(_SCHEDULED.read_text().split()[1]) / 1e9
    except OSError:
        waited = 0.0
    return time.perf_counter(), time.thread_time(), waited
