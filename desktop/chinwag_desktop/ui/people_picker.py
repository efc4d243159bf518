"""Choosing people: a search over a list with marks, for a new conversation and for adding to a group."""

from uuid import UUID

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.core.entities import Person
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.ui.person_delegate import PersonDelegate
from chinwag_desktop.ui.row_list import RowList
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.widgets.field import SearchField
from chinwag_desktop.ui.widgets.text import Text

_QUERY_MS = 200  # a pause this long asks the server
LIST_HEIGHT = 264


class PeopleList(RowList):
    """Space or a click chooses, Enter is the dialog's own button."""

    toggled = Signal(QModelIndex)
    entered_row = Signal(QModelIndex)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, ground="raised", name=translate("NewConversation", "People"))
        self.delegate = PersonDelegate(themes, self)
        self.paint_rows_by(self.delegate)
        self.setFixedHeight(LIST_HEIGHT)
        self.clicked.connect(self.toggled)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self.toggled.emit(index)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.entered_row.emit(index)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)
            self.set_ring(True)


class PeoplePicker(QWidget):
    """`changed` when the choice or the list changed, `submitted` by Enter, `query_changed` asks the server for more people.

    Its list reaches to the right edge with its scroll bar; the rest ends before that.
    """

    changed = Signal()
    submitted = Signal()
    query_changed = Signal(str)

    def __init__(self, themes: ThemeSource, model: PeopleModel) -> None:
        super().__init__()
        self.model = model
        self.search = SearchField(themes, translate("NewConversation", "Search people"))
        self.list = PeopleList(themes)
        self.list.setModel(model)
        words = translate("NewConversation", "Nobody has that name.")
        self.none = Text(themes, "small", "text_2", words, align=Qt.AlignmentFlag.AlignHCenter)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(Space.XS)
        for widget in (self.search, self.list, self.none):
            self.add_row(widget, rail=widget is self.list)
        self._query = QTimer(self)
        self._query.setSingleShot(True)
        self._query.setInterval(_QUERY_MS)
        self._query.timeout.connect(lambda: self.query_changed.emit(self.search.text().strip()))
        self.search.changed.connect(self._search)
        self.search.left.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        self.search.entered.connect(self._enter_first)
        self.list.toggled.connect(self._toggle)
        self.list.entered_row.connect(self._enter)
        model.shown.connect(self._refresh)
        self._refresh()

    @property
    def chosen(self) -> list[UUID]:
        return self.list.delegate.chosen

    def add_row(self, widget: QWidget, *, rail: bool = False) -> None:
        """One more line below; with `rail` it has the scroll bar's room, too."""
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0 if rail else Size.SCROLL_RAIL, 0)
        row.addWidget(widget)
        self.column.addLayout(row)

    def _search(self, needle: str) -> None:
        self.model.search(needle)
        self._query.start()

    def _toggle(self, index: QModelIndex) -> None:
        person = index.data(ItemRole)
        if isinstance(person, Person):
            if person.id in self.chosen:
                self.chosen.remove(person.id)
            else:
                self.chosen.append(person.id)
            self.list.viewport().update()
            self.changed.emit()

    def _enter_first(self) -> None:
        if self.chosen:
            self.submitted.emit()
        elif self.model.rowCount():
            self._enter(self.model.index(0))

    def _enter(self, index: QModelIndex) -> None:
        """Enter on a person: those chosen, or this one alone."""
        if not self.chosen:
            self._toggle(index)
        self.submitted.emit()

    def _refresh(self) -> None:
        people = self.model.rowCount() > 0
        self.list.setVisible(people)
        self.none.setVisible(not people)
        self.changed.emit()
