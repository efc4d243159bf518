"""What models ask about people, without knowing the store that answers."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from chinwag_desktop.core.entities import Person, Presence
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import one_line


class PeopleSource(Protocol):
    """The people this device knows. A dict of them is one."""

    def get(self, user_id: UUID, /) -> Person | None: ...


def shown_name(person: Person | None) -> str:
    """The name to show: the display name on one line, else the user name, else words for somebody not known yet."""
    if person is None:
        return translate("People", "Somebody")
    return one_line(person.display_name) or person.username


def presence_words(presence: Presence) -> str:
    """What the dot says."""
    match presence:
        case Presence.ONLINE:
            return translate("People", "online")
        case Presence.BUSY:
            return translate("People", "do not disturb")
        case Presence.OFFLINE:
            return translate("People", "offline")


def name_of(people: PeopleSource | Mapping[UUID, Person], user_id: UUID) -> str:
    return shown_name(people.get(user_id))


def first_name(name: str) -> str:
    return name.split(" ", 1)[0]
