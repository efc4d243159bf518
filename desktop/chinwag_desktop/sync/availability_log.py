"""AvailabilityLog: counts time with and without a link by the hour, and keeps it in the profile through restarts.

Time is measured by the monotonic clock and put down to the hour that the wall shows then: setting the clock neither adds
time nor takes any. Time asleep, and time in which the app did not run or was stopped, is neither up nor down.
"""

import logging
from pathlib import Path
from typing import Final

import msgspec

from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.core.availability import CountedHour
from chinwag_desktop.core.clock import Clock, pause
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.tasks import TaskOwner

TICK_S: Final = 10.0
LONGEST_S: Final = 15.0
"""A tick that comes later than this was slept through, where the monotonic clock goes on in a sleep."""
SAVE_S: Final = 300.0
HOURS_KEPT: Final = 14 * 24
"""Twice what is shown: a clock that is set forward and back again costs nothing of it."""
_UP: Final = (Phase.SYNCING, Phase.ONLINE)

logger = logging.getLogger(__name__)


class AvailabilityLog:
    """Told each state by ``changed``; reads and writes its file on the given thread."""

    def __init__(self, path: Path, *, clock: Clock, thread: DatabaseThread) -> None:
        self._path = path
        self._clock = clock
        self._thread = thread
        self._hours: dict[int, CountedHour] = {}
        """In the order in which they were counted last."""
        self._phase = Phase.STOPPED
        self._since = clock.monotonic()
        self._loaded = False
        self._tasks = TaskOwner("availability-log")

    def start(self) -> None:
        """Take up what earlier runs counted, and go on; needs a running loop."""
        self._tasks.spawn(self._tick(), "tick")
        self._tasks.spawn(self._keep(), "keep")

    def changed(self, state: ConnectionState) -> None:
        """The connection is in another state from now on."""
        self._count()
        self._phase = state.phase

    def hours(self) -> tuple[CountedHour, ...]:
        """Everything counted, up to this moment."""
        self._count()
        return tuple(self._hours.values())

    async def close(self) -> None:
        """Write down what was counted, then end. Before the thread is closed."""
        await self._tasks.close()
        self._count()
        await self._save()

    async def _tick(self) -> None:
        while True:
            await pause(self._clock, TICK_S)
            self._count()

    async def _keep(self) -> None:
        await self._load()
        while True:
            await pause(self._clock, SAVE_S)
            await self._save()

    def _count(self) -> None:
        now = self._clock.monotonic()
        passed, self._since = now - self._since, now
        if self._phase is Phase.STOPPED or not 0 < passed <= LONGEST_S:
            return
        up_s, down_s = (passed, 0.0) if self._phase in _UP else (0.0, passed)
        self._add(CountedHour(int(self._clock.now().timestamp() // 3600), up_s, down_s))

    def _add(self, more: CountedHour) -> None:
        had = self._hours.pop(more.hour, None)
        if had is not None:
            more = CountedHour(more.hour, had.up_s + more.up_s, had.down_s + more.down_s)
        self._hours[more.hour] = more
        while len(self._hours) > HOURS_KEPT:
            del self._hours[next(iter(self._hours))]

    async def _load(self) -> None:
        kept = await self._thread.run(_read, self._path)
        counted, self._hours = self._hours, {}
        for one in (*kept, *counted.values()):
            self._add(one)
        self._loaded = True

    async def _save(self) -> None:
        if self._loaded:  # else what the file says was not taken up: it stays
            await self._thread.run(_replace, self._path, msgspec.json.encode(list(self._hours.values())))


# On the thread: they raise nothing, for whoever waits for them may be gone by then.


def _read(path: Path) -> list[CountedHour]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[CountedHour])
    except FileNotFoundError:
        pass
    except (OSError, msgspec.DecodeError) as error:
        logger.info("the availability of earlier runs cannot be read: %s", error)
    return []


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".new")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        logger.info("the availability could not be stored: %s", error)
