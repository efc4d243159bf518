"""Pace: so many at once, then so many a second; the server's limit, kept by the client before the server has to."""

from chinwag_desktop.core.clock import Clock, pause


class Pace:
    """A token bucket for one coroutine after another, in the order in which they came."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full_at = clock.monotonic()

    async def take(self, *, rate: float, burst: float) -> None:
        """Wait until one more may go; ``rate`` a second in the long run, ``burst`` at once."""
        now = self._clock.monotonic()
        # The bucket as the moment at which it will be full again: each one taken puts that off by 1 / rate.
        self._full_at = max(self._full_at, now) + 1 / rate
        wait_s = self._full_at - now - burst / rate
        if wait_s > 0:
            await pause(self._clock, wait_s)
