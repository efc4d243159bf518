"""What the hot path of sending knows without asking: which conversation a message goes to, and that its sender may write there.

A line is kept for a conversation that has begun. That a sender is a member is checked by the writer itself, in the transaction; that
nobody of a direct conversation blocks the other or is disabled was true when the line was made, at most `FRESH_S` ago, and `forget`
drops it at once on the node that made the change.
"""

import time
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from chinwag_server.services.drafts import Draft
from chinwag_server.storage.conversations import SendingPlace

FRESH_S: Final = 1.0
MAX_LINES: Final = 50_000

Key = UUID | tuple[UUID, UUID]


class Line:
    """A way to a conversation; `fresh_until` is None for a group, about which nothing can become stale."""

    __slots__ = ("conversation_id", "fresh_until", "people")

    def __init__(self, conversation_id: UUID, people: tuple[UUID, UUID] | None, fresh_until: float | None) -> None:
        self.conversation_id = conversation_id
        self.people = people
        self.fresh_until = fresh_until


class Lines:
    """A bounded cache of lines, by conversation and, for direct ones, by the pair of users."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, fresh_s: float = FRESH_S) -> None:
        self._clock = clock
        self._fresh_s = fresh_s
        self._lines: dict[Key, Line] = {}

    def find(self, draft: Draft) -> UUID | None:
        """The conversation a draft goes to, if it may go there without a question; None: ask the database."""
        key = draft.conversation_id or _pair(draft.sender_id, draft.receiver_id)
        line = self._lines.get(key) if key is not None else None
        if line is None:
            return None
        if line.fresh_until is not None:
            assert line.people is not None
            if line.fresh_until < self._clock() or draft.sender_id not in line.people:
                return None
        return line.conversation_id

    def keep(self, place: SendingPlace) -> None:
        """Remember a conversation that has begun, and whose other side does not refuse."""
        if place.low is None or place.high is None:
            self._lines[place.conversation_id] = Line(place.conversation_id, None, None)
        else:
            people = (place.low, place.high)
            line = Line(place.conversation_id, people, self._clock() + self._fresh_s)
            self._lines[place.conversation_id] = self._lines[people] = line
        while len(self._lines) > MAX_LINES:
            del self._lines[next(iter(self._lines))]

    def forget(self, user_ids: Iterable[UUID]) -> None:
        """Somebody blocked, unblocked or disabled: their direct conversations are asked about again."""
        changed = set(user_ids)
        stale = [key for key, line in self._lines.items() if line.people and not changed.isdisjoint(line.people)]
        for key in stale:
            del self._lines[key]


def _pair(sender_id: UUID, receiver_id: UUID | None) -> tuple[UUID, UUID] | None:
    if receiver_id is None:
        return None
    return (sender_id, receiver_id) if sender_id <= receiver_id else (receiver_id, sender_id)
