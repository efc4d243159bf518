"""Tells the first of a series at once, and then at most the newest a second."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from chinwag_protocol.limits import MARKS_EVERY_MS

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

EVERY_S: Final = MARKS_EVERY_MS / 1_000


class _Told(Generic[V]):
    """What waits of a series until its second is over."""

    __slots__ = ("timer", "waiting")

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self.timer = timer
        self.waiting: V | None = None


class MarkPace(Generic[K, V]):
    """Paces each key by itself. `tell` is called from the event loop; `close` tells what still waits."""

    def __init__(self, tell: Callable[[K, V], None], *, every_s: float = EVERY_S) -> None:
        self._tell = tell
        self._every_s = every_s
        self._told: dict[K, _Told[V]] = {}

    def put(self, key: K, value: V) -> None:
        """Tell `value` now, or when its turn has come if nothing newer is put until then."""
        told = self._told.get(key)
        if told is None:
            self._start(key)
            self._tell(key, value)
        else:
            told.waiting = value

    def find_waiting(self, key: K) -> V | None:
        told = self._told.get(key)
        return None if told is None else told.waiting

    def drop(self, key: K) -> None:
        """What waits need not be told any more."""
        told = self._told.get(key)
        if told is not None:
            told.waiting = None

    def close(self) -> None:
        told, self._told = self._told, {}
        for key, series in told.items():
            series.timer.cancel()
            if series.waiting is not None:
                self._tell(key, series.waiting)

    def _start(self, key: K) -> None:
        self._told[key] = _Told(asyncio.get_running_loop().call_later(self._every_s, self._second_over, key))

    def _second_over(self, key: K) -> None:
        waiting = self._told.pop(key).waiting
        if waiting is not None:
            self._start(key)
            self._tell(key, waiting)
