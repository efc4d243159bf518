"""An outbox worker on the sync stage, over a link that the test plays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop_builders import ME, uid
from fake_link import FakeLink
from sync_stage import SyncStage

from chinwag_desktop.core.changes import RowPlaced, RowsChanged
from chinwag_desktop.core.entities import DeliveryState, OutboxEntry
from chinwag_desktop.sync.outbox_worker import OutboxWorker
from chinwag_desktop.sync.outgoing_files import OutgoingFiles
from chinwag_desktop.sync.uploads import Uploads
from chinwag_protocol.events import MessageAck, SendMessage
from chinwag_protocol.limits import Limits


class OutboxStage(SyncStage):
    """A worker over a link that answers from the world in memory."""

    def __init__(self, folder: Path, **shared: Any) -> None:
        super().__init__(folder, **shared)
        self.limits = Limits().public()
        self.files = OutgoingFiles(folder / "outgoing")
        self.link = FakeLink(self.clock)
        self.link.socket.answers["sendMessage"] = self.store
        self.worker = self.new_worker()

    def new_worker(self) -> OutboxWorker:
        return OutboxWorker(
            me=ME,
            outbox=self.outbox_db,
            files=self.files,
            pipeline=self.pipeline,
            link=self.link,
            uploads=Uploads(api=self.world, outbox=self.outbox_db, pipeline=self.pipeline),
            limits=lambda: self.limits,
            clock=self.clock,
        )

    def store(self, command: SendMessage) -> MessageAck:
        """The server stores a message, once a tempId, and acks it."""
        name = next(n for n in ("talk", "other", "third") if uid(n) in (command.conversation_id, command.receiver_id))
        for message in self.world.talks[uid(name)].messages:
            if message.temp_id == command.temp_id:
                return MessageAck(message=message)
        self.world.say(command.text or "", "me", to=name, temp_id=command.temp_id)
        return MessageAck(message=self.world.talks[uid(name)].messages[-1])

    def write(self, text: str, *, to: str = "talk", **fields: Any) -> Any:
        values: dict[str, Any] = {
            "temp_id": uid(f"temp {text}"),
            "created_at": self.clock.now(),
            "conversation_id": uid(to),
            "text": text,
        }
        return self.worker.submit(OutboxEntry(**{**values, **fields}))

    @property
    def sent(self) -> list[str | None]:
        return [command.text for command in self.link.payloads("sendMessage")]

    @property
    def pending(self) -> list[str]:
        return [entry.text for entry in self.worker.pending()]

    def states_of(self, text: str) -> list[DeliveryState]:
        key = uid(f"temp {text}")
        states: list[DeliveryState] = []
        for change in self.changes:
            if isinstance(change, RowPlaced) and change.key == key:
                states.append(change.row.state)
            if isinstance(change, RowsChanged):
                states += [row.state for row in change.rows if row.key == key]
        return states

    async def on_disk(self) -> list[OutboxEntry]:
        return await self.outbox_db.entries()


def answers(*values: Any) -> Callable[[SendMessage], Any]:
    """Answer one after another."""
    left = list(values)

    def answer(command: SendMessage) -> Any:
        value = left.pop(0)
        return value(command) if callable(value) else value

    return answer
