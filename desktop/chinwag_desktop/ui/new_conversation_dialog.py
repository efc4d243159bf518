"""*New conversation*: find people and write to one of them, or make a group of several."""

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
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog, cancel
from chinwag_desktop.ui.widgets.field import Field, SearchField
from chinwag_desktop.ui.widgets.text import Text

_QUERY_MS = 200  # a pause this long asks the server
_LIST_HEIGHT = 264
_TITLE_MOST = 128
_START = "start"


class PeopleList(RowList):
    """Space or a click chooses, Enter is the dialog's *Start*."""

    toggled = Signal(QModelIndex)
    entered_row = Signal(QModelIndex)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, ground="raised", name=translate("NewConversation", "People"))
        self.delegate = PersonDelegate(themes, self)
        self.paint_rows_by(self.delegate)
        self.setFixedHeight(_LIST_HEIGHT)
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


class NewConversationDialog(Dialog):
    """`model` is a `PeopleModel` of this dialog's own. While a person types, `query_changed` asks for more people to be put into it."""

    direct_requested = Signal(object)
    """The UUID of the one chosen."""
    group_requested = Signal(str, object)
    """Title and the list of UUIDs."""
    query_changed = Signal(str)

    def __init__(self, themes: ThemeSource, window: QWidget, model: PeopleModel) -> None:
        body = QWidget()
        start = Choice(_START, translate("NewConversation", "Start"), "primary")
        title = translate("NewConversation", "New conversation")
        super().__init__(themes, window, title, body=body, choices=(cancel(), start), width=440, overhangs=True)
        self.model = model
        self.search = SearchField(themes, translate("NewConversation", "Search people"))
        self.list = PeopleList(themes)
        self.list.setModel(model)
        self.none = Text(
            themes,
            "small",
            "text_2",
            translate("NewConversation", "Nobody has that name."),
            align=Qt.AlignmentFlag.AlignHCenter,
        )
        self.group_title = Field(
            themes,
            translate("NewConversation", "Name of the group"),
            placeholder=translate("NewConversation", "Name of the group"),
        )
        self.group_title.edit.setMaxLength(_TITLE_MOST)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        for widget in (self.search, self.list, self.none, self.group_title):
            row = QHBoxLayout()
            row.setContentsMargins(0, 0, 0 if widget is self.list else Size.SCROLL_RAIL, 0)
            row.addWidget(widget)
            column.addLayout(row)
        self._query = QTimer(self)
        self._query.setSingleShot(True)
        self._query.setInterval(_QUERY_MS)
        self._query.timeout.connect(lambda: self.query_changed.emit(self.search.text().strip()))
        self.search.changed.connect(self._search)
        self.search.left.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        self.search.entered.connect(self._enter_first)
        self.list.toggled.connect(self._toggle)
        self.list.entered_row.connect(self._enter)
        self.group_title.changed.connect(self._refresh)
        self.group_title.entered.connect(self._submit)
        model.shown.connect(self._refresh)
        self._refresh()

    @property
    def chosen(self) -> list[UUID]:
        return self.list.delegate.chosen

    def choose(self, key: str) -> None:
        if key == _START:
            self._submit()
        else:
            super().choose(key)

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
            self._refresh()

    def _enter_first(self) -> None:
        if self.chosen:
            self._submit()
        elif self.model.rowCount():
            self._enter(self.model.index(0))

    def _enter(self, index: QModelIndex) -> None:
        """Enter on a person: start with those chosen, or with this one alone."""
        if not self.chosen:
            self._toggle(index)
        self._submit()

    def _refresh(self) -> None:
        people, several = self.model.rowCount() > 0, len(self.chosen) > 1
        self.list.setVisible(people)
        self.none.setVisible(not people)
        self.group_title.setVisible(several)
        button = self.buttons[_START]
        button.setText(
            translate("NewConversation", "Create group") if several else translate("NewConversation", "Start")
        )
        button.setEnabled(bool(self.chosen) and (not several or bool(self.group_title.text().strip())))
        button.updateGeometry()
        if self.isVisible():
            self._centre()

    def _submit(self) -> None:
        if len(self.chosen) == 1:
            self.direct_requested.emit(self.chosen[0])
        elif len(self.chosen) > 1 and self.group_title.text().strip():
            self.group_requested.emit(self.group_title.text().strip(), list(self.chosen))
        elif len(self.chosen) > 1:
            self.group_title.set_error(True)
            self.group_title.setFocus(Qt.FocusReason.TabFocusReason)
            return
        else:
            return
        super().choose(_START)
