"""The text field of the composer: plain text that grows from one line to eight. Enter sends, Shift+Enter breaks the line."""

from typing import Final

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPalette, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.attaching import has_files
from chinwag_desktop.ui.theme.shaping import utf16_length
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size
from chinwag_desktop.ui.theme.typography import font, line_height
from chinwag_desktop.ui.widgets.scroll_bar import ThinScrollBar

MARKS: Final = (("Ctrl+B", "**"), ("Ctrl+I", "*"), ("Ctrl+Shift+X", "~~"), ("Ctrl+Shift+M", "`"))
"""Keys, and the marks that they put around what is selected."""
_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value


def _pressed(event: QKeyEvent) -> QKeySequence:
    return QKeySequence(event.keyCombination())


def _bears(words: str, marks: str) -> bool:
    """Whether words stand between these marks. Three stars are bold and italic, so an even number of them is not italic."""
    inside = words.strip(marks[0])
    if not inside:
        return False
    around = min(len(words) - len(words.lstrip(marks[0])), len(words) - len(words.rstrip(marks[0])))
    return around % 2 == 1 if marks == "*" else around >= len(marks)


class Editor(QTextEdit):
    """Signals only; the composer decides what to do."""

    entered = Signal()
    up_from_empty = Signal()
    """The Up key while nothing stands here."""
    files_pasted = Signal(QMimeData)
    resized = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self.setAcceptRichText(False)
        self.setAcceptDrops(False)  # the pane takes drops
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(font("body"))
        self.setTabChangesFocus(True)
        self.setPlaceholderText(translate("Composer", "Write a message"))
        self.setAccessibleName(translate("Composer", "Write a message"))
        self.document().setDocumentMargin(0)
        self.setVerticalScrollBar(ThinScrollBar(themes, ground="surface"))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.textChanged.connect(self._keep_rhythm)
        themes.changed.connect(self._retint)
        self._retint()
        self._keep_rhythm()
        self._fit()

    def set_text(self, text: str) -> None:
        """Replace the text and put the cursor behind it."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def _retint(self) -> None:
        theme, palette = self.themes.now, self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, theme["text"])
        palette.setColor(QPalette.ColorRole.PlaceholderText, theme["text_3"])
        self.setPalette(palette)

    def _fit(self) -> None:
        line = line_height("body")
        rows = self.document().size().height() / line
        scrolls = rows > Size.COMPOSER_LINES + 0.2
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        height = round(min(max(rows, 1), Size.COMPOSER_LINES) * line)
        if height != self.minimumHeight() or height != self.maximumHeight():
            self.setFixedHeight(height)
            self.resized.emit()

    def _keep_rhythm(self) -> None:
        """Lines of 20 px like the bubbles'; `clear` and `setPlainText` forget it."""
        block = self.document().firstBlock().blockFormat()
        if block.lineHeightType() != _FIXED:
            block.setLineHeight(line_height("body"), _FIXED)
            cursor = QTextCursor(self.document())
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.mergeBlockFormat(block)

    def keyPressEvent(self, e: QKeyEvent) -> None:
        enter = e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not e.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier):
            self.entered.emit()
        elif e.key() == Qt.Key.Key_Up and self.document().isEmpty():
            self.up_from_empty.emit()
        elif (marks := next((marks for keys, marks in MARKS if QKeySequence(keys) == _pressed(e)), "")) != "":
            self._mark(marks)
        else:
            super().keyPressEvent(e)

    def _mark(self, marks: str) -> None:
        """Put marks around what is selected, or take them away; without a selection stand between them."""
        cursor, size = self.textCursor(), len(marks)
        words = cursor.selectedText().replace("\u2029", "\n")
        marked = _bears(words, marks)
        written = words[size:-size] if marked else f"{marks}{words}{marks}"
        start = cursor.selectionStart()
        cursor.insertText(written)
        if words:
            cursor.setPosition(start)
            cursor.setPosition(start + utf16_length(written), QTextCursor.MoveMode.KeepAnchor)
        else:
            cursor.setPosition(start + size)
        self.setTextCursor(cursor)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return has_files(source) or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        if has_files(source):
            self.files_pasted.emit(source)
        else:
            self.insertPlainText(source.text())
