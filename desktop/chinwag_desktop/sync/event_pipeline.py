"""EventPipeline: the one door in. Acks, echoes, live events, sync and history pages become cache rows and changes.

Whatever comes is queued, applied in one transaction a batch (``applier``), and told to the listeners after the commit.
Facts that come early wait for their predecessors; after 300 ms the gap listeners are called, who fetch what is missing.
While a sync runs live facts wait, so that the cursors move only by it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.core.changes import Change, RowPlaced, StorageProblem, StorageTroubled
from chinwag_desktop.core.clock import Clock, Handle
from chinwag_desktop.core.entities import Mark
from chinwag_desktop.core.errors import DatabaseDamaged, StorageError
from chinwag_desktop.core.link import Inbound
from chinwag_desktop.core.subscribers import Subscribers
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.applier import Applier
from chinwag_desktop.sync.inputs import (
    Acked,
    ConversationsRead,
    Fact,
    HistoryRead,
    Input,
    MarkConfirmed,
    MarkMade,
    Nothing,
    Synced,
    UsersRead,
    decode,
    input_of,
)
from chinwag_desktop.sync.presence_board import PresenceBoard, TypingBoard
from chinwag_desktop.sync.unstored import changes_unstored
from chinwag_protocol import events as wire
from chinwag_protocol.http import MessagePage, SyncAnswer
from chinwag_protocol.limits import GAP_WAIT_MS
from chinwag_protocol.objects import Conversation, Message, User
from chinwag_protocol.wire import Record

BATCH: Final = 500
_GAP_S: Final = GAP_WAIT_MS / 1000

logger = logging.getLogger(__name__)

_Waiter = asyncio.Future[None]


class EventPipeline:
    """Applies everything that comes from the server, in one transaction a batch, then tells the listeners.

    Use it on the loop's thread. It starts no task before something comes in.
    """

    def __init__(self, *, me: UUID, cache: CacheDb, clock: Clock) -> None:
        self.me = me
        self._cache = cache
        self._clock = clock
        self._tasks = TaskOwner("event-pipeline")
        self._changes = Subscribers[Change]("change")
        self._gap_listeners = Subscribers[None]("gap")
        self._unknown_listeners = Subscribers[frozenset[UUID]]("unknown people")
        self._error_listeners = Subscribers[wire.MessageError]("messageError")
        self.presence = PresenceBoard(self.publish)
        self.typing = TypingBoard(self.publish, clock)
        self._queue: list[tuple[Input, _Waiter | None]] = []
        self._draining = False
        self._stash: list[Input] = []
        self._early: list[Fact] = []
        self._acked_ahead: dict[UUID, int] = {}
        self._gap_timer: Handle | None = None
        self._syncing = False
        self._syncs_begun = 0
        self._syncs_done = 0
        self._pending: set[UUID] = set()
        self._stop_watching = cache.watch_rebuilt(self._cache_rebuilt)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` on the loop with every change, after its commit; returns what ends it."""
        return self._changes.add(listener)

    def watch_gaps(self, listener: Callable[[None], None]) -> Callable[[], None]:
        """Call ``listener`` when events are missing and did not come within 300 ms."""
        return self._gap_listeners.add(listener)

    def watch_unknown(self, listener: Callable[[frozenset[UUID]], None]) -> Callable[[], None]:
        """Call ``listener`` with people of whom there is no profile: members, senders, those online."""
        return self._unknown_listeners.add(listener)

    def want_people(self, user_ids: frozenset[UUID]) -> None:
        """Tell those who ``watch_unknown`` of people that are missing elsewhere."""
        self._unknown_listeners.tell(user_ids)

    def watch_errors(self, listener: Callable[[wire.MessageError], None]) -> Callable[[], None]:
        """Call ``listener`` with each ``messageError``."""
        return self._error_listeners.add(listener)

    def publish(self, change: Change) -> None:
        """Tell the listeners of a change that was made elsewhere (outbox, uploads)."""
        self._changes.tell(change)

    def expect(self, temp_id: UUID) -> None:
        """A message of this device is pending: when it comes back it is told as RowPlaced."""
        self._pending.add(temp_id)

    def forget(self, temp_id: UUID) -> None:
        """The message is no longer pending."""
        self._pending.discard(temp_id)

    async def already_placed(self, temp_ids: Sequence[UUID]) -> list[Message]:
        """Those messages of the outbox that the cache knows the server to have. Raises StorageError."""
        return await self._cache.write(lambda tx: tx.messages.placed(temp_ids))

    def receive(self, events: Sequence[Inbound]) -> None:
        """Live events in order. Unknown ones are ignored, invalid ones skipped with a warning."""
        for inbound in events:
            payload = decode(inbound)
            if payload is None:
                continue
            self._hear(payload)
            item = input_of(inbound.name, payload, round_=self._syncs_begun)
            if item is not None:
                self._take(item)

    async def acknowledged(self, message: Message) -> None:
        """The ack of an own ``sendMessage``, edit, deletion, reaction or pin; returns once it is stored and told.

        A cache that cannot store it costs nothing but a later sync: it is told all the same.
        """
        if self._syncing:
            # The sync may drop the row, from a snapshot older than the ack: apply it again afterwards.
            self._stash.append(Fact(message.conversation_id, message.rev, message, self._syncs_begun))
        await self._apply(Acked(message))

    async def apply_history(self, conversation_id: UUID, page: MessagePage) -> None:
        """A page of older messages, fetched by the timeline. Raises StorageError."""
        await self._apply(HistoryRead(conversation_id, page))

    async def apply_sync(self, answer: SyncAnswer) -> None:
        """One page of ``/sync``; only within ``syncing``. Raises StorageError."""
        await self._apply(Synced(answer))

    async def apply_conversations(self, conversations: Sequence[Conversation]) -> None:
        """Conversations that an HTTP call returned (a direct one opened, a group made)."""
        await self._apply(ConversationsRead(tuple(conversations)))

    async def apply_users(self, users: Sequence[User]) -> None:
        """Profiles that an HTTP call returned."""
        await self._apply(UsersRead(tuple(users)))

    async def mark(self, mark: Mark) -> None:
        """The user has received or read up to here; ``ReceiptSender`` tells the server."""
        await self._apply(MarkMade(mark))

    async def mark_confirmed(self, mark: Mark) -> None:
        """The server has answered a receipt."""
        await self._apply(MarkConfirmed(mark))

    @asynccontextmanager
    async def syncing(self) -> AsyncGenerator[None]:
        """While the body runs, facts wait. It begins when everything that came before is applied."""
        if self._syncing:
            raise RuntimeError("a sync is running already")
        self._syncing = True
        self._syncs_begun += 1
        number = self._syncs_begun
        try:
            await self.settled()
            yield
            self._syncs_done = number
            self._acked_ahead.clear()
        finally:
            self._syncing = False
            waiting, self._stash = [*self._stash, Nothing()], []
            self._queue[:0] = [(item, None) for item in waiting]
            self._kick()

    async def settled(self) -> None:
        """Return when everything that has come in so far is applied and told."""
        if self._queue or self._draining:
            waiter: _Waiter = asyncio.get_running_loop().create_future()
            self._queue.append((Nothing(), waiter))
            self._kick()
            await waiter

    def link_lost(self) -> None:
        """The connection is gone: nobody is known to be online, early facts will be in the next sync."""
        self.presence.whole(())
        self.typing.clear()
        self._early.clear()
        self._acked_ahead.clear()

    async def close(self) -> None:
        """Apply what came in so far, then end."""
        await self.settled()
        self._stop_watching()
        if self._gap_timer is not None:
            self._gap_timer.cancel()
        self.typing.clear()
        await self._tasks.close()

    def _hear(self, payload: Record) -> None:
        """What lives in memory only."""
        match payload:
            case wire.OnlineUsers():
                self.presence.whole(payload.user_ids)
            case wire.UserOnline():
                self.presence.change(online=[payload.user_id])
            case wire.UserOffline():
                self.presence.change(offline=[payload.user_id])
            case wire.PresenceChanged():
                self.presence.change(online=payload.online, offline=payload.offline)
            case wire.TypingNotice():
                self.typing.heard(payload.conversation_id, payload.user_id, typing=payload.typing)
            case wire.MessageError():
                self._error_listeners.tell(payload)
            case Message():
                self.typing.heard(payload.conversation_id, payload.sender_id, typing=False)
            case _:
                pass

    def _take(self, item: Input) -> None:
        if self._syncing:
            self._stash.append(item)
        else:
            self._queue.append((item, None))
            self._kick()

    async def _apply(self, item: Input) -> None:
        waiter: _Waiter = asyncio.get_running_loop().create_future()
        self._queue.append((item, waiter))
        self._kick()
        await waiter

    def _kick(self) -> None:
        if self._queue and not self._draining:
            self._draining = True
            self._tasks.spawn(self._drain(), "drain")

    async def _drain(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
                await self._batch(batch)
        finally:
            self._draining = False

    async def _batch(self, batch: list[tuple[Input, _Waiter | None]]) -> None:
        inputs: list[Input] = [*self._early, *(item for item, _ in batch)]
        pending = frozenset(self._pending)
        failure: Exception | None = None

        unknown: frozenset[UUID] = frozenset()

        def work(tx: CacheWriter) -> tuple[Applier, list[Change], frozenset[UUID]]:
            applier = Applier(tx, pending=pending)
            applier.apply(inputs)
            return applier, applier.changes(), applier.unknown_people()

        try:
            applier, changes, unknown = await self._cache.write(work)
        except StorageError as error:
            logger.error("the cache could not store %d inputs: %s", len(inputs), error)
            failure = error
            self._early.clear()
            changes: list[Change] = [*changes_unstored(inputs, me=self.me, pending=pending)]
            if not isinstance(error, DatabaseDamaged):  # else it was told already
                changes.append(StorageTroubled(problem=StorageProblem.CACHE_FULL))
        except Exception as error:
            logger.exception("a batch of %d inputs could not be applied", len(inputs))
            failure = error
            self._early.clear()
            changes = []
        else:
            self._note_gaps(applier)
        for change in changes:
            if isinstance(change, RowPlaced):
                self._pending.discard(change.key)  # what follows changes an ordinary row
            self._changes.tell(change)
        if unknown:
            self._unknown_listeners.tell(unknown)
        if failure is not None:
            self._gap_listeners.tell(None)
        for item, waiter in batch:
            if waiter is None or waiter.done():
                continue
            if failure is None or isinstance(item, Acked | MarkMade | MarkConfirmed | Nothing):
                waiter.set_result(None)
            else:
                waiter.set_exception(failure)

    def _cache_rebuilt(self, _: None) -> None:
        """The cache is empty now: what was to come next is of no use without what came before."""
        self._early.clear()
        self._acked_ahead.clear()
        self._changes.tell(StorageTroubled(problem=StorageProblem.CACHE_REBUILT))
        self._gap_listeners.tell(None)

    def _note_gaps(self, applier: Applier) -> None:
        self._early = [fact for fact in applier.early if fact.round >= self._syncs_done]
        if dropped := len(applier.early) - len(self._early):
            logger.info("%d events were dropped: a whole sync did not explain them", dropped)
        for conversation_id, rev in applier.ahead.items():
            self._acked_ahead[conversation_id] = max(self._acked_ahead.get(conversation_id, 0), rev)
        if (self._early or self._acked_ahead) and self._gap_timer is None and not self._syncing:
            self._gap_timer = self._clock.call_later(_GAP_S, self._gap_due)

    def _gap_due(self) -> None:
        self._gap_timer = None
        ahead, self._acked_ahead = self._acked_ahead, {}
        for fact in self._early:
            ahead[fact.conversation_id] = max(ahead.get(fact.conversation_id, 0), fact.rev)
        self._tasks.spawn(self._check_gaps(ahead), "gaps")

    async def _check_gaps(self, ahead: dict[UUID, int]) -> None:
        def open_gaps(tx: CacheWriter) -> list[UUID]:
            return [id_ for id_, rev in ahead.items() if tx.conversations.cursor(id_) < rev]

        try:
            missing = await self._cache.write(open_gaps)
        except StorageError as error:
            logger.info("the cache cannot say what is missing: %s", error)
            missing = list(ahead)
        if missing:
            logger.info("events are missing in %d conversations", len(missing))
            self._gap_listeners.tell(None)
