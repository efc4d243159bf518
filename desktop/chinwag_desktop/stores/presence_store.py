"""Who is online, and who everybody is."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from PySide6.QtCore import QObject, Signal

from chinwag_desktop.core.changes import Change, PresenceChanged
from chinwag_desktop.core.entities import Person
from chinwag_protocol.objects import UserStatus
from chinwag_protocol.times import parse_time


class PresenceStore(QObject):
    """People as last heard. `people_changed` carries a frozenset of ids, for a new name as for coming and going."""

    people_changed = Signal(object)

    def __init__(
        self, me: UUID, parent: QObject | None = None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(parent)
        self._me, self._now = me, now
        self._people: dict[UUID, Person] = {}
        self._online: set[UUID] = set()

    def get(self, user_id: UUID, /) -> Person | None:
        """What is known of somebody."""
        person = self._people.get(user_id)
        if person is None:
            return None
        status = None if self._has_ended(person.status) else person.status
        return msgspec.structs.replace(person, online=user_id in self._online, status=status)

    def is_online(self, user_id: UUID) -> bool:
        """Whether somebody has a connected device, as far as this device knows."""
        return user_id in self._online

    def everybody(self) -> list[Person]:
        """All who are known, oneself too."""
        return [person for user_id in self._people if (person := self.get(user_id)) is not None]

    def online_people(self) -> list[Person]:
        """Everybody online but oneself, by name."""
        known = [person for user_id in self._online - {self._me} if (person := self.get(user_id)) is not None]
        return sorted(known, key=lambda person: (person.display_name.casefold(), person.username))

    def unknown_online(self) -> frozenset[UUID]:
        """People who are online and of whom no profile is here yet."""
        return frozenset(self._online - self._people.keys())

    def learn(self, people: Iterable[Person]) -> None:
        """Profiles that were read from the cache."""
        fresh = {person.id: person for person in people}
        changed = frozenset(user_id for user_id, person in fresh.items() if self._people.get(user_id) != person)
        self._people |= fresh
        if changed:
            self.people_changed.emit(changed)

    def end_statuses(self) -> None:
        """A status ends by the clock, and nobody says so: call this now and then."""
        ended = frozenset(key for key, person in self._people.items() if self._has_ended(person.status))
        for key in ended:
            self._people[key] = msgspec.structs.replace(self._people[key], status=None)
        if ended:
            self.people_changed.emit(ended)

    def _has_ended(self, status: UserStatus | None) -> bool:
        return status is not None and status.until is not None and parse_time(status.until) <= self._now()

    def apply(self, change: Change) -> None:
        """A change that the pipeline tells."""
        if not isinstance(change, PresenceChanged):
            return
        before = set(self._online)
        self._online = set(change.online) if change.whole else (self._online | change.online) - change.offline
        if moved := frozenset(before ^ self._online):
            self.people_changed.emit(moved)
