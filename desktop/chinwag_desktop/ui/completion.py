"""A list over the composer while something is typed that can be completed: arrows choose, Enter or Tab takes, Escape leaves it."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from chinwag_desktop.ui.editor import Editor
from chinwag_desktop.ui.row_list import RowList
from chinwag_desktop.ui.theme.shapes import draw_card
from chinwag_desktop.ui.theme.shaping import utf16_length
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius

_MOST, _WIDTH, _EDGE, _PAD = 5, 300, 8, 4


class CompletionList(QWidget):
    """Watches an editor; it stands over `anchor` in its window. What is completed, and to what, subclasses say."""

    row_height = 52

    def __init__(self, themes: ThemeSource, editor: Editor, anchor: QWidget, *, name: str) -> None:
        super().__init__(anchor)
        self.themes, self._editor, self._anchor = themes, editor, anchor
        self._refused: str | None = None
        """What stood there when Escape was pressed: it is not offered again until it is another one."""
        self.list = RowList(themes, ground="raised", name=name)
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

    # what subclasses say

    def being_typed(self, before: str) -> str | None:
        """The part of the text before the cursor that can be completed; None when there is none."""
        raise NotImplementedError

    def offer(self, typed: str) -> int:
        """Fill the list; how many rows it has, 0 for nothing to offer."""
        raise NotImplementedError

    def text_of(self, index: QModelIndex) -> tuple[int, str] | None:
        """What the row puts in: how many characters before what was typed it replaces too, and the text."""
        raise NotImplementedError

    # keys

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

    # what is typed

    def before_cursor(self) -> str:
        """The text up to the cursor, as it would be sent; empty while something is selected."""
        cursor = self._editor.textCursor()
        if cursor.hasSelection():
            return ""
        cursor.setPosition(0, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")

    def _typed(self) -> str | None:
        before = self.before_cursor()
        return self.being_typed(before) if before else None

    def _look(self) -> None:
        typed = self._typed()
        if typed is None or not self._editor.hasFocus():
            self._refused = None
            self.hide()
            return
        if self._refused is not None and typed.startswith(self._refused):
            return
        self._refused = None
        rows = self.offer(typed)
        if not rows:
            self.hide()
            return
        self.list.setCurrentIndex(self.list.model().index(0, 0))
        self._place(min(rows, _MOST))

    def _place(self, rows: int) -> None:
        around = 2 * (_EDGE + _PAD)
        self.list.setFixedHeight(rows * self.row_height)
        height, width = rows * self.row_height + around, min(_WIDTH, self._anchor.width() - 2 * _EDGE)
        at = self._editor.mapTo(self._anchor, self._editor.rect().topLeft())
        left = max(_EDGE, min(at.x() - _EDGE, self._anchor.width() - width - _EDGE))
        self.setGeometry(QRect(left, max(0, at.y() - height - _EDGE), width, height))
        self.raise_()
        self.show()

    def _take(self, index: QModelIndex) -> None:
        typed, found = self._typed(), self.text_of(index)
        self.hide()
        if typed is None or found is None:
            return
        more, text = found
        self.replace(utf16_length(typed) + more, text)

    def replace(self, length: int, text: str) -> None:
        """Put `text` in the place of what stands before the cursor, `length` UTF-16 units of it."""
        cursor = self._editor.textCursor()
        cursor.setPosition(cursor.position() - length, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self._editor.setTextCursor(cursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(_EDGE, _EDGE - 2, -_EDGE, -_EDGE - 2)
        draw_card(painter, card, radius=Radius.ROW, theme=self.themes.now)
