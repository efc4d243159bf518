"""A clock that a test moves: nothing happens until ``advance``."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class FakeHandle:
    """A call that has been put off until the clock is moved past it."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class FakeClock:
    """``core.clock.Clock`` without time of its own; it starts at 1,000 s."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._wall = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
        self._timers: list[tuple[float, int, FakeHandle]] = []
        self._numbers = itertools.count()

    def monotonic(self) -> float:
        return self._now

    def now(self) -> datetime:
        return self._wall

    def call_later(self, seconds: float, callback: Callable[[], object]) -> FakeHandle:
        handle = FakeHandle(callback)
        heapq.heappush(self._timers, (self._now + max(seconds, 0), next(self._numbers), handle))
        return handle

    def next_timer(self) -> float | None:
        """Seconds until the next call that still stands."""
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] - self._now if self._timers else None

    async def advance(self, seconds: float) -> None:
        """Move on, running what falls due in order, with the loop's turns in between."""
        await settle()
        end = self._now + seconds
        while (wait := self.next_timer()) is not None and self._now + wait <= end + 1e-9:
            self._move(max(wait, 0))
            _, _, handle = heapq.heappop(self._timers)
            callback, handle.callback = handle.callback, None
            if callback is not None:
                callback()
            await settle()
        self._move(max(end - self._now, 0))
        await settle()

    def jump(self, seconds: float) -> None:
        """Time goes by while the loop does nothing."""
        self._move(seconds)

    def _move(self, seconds: float) -> None:
        self._now += seconds
        self._wall += timedelta(seconds=seconds)


async def settle(turns: int = 40) -> None:
    """Let everything that is ready run, with all that it makes ready in turn."""
    for _ in range(turns):
        await asyncio.sleep(0)
