"""ReceiptSender: tells the server what this user has received and read; of many marks only the newest.

Marks are kept in the cache until the server has confirmed them, so that reading offline is told after the next connect.
"""

import asyncio
import logging
from typing import Final
from uuid import UUID

from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.core.changes import Change, Origin, RowsChanged
from chinwag_desktop.core.clock import Clock, pause
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import DeliveryState, Mark
from chinwag_desktop.core.errors import ClientError, LinkLost, RetryNever, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.pace import Pace
from chinwag_desktop.sync.ports import Link
from chinwag_protocol.events import MarkMessages

GATHER_S: Final = 0.2
"""Marks that are made within this time after a round go out together."""
RATE: Final = 20
BURST: Final = 50
"""Well below the server's limit for events, after a catch-up of many conversations too."""

logger = logging.getLogger(__name__)


class ReceiptSender:
    """Delivered receipts go out by themselves; ``mark_read`` is called by the window that shows the messages."""

    def __init__(self, *, me: UUID, link: Link, pipeline: EventPipeline, cache: CacheDb, clock: Clock) -> None:
        self._me = me
        self._link = link
        self._pipeline = pipeline
        self._cache = cache
        self._clock = clock
        self._pace = Pace(clock)
        self._made: dict[UUID, Mark] = {}
        self._applying: asyncio.Task[None] | None = None
        self._dirty = False
        self._running = False
        self._closed = False
        self._tasks = TaskOwner("receipt-sender")
        self._subscriptions = [pipeline.subscribe(self._changed), link.subscribe(self._link_changed)]

    def mark_read(self, conversation_id: UUID, seq: int) -> None:
        """The user has seen everything up to ``seq``."""
        self._make(Mark(conversation_id=conversation_id, user_id=self._me, read_seq=seq))

    async def close(self) -> None:
        """Stop; what is not told yet will be after the next start."""
        self._closed = True
        for unsubscribe in self._subscriptions:
            unsubscribe()
        if self._applying is not None:
            await asyncio.gather(self._applying, return_exceptions=True)
        await self._tasks.close()

    def _changed(self, change: Change) -> None:
        if isinstance(change, RowsChanged) and change.origin in (Origin.LIVE, Origin.CATCH_UP):
            received = [row.message.seq for row in change.rows if row.state is DeliveryState.RECEIVED]
            if received:
                self._make(Mark(conversation_id=change.conversation_id, user_id=self._me, delivered_seq=max(received)))

    def _link_changed(self, state: ConnectionState) -> None:
        if state.phase is Phase.ONLINE:
            self._go()

    def _make(self, mark: Mark) -> None:
        before = self._made.get(mark.conversation_id)
        if before is not None:
            mark = Mark(
                conversation_id=mark.conversation_id,
                user_id=self._me,
                delivered_seq=max(mark.delivered_seq, before.delivered_seq),
                read_seq=max(mark.read_seq, before.read_seq),
            )
        self._made[mark.conversation_id] = mark
        if not self._closed and (self._applying is None or self._applying.done()):
            self._applying = self._tasks.spawn(self._apply(), "apply")

    async def _apply(self) -> None:
        """Store the marks at once, whenever the server is told: the unread count follows them."""
        while self._made:
            made, self._made = self._made, {}
            for mark in made.values():
                await self._pipeline.mark(mark)
        self._go()

    def _go(self) -> None:
        self._dirty = True
        if not self._running and not self._closed:
            self._running = True
            self._tasks.spawn(self._run(), "run")

    async def _run(self) -> None:
        try:
            while self._dirty:
                self._dirty = False
                if not self._link.online:
                    return
                try:
                    if await self._tell_all():
                        await pause(self._clock, GATHER_S)
                except LinkLost:
                    return
                except ClientError as error:
                    logger.info("receipts wait: %s: %s", type(error).__name__, error)
                    await pause(self._clock, error.retry_after_s or 1.0)
                    self._dirty = True
                except StorageError as error:
                    logger.info("receipts wait for the disk: %s", error)
                    return
        finally:
            self._running = False

    async def _tell_all(self) -> bool:
        """Tell everything that is not confirmed. Whether there was anything."""
        marks = await self._cache.write(lambda tx: tx.marks.unconfirmed())
        for mark in marks:
            if mark.read_seq:
                await self._tell("messagesRead", mark, mark.read_seq)
            if mark.delivered_seq > mark.read_seq:
                await self._tell("messagesDelivered", mark, mark.delivered_seq)
            await self._pipeline.mark_confirmed(mark)
        return bool(marks)

    async def _tell(self, event: str, mark: Mark, seq: int) -> None:
        await self._pace.take(rate=RATE, burst=BURST)
        try:
            await self._link.call(event, MarkMessages(conversation_id=mark.conversation_id, seq=seq))
        except RetryNever as error:
            # Left meanwhile, most likely: asking again would change nothing.
            logger.info("a receipt was refused: %s", error.code)
