"""OutboxKeeper: the unsent messages in memory and on disk, their files too, and what is told of them. Never sends."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final
from uuid import UUID

import msgspec

from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.cache.rows import pending_row
from chinwag_desktop.core.changes import Origin, RowDiscarded, RowsChanged, StorageProblem, StorageTroubled
from chinwag_desktop.core.clock import Clock, Handle
from chinwag_desktop.core.entities import DeliveryState, OutboxEntry, OutboxState, TimelineRow
from chinwag_desktop.core.errors import StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.outbox_queue import OutboxQueue
from chinwag_desktop.sync.outgoing_files import OutgoingFiles
from chinwag_protocol.objects import Message

ERASE_AGAIN_S: Final = 30.0

logger = logging.getLogger(__name__)


class OutboxKeeper:
    """Keeps queue and disk in step. ``on_work`` is called when there may be something new to send."""

    def __init__(
        self,
        *,
        me: UUID,
        outbox: OutboxDb,
        files: OutgoingFiles,
        pipeline: EventPipeline,
        on_work: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._me = me
        self._outbox = outbox
        self._files = files
        self._pipeline = pipeline
        self._on_work = on_work
        self.queue = OutboxQueue()
        self.loaded = False
        """Whether the queue has what earlier runs left."""
        self._unsaved: list[OutboxEntry] = []
        self._saving = False
        self._unneeded: list[UUID] = []
        self._erasing = False
        self._clock = clock
        self._timer: Handle | None = None
        self._tasks = TaskOwner("outbox-keeper")
        self._writes: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """Take over what earlier runs left, less what the server is known to have. Raises StorageError."""
        entries = await self._outbox.entries()
        try:
            known = await self._pipeline.already_placed([entry.temp_id for entry in entries])
        except StorageError as error:
            logger.info("the cache cannot say what was sent: %s", error)  # sending it again changes nothing
            known = []
        placed = {message.temp_id for message in known}
        if done := [entry.temp_id for entry in entries if entry.temp_id in placed]:
            await self._outbox.remove(done)
        for entry in entries:
            if entry.temp_id in placed or self.queue.find(entry.temp_id) is not None:
                continue
            self.queue.add(entry, saved=not entry.files)
            self._pipeline.expect(entry.temp_id)
            if entry.files and entry.state is not OutboxState.FAILED:
                self._write(self._copy_files(entry), "copy")  # if the last run did not come to it
        self.loaded = True

    def take(self, entry: OutboxEntry) -> TimelineRow:
        """A new message: in the queue at once, on the disk soon."""
        self.queue.add(entry, saved=False)
        self._pipeline.expect(entry.temp_id)
        self._save(entry)
        return self._row(entry)

    def rows(self, lane: UUID) -> list[TimelineRow]:
        """What is unsent in a lane, as it stands now, in the order of the key presses."""
        return [self._row(entry) for entry in self.queue.in_lane(lane)]

    def revive(self, entry: OutboxEntry) -> None:
        """A failed message is to be sent after all, in its old place."""
        entry = msgspec.structs.replace(entry, state=OutboxState.QUEUED, error=None, strikes=0)
        self.queue.replace(entry)
        self.queue.hold(entry.temp_id)
        self._tell(entry)
        self._save(entry)

    def discard(self, temp_id: UUID) -> bool:
        """Forget a message. Whether there was one."""
        entry = self.queue.remove(temp_id)
        if entry is None:
            return False
        self._pipeline.forget(temp_id)
        self._write(self._erase(temp_id), "discard")
        self._pipeline.publish(RowDiscarded(lane=entry.lane, key=temp_id))
        return True

    async def fail(self, entry: OutboxEntry, code: str) -> None:
        """The message cannot be sent, for the reason that ``code`` names; one that was discarded meanwhile is gone."""
        failed = self._set_failed(entry, code)
        if failed is not None:
            await self.store(failed)

    def sent(self, temp_id: UUID, message: Message | None = None) -> None:
        """The server has the message; the next one need not wait until that is written down here.

        ``message`` is what the ack brought; without it the pipeline has it already.
        """
        self.queue.remove(temp_id)
        self._write(self._settle(temp_id, message), "settle")

    async def store(self, entry: OutboxEntry) -> None:
        """Keep the entry's new state; a disk that fails is logged."""
        self.queue.replace(entry)
        try:
            await self._outbox.update(entry)
        except StorageError as error:
            logger.error("the state of a message could not be stored: %s", error)

    async def close(self) -> None:
        """Put on the disk what is not there yet, then end."""
        if self._unneeded:
            self._write(self._erase_all(), "erase")
        while self._writes:
            await asyncio.gather(*self._writes, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.close()

    def _save(self, entry: OutboxEntry) -> None:
        self._unsaved.append(entry)
        if not self._saving:
            self._saving = True
            self._write(self._save_all(), "save")

    async def _save_all(self) -> None:
        try:
            while self._unsaved:
                batch, self._unsaved = self._unsaved, []
                try:
                    await self._outbox.add(batch)
                except StorageError as error:
                    logger.error("%d messages could not be saved: %s", len(batch), error)
                    for entry in batch:
                        self._set_failed(entry, "disk")
                    self._pipeline.publish(StorageTroubled(problem=StorageProblem.OUTBOX_FAILED))
                else:
                    for entry in batch:
                        await self._added(entry)
                    self._on_work()
        finally:
            self._saving = False

    async def _added(self, entry: OutboxEntry) -> None:
        if self.queue.find(entry.temp_id) is None:
            await self._erase(entry.temp_id)  # discarded meanwhile
        elif entry.files:
            self._write(self._copy_files(entry), "copy")
        else:
            self._saved(entry)

    async def _copy_files(self, entry: OutboxEntry) -> None:
        """Make the copies of a message that is in the outbox: those behind it in its lane wait, others do not."""
        try:
            await self._files.keep(entry.files)
        except FileNotFoundError as error:
            logger.info("a file of a message cannot be read: %s", error)
            await self.fail(entry, "file_missing")
        except OSError as error:
            logger.error("the files of a message could not be copied: %s", error)
            await self.fail(entry, "disk")
            self._pipeline.publish(StorageTroubled(problem=StorageProblem.OUTBOX_FAILED))
        else:
            self._saved(entry)
        self._on_work()

    def _saved(self, entry: OutboxEntry) -> None:
        if self.queue.mark_saved(entry.temp_id):
            self._tell(entry)

    def _set_failed(self, entry: OutboxEntry, code: str) -> OutboxEntry | None:
        if self.queue.find(entry.temp_id) is None:
            return None
        failed = msgspec.structs.replace(entry, state=OutboxState.FAILED, error=code)
        self.queue.replace(failed)
        self._tell(failed)
        return failed

    async def _settle(self, temp_id: UUID, message: Message | None) -> None:
        if message is not None:
            await self._pipeline.acknowledged(message)
        self._pipeline.forget(temp_id)
        await self._erase(temp_id)

    async def _erase(self, temp_id: UUID) -> None:
        """Take an entry out of the file, together with all that are to go by then."""
        self._unneeded.append(temp_id)
        await self._erase_all()

    async def _erase_all(self) -> None:
        if self._erasing:
            return
        self._erasing = True
        try:
            while self._unneeded:
                batch, self._unneeded = self._unneeded, []
                try:
                    await self._outbox.remove(batch)
                except StorageError as error:
                    # At the worst they are sent once more after the next start, and the server will know them.
                    logger.error("%d messages could not be taken out of the outbox: %s", len(batch), error)
                    self._unneeded += batch
                    self._erase_later()
                    return
        finally:
            self._erasing = False

    def _erase_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_later(ERASE_AGAIN_S, lambda: self._write(self._erase_all(), "erase"))

    def _row(self, entry: OutboxEntry) -> TimelineRow:
        saving = entry.state is not OutboxState.FAILED and not self.queue.is_saved(entry.temp_id)
        return pending_row(entry, me=self._me, state=DeliveryState.SAVING if saving else None)

    def _tell(self, entry: OutboxEntry) -> None:
        change = RowsChanged(conversation_id=entry.lane, rows=(self._row(entry),), origin=Origin.LOCAL)
        self._pipeline.publish(change)

    def _write(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = self._tasks.spawn(work, name)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
