"""Names to choose from while `@…` is typed."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from chinwag_desktop.core.entities import Person
from chinwag_desktop.core.mentions import being_typed
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.ui.completion import CompletionList
from chinwag_desktop.ui.editor import Editor
from chinwag_desktop.ui.person_delegate import INSET, PersonRow, PersonRowDelegate
from chinwag_desktop.ui.row_list import RowList
from chinwag_desktop.ui.theme.theme import ThemeSource


class _Delegate(PersonRowDelegate):
    """The one that Enter takes is marked."""

    def __init__(self, themes: ThemeSource, view: RowList) -> None:
        super().__init__(themes, view)
        self._view = view

    def row(self, item: object) -> PersonRow | None:
        if not isinstance(item, Person):
            return None
        name = shown_name(item)
        chosen = self._view.currentIndex().data(ItemRole) == item
        return PersonRow(item.id, name, name, item.username, item.presence, chosen=chosen)

    def paint_end(self, painter: QPainter, rect: QRectF, item: object) -> float:
        return rect.right() - INSET


class MentionList(CompletionList):
    """`people` gives those who may be meant."""

    chosen = Signal(object)
    """The `Person` that was taken."""

    def __init__(self, themes: ThemeSource, editor: Editor, anchor: QWidget) -> None:
        self._people: Callable[[], Sequence[Person]] = lambda: ()
        self.model: PeopleModel | None = None
        super().__init__(themes, editor, anchor, name=translate("Mention", "People to mention"))
        self.list.paint_rows_by(_Delegate(themes, self.list))

    def set_people(self, model: PeopleModel | None, people: Callable[[], Sequence[Person]]) -> None:
        """Another conversation: `model` shows those of `people` who fit what is typed."""
        self.model, self._people = model, people
        if model is not None:
            self.list.setModel(model)
        self.hide()

    def being_typed(self, before: str) -> str | None:
        return being_typed(before) if self.model is not None else None

    def offer(self, typed: str) -> int:
        model = self.model
        if model is None:
            return 0
        model.set_all(self._people())
        model.search(typed)
        exact = [person for person in model.items() if person.username.lower() == typed.lower()]
        return 0 if exact and model.rowCount() == 1 else model.rowCount()

    def text_of(self, index: QModelIndex) -> tuple[int, str] | None:
        person = index.data(ItemRole)
        if not isinstance(person, Person):
            return None
        self.chosen.emit(person)
        return 0, f"{person.username} "
