"""CatchUp: fetches what was missed, page by page, on connect, on gaps, on wake and focus, and every five minutes."""

import asyncio
import logging
from typing import Final

from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.cache.people import EPOCH, MARKS_CURSOR, USERS_CURSOR
from chinwag_desktop.core.backoff import LONGEST_S, wait_before
from chinwag_desktop.core.clock import Clock, Handle, pause
from chinwag_desktop.core.errors import ClientError, DatabaseDamaged, NotChinwag, Refused, RetryNever, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.ports import SyncApi
from chinwag_desktop.sync.profiles import Profiles
from chinwag_protocol.http import SyncRequest
from chinwag_protocol.limits import SYNC_EVERY_MS

EVERY_S: Final = SYNC_EVERY_MS / 1000

logger = logging.getLogger(__name__)


class CatchUp:
    """One sync at a time. ``run`` is awaited by the monitor on connect; others ``request`` one."""

    def __init__(self, *, api: SyncApi, pipeline: EventPipeline, cache: CacheDb, clock: Clock) -> None:
        self._api = api
        self._pipeline = pipeline
        self._cache = cache
        self._clock = clock
        self._tasks = TaskOwner("catch-up")
        self._lock = asyncio.Lock()
        self._linked = False
        self._requested = False
        self._serving: asyncio.Task[None] | None = None
        self._timer: Handle | None = None
        self._not_before = 0.0
        self._profiles = Profiles(api=api, pipeline=pipeline, clock=clock)
        self._stop_watching = pipeline.watch_gaps(lambda _: self.request())

    def link_up(self) -> None:
        """There is a connection: requests are followed."""
        self._linked = True
        self._profiles.link_up()
        self._rearm()

    def link_down(self) -> None:
        """There is none: the next connection syncs anyway, and waits for nothing that was asked over the old one."""
        self._linked = self._requested = False
        self._profiles.link_down()
        if self._serving is not None:
            self._serving.cancel()
            self._serving = None
        if self._timer is not None:
            self._timer.cancel()

    def request(self) -> None:
        """Sync soon: events are missing, the window got the focus, five minutes have gone by."""
        if not self._linked:
            return
        self._requested = True
        if self._serving is None or self._serving.done():
            self._serving = self._tasks.spawn(self._serve(), "requested")

    async def run(self) -> None:
        """Fetch and apply everything that was missed. Raises a ClientError; a disk that fails is only logged."""
        async with self._lock:
            self._requested = False
            try:
                try:
                    await self._once()
                except DatabaseDamaged:
                    await self._once()  # the cache is empty now: all of it is to be fetched again
                except Refused as error:
                    if error.code != "invalid":
                        raise
                    logger.error("the server does not understand what the cache asks with: %s", error)
                    await self._cache.heal(self._cache.generation)
                    await self._once()
            except StorageError as error:
                logger.info("the sync could not be stored: %s", error)
                self._not_before = self._clock.monotonic() + LONGEST_S
                self.request()
        self._rearm()

    async def close(self) -> None:
        """Stop."""
        self.link_down()
        self._stop_watching()
        await self._tasks.close()
        await self._profiles.close()

    async def _once(self) -> None:
        async with self._pipeline.syncing():
            await self._pages()

    async def _pages(self) -> None:
        while True:
            request = await self._cache.write(_request)
            answer = await self._api.sync(request)
            await self._pipeline.apply_sync(answer)
            if not answer.more:
                return
            if not answer.conversations:
                raise NotChinwag("a sync that does not get on")

    async def _serve(self) -> None:
        tries = 0
        while self._requested:
            if (left_s := self._not_before - self._clock.monotonic()) > 0:
                await pause(self._clock, left_s)
            try:
                await self.run()
                tries = 0
            except RetryNever as error:
                logger.info("the sync was refused: %s", error)
                return
            except ClientError as error:
                tries += 1
                self._requested = True
                logger.info("the sync failed: %s: %s", type(error).__name__, error)
                await pause(self._clock, max(wait_before(tries), error.retry_after_s or 0.0))

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._linked:
            self._timer = self._clock.call_later(EVERY_S, self.request)


def _request(tx: CacheWriter) -> SyncRequest:
    return SyncRequest(
        epoch=tx.meta.get(EPOCH),
        cursors=tx.conversations.cursors(),
        marks_since=tx.meta.get(MARKS_CURSOR),
        users_since=tx.meta.get(USERS_CURSOR),
    )
