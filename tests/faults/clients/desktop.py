"""A desktop client without its windows: the real sync, net and cache layers, put together as `app/session.py` does it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.core.changes import Change, ConversationLeft, Origin, RowPlaced, RowsChanged
from chinwag_desktop.core.clock import SystemClock
from chinwag_desktop.core.connection import ConnectionState
from chinwag_desktop.core.connection import Phase as LinkPhase
from chinwag_desktop.core.entities import DeliveryState, OutboxEntry
from chinwag_desktop.net.socket_client import SocketClient, TransportMemory
from chinwag_desktop.sync.catch_up import CatchUp
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.outbox_worker import OutboxWorker
from chinwag_desktop.sync.outgoing_files import OutgoingFiles
from chinwag_desktop.sync.receipt_sender import ReceiptSender
from chinwag_desktop.sync.session_link import SessionLink
from chinwag_desktop.sync.socket_monitor import SocketMonitor
from chinwag_desktop.sync.uploads import Uploads
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from faults.clients.sign_in import SignIn
from faults.clients.spec import ClientSpec, Standing
from faults.clients.wire import TappedSocket
from faults.records import Acked, Began, ClientLog, Phase, Queued, Refused, Saved, Shown

if TYPE_CHECKING:
    import ssl

    from chinwag_desktop.cache.cache_writer import CacheWriter
    from chinwag_protocol.objects import Message


MANY_PAGES = 2**30


class MovedClock(SystemClock):
    """The machine's clock, its wall time set wrong by `offset`."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


