"""The events of one connection on their way to their handlers: what waits, what runs, and how fast they may come."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from chinwag_protocol.errors import WireError
from chinwag_protocol.limits import Limits
from chinwag_server.domain.errors import ChatError

if TYPE_CHECKING:
    from chinwag_server.realtime.connection import Connection
    from chinwag_server.realtime.routes import BoundRoute

AT_ONCE: Final = 16
"""Handlers of one socket that run together, and events that wait before its reading stops."""

_AGAIN_S: Final = 1.0
Failure = ChatError | WireError


class Call:
    """One event that came in. Calling it with the result, or with what went wrong, answers it: the first time only."""

    __slots__ = ("_answer", "ack_id", "answered", "inbox", "payload", "raw", "received_at", "route", "started", "task")

    def __init__(
        self,
        answer: "Callable[[Call, msgspec.Struct | Failure], None]",
        inbox: "Inbox",
        route: "BoundRoute | None",
        raw: bytes | msgspec.Raw,
        ack_id: bytes,
        received_at: float,
    ) -> None:
        self._answer = answer
        self.inbox = inbox
        self.route = route
        self.raw = raw
        self.ack_id = ack_id
        self.received_at = received_at
        self.payload: Any = None
        self.answered = False
        self.started = False
        self.task: asyncio.Task[None] | None = None

    def __call__(self, result: msgspec.Struct | Failure) -> None:
        """Answer the event."""
        self._answer(self, result)


class Bucket:
    """A token bucket: `rate` tokens a second, at most `burst`."""

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, now: float) -> float:
        """Take a token: 0 if there was one, else the seconds until there will be."""
        level = self._level + (now - self._at) * self._rate
        if level > self._burst:
            level = self._burst
        self._at = now
        if level >= 1.0:
            self._level = level - 1.0
            return 0.0
        self._level = level
        return (1.0 - level) / self._rate


class Inbox:
    """State of one connection; `dispatch.Dispatcher` works on it.

    `calls` are all events not answered yet, in the order they came. `waiting` are those not started. `starting` are
    tasks that were made, and have not come to run yet.
    """

    __slots__ = (
        "_behind_since",
        "_invalid_at",
        "_throttled_at",
        "calls",
        "connection",
        "events",
        "messages",
        "running",
        "starting",
        "timer",
        "waiting",
    )

    def __init__(self, connection: "Connection", limits: Limits, now: float) -> None:
        self.connection = connection
        self.calls: dict[Call, None] = {}
        self.waiting: deque[Call] = deque()
        self.running = 0
        self.starting = 0
        self.timer: asyncio.TimerHandle | None = None
        self.events = Bucket(limits.events_per_second, limits.event_burst, now)
        # Messages over a user's limit are refused by name. Here only a flood of them is slowed down.
        self.messages = Bucket(limits.messages_per_second * 2, limits.message_burst * 2, now)
        self._behind_since = now
        self._throttled_at = 0.0
        self._invalid_at: deque[float] | None = None

    def note_throttled(self, now: float) -> float:
        """Say for how long, without a pause, the client has been sending more than it may."""
        if now - self._throttled_at > _AGAIN_S:
            self._behind_since = now
        self._throttled_at = now
        return now - self._behind_since

    def note_invalid(self, now: float, *, window_s: float, limit: int) -> bool:
        """Count an `invalid` answer; true when there were more than `limit` within the window."""
        if self._invalid_at is None:
            self._invalid_at = deque(maxlen=limit + 1)
        self._invalid_at.append(now)
        return len(self._invalid_at) > limit and now - self._invalid_at[0] < window_s

    def close(self) -> None:
        """Drop what waits. What runs goes on, and is answered into nothing."""
        self.calls.clear()
        self.waiting.clear()
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
