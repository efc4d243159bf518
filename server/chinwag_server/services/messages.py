"""Sending messages: the hot path, without a coroutine a message, and the queue for whatever has to be looked up.

A plain text to a conversation that is known goes straight to the message writer. Everything else, and whatever the same user sends
behind it, waits in that user's queue, which one task works off: so a sender's order is kept. The writer calls back once a batch,
after COMMIT and in commit order; then the ack goes out, and the fact to everyone. Nothing is told before.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol
from uuid import UUID

from chinwag_protocol.commands import SendMessage
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.notices import ConversationUpdated
from chinwag_protocol.objects import Message
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain.errors import (
    ChatError,
    Conflict,
    Internal,
    Invalid,
    RateLimited,
    Unavailable,
)
from chinwag_server.domain.records import Principal
from chinwag_server.services.drafts import Draft, make_draft
from chinwag_server.services.lines import Lines
from chinwag_server.services.message_outcomes import RETRY_AFTER_MS, Done, answer, refusal_or_repeat, stored_message
from chinwag_server.services.message_placing import Placed, Placer
from chinwag_server.storage.message_rows import encode_extra
from chinwag_server.storage.message_writer import MessageWriter, WriteRequest, WriteStatus
from chinwag_server.storage.messages import MessageRepository
from chinwag_server.tasks import TaskOwner

PATIENCE_S: Final = 8.0
"""For the lookups of one message: the protocol answers within 10 s."""
MAX_QUEUED: Final = 500
OnCommit = Callable[[list[WriteRequest]], None]

log = logging.getLogger(__name__)


class MessageRates(Protocol):
    """How often a user may send: see `limits.RateLimits`."""

    def message(self, user_id: UUID) -> int:
        """Count one message: 0 when it may be sent, else the milliseconds to wait."""
        ...


class _Queued:
    """A message that waits for its lookups."""

    __slots__ = ("done", "draft", "principal", "wait_ms")

    def __init__(self, principal: Principal, draft: Draft, wait_ms: int, done: Done) -> None:
        self.principal = principal
        self.draft = draft
        self.wait_ms = wait_ms
        self.done = done


class _Underway:
    """What the callback of the writer needs of a message."""

    __slots__ = ("done", "placed")

    def __init__(self, done: Done, placed: Placed | None) -> None:
        self.done = done
        self.placed = placed


class Messages:
    """Owns the message writer: `start` and `close` bracket its use."""

    def __init__(
        self,
        *,
        make_writer: Callable[[OnCommit], MessageWriter],
        messages: MessageRepository,
        placer: Placer,
        fanout: Fanout,
        rates: MessageRates,
        limits: Limits,
        lines: Lines | None = None,
        make_id: Callable[[], UUID] = new_id,
    ) -> None:
        self._writer = make_writer(self._committed)
        self._messages = messages
        self._placer = placer
        self._fanout = fanout
        self._rates = rates
        self._limits = limits
        self._lines = lines or Lines()
        self._make_id = make_id
        self._queues: dict[UUID, deque[_Queued]] = {}
        self._tasks = TaskOwner("messages")

    async def start(self) -> None:
        """Raises Unavailable when the database cannot be reached."""
        await self._writer.start()

    async def close(self) -> None:
        """Answer what waits: with its outcome when it is on its way to the database, else Unavailable."""
        await self._tasks.close()
        for user_id in list(self._queues):  # their tasks were cancelled before they ran at all
            self._give_up(user_id)
        await self._writer.close()

    def people_changed(self, user_ids: Iterable[UUID]) -> None:
        """Somebody blocked, unblocked, disabled or enabled: from the next message on."""
        self._lines.forget(user_ids)

    def send(self, principal: Principal, command: SendMessage, done: Done) -> None:
        """Send a message. `done` is called once: with the message when it is committed, else with the refusal.

        A repeat of a tempId with the same body is answered with the message as it is now, whatever else would refuse it.
        """
        try:
            draft = make_draft(principal.user_id, command, limits=self._limits)
        except Invalid as error:
            done(error)
            return
        wait_ms = self._rates.message(principal.user_id)
        queue = self._queues.get(principal.user_id)
        if queue is None and draft.plain and not wait_ms:
            conversation_id = self._lines.find(draft)
            if conversation_id is not None:
                self._submit(draft, conversation_id, done)
                return
        self._enqueue(_Queued(principal, draft, wait_ms, done), queue)

    def _submit(self, draft: Draft, conversation_id: UUID, done: Done, placed: Placed | None = None) -> None:
        request = WriteRequest(
            conversation_id=conversation_id,
            sender_id=draft.sender_id,
            temp_id=draft.temp_id,
            body_hash=draft.body_hash(conversation_id),
            message_id=self._make_id(),
            text=draft.text,
            context=_Underway(done, placed),
        )
        if placed is not None:
            parts = placed.parts
            request.kind, request.text, request.extra = parts.kind, parts.text, encode_extra(parts.extra)
            request.reply_seq = None if parts.reply_to is None else parts.reply_to.seq
        try:
            self._writer.submit(request)
        except Unavailable as error:
            done(error)

    # ---------------------------------------------------------------- what has to be looked up

    def _enqueue(self, item: _Queued, queue: deque[_Queued] | None) -> None:
        user_id = item.principal.user_id
        if queue is None:
            queue = self._queues[user_id] = deque()
            try:
                self._tasks.spawn(self._work_off(user_id, queue), f"send-{user_id}")
            except RuntimeError:
                del self._queues[user_id]
                item.done(Unavailable("the server is shutting down", retry_after_ms=RETRY_AFTER_MS))
                return
        if len(queue) >= MAX_QUEUED:
            item.done(Unavailable("too many messages are waiting", retry_after_ms=RETRY_AFTER_MS))
            return
        queue.append(item)

    async def _work_off(self, user_id: UUID, queue: deque[_Queued]) -> None:
        try:
            while queue:
                outcome = await self._outcome(queue[0])
                item = queue.popleft()
                if isinstance(outcome, Placed):
                    if outcome.place.last_seq > 0:
                        self._lines.keep(outcome.place)
                    self._submit(item.draft, outcome.place.conversation_id, item.done, outcome)
                else:
                    answer(item.done, outcome)
        finally:
            self._give_up(user_id)

    def _give_up(self, user_id: UUID) -> None:
        """The queue of a user ends; what it still holds when it was cancelled may be sent again."""
        for item in self._queues.pop(user_id):
            answer(item.done, Unavailable("the server is shutting down", retry_after_ms=RETRY_AFTER_MS))

    async def _outcome(self, item: _Queued) -> Placed | Message | ChatError:
        """Where the message goes; or the stored one that it repeats; or why it is refused."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                try:
                    if item.wait_ms:
                        raise RateLimited(retry_after_ms=item.wait_ms)
                    return await self._placer.place(item.principal, item.draft)
                except Unavailable:
                    raise
                except ChatError as refusal:
                    return await self._find_repeat(item.draft) or refusal
        except ChatError as error:
            return error
        except TimeoutError:
            return Unavailable("the lookup took too long", retry_after_ms=RETRY_AFTER_MS)
        except Exception:
            log.exception("a message could not be placed")
            return Internal()

    async def _find_repeat(self, draft: Draft) -> Message | None:
        """What the sender stored under this tempId. Raises Conflict when it was something else."""
        conversation_id = await self._placer.find_conversation(draft)
        if conversation_id is not None:
            return await self._writer.find_repeat(
                sender_id=draft.sender_id, temp_id=draft.temp_id, body_hash=draft.body_hash(conversation_id)
            )
        if await self._messages.find_sent(draft.sender_id, draft.temp_id) is not None:
            raise Conflict("the tempId was used for another message", field="tempId")
        return None

    # ---------------------------------------------------------------- what was committed

    def _committed(self, batch: list[WriteRequest]) -> None:
        for request in batch:
            underway: _Underway = request.context
            if request.status is not WriteStatus.STORED:
                answer(underway.done, refusal_or_repeat(request))
                continue
            message = self._opened(request, underway.placed)
            answer(underway.done, message)
            self._fanout.fact(
                request.conversation_id,
                members_version=request.members_version,
                rev=request.rev,
                event="newMessage",
                payload=message,
            )

    def _opened(self, request: WriteRequest, placed: Placed | None) -> Message:
        """The message just stored, after telling of its conversation whoever hears of it for the first time."""
        if placed is not None and placed.place.last_seq == 0:
            self._lines.keep(placed.place)
            if request.seq == 1 and placed.opening is not None:
                notice = ConversationUpdated(conversation=placed.opening)
                self._fanout.to_users(placed.place.unopened, "conversationUpdated", notice)
        return request.message or stored_message(request, placed)
