"""Delivered and read marks: moved through the coalescing marks writer, told at most once a second a member and conversation.

In conversations of over 100 members a mark is told only to its owner's other sessions.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from chinwag_protocol.commands import MarkAck, MarkMessages
from chinwag_protocol.limits import MEMBERS_INLINE
from chinwag_protocol.notices import MarkMoved, SettingsUpdated
from chinwag_protocol.rules import mark_problem
from chinwag_protocol.times import format_time
from chinwag_server.bus.fanout import Fanout
from chinwag_server.domain import records
from chinwag_server.domain.errors import Invalid, NotFound
from chinwag_server.domain.policy import Action, authorize
from chinwag_server.domain.records import Principal
from chinwag_server.services.mark_pace import MarkPace
from chinwag_server.storage.marks_writer import MarksWriter
from chinwag_server.storage.members import MemberRepository
from chinwag_server.storage.receipts import ReceiptRepository

MarkEvent = Literal["messagesDelivered", "messagesRead"]
OnMoved = Callable[[list[records.MarkMoved]], None]
Key = tuple[UUID, UUID]
"""Conversation and user."""

FRESH_S: Final = 5.0
MAX_KNOWN: Final = 50_000


class _Mark(NamedTuple):
    """A mark to tell. `session_id`: the session that moved it, and need not hear of it."""

    seq: int
    at: str
    session_id: UUID | None
    to_others: bool


class Receipts:
    """Owns the marks writer: `start` and `close` bracket its use."""

    def __init__(
        self,
        *,
        make_writer: Callable[[OnMoved], MarksWriter],
        members: MemberRepository,
        receipts: ReceiptRepository,
        fanout: Fanout,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._writer = make_writer(self._moved)
        self._members = members
        self._receipts = receipts
        self._fanout = fanout
        self._clock = clock
        self._now = now
        self._pace: MarkPace[tuple[Key, MarkEvent], _Mark] = MarkPace(self._tell)
        self._movers: dict[Key, UUID] = {}
        self._known: dict[Key, tuple[float, int]] = {}

    async def start(self) -> None:
        await self._writer.start()

    async def close(self) -> None:
        """Flush and tell what waits."""
        await self._writer.close()
        self._pace.close()

    async def delivered(self, principal: Principal, command: MarkMessages) -> MarkAck:
        """Move the caller's `deliveredSeq`, never back and never past the last message. Raises NotFound, Invalid, Unavailable."""
        id_, seq = await self._resolve(principal, command)
        mark = await self._move(principal, id_, delivered_seq=seq)
        return MarkAck(conversation_id=id_, seq=mark.delivered_seq)

    async def read(self, principal: Principal, command: MarkMessages) -> MarkAck:
        """Move the caller's `readSeq`, and end *mark unread*. Raises NotFound, Invalid, Unavailable."""
        id_, seq = await self._resolve(principal, command)
        mark = await self._move(principal, id_, read_seq=seq)
        return MarkAck(conversation_id=id_, seq=mark.read_seq)

    async def _resolve(self, principal: Principal, command: MarkMessages) -> tuple[UUID, int]:
        """The conversation and the `seq` that a command means, after the one check of who is in it."""
        if problem := mark_problem(command):
            raise Invalid(problem.message, field=problem.field)
        id_, seq = command.conversation_id, command.seq
        if command.sender_id is not None:
            head = await self._receipts.find_direct_head(principal.user_id, command.sender_id)
            if head is None:
                raise NotFound("no such conversation")
            id_, seq = head.conversation_id, head.last_seq
        assert id_ is not None, "checked by mark_problem"
        assert seq is not None, "checked by mark_problem"
        await self._authorize(principal, id_)
        return id_, seq

    async def _authorize(self, principal: Principal, conversation_id: UUID) -> None:
        """Asked anew every `FRESH_S`: in between the writer refuses whoever is no longer a member."""
        key = (conversation_id, principal.user_id)
        known = self._known.get(key)
        if known is not None and known[0] > self._clock():
            return
        self._known.pop(key, None)
        found = await self._members.find_membership(conversation_id, principal.user_id)
        membership = authorize(principal, Action.MARK, found)
        self._known[key] = (self._clock() + FRESH_S, membership.member_count)
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]

    async def _move(
        self,
        principal: Principal,
        conversation_id: UUID,
        *,
        delivered_seq: int | None = None,
        read_seq: int | None = None,
    ) -> records.MarkMoved:
        key = (conversation_id, principal.user_id)
        self._movers[key] = principal.session_id
        try:
            return await self._writer.move(*key, delivered_seq=delivered_seq, read_seq=read_seq)
        except NotFound:
            self._known.pop(key, None)
            raise
        finally:
            if self._movers.get(key) == principal.session_id:
                del self._movers[key]

    def _moved(self, marks: list[records.MarkMoved]) -> None:
        """What a flush changed. The writer calls before anybody who waits for a mark goes on."""
        at = format_time(self._now())
        for mark in marks:
            key = (mark.conversation_id, mark.user_id)
            session_id, (_, size) = self._movers.get(key), self._known.get(key, (0.0, 0))
            to_others = size <= MEMBERS_INLINE
            if mark.read_moved:
                self._pace.put((key, "messagesRead"), _Mark(mark.read_seq, at, session_id, to_others))
                waiting = self._pace.find_waiting((key, "messagesDelivered"))
                if waiting is not None and waiting.seq <= mark.read_seq:
                    self._pace.drop((key, "messagesDelivered"))
            if mark.delivered_moved and not (mark.read_moved and mark.delivered_seq <= mark.read_seq):
                self._pace.put((key, "messagesDelivered"), _Mark(mark.delivered_seq, at, session_id, to_others))
            if mark.settings is not None:
                notice = SettingsUpdated(conversation_id=mark.conversation_id, settings=mark.settings)
                self._fanout.to_users([mark.user_id], "settingsUpdated", notice)

    def _tell(self, key: tuple[Key, MarkEvent], mark: _Mark) -> None:
        (conversation_id, user_id), event = key
        notice = MarkMoved(conversation_id=conversation_id, user_id=user_id, seq=mark.seq, at=mark.at)
        if mark.to_others:
            self._fanout.to_conversation(conversation_id, event, notice, skip_user=user_id)
        self._fanout.to_users([user_id], event, notice, skip_session=mark.session_id)
