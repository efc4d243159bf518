"""`SignedInSession`: everything that lives from sign-in to sign-out of one account, constructed in one place and closed in order."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from chinwag_desktop.app.network import Network, SessionApi
from chinwag_desktop.app.pictures import SessionPictures
from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.cache.people import LAST_OPENED
from chinwag_desktop.cache.timeline_reader import TimelineReader
from chinwag_desktop.core.changes import Change, StorageProblem, StorageTroubled
from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import Draft
from chinwag_desktop.core.errors import ClientError, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.stores.account_store import AccountStore
from chinwag_desktop.stores.auth_store import AuthStore
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.stores.connection_store import ConnectionStore
from chinwag_desktop.stores.group_store import GroupStore
from chinwag_desktop.stores.journey_log import JourneyLog
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.stores.settings_store import Account
from chinwag_desktop.sync.availability_log import AvailabilityLog
from chinwag_desktop.sync.catch_up import CatchUp
from chinwag_desktop.sync.draft_keeper import DraftKeeper
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.message_changer import MessageChanger
from chinwag_desktop.sync.outbox_worker import OutboxWorker
from chinwag_desktop.sync.outgoing_files import OutgoingFiles
from chinwag_desktop.sync.receipt_sender import ReceiptSender
from chinwag_desktop.sync.session_link import SessionLink
from chinwag_desktop.sync.socket_monitor import SocketMonitor
from chinwag_desktop.sync.typing_sender import TypingSender
from chinwag_desktop.sync.uploads import Uploads
from chinwag_protocol.limits import Limits, PublicLimits

if TYPE_CHECKING:  # importing it is what must wait until the first paint
    from chinwag_desktop.net.http_client import ApiClient

logger = logging.getLogger(__name__)


class SignedInSession(QObject):
    """The databases, the sync layer and the stores of one account. Constructing reads nothing but what is painted first."""

    limits_changed = Signal(object)
    """The `PublicLimits` of the server, once it has told them."""

    def __init__(
        self,
        account: Account,
        *,
        folder: Path,
        network: Network,
        auth: AuthStore,
        clock: Clock,
        offline: bool,
        tells_typing: Callable[[], bool],
    ) -> None:
        super().__init__()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.account, me = account, account.user_id
        self._auth, self._offline, self._tells_typing = auth, offline, tells_typing
        self._writer = DatabaseThread("database")
        self._cache = CacheDb(folder / "cache.db", me=me, writer=self._writer)
        self._outbox = OutboxDb(folder / "outbox.db", writer=self._writer)
        self._reader = TimelineReader(
            folder / "cache.db", folder / "outbox.db", me=me, on_damage=self._cache_is_damaged
        )
        self._cache.attach(self._reader)
        self._begun = self._closing = False
        self._opened = asyncio.Event()
        self._read_early: dict[UUID, int] = {}
        self._tasks = TaskOwner("session")
        self.limits: PublicLimits = Limits().public()
        self._limits_known = False
        self._api = api = SessionApi(self._client, opened=lambda: cast("ApiClient | None", auth.opened_api))
        self._pipeline = EventPipeline(me=me, cache=self._cache, clock=clock)
        self._catch_up = CatchUp(api=api, pipeline=self._pipeline, cache=self._cache, clock=clock)
        self.monitor = SocketMonitor(
            user_id=me,
            open_socket=lambda: network.open_socket(account.server_url),
            tokens=api,
            user=SessionLink(pipeline=self._pipeline, catch_up=self._catch_up),
            clock=clock,
        )
        self._availability = AvailabilityLog(folder / "availability.json", clock=clock, thread=self._writer)
        self.monitor.subscribe(self._availability.changed)
        self._files = OutgoingFiles(folder / "outgoing")
        self._worker = OutboxWorker(
            me=me,
            outbox=self._outbox,
            files=self._files,
            pipeline=self._pipeline,
            link=self.monitor,
            uploads=Uploads(api=api, outbox=self._outbox, pipeline=self._pipeline),
            limits=lambda: self.limits,
            clock=clock,
        )
        self._receipts = ReceiptSender(
            me=me, link=self.monitor, pipeline=self._pipeline, cache=self._cache, clock=clock
        )
        self._drafts = DraftKeeper(outbox=self._outbox, clock=clock)
        self._typing = TypingSender(link=self.monitor, clock=clock)
        self.pictures = SessionPictures(folder / "pictures", api)
        self.presence = PresenceStore(me, self)
        self.connection = ConnectionStore(self.monitor, self, hours=self._availability.hours)
        self.chat = ChatStore(
            me,
            pipeline=self._pipeline,
            outbox=self._worker,
            changes=MessageChanger(link=self.monitor, pipeline=self._pipeline),
            reader=self._reader,
            notes=self,
            marks=self,
            files=self._files,
            api=api,
            clock=clock,
            parent=self,
        )
        self.journeys = JourneyLog(self.chat, clock, self)
        self.account_store = AccountStore(api.account, pipeline=self._pipeline)
        self.groups = GroupStore(api.groups, pipeline=self._pipeline, reader=self._reader)
        self._unsubscribe = self._pipeline.subscribe(self._changed)
        self.connection.state_changed.connect(self._connection_changed)

    async def start(self) -> None:
        """Open the databases and take up what earlier runs left unsent. A disk that refuses is told as `StorageTroubled`."""
        self._begun = True
        self._availability.start()
        try:
            await self._open_databases()
        finally:
            self._opened.set()
        for conversation_id, seq in self._read_early.items():
            self._receipts.mark_read(conversation_id, seq)
        if self._offline:
            self.monitor.network_changed(online=False)

    async def close(self) -> None:
        """End every task and close every file; the socket was stopped before."""
        self._closing = True
        self._unsubscribe()
        self.connection.close()
        if not self._begun:
            self._opened.set()  # nothing will be opened: those who wait for it are told so by what they meant to write to
        await self._tasks.close()
        await self.chat.close()
        await self.pictures.close()
        for part in (
            self._availability,
            self._typing,
            self._receipts,
            self._worker,
            self._drafts,
            self._catch_up,
            self._pipeline,
        ):
            await part.close()
        self._reader.close()
        await self._cache.close()
        await self._outbox.close()
        await self._writer.close()
        self.deleteLater()

    def focused(self) -> None:
        """The person looks at the window: fetch what events may have missed."""
        self._catch_up.request()

    def woke(self) -> None:
        """The machine slept."""
        self.monitor.woke()

    def network_changed(self, *, online: bool) -> None:
        """The system's network came, went or changed."""
        self.monitor.network_changed(online=online)

    # `stores.ports.Notes` and `Marks`

    async def save_draft(self, draft: Draft) -> None:
        """Keep a draft, once the outbox is open."""
        await self._opened.wait()
        await self._drafts.save(draft)

    async def save_last_opened(self, conversation_id: UUID) -> None:
        """Keep which conversation was open, once the cache is open."""
        await self._opened.wait()
        await self._cache.write(lambda tx: tx.meta.set(LAST_OPENED, str(conversation_id)))

    def mark_read(self, conversation_id: UUID, seq: int) -> None:
        """Pass on to the receipts; what is read before the cache is open waits for it."""
        if self._opened.is_set():
            self._receipts.mark_read(conversation_id, seq)
        else:
            self._read_early[conversation_id] = seq

    def typing(self, conversation_id: UUID, typing: bool) -> None:
        """Pass on to whoever tells it."""
        self._typing.typing(conversation_id, typing and self._tells_typing())

    # how

    async def _open_databases(self) -> None:
        """Whatever the disk says, the rest of the session goes on: reading needs no outbox, and writing no cache."""
        try:
            await self._cache.open()
        except StorageError as error:
            logger.error("the cache cannot be opened: %s", error)
            self._pipeline.publish(StorageTroubled(problem=StorageProblem.CACHE_FULL))
        try:
            await self._outbox.open()
            await self._worker.start()
            await self._files.sweep(self._worker.pending)
        except StorageError as error:
            logger.error("the outbox cannot be opened: %s", error)
            self._pipeline.publish(StorageTroubled(problem=StorageProblem.OUTBOX_CLOSED, path=self._outbox.path))
        if self._outbox.moved_aside is not None:
            self._pipeline.publish(
                StorageTroubled(problem=StorageProblem.OUTBOX_SALVAGED, path=self._outbox.moved_aside)
            )

    def _connection_changed(self, state: ConnectionState) -> None:
        if state.phase is Phase.SYNCING:
            self._limits_known = False  # another link, perhaps to a server that was set up anew
        if state.phase is Phase.ONLINE and not self._limits_known:
            self._limits_known = True
            self._tasks.spawn(self._learn_limits(), "limits")

    async def _learn_limits(self) -> None:
        try:
            server = await self._api.server()
        except ClientError as error:
            logger.info("the server's limits are not known yet: %s", error)
            self._limits_known = False
            return
        self.limits = server.limits
        self.connection.learn_server(server.name, server.version)
        self.limits_changed.emit(self.limits)

    def _cache_is_damaged(self) -> None:
        """What is shown could not be read: have it built anew, and fetched."""
        if not self._closing:
            self._tasks.spawn(self._heal_cache(self._cache.generation), "heal the cache")

    async def _heal_cache(self, generation: int) -> None:
        await self._opened.wait()
        await self._cache.heal(generation)

    async def _client(self) -> "ApiClient":
        return cast("ApiClient", await self._auth.api())

    def _changed(self, change: Change) -> None:
        self.presence.apply(change)
