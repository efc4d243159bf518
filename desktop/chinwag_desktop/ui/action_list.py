"""A dialog with one line a thing, and one thing to do to each: the devices that are signed in, the people who are blocked."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.widgets.button import RING, Button
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog
from chinwag_desktop.ui.widgets.note import Note
from chinwag_desktop.ui.widgets.scroll_page import ScrollPage
from chinwag_desktop.ui.widgets.text import Text

_WIDTH = 440


class Line(NamedTuple):
    """One line; without an `action` there is nothing to press."""

    id: UUID
    title: str
    detail: str
    action: str = ""


class ActionListDialog(Dialog):
    """`show_lines` fills it; `chosen` carries the id of the line whose button was pressed."""

    chosen = Signal(object)

    def __init__(self, themes: ThemeSource, window: QWidget, title: str, *, none: str) -> None:
        self.area = ScrollPage(themes)
        body = QWidget()
        choices = (Choice("", translate("Dialog", "Close"), "primary"),)
        super().__init__(themes, window, title, body=body, choices=choices, width=_WIDTH, overhangs=True)
        self._window, self._none = window, none
        self.buttons_of: dict[UUID, Button] = {}
        self._page = QWidget()
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(Space.S)
        self.note = Note(themes, width=self.inner_width)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addWidget(self.area)
        column.addWidget(self.note)
        self.area.verticalScrollBar().setFixedWidth(Size.SCROLL_RAIL - RING)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.show_page(self._page)
        self.area.hide()
        self.say(translate("Dialog", "One moment…"))

    def show_lines(self, lines: Sequence[Line]) -> None:
        """What there is now."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons_of = {}
        for line in lines:
            self._column.addWidget(self._row(line))
        self.area.setVisible(bool(lines))
        self.area.fit(self._window)
        self.say("" if lines else self._none)

    def set_able(self, able: bool) -> None:
        """Whether the buttons can be pressed."""
        for button in self.buttons_of.values():
            button.setEnabled(able)

    def say(self, words: str, *, bad: bool = False) -> None:
        """A line under the list."""
        self.note.say(words, bad=bad)
        if self.isVisible():
            self._centre()

    def _row(self, line: Line) -> QWidget:
        box, words = QWidget(), QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Text(self.themes, "small_strong", "text", line.title))
        words.addWidget(Text(self.themes, "caption", "text_2", line.detail))
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addLayout(words, 1)
        if line.action:
            button = self.buttons_of[line.id] = Button(self.themes, line.action, "quiet")
            button.setAccessibleName(f"{line.action}, {line.title}")
            button.clicked.connect(lambda: self.chosen.emit(line.id))
            row.addWidget(button)
        return box
