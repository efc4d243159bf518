"""TypingSender: tells others that the user types, not more often than they can be told."""

from typing import Final
from uuid import UUID

from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.errors import ClientError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.ports import Link
from chinwag_protocol.events import Typing
from chinwag_protocol.limits import TYPING_EVERY_MS

EVERY_S: Final = TYPING_EVERY_MS / 1000


class TypingSender:
    """Call ``typing`` with every key press, and with False when the composer was emptied, sent or left."""

    def __init__(self, *, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._told: dict[UUID, float] = {}
        self._tasks = TaskOwner("typing-sender")

    def typing(self, conversation_id: UUID, typing: bool) -> None:
        """The user types, or has stopped; repeated at most every 3 s, and nothing without a connection."""
        last = self._told.get(conversation_id)
        if typing:
            if last is not None and self._clock.monotonic() - last < EVERY_S:
                return
            self._told[conversation_id] = self._clock.monotonic()
        elif self._told.pop(conversation_id, None) is None:
            return
        if self._link.online:
            self._tasks.spawn(self._tell(conversation_id, typing=typing), "tell")

    async def close(self) -> None:
        """Stop."""
        await self._tasks.close()

    async def _tell(self, conversation_id: UUID, *, typing: bool) -> None:
        try:
            await self._link.call("typing", Typing(conversation_id=conversation_id, typing=typing), timeout_s=5)
        except ClientError:
            return  # ephemeral: the next key press tells it again
