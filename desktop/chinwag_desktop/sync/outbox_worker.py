"""OutboxWorker: sends what the user wrote, in order, once, whatever happens in between.

A *lane* is what is sent in order: a conversation (or a receiver without one yet). One message of a lane is
unacknowledged at a time. ``unavailable``, ``rate_limited``, ``internal``, no answer and a lost link hold a lane; every
other code fails the message, and the lane goes on.
"""

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

import msgspec

from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.core.changes import Change, MessageAttempted, RowPlaced
from chinwag_desktop.core.clock import Clock, pause
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import OutboxEntry, OutboxState, TimelineRow
from chinwag_desktop.core.errors import ClientError, LinkLost, RetryLater, RetryNever, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.message_sender import MessageSender
from chinwag_desktop.sync.outbox_keeper import OutboxKeeper
from chinwag_desktop.sync.outgoing_files import OutgoingFiles
from chinwag_desktop.sync.ports import Link
from chinwag_desktop.sync.suspects import Suspects
from chinwag_desktop.sync.uploads import Uploads
from chinwag_protocol.limits import PublicLimits
from chinwag_protocol.objects import Message

HOLD_S: Final = 1.0
LONGEST_HOLD_S: Final = 30.0
STRIKES: Final = 2
"""So many fresh connections cut off over one message alone make it fail."""
_ATTACHMENT_FIELDS: Final = frozenset({"image", "voice", "files"})

logger = logging.getLogger(__name__)


