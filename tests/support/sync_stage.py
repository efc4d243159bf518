"""The sync layer on real databases and a world in memory, everything in the test's hands."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from desktop_builders import ME
from fake_clock import FakeClock, settle
from fake_world import World

from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.cache.timeline_reader import TimelineReader
from chinwag_desktop.core.changes import Change
from chinwag_desktop.sync.catch_up import CatchUp
from chinwag_desktop.sync.event_pipeline import EventPipeline

PATIENCE_S = 10.0

_Stage = TypeVar("_Stage", bound="SyncStage")


class SyncStage:
    """Pipeline, catch-up and databases in a folder; ``changes`` is everything that was told."""

    def __init__(self, folder: Path, *, world: World | None = None, clock: FakeClock | None = None) -> None:
        self.folder = folder
        self.clock = clock or FakeClock()
        self.world = world or World()
        self.thread = DatabaseThread("test-writer")
        self.cache = CacheDb(folder / "cache.db", me=ME, writer=self.thread)
        self.outbox_db = OutboxDb(folder / "outbox.db", writer=self.thread)
        self.damages = 0
        """How often the reader told of a damaged cache."""
        self.reader = TimelineReader(
            folder / "cache.db", folder / "outbox.db", me=ME, now=self.clock.now, on_damage=self._damaged
        )
        self.cache.attach(self.reader)
        self.pipeline = EventPipeline(me=ME, cache=self.cache, clock=self.clock)
        self.catch_up = CatchUp(api=self.world, pipeline=self.pipeline, cache=self.cache, clock=self.clock)
        self.changes: list[Change] = []
        self.pipeline.subscribe(self.changes.append)

    def _damaged(self) -> None:
        self.damages += 1

    async def hear(self, *events: Any) -> None:
        """Events come in, and are applied."""
        self.pipeline.receive(events)
        await self.pipeline.settled()

    async def synced(self) -> None:
        self.catch_up.link_up()
        await self.catch_up.run()
        await self.pipeline.settled()

    async def advance(self, seconds: float) -> None:
        """Move the clock, and let the database thread keep up."""
        await self.clock.advance(seconds)
        await self.idle()

    async def idle(self) -> None:
        """Wait until what runs on the database thread has come back to the loop, several times over."""
        for _ in range(12):
            await settle(5)
            await self.thread.run(lambda: None)
        await self.pipeline.settled()

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait, without moving the clock, until something has come true."""
        deadline = time.monotonic() + PATIENCE_S
        await asyncio.sleep(0)  # a turn for the tasks of the last key press: nothing runs them once the test has ended
        while not condition():
            assert time.monotonic() < deadline, "did not come true"
            await self.idle()

    def told(self, kind: type) -> list[Any]:
        return [change for change in self.changes if isinstance(change, kind)]


@asynccontextmanager
async def sync_stage(folder: Path, kind: type[_Stage] = SyncStage, **shared: Any) -> AsyncIterator[_Stage]:
    """``shared``: a world and a clock that several stages have in common."""
    stage = kind(folder, **shared)
    await stage.cache.open()
    await stage.outbox_db.open()
    try:
        yield stage
    finally:
        await stage.catch_up.close()
        await stage.pipeline.close()
        stage.reader.close()
        await stage.cache.close()
        await stage.outbox_db.close()
        await stage.thread.close()
