"""The details of a message: what happened to it and when, and who has read it."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.journey_words import StepLine
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.models.readers_model import Reader, ReadersModel, reached_words
from chinwag_desktop.ui.person_delegate import INSET, ROW, PersonRow, PersonRowDelegate
from chinwag_desktop.ui.row_list import RowList
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, font
from chinwag_desktop.ui.widgets.button import RING
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog
from chinwag_desktop.ui.widgets.note import Note
from chinwag_desktop.ui.widgets.scroll_page import ScrollPage
from chinwag_desktop.ui.widgets.text import Paragraph, Text

_WIDTH = 440
_RIGHT = Qt.AlignmentFlag.AlignRight


class ReaderDelegate(PersonRowDelegate):
    """Paints a `Reader`; how far the message came to them is at the end of the row."""

    def row(self, item: object) -> PersonRow | None:
        if not isinstance(item, Reader):
            return None
        name = shown_name(item.person)
        return PersonRow(item.id, name, name, item.person.username if item.person else "", item.presence)

    def paint_end(self, painter: QPainter, rect: QRectF, item: object) -> float:
        if not isinstance(item, Reader):
            return rect.right() - INSET
        words = reached_words(item.reached)
        painter.setFont(font("caption"))
        painter.setPen(self.themes.now["accent_ink" if item.reached == 2 else "text_2"])
        right = rect.right() - INSET - advance("caption", words)
        painter.drawText(QPointF(right, rect.top() + 18 + baseline("caption")), words)
        return right - Space.S


class MessageDetails(Dialog):
    """`words` are the message in one line; `show_steps` is called again when something happens to it."""

    def __init__(
        self, themes: ThemeSource, window: QWidget, words: str, readers: ReadersModel | None, *, note: str = ""
    ) -> None:
        self.area = ScrollPage(themes)
        choices = (Choice("", translate("Dialog", "Close"), "primary"),)
        title = translate("Journey", "What happened to this message")
        super().__init__(themes, window, title, body=self.area, choices=choices, width=_WIDTH, overhangs=True)
        self._window = window
        self.lines: Sequence[StepLine] = ()
        self.readers = readers
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(Paragraph(themes, "small", "text_2", words, width=self.inner_width))
        self._steps = QWidget()
        self._grid = QGridLayout(self._steps)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.M)
        self._grid.setVerticalSpacing(Space.XXS)
        self._grid.setColumnStretch(0, 1)
        column.addWidget(self._steps)
        self.note = Note(themes, width=self.inner_width)
        self.note.say(note)
        column.addWidget(self.note)
        self.list: RowList | None = None
        if readers is not None and readers.rowCount():
            self.list = RowList(themes, ground="raised", name=translate("Readers", "Who has read it"))
            self.list.paint_rows_by(ReaderDelegate(themes, self.list))
            self.list.setModel(readers)
            column.addWidget(Text(themes, "caption_strong", "accent_ink", translate("Readers", "Who has read it")))
            column.addWidget(self.list)
            self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # the page scrolls
            self.list.setFixedHeight(readers.rowCount() * ROW)
        self.area.verticalScrollBar().setFixedWidth(Size.SCROLL_RAIL - RING)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.show_page(body)
        self.area.fit(window)

    def show_steps(self, lines: Sequence[StepLine]) -> None:
        """The steps so far."""
        if tuple(lines) == tuple(self.lines):
            return
        self.lines = tuple(lines)
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row, line in enumerate(lines):
            label = Text(self.themes, "small", "text", line.label)
            label.setAccessibleName(", ".join(filter(None, line)))
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(Text(self.themes, "caption", "text_2", line.later, align=_RIGHT), row, 1)
            self._grid.addWidget(Text(self.themes, "caption", "text_2", line.clock, align=_RIGHT), row, 2)
        self._steps.setVisible(bool(lines))
        self.area.fit(self._window)
        if self.isVisible():
            self._centre()