class OutboxWorker:
    """Owns everything unsent. ``submit`` returns at once; what becomes of a message is told by the pipeline."""

    def __init__(
        self,
        *,
        me: UUID,
        outbox: OutboxDb,
        files: OutgoingFiles,
        pipeline: EventPipeline,
        link: Link,
        uploads: Uploads,
        limits: Callable[[], PublicLimits],
        clock: Clock,
    ) -> None:
        self._link = link
        self._uploads = uploads
        self._clock = clock
        self._keeper = OutboxKeeper(
            me=me, outbox=outbox, files=files, pipeline=pipeline, on_work=self._kick, clock=clock
        )
        self._queue = self._keeper.queue
        self._sender = MessageSender(link=link, limits=limits, clock=clock)
        self._suspects = Suspects()
        self._uploaded_again: set[UUID] = set()
        self._busy: set[UUID] = set()
        """Lanes that have a task."""
        self._tasks = TaskOwner("outbox-worker")
        self._closed = False
        self._publish = pipeline.publish
        self._subscriptions = [
            link.subscribe(self._link_changed),
            pipeline.subscribe(self._changed),
            pipeline.watch_errors(self._sender.refused),
        ]

    async def start(self) -> None:
        """Load what earlier runs left; sending begins when the link is online. Raises StorageError."""
        await self._keeper.load()
        self._kick()

    def submit(self, entry: OutboxEntry) -> TimelineRow:
        """Take a new message. Returns its row in state SAVING at once; the row then changes by RowsChanged
        (SENDING once it is durable, FAILED) and RowPlaced (SENT)."""
        return self._keeper.take(entry)

    def retry(self, temp_id: UUID) -> None:
        """*Retry* on a failed message: back to the queue, in its old place."""
        entry = self._queue.find(temp_id)
        if entry is not None and entry.state is OutboxState.FAILED:
            self._keeper.revive(entry)

    def discard(self, temp_id: UUID) -> None:
        """*Discard*: the message is forgotten here. One that is in flight may still arrive."""
        if self._keeper.discard(temp_id):
            self._suspects.clear(temp_id)
            self._sender.give_up(temp_id)
            self._kick()

    @property
    def loaded(self) -> bool:
        """Whether what earlier runs left is known here; before, it is on the disk only."""
        return self._keeper.loaded

    def rows(self, lane: UUID) -> list[TimelineRow]:
        """What is unsent in a conversation (or to a receiver without one yet), oldest first: what the disk refused too."""
        return self._keeper.rows(lane)

    def pending(self) -> tuple[OutboxEntry, ...]:
        """Everything unsent, oldest first; sign-out asks when it is not empty."""
        return self._queue.entries()

    def tries(self, temp_id: UUID) -> int:
        """How many times this run has sent a message that is still unsent."""
        return self._queue.tries(temp_id)

    async def close(self) -> None:
        """Stop sending; everything unsent stays in the outbox."""
        self._closed = True
        for unsubscribe in self._subscriptions:
            unsubscribe()
        await self._tasks.close()
        await self._sender.close()
        await self._keeper.close()

    def _link_changed(self, state: ConnectionState) -> None:
        if state.phase is Phase.ONLINE:
            self._kick()

    def _changed(self, change: Change) -> None:
        """The server has one of ours: its echo, or a sync, came before the ack."""
        if not isinstance(change, RowPlaced) or self._queue.find(change.key) is None:
            return
        if not self._sender.heard(change.key, change.row.message):
            self._keeper.sent(change.key)
            self._kick()

    def _kick(self) -> None:
        """Start a task for each lane that has something to send and none yet."""
        if self._closed or not self._link.online:
            return
        suspect = self._first_suspect()
        if suspect is None:
            lanes = self._queue.lanes_with_work()
        else:
            # One that may have cost us the link goes alone, so that the next loss has one cause.
            lanes = [suspect.lane] if self._sender.idle and not self._busy else []
        for lane in lanes:
            if lane not in self._busy:
                self._busy.add(lane)
                self._tasks.spawn(self._run_lane(lane), "lane")

    def _first_suspect(self) -> OutboxEntry | None:
        suspect = self._suspects.first(self._queue.position)
        return self._queue.find(suspect) if suspect is not None else None

    async def _run_lane(self, lane: UUID) -> None:
        hold_s = HOLD_S
        lost = False
        try:
            while self._link.online and (entry := self._queue.next_in(lane)) is not None:
                suspect = self._first_suspect()
                if suspect is not None and suspect.temp_id != entry.temp_id:
                    return
                holds = await self._send(entry)
                if holds is None:
                    hold_s = HOLD_S
                elif isinstance(holds, LinkLost):
                    lost = True  # the next link kicks
                    return
                else:
                    await pause(self._clock, holds.retry_after_s or hold_s)
                    hold_s = min(hold_s * 2, LONGEST_HOLD_S)
        finally:
            self._busy.discard(lane)
            if not lost:
                self._kick()

    async def _send(self, entry: OutboxEntry) -> ClientError | None:
        """Send one message. Returns what holds its lane, or None when it is sent, failed or gone."""
        try:
            entry = await self._uploads.ensure(entry)
            self._queue.replace(entry)
            await self._sender.turn()
            if self._queue.find(entry.temp_id) is None:
                return None  # discarded meanwhile
            message = await self._exchange(entry)
        except LinkLost as lost:
            return lost
        except RetryNever as error:
            return await self._refused(entry, error)
        except ClientError as error:
            if self._queue.find(entry.temp_id) is None:
                return None  # discarded meanwhile
            logger.info("a message waits: %s: %s", type(error).__name__, error)
            return error
        except OSError as error:
            logger.info("a file of a message cannot be read: %s", error)
            return await self._keeper.fail(entry, "file_missing")
        except StorageError as error:
            logger.error("the outbox cannot be written: %s", error)
            return RetryLater(retry_after_s=LONGEST_HOLD_S)
        self._keeper.sent(entry.temp_id, message)
        return None

    async def _exchange(self, entry: OutboxEntry) -> Message:
        self._suspects.sent(entry.temp_id)
        self._queue.count_try(entry.temp_id)
        self._publish(MessageAttempted(key=entry.temp_id, number=self._queue.tries(entry.temp_id)))
        try:
            message = await self._sender.send(entry)
        except LinkLost as lost:
            await self._strike(entry, lost)
            raise
        except ClientError:
            self._suspects.answered(entry.temp_id)
            raise
        self._suspects.answered(entry.temp_id)
        return message

    async def _strike(self, entry: OutboxEntry, lost: LinkLost) -> None:
        """The link broke while the message was in flight: remember it if that was the message's doing."""
        if not self._suspects.convicts(entry.temp_id, lost):
            return
        entry = msgspec.structs.replace(entry, strikes=entry.strikes + 1)
        if entry.strikes < STRIKES:
            await self._keeper.store(entry)
        else:
            self._suspects.clear(entry.temp_id)
            await self._keeper.fail(entry, "poison")

    async def _refused(self, entry: OutboxEntry, error: RetryNever) -> None:
        if (
            error.code == "not_found"
            and error.field in _ATTACHMENT_FIELDS
            and entry.temp_id not in self._uploaded_again
        ):
            # Uploaded long ago, and collected by the server since: up with them once more.
            self._uploaded_again.add(entry.temp_id)
            files = tuple(msgspec.structs.replace(file, attachment_id=None) for file in entry.files)
            await self._keeper.store(msgspec.structs.replace(entry, files=files))
            return
        await self._keeper.fail(entry, error.code or "refused")
