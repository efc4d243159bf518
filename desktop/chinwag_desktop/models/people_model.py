"""People, those online first, each part by name. `online_only` leaves the others away (the list beside the conversations)."""

from collections.abc import Hashable, Iterable
from uuid import UUID

from PySide6.QtCore import QObject

from chinwag_desktop.core.entities import Person
from chinwag_desktop.models.keyed_list_model import KeyedListModel
from chinwag_desktop.models.people_source import presence_words, shown_name


class PeopleModel(KeyedListModel[Person]):
    """Rows are `Person`. The signed-in user and disabled accounts are not shown."""

    def __init__(self, *, me: UUID, online_only: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._me, self._online_only = me, online_only
        self._people: dict[UUID, Person] = {}
        self._needle = ""

    def set_all(self, people: Iterable[Person]) -> None:
        self._people = {person.id: person for person in people}
        self._show()

    def update(self, people: Iterable[Person]) -> None:
        """These are new, or their profile or presence changed."""
        self._people.update({person.id: person for person in people})
        self._show()

    def search(self, needle: str) -> None:
        """Show only people whose name or user name contains `needle`, without regard to case."""
        self._needle = needle.strip().casefold()
        self._show()

    def online_count(self) -> int:
        return sum(person.online for person in self._items)

    def key_of(self, item: Person) -> Hashable:
        return item.id

    def words_of(self, item: Person, *, spoken: bool) -> str:
        name = shown_name(item)
        if not spoken:
            return name
        return f"{name}, {presence_words(item.presence)}"

    def _shown(self, person: Person) -> bool:
        if person.id == self._me or person.disabled or (self._online_only and not person.online):
            return False
        needle = self._needle
        return not needle or needle in person.username.casefold() or needle in shown_name(person).casefold()

    def _show(self) -> None:
        shown = filter(self._shown, self._people.values())
        self.show(sorted(shown, key=lambda p: (not p.online, shown_name(p).casefold(), p.id.int)))
