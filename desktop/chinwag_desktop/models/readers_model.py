"""Who has received and read a message, of those who are in its conversation."""

from collections.abc import Hashable, Iterable
from uuid import UUID

from msgspec import Struct
from PySide6.QtCore import QObject

from chinwag_desktop.core.entities import Mark, Person, Presence
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import KeyedListModel
from chinwag_desktop.models.people_source import PeopleSource, shown_name


class Reader(Struct, frozen=True, kw_only=True):
    """One row. `person` is None for somebody whose profile is on its way."""

    id: UUID
    person: Person | None
    reached: int
    """0: not yet, 1: delivered, 2: read."""

    @property
    def presence(self) -> Presence:
        return self.person.presence if self.person is not None else Presence.OFFLINE


def reached_words(reached: int) -> str:
    """How far it came."""
    match reached:
        case 2:
            return translate("Readers", "read")
        case 1:
            return translate("Readers", "delivered")
        case _:
            return translate("Readers", "not yet")


class ReadersModel(KeyedListModel[Reader]):
    """Rows are `Reader`: those who have read it first."""

    def __init__(self, people: PeopleSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._people = people

    def set_marks(self, marks: Iterable[Mark], seq: int) -> None:
        """Of everybody but the sender."""
        rows = [
            Reader(
                id=mark.user_id,
                person=self._people.get(mark.user_id),
                reached=2 if mark.read_seq >= seq else 1 if mark.delivered_seq >= seq else 0,
            )
            for mark in marks
        ]
        self.show(sorted(rows, key=lambda row: (-row.reached, shown_name(row.person).casefold(), row.id.int)))

    def key_of(self, item: Reader) -> Hashable:
        return item.id

    def words_of(self, item: Reader, *, spoken: bool) -> str:
        name = shown_name(item.person)
        return f"{name}, {reached_words(item.reached)}" if spoken else name
