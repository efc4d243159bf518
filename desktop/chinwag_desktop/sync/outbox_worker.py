"""OutboxWorker: sends what the user wrote, in order, once, whatever happens in between."""

from collections.abc import Callable
from uuid import UUID

from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.entities import OutboxEntry, TimelineRow
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_desktop.sync.ports import Link
from chinwag_desktop.sync.uploads import Uploads
from chinwag_protocol.limits import Limits


class OutboxWorker:
    """One unacknowledged message a conversation, in the order of the key presses."""

    def __init__(
        self,
        *,
        me: UUID,
        outbox: OutboxDb,
        pipeline: EventPipeline,
        link: Link,
        uploads: Uploads,
        limits: Callable[[], Limits],
        clock: Clock,
    ) -> None: ...

    async def start(self) -> None:
        """Load what earlier runs left; sending begins when the link is online."""
        raise NotImplementedError

    def submit(self, entry: OutboxEntry) -> TimelineRow:
        """Take a new message. Returns its row in state SAVING at once; the row then changes by RowsChanged
        (SENDING once it is durable, FAILED) and RowPlaced (SENT)."""
        raise NotImplementedError

    def retry(self, temp_id: UUID) -> None:
        """*Retry* on a failed message: back to the queue, in its old place."""
        raise NotImplementedError

    def discard(self, temp_id: UUID) -> None:
        """*Discard*: the message is forgotten here."""
        raise NotImplementedError

    def pending(self) -> tuple[OutboxEntry, ...]:
        """Everything unsent, oldest first; sign-out asks when it is not empty."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop sending; everything unsent stays in the outbox."""
        raise NotImplementedError
