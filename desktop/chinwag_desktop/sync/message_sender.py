"""MessageSender: one ``sendMessage`` and whatever answers it first: the ack, the echo, or ``messageError``."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

from chinwag_desktop.core.clock import Clock, pause
from chinwag_desktop.core.entities import OutboxEntry
from chinwag_desktop.core.errors import ClientError, RetryNow, error_of
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.pace import Pace
from chinwag_desktop.sync.ports import Link
from chinwag_protocol.events import MessageError, SendMessage
from chinwag_protocol.limits import CLIENT_ACK_TIMEOUT_MS, PublicLimits
from chinwag_protocol.objects import Message

ACK_S: Final = CLIENT_ACK_TIMEOUT_MS / 1000

_Answer = asyncio.Future[Message | ClientError]


class MessageSender:
    """Keeps the server's pace, and matches answers to what is in flight."""

    def __init__(self, *, link: Link, limits: Callable[[], PublicLimits], clock: Clock) -> None:
        self._link = link
        self._limits = limits
        self._clock = clock
        self._pace = Pace(clock)
        self._hold_until = 0.0
        self._answers: dict[UUID, _Answer] = {}
        self._tasks = TaskOwner("message-sender")

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight."""
        return not self._answers

    async def turn(self) -> None:
        """Wait until the server's limits let one more message through."""
        limits = self._limits()
        await self._pace.take(rate=limits.messages_per_second, burst=limits.message_burst)
        while (left_s := self._hold_until - self._clock.monotonic()) > 0:
            await pause(self._clock, left_s)

    async def send(self, entry: OutboxEntry) -> Message:
        """Send and wait. Raises a ClientError."""
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._answers[entry.temp_id] = answer
        call = self._tasks.spawn(self._call(entry), "call")
        try:
            result = await answer
        finally:
            call.cancel()
            self._answers.pop(entry.temp_id, None)
        if not isinstance(result, ClientError):
            return result
        if result.code == "rate_limited":
            # The limit is the user's, not the conversation's: all lanes wait.
            self._hold_until = self._clock.monotonic() + (result.retry_after_s or 1.0)
        raise result

    def heard(self, temp_id: UUID, message: Message) -> bool:
        """The echo or a sync brought the message. Whether it was in flight here."""
        return self._answer(temp_id, message)

    def refused(self, news: MessageError) -> None:
        """``messageError``: the same as an error in the ack, whichever comes first."""
        if news.temp_id is not None:
            error = news.error
            self._answer(
                news.temp_id,
                error_of(error.code, error.message, field=error.field, retry_after_ms=error.retry_after_ms),
            )

    def give_up(self, temp_id: UUID) -> None:
        """Nobody waits for this answer any more."""
        self._answer(temp_id, RetryNow("discarded"))

    async def close(self) -> None:
        """Stop."""
        await self._tasks.close()

    async def _call(self, entry: OutboxEntry) -> None:
        try:
            ack = await self._link.call("sendMessage", command_of(entry), timeout_s=ACK_S)
            self._answer(entry.temp_id, ack.message)
        except ClientError as error:
            self._answer(entry.temp_id, error)

    def _answer(self, temp_id: UUID, answer: Message | ClientError) -> bool:
        future = self._answers.get(temp_id)
        if future is None or future.done():
            return future is not None
        future.set_result(answer)
        return True


def command_of(entry: OutboxEntry) -> SendMessage:
    """The payload of ``sendMessage``; the same for the same entry, however often it is sent."""
    by_role: dict[str, list[UUID]] = {}
    for file in entry.files:
        if file.attachment_id is not None:
            by_role.setdefault(file.role, []).append(file.attachment_id)
    images, voices = by_role.get("image", []), by_role.get("voice", [])
    # One picture or one voice makes the kind of the message; what is more goes as files beside it.
    image, voice = (images[0], None) if images else (None, voices[0] if voices else None)
    files = (*images[1:], *(voices if image else voices[1:]), *by_role.get("file", []))
    return SendMessage(
        temp_id=entry.temp_id,
        receiver_id=entry.receiver_id,
        conversation_id=entry.conversation_id,
        text=(entry.text or None) if entry.forward is None else None,
        image=image,
        voice=voice,
        files=files or None,
        reply_to=entry.reply_to.id if entry.reply_to else None,
        forward=entry.forward,
        mentions=entry.mentions or None,
        mentions_all=entry.mentions_all or None,
    )
