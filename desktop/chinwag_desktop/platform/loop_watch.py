"""Notices that the loop is deaf: then the stacks of all threads go to the crash log, once an episode.

A task of the loop puts a thread off that would write them. It is a task, for a nested Qt loop goes on calling callbacks while no task can
run. The stacks have a file of their own, beside what faulthandler writes when the process dies.
"""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Final, TextIO

from chinwag_desktop.core.clock import Clock, pause

TICK_S: Final = 1.0
DEAF_S: Final = 5.0

logger = logging.getLogger(__name__)


class LoopWatch:
    """`await run()` for as long as the loop is to be watched. `arm` is to act in so many seconds, unless called again or `disarm`."""

    def __init__(self, clock: Clock, *, arm: Callable[[float], None], disarm: Callable[[], None]) -> None:
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


class StackWriter:
    """Writes the stacks of all threads to `file` unless it is armed anew in time.

    A thread, not faulthandler's timer: that one reads frames while they run, and takes the whole process down now and then. The price is
    that it waits for whoever holds Python's lock.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._changed = threading.Condition()
        self._due: float | None = None
        self._thread: threading.Thread | None = None

    def arm(self, seconds: float) -> None:
        """Write in so many seconds."""
        with self._changed:
            waiting, self._due = self._due is None, time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="loop watch", daemon=True)
                self._thread.start()
            elif waiting:
                self._changed.notify()

    def disarm(self) -> None:
        """Write nothing any more, and end the thread."""
        with self._changed:
            thread, self._thread, self._due = self._thread, None, None
            self._changed.notify()
        if thread is not None:
            thread.join()

    def _watch(self) -> None:
        me = threading.current_thread()
        with self._changed:
            while self._thread is me:
                left = None if self._due is None else self._due - time.monotonic()
                if left is not None and left <= 0:
                    self._due = None
                    self._write(me)
                else:
                    self._changed.wait(left)

    def _write(self, me: threading.Thread) -> None:
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        stacks = [
            f"Thread {names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}"
            for ident, frame in sys._current_frames().items()  # pyright: ignore[reportPrivateUsage] - documented, in spite of its name
            if ident != me.ident
        ]
        self._file.write(f"The window stood still at {time.strftime('%Y-%m-%d %H:%M:%S')}\n" + "\n".join(stacks) + "\n")
        self._file.flush()
