"""A whole client without windows and without a network: the monitor over sockets of the test's own, on real databases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from desktop_builders import ME, WHEN, uid
from fake_link import FakeSocket, FakeSockets, FakeTokens
from fake_world import inbound
from sync_stage import SyncStage

from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import OutboxEntry
from chinwag_desktop.core.link import Inbound
from chinwag_desktop.sync.outbox_worker import OutboxWorker
from chinwag_desktop.sync.outgoing_files import OutgoingFiles
from chinwag_desktop.sync.receipt_sender import ReceiptSender
from chinwag_desktop.sync.session_link import SessionLink
from chinwag_desktop.sync.socket_monitor import SocketMonitor
from chinwag_desktop.sync.uploads import Uploads
from chinwag_protocol.events import MarkAck, MessageAck, SendMessage
from chinwag_protocol.limits import Limits


class ClientStage(SyncStage):
    """Put together as ``app/session.py`` does it; the world answers what goes over the sockets. ``end`` must follow."""

    def __init__(self, folder: Path, **shared: Any) -> None:
        super().__init__(folder, **shared)
        self.tell: Callable[[Inbound], None] = lambda _: None
        """Called with what other sockets are to hear of what was sent here."""
        self.sockets = FakeSockets()
        self.sockets.prepare = self.new_socket
        self.tokens = FakeTokens(self.clock)
        self.states: list[ConnectionState] = []
        self.monitor = SocketMonitor(
            user_id=ME,
            open_socket=self.sockets,
            tokens=self.tokens,
            user=SessionLink(pipeline=self.pipeline, catch_up=self.catch_up),
            clock=self.clock,
            draw=lambda: 0.0,
        )
        self.monitor.subscribe(self.states.append)
        self.worker = OutboxWorker(
            me=ME,
            outbox=self.outbox_db,
            files=OutgoingFiles(folder / "outgoing"),
            pipeline=self.pipeline,
            link=self.monitor,
            uploads=Uploads(api=self.world, outbox=self.outbox_db, pipeline=self.pipeline),
            limits=Limits().public,
            clock=self.clock,
        )
        self.receipts = ReceiptSender(
            me=ME, link=self.monitor, pipeline=self.pipeline, cache=self.cache, clock=self.clock
        )

    def new_socket(self) -> FakeSocket:
        """One that answers as the world is."""
        socket = FakeSocket()
        socket.answers["sendMessage"] = self.store
        for event, mark in (("messagesRead", (0, 1)), ("messagesDelivered", (1, 0))):
            socket.answers[event] = lambda asked, mark=mark: self._mark(asked.conversation_id, asked.seq, mark)
        return socket

    async def online(self) -> FakeSocket:
        """Start, and wait for the link."""
        await self.worker.start()
        self.monitor.start()
        await self.until(lambda: self.monitor.online)
        return self.sockets.last

    async def end(self) -> None:
        await self.monitor.stop()
        await self.receipts.close()
        await self.worker.close()

    def store(self, command: SendMessage) -> MessageAck:
        """Once a tempId, whatever else is in it."""
        conversation_id = command.conversation_id
        assert conversation_id is not None
        talk = self.world.talks[conversation_id]
        for message in talk.messages:
            if message.temp_id == command.temp_id:
                return MessageAck(message=message)
        self.tell(self.world.say(command.text or "", "me", to=self.name_of(conversation_id), temp_id=command.temp_id))
        return MessageAck(message=talk.messages[-1])

    def name_of(self, conversation_id: UUID) -> str:
        return next(name for name in ("talk", "other", "third") if uid(name) == conversation_id)

    def write(self, text: str, *, to: str = "talk") -> None:
        """Enter in the composer."""
        entry = OutboxEntry(
            temp_id=uid(f"temp {text}"), created_at=self.clock.now(), conversation_id=uid(to), text=text
        )
        self.worker.submit(entry)

    def shown(self, name: str = "talk") -> list[str]:
        """The texts of a conversation, top to bottom, as the reader gives them."""
        return [row.message.text for row in self.reader.page(uid(name), 1, 10_000)]

    @property
    def phases(self) -> set[Phase]:
        """Every phase that was told."""
        return {state.phase for state in self.states}

    def _mark(self, conversation_id: UUID, seq: int, mark: tuple[int, int]) -> Any:
        marks = self.world.talks[conversation_id].marks
        delivered, read = marks[ME]
        marks[ME] = (max(delivered, seq), max(read, seq * mark[1]))
        if mark[1] and seq > read:
            told = {"conversationId": conversation_id, "userId": ME, "seq": seq, "at": WHEN}
            self.tell(inbound("messagesRead", told))
        return MarkAck(conversation_id=conversation_id, seq=seq)
