"""MessageChanger: what is done to messages that the server has. Only over a connection: a change that took effect hours later would surprise."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from chinwag_desktop.sync.message_sender import ACK_S
from chinwag_desktop.sync.ports import Link
from chinwag_protocol.events import DeleteMessage, EditMessage, PinMessage, React
from chinwag_protocol.objects import Message


class Acknowledged(Protocol):
    """Where acks go: `EventPipeline`."""

    async def acknowledged(self, message: Message) -> None: ...


class MessageChanger:
    """Each method returns once the change is stored there and told here; raises a ClientError."""

    def __init__(self, *, link: Link, pipeline: Acknowledged) -> None:
        self._link = link
        self._pipeline = pipeline

    async def edit(self, message_id: UUID, text: str, *, mentions: Sequence[UUID] = ()) -> None:
        """Give an own message another text, which means these people."""
        await self._change("editMessage", EditMessage(message_id=message_id, text=text, mentions=tuple(mentions)))

    async def delete(self, message_id: UUID) -> None:
        """Take a message away from everybody."""
        await self._change("deleteMessage", DeleteMessage(message_id=message_id))

    async def react(self, message_id: UUID, emoji: str, *, on: bool) -> None:
        """Give a message an emoji, or take one's own back."""
        await self._change("react", React(message_id=message_id, emoji=emoji, on=on))

    async def pin(self, message_id: UUID, *, on: bool) -> None:
        """Pin a message for all who are in the conversation, or take the pin away."""
        await self._change("pinMessage", PinMessage(message_id=message_id, on=on))

    async def _change(self, event: str, payload: Struct) -> None:
        ack = await self._link.call(event, payload, timeout_s=ACK_S)
        await self._pipeline.acknowledged(ack.message)