class DesktopClient:
    """One profile of one person. `say` and `read` are what its user does."""

    def __init__(self, spec: ClientSpec, *, tls: ssl.SSLContext) -> None:
        self.spec, self.me = spec, UUID(spec.user_id)
        self.clock = MovedClock()
        self.acked = 0
        self._log = ClientLog(spec.log)
        self._log.write(Began(time.monotonic(), spec.pid))
        profile = spec.profile
        profile.mkdir(parents=True, exist_ok=True)
        self._links = 0
        self._tls, self._memory = tls, TransportMemory()
        self._writer = DatabaseThread(f"database-{spec.name}")
        self._cache = CacheDb(profile / "cache.db", me=self.me, writer=self._writer)
        self._outbox = OutboxDb(profile / "outbox.db", writer=self._writer)
        self._sign_in = SignIn(
            url=spec.url,
            username=spec.username,
            user_id=self.me,
            profile=profile,
            tls=tls,
            clock=self.clock,
            note=self._log.note,
        )
        self._pipeline = EventPipeline(me=self.me, cache=self._cache, clock=self.clock)
        self._catch_up = CatchUp(api=self._sign_in, pipeline=self._pipeline, cache=self._cache, clock=self.clock)
        self.monitor = SocketMonitor(
            user_id=self.me,
            open_socket=self._open_socket,
            tokens=self._sign_in,
            user=SessionLink(pipeline=self._pipeline, catch_up=self._catch_up),
            clock=self.clock,
        )
        self._worker = OutboxWorker(
            me=self.me,
            outbox=self._outbox,
            files=OutgoingFiles(profile / "outgoing"),
            pipeline=self._pipeline,
            link=self.monitor,
            uploads=Uploads(api=self._sign_in, outbox=self._outbox, pipeline=self._pipeline),
            limits=Limits().public,
            clock=self.clock,
        )
        self._receipts = ReceiptSender(
            me=self.me, link=self.monitor, pipeline=self._pipeline, cache=self._cache, clock=self.clock
        )
        self._unread: dict[UUID, int] = {}
        self._pipeline.subscribe(self._changed)
        self.monitor.subscribe(self._connection_changed)

    async def start(self) -> None:
        """Open the databases, take up what was left unsent, connect."""
        await self._outbox.open()
        await self._cache.open()
        await self._worker.start()
        self.monitor.start()

    async def close(self) -> None:
        """Sign nothing out; end as the app does when it quits."""
        await self.monitor.stop()
        for part in (self._receipts, self._worker, self._catch_up, self._pipeline):
            await part.close()
        await self._cache.close()
        await self._outbox.close()
        await self._writer.close()
        await self._sign_in.close()
        self._log.close()

    # ------------------------------------------------------------ what its user does

    async def groups(self) -> list[UUID]:
        """The groups it knows."""

        def known(tx: CacheWriter) -> list[UUID]:
            found = [tx.conversations.find(id_) for id_ in tx.conversations.cursors()]
            return [conversation.id for conversation in found if conversation and conversation.kind == "group"]

        return await self._cache.write(known)

    def say(self, *, text: str, conversation_id: UUID | None = None, receiver_id: UUID | None = None) -> None:
        """Enter in the composer. `{id}` in the text becomes the tempId."""
        temp_id = new_id()
        entry = OutboxEntry(
            temp_id=temp_id,
            created_at=self.clock.now(),
            conversation_id=conversation_id,
            receiver_id=receiver_id,
            text=text.replace("{id}", str(temp_id)),
        )
        self._log.write(Queued(time.monotonic(), str(temp_id), str(entry.lane)))
        self._worker.submit(entry)

    def read_all(self) -> None:
        """Look at everything that has come in."""
        unread, self._unread = self._unread, {}
        for conversation_id, seq in unread.items():
            self._receipts.mark_read(conversation_id, seq)

    def focus(self) -> None:
        """The user comes back to the window and sees everything."""
        self.read_all()
        self._catch_up.request()

    @property
    def unsent(self) -> int:
        """How many messages are still to be sent; what was refused is not."""
        return sum(1 for entry in self._worker.pending() if entry.error is None)

    async def fill_disk(self) -> None:
        """From now on neither database may grow."""
        await self._writer.run(self._limit_pages, True)

    async def free_disk(self) -> None:
        """There is room again: *Retry* on every message that could not be saved."""
        await self._writer.run(self._limit_pages, False)
        for entry in self._worker.pending():
            if entry.error == "disk":
                self._worker.retry(entry.temp_id)

    def _limit_pages(self, full: bool) -> None:
        for database in (self._outbox, self._cache):
            connection = database._connection  # pyright: ignore[reportPrivateUsage] - no room is not a thing to ask for
            if connection is not None:
                pages = int(connection.pragma("page_count")) if full else MANY_PAGES
                connection.pragma("max_page_count", pages)

    def woke(self) -> None:
        """The system says that the machine slept."""
        self.monitor.woke()

    def set_clock(self, hours: float) -> None:
        """Set the wall clock wrong."""
        self.clock.offset = timedelta(hours=hours)

    async def renew(self) -> None:
        """Ask for a new access token now."""
        await self._sign_in.access_token(renew=True)

    async def standing(self) -> Standing:
        """How far it is."""
        return Standing(
            name=self.spec.name,
            acked=self.acked,
            unsent=self.unsent,
            online=self.monitor.online,
            phase=self.monitor.state.phase.value,
        )

    # ------------------------------------------------------------ what is written down

    def _open_socket(self) -> TappedSocket:
        self._links += 1
        number = self.spec.pid * 10_000 + self._links
        return TappedSocket(
            SocketClient(self.spec.url, ssl_context=self._tls, memory=self._memory), number=number, log=self._log
        )

    def _connection_changed(self, state: ConnectionState) -> None:
        if state.phase.value != getattr(self, "_phase", ""):
            self._phase = state.phase.value
            self._log.write(Phase(time.monotonic(), self._phase))
        if state.phase is LinkPhase.REFUSED:
            self._sign_in.begin_anew(state.refused_code)
            self.monitor.retry_now()

    def _changed(self, change: Change) -> None:
        match change:
            case RowsChanged(origin=Origin.LOCAL):
                for row in change.rows:
                    self._own_row(row.state, str(row.key), row.error)
            case RowsChanged(origin=Origin.LIVE | Origin.CATCH_UP):
                live = change.origin is Origin.LIVE
                for row in change.rows:
                    message = row.message
                    if row.state is DeliveryState.RECEIVED:
                        self._log.write(
                            Shown(time.monotonic(), str(change.conversation_id), message.seq, str(message.id), live)
                        )
                if change.rows:
                    self._unread[change.conversation_id] = change.rows[-1].message.seq
            case RowPlaced():
                self.acked += 1
                self._log_placed(change.row.message)
            case ConversationLeft():
                self._unread.pop(change.conversation_id, None)
            case _:
                pass

    def _log_placed(self, message: Message) -> None:
        """Its ticks say that the server has it: by the ack, the echo or a sync, whichever was first."""
        self._log.write(
            Acked(
                time.monotonic(),
                0,
                str(message.temp_id),
                str(message.conversation_id),
                str(message.id),
                message.seq,
                message.rev,
            )
        )

    def _own_row(self, state: DeliveryState, key: str, error: str | None) -> None:
        if state is DeliveryState.SENDING:
            self._log.write(Saved(time.monotonic(), key))
        elif state is DeliveryState.FAILED:
            self._log.write(Refused(time.monotonic(), key, error or ""))
