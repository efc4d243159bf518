"""Profiles: asks the server for people who appear in conversations and are not known here."""

import logging
from uuid import UUID

from chinwag_desktop.core.backoff import wait_before
from chinwag_desktop.core.clock import Clock, pause
from chinwag_desktop.core.errors import ClientError, RetryNever, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.ports import SyncApi

logger = logging.getLogger(__name__)


class Profiles:
    """One after another, each person once a connection; ``/sync`` brings most, this brings the rest."""

    def __init__(self, *, api: SyncApi, pipeline: EventPipeline, clock: Clock) -> None:
        self._api = api
        self._pipeline = pipeline
        self._clock = clock
        self._wanted: dict[UUID, None] = {}
        self._asked: set[UUID] = set()
        self._linked = False
        self._running = False
        self._tasks = TaskOwner("profiles")
        self._stop_watching = pipeline.watch_unknown(self._want)

    def link_up(self) -> None:
        """There is a connection."""
        self._linked = True
        self._go()

    def link_down(self) -> None:
        """There is none; whoever could not be found is asked for again on the next."""
        self._linked = False
        self._asked.clear()

    async def close(self) -> None:
        """Stop."""
        self._stop_watching()
        await self._tasks.close()

    def _want(self, user_ids: frozenset[UUID]) -> None:
        self._wanted.update(dict.fromkeys(user_ids - self._asked))
        self._go()

    def _go(self) -> None:
        if self._wanted and self._linked and not self._running:
            self._running = True
            self._tasks.spawn(self._run(), "fetch")

    async def _run(self) -> None:
        tries = 0
        try:
            while self._wanted and self._linked:
                user_id = next(iter(self._wanted))
                try:
                    await self._fetch(user_id)
                    tries = 0
                except ClientError as error:
                    tries += 1
                    logger.info("a profile could not be fetched: %s: %s", type(error).__name__, error)
                    await pause(self._clock, max(wait_before(tries), error.retry_after_s or 0.0))
        finally:
            self._running = False

    async def _fetch(self, user_id: UUID) -> None:
        try:
            user = await self._api.user(user_id)
            await self._pipeline.apply_users([user])
        except RetryNever as error:
            logger.info("a profile was refused: %s", error.code)
        except StorageError as error:
            logger.info("a profile could not be stored: %s", error)
        self._wanted.pop(user_id, None)
        self._asked.add(user_id)
