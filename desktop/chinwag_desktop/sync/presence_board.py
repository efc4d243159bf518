"""Who is online and who is typing: kept in memory only, gone with the connection."""

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from chinwag_desktop.core.changes import PresenceChanged, TypingChanged
from chinwag_desktop.core.clock import Clock, Handle
from chinwag_protocol.limits import TYPING_EXPIRES_MS

_TYPING_S: Final = TYPING_EXPIRES_MS / 1000


class PresenceBoard:
    """Everybody who is online, as the server told us last."""

    def __init__(self, publish: Callable[[PresenceChanged], None]) -> None:
        self._publish = publish
        self._online: set[UUID] = set()

    @property
    def online(self) -> frozenset[UUID]:
        """Who is online now; empty without a connection."""
        return frozenset(self._online)

    def whole(self, user_ids: Iterable[UUID]) -> None:
        """The whole list, once on each connection."""
        now = set(user_ids)
        gone = self._online - now
        self._online = now
        self._publish(PresenceChanged(online=frozenset(now), offline=frozenset(gone), whole=True))

    def change(self, *, online: Iterable[UUID] = (), offline: Iterable[UUID] = ()) -> None:
        """Some came, some went; those of whom that was known are left out."""
        came = set(online) - self._online
        gone = set(offline) & self._online
        self._online = (self._online | came) - gone
        if came or gone:
            self._publish(PresenceChanged(online=frozenset(came), offline=frozenset(gone)))


class TypingBoard:
    """Who is typing where. A *true* that is not repeated ends by itself after 5 s."""

    def __init__(self, publish: Callable[[TypingChanged], None], clock: Clock) -> None:
        self._publish = publish
        self._clock = clock
        self._timers: dict[tuple[UUID, UUID], Handle] = {}

    def heard(self, conversation_id: UUID, user_id: UUID, *, typing: bool) -> None:
        """Somebody began, goes on, or stopped; a message from them stops it as well."""
        key = (conversation_id, user_id)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if typing:
            self._timers[key] = self._clock.call_later(_TYPING_S, lambda: self.heard(*key, typing=False))
        if typing is not (timer is not None):
            self._publish(TypingChanged(conversation_id=conversation_id, user_id=user_id, typing=typing))

    def clear(self) -> None:
        """The connection is gone: nobody is known to type."""
        for key in list(self._timers):
            self.heard(*key, typing=False)
