"""Notices that the loop is deaf: then the stacks of all threads go to the crash log, once an episode.

A task of the loop puts off a timer of faulthandler's own, which needs neither the loop nor Python's lock. It is a task, for a
nested Qt loop goes on calling callbacks while no task can run. The stacks have a file of their own: faulthandler writes to a file
descriptor, and that of a log that rotates does not stay.
"""

import faulthandler
import logging
from collections.abc import Callable
from typing import Final, TextIO

from chinwag_desktop.core.clock import Clock, pause

TICK_S: Final = 1.0
DEAF_S: Final = 5.0

logger = logging.getLogger(__name__)


class LoopWatch:
    """`await run()` for as long as the loop is to be watched. `arm` is to act in so many seconds, unless called again or `disarm`."""

    def __init__(
        self,
        clock: Clock,
        *,
        arm: Callable[[float], None],
        disarm: Callable[[], None] = faulthandler.cancel_dump_traceback_later,
    ) -> None:
        self._clock, self._arm, self._disarm = clock, arm, disarm

    async def run(self) -> None:
        """Tick until cancelled."""
        try:
            while True:
                self._arm(TICK_S + DEAF_S)
                before = self._clock.monotonic()
                await pause(self._clock, TICK_S)
                late = self._clock.monotonic() - before - TICK_S
                if late > DEAF_S:
                    logger.error("the window stood still for %.1f s: the stacks are in crash.log", late)
        finally:
            self._disarm()


def stacks_into(file: TextIO) -> Callable[[float], None]:
    """What to arm a LoopWatch with: writes all stacks to a file that stays open."""

    def arm(seconds: float) -> None:
        faulthandler.dump_traceback_later(seconds, file=file)

    return arm
