"""Names to choose from while `@…` is typed: over the composer, by arrows and Enter or Tab, or by a click."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from chinwag_desktop.core.entities import Person
from chinwag_desktop.core.mentions import being_typed
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.ui.editor import Editor
from chinwag_desktop.ui.person_delegate import INSET, ROW, PersonRow, PersonRowDelegate
from chinwag_desktop.ui.row_list import RowList
from chinwag_desktop.ui.theme.shapes import draw_card
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius

_MOST, _WIDTH, _EDGE, _PAD = 5, 300, 8, 4


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


class MentionList(QWidget):
    """Watches an editor. `people` gives those who may be meant; the list stands over `anchor` in its window."""

    chosen = Signal(object)
    """The `Person` that was taken."""

    def __init__(self, themes: ThemeSource, editor: Editor, anchor: QWidget) -> None:
        super().__init__(anchor)
        self.themes, self._editor, self._anchor = themes, editor, anchor
        self._people: Callable[[], Sequence[Person]] = lambda: ()
        self._refused: str | None = None
        """What stood there when Escape was pressed: it is not offered again until it is another one."""
        self.model: PeopleModel | None = None
        self.list = RowList(themes, ground="raised", name=translate("Mention", "People to mention"))
        self.list.paint_rows_by(_Delegate(themes, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE + _PAD, _EDGE + _PAD, _EDGE + _PAD, _EDGE + _PAD)
        column.addWidget(self.list)
        self.hide()
        editor.textChanged.connect(self._look)
        editor.cursorPositionChanged.connect(self._look)
        editor.installEventFilter(self)
        themes.changed.connect(self.update)

    def set_people(self, model: PeopleModel | None, people: Callable[[], Sequence[Person]]) -> None:
        """Another conversation: `model` shows those of `people` who fit what is typed."""
        self.model, self._people = model, people
        if model is not None:
            self.list.setModel(model)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.FocusOut:
            self.hide()
        elif event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.isVisible():
            return self._key(Qt.Key(event.key()), event.modifiers())
        return False

    def _key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        if modifiers & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        match key:
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._step(-1 if key == Qt.Key.Key_Up else 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Tab:
                self._take(self.list.currentIndex())
            case Qt.Key.Key_Escape:
                self._refused = self._typed()
                self.hide()
            case _:
                return False
        return True

    def _step(self, step: int) -> None:
        rows = self.list.model().rowCount()
        row = (self.list.currentIndex().row() + step) % rows
        self.list.setCurrentIndex(self.list.model().index(row, 0))
        self.list.viewport().update()

    def _typed(self) -> str | None:
        cursor = self._editor.textCursor()
        return None if cursor.hasSelection() else being_typed(cursor.block().text()[: cursor.positionInBlock()])

    def _look(self) -> None:
        typed, model = self._typed(), self.model
        if typed is None or model is None or not self._editor.hasFocus():
            self._refused = None
            self.hide()
            return
        if self._refused is not None and typed.startswith(self._refused):
            return
        self._refused = None
        model.set_all(self._people())
        model.search(typed)
        exact = [person for person in model.items() if person.username.lower() == typed.lower()]
        if not model.rowCount() or (exact and model.rowCount() == 1):
            self.hide()
            return
        self.list.setCurrentIndex(model.index(0, 0))
        self._place(min(model.rowCount(), _MOST))

    def _place(self, rows: int) -> None:
        around = 2 * (_EDGE + _PAD)
        self.list.setFixedHeight(rows * ROW)
        height, width = rows * ROW + around, min(_WIDTH, self._anchor.width() - 2 * _EDGE)
        at = self._editor.mapTo(self._anchor, self._editor.rect().topLeft())
        left = max(_EDGE, min(at.x() - _EDGE, self._anchor.width() - width - _EDGE))
        self.setGeometry(QRect(left, max(0, at.y() - height - _EDGE), width, height))
        self.raise_()
        self.show()

    def _take(self, index: QModelIndex) -> None:
        person, typed = index.data(ItemRole), self._typed()
        self.hide()
        if not isinstance(person, Person) or typed is None:
            return
        cursor = self._editor.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(typed))
        cursor.insertText(f"{person.username} ")
        self._editor.setTextCursor(cursor)
        self.chosen.emit(person)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(_EDGE, _EDGE - 2, -_EDGE, -_EDGE - 2)
        draw_card(painter, card, radius=Radius.ROW, theme=self.themes.now)
