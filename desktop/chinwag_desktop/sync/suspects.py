"""Suspects: finds the message that the server cuts the connection for, so that it cannot block all others for ever.

A link ended by 1009, by 413, or by a DISCONNECT that no ``serverShutdown`` announced, may have been ended because of
what was in flight. Those messages are then sent one at a time; the one that is alone in flight when it happens again
on a fresh link is the cause.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from chinwag_desktop.core.errors import LinkLost

TOO_LARGE_CODES: Final = frozenset({1009, 413})


class Suspects:
    """Watches what is in flight when links are cut."""

    def __init__(self) -> None:
        self._suspects: set[UUID] = set()
        self._in_flight: set[UUID] = set()
        self._together: frozenset[UUID] | None = None
        """What was in flight when the link broke, while not all of it is accounted for."""

    def sent(self, temp_id: UUID) -> None:
        """A message is in flight."""
        self._in_flight.add(temp_id)

    def answered(self, temp_id: UUID) -> None:
        """The server has answered, and the link lives: this was not the cause."""
        self._in_flight.discard(temp_id)
        self._suspects.discard(temp_id)

    def convicts(self, temp_id: UUID, lost: LinkLost) -> bool:
        """The link broke with this message in flight. Whether the server cut it and nothing else was in flight."""
        if self._together is None:
            self._together = frozenset(self._in_flight)
        alone = len(self._together) == 1
        self._in_flight.discard(temp_id)
        if not self._in_flight:
            self._together = None
        if not _cut_by_the_server(lost):
            return False
        self._suspects.add(temp_id)
        return alone

    def first(self, position: Callable[[UUID], int]) -> UUID | None:
        """The oldest suspect: while there is one, nothing else is sent."""
        return min(self._suspects, key=position, default=None)

    def clear(self, temp_id: UUID) -> None:
        """The message failed or was discarded."""
        self._suspects.discard(temp_id)
        self._in_flight.discard(temp_id)


def _cut_by_the_server(lost: LinkLost) -> bool:
    if lost.announced:
        return False
    return lost.close_code in TOO_LARGE_CODES or lost.reason == "io server disconnect"
