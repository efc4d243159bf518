"""What stands in the sidebar, top to bottom: conversations, a heading, people. One list, so that one view scrolls it and one key walks it."""

from collections.abc import Hashable
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from chinwag_desktop.core.entities import Person
from chinwag_desktop.models.conversation_list_model import ConversationItem, ConversationListModel
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole, KeyedListModel
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.people_source import shown_name


class Filter(StrEnum):
    """Which conversations are shown."""

    ALL = "all"
    UNREAD = "unread"
    MENTIONS = "mentions"
    ARCHIVED = "archived"


class Heading(Struct, frozen=True):
    """A line over a section; it cannot be selected."""

    words: str


SidebarItem = ConversationItem | Heading | Person


class SidebarModel(KeyedListModel[SidebarItem]):
    """Follows the two models. While there is a needle it holds what matches it, people who are offline and archived conversations included."""

    def __init__(
        self, conversations: ConversationListModel, people: PeopleModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._conversations, self._people = conversations, people
        self._needle = ""
        self._filter = Filter.ALL
        self._kept: UUID | None = None
        conversations.refreshed.connect(self._refresh)
        people.shown.connect(self._refresh)
        self._refresh()

    def search(self, needle: str) -> None:
        self._needle = needle.strip().casefold()
        self._refresh()

    def filter(self, chosen: Filter) -> None:
        """Show only these; while there is a needle, everything that matches it."""
        self._filter = chosen
        self._refresh()

    def keep(self, conversation_id: UUID | None) -> None:
        """This one stays in sight though it has nothing new any more: it is being read."""
        self._kept = conversation_id
        if self._filter is not Filter.ALL:
            self._refresh()

    @property
    def filtered_by(self) -> Filter:
        return self._filter

    def counts(self) -> tuple[int, int]:
        """How many conversations have something unread, and how many mention the person."""
        summaries = [item.summary for item in self._conversations.items()]
        return sum(bool(one.unread_count) for one in summaries), sum(bool(one.mention_count) for one in summaries)

    def conversation(self, conversation_id: UUID) -> ConversationItem | None:
        """One of them, whether it is shown now or not."""
        return self._conversations.find(conversation_id)

    @property
    def searching(self) -> bool:
        return bool(self._needle)

    def key_of(self, item: SidebarItem) -> Hashable:
        match item:
            case Heading():
                return "heading"
            case ConversationItem():
                return ("conversation", item.id)
            case Person():
                return ("person", item.id)

    def words_of(self, item: SidebarItem, *, spoken: bool) -> str:
        match item:
            case Heading():
                return item.words
            case ConversationItem():
                return self._conversations.words_of(item, spoken=spoken)
            case Person():
                return self._people.words_of(item, spoken=spoken)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(index.data(ItemRole), Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _chosen(self) -> list[ConversationItem]:
        if self._filter is Filter.ARCHIVED:
            return self._conversations.archived()
        if self._filter is Filter.ALL:
            return list(self._conversations.items())
        return [item for item in self._conversations.items() if self._is_chosen(item)]

    def _is_chosen(self, item: ConversationItem) -> bool:
        match self._filter:
            case Filter.UNREAD:
                return item.summary.unread_count > 0 or item.id == self._kept
            case Filter.MENTIONS:
                return item.summary.mention_count > 0 or item.id == self._kept
            case Filter.ALL | Filter.ARCHIVED:
                return True

    def _refresh(self) -> None:
        needle = self._needle
        conversations = self._conversations.matching(needle) if needle else self._chosen()
        if needle:
            people = [
                p for p in self._people.items() if needle in shown_name(p).casefold() or needle in p.username.casefold()
            ]
            heading = translate("Sidebar", "People · {n}", n=len(people))
        else:
            everybody = self._people.items() if self._filter is Filter.ALL else ()
            people = [person for person in everybody if person.online]
            heading = translate("Sidebar", "Online · {n}", n=len(people))
        self.show([*conversations, *([Heading(heading)] if people else []), *people])
