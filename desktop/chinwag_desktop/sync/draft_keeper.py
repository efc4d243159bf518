"""DraftKeeper: what stands in composers, from the key press until the disk has it. A disk that refuses is asked again."""

import logging
from typing import Final
from uuid import UUID

from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.core.clock import Clock, Handle
from chinwag_desktop.core.entities import Draft
from chinwag_desktop.core.errors import StorageError
from chinwag_desktop.core.tasks import TaskOwner

AGAIN_S: Final = 30.0

logger = logging.getLogger(__name__)


class DraftKeeper:
    """Holds the drafts that are not saved yet: as long as the app runs, none is lost to a full disk."""

    def __init__(self, *, outbox: OutboxDb, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._unsaved: dict[UUID, Draft] = {}
        self._timer: Handle | None = None
        self._tasks = TaskOwner("draft-keeper")

    async def save(self, draft: Draft) -> None:
        """This is what stands there now: put it on the disk, with what is not there yet.

        Raises StorageError; then it is tried again by itself.
        """
        self._unsaved[draft.conversation_id] = draft
        await self._save_all()

    async def close(self) -> None:
        """Save what is not saved yet, once more."""
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.close()
        try:
            await self._save_all()
        except StorageError as error:
            logger.error("%d drafts are lost with the app: %s", len(self._unsaved), error)
        if self._timer is not None:
            self._timer.cancel()

    async def _save_all(self) -> None:
        for draft in tuple(self._unsaved.values()):
            try:
                await self._outbox.save_draft(draft)
            except StorageError:
                self._try_again()
                raise
            if self._unsaved.get(draft.conversation_id) is draft:
                del self._unsaved[draft.conversation_id]

    def _try_again(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_later(AGAIN_S, lambda: self._tasks.spawn(self._again(), "again"))

    async def _again(self) -> None:
        try:
            await self._save_all()
        except StorageError as error:
            logger.info("%d drafts wait for the disk: %s", len(self._unsaved), error)
