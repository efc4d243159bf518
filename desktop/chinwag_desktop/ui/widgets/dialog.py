"""Dialogs: a card over a veil inside the window. Opened with `open()` or awaited with `answer()`, never with `exec()`.

`exec()` nests the loop and makes a client under qasync deaf for good.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_shadow
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.widgets.button import RING, Button, ButtonKind
from chinwag_desktop.ui.widgets.scroll_page import ScrollPage
from chinwag_desktop.ui.widgets.text import Paragraph, Text

_SHADOW = 8  # room around the card
_OVERHANG = Size.SCROLL_RAIL  # a body may reach this far into the right margin, for a scroll bar


class Choice(NamedTuple):
    """A button of a dialog: `key` is the answer. The safe one comes first, the dangerous one last."""

    key: str
    label: str
    kind: ButtonKind = "quiet"


def cancel() -> Choice:
    return Choice("", translate("Dialog", "Cancel"))


def around() -> int:
    """How much wider a dialog is than what stands in it, pixels."""
    return 2 * (_SHADOW + Space.XL)


class _Veil(QWidget):
    """Covers the window: takes its clicks, follows its size."""

    def __init__(self, themes: ThemeSource, window: QWidget) -> None:
        super().__init__(window)
        self._themes = themes
        window.installEventFilter(self)
        self.setGeometry(window.rect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._themes.now["veil"])


def _indented(body: QWidget, right: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, right, 0)
    row.addWidget(body)
    return row


class Dialog(QDialog):
    """A title, a paragraph or a widget, and buttons at the right. `answered` carries the chosen key, "" for Escape and Cancel."""

    answered = Signal(str)

    def __init__(
        self,
        themes: ThemeSource,
        window: QWidget,
        title: str,
        *,
        text: str = "",
        body: QWidget | None = None,
        choices: Sequence[Choice] = (),
        width: int = Size.DIALOG,
        overhangs: bool = False,
    ) -> None:
        self._veil = _Veil(themes, window)
        super().__init__(self._veil)
        self.setWindowFlags(Qt.WindowType.Widget)
        self._veil.installEventFilter(self)
        self.themes = themes
        self._key, self._done = "", False
        self._yielding: tuple[QWidget, int, int] | None = None
        self._before: QWidget | None = None
        self.inner_width = width - around()
        self.setFixedWidth(width)
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        right = _SHADOW + Space.XL - _OVERHANG
        column.setContentsMargins(_SHADOW + Space.XL, _SHADOW + Space.XL - 2, right, _SHADOW + Space.L)
        column.setSpacing(0)
        column.addWidget(Text(themes, "title", "text", title))
        if text:
            column.addSpacing(Space.XS)
            column.addWidget(Paragraph(themes, "body", "text_2", text, width=self.inner_width))
            self.setAccessibleDescription(text)
        if body is not None:
            column.addSpacing(Space.S)
            column.addLayout(_indented(body, 0 if overhangs else _OVERHANG))
        self.buttons: dict[str, Button] = {}
        if choices:
            column.addSpacing(Space.M)
            column.addLayout(self._button_row(choices))
        themes.changed.connect(self.update)
        self.finished.connect(self._finish)

    def _button_row(self, choices: Sequence[Choice]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, _OVERHANG - RING, 0)
        row.setSpacing(Space.XXS - 2)
        row.addStretch(1)
        for choice in choices:
            button = Button(self.themes, choice.label, choice.kind)
            button.clicked.connect(lambda _=False, key=choice.key: self.choose(key))
            self.buttons[choice.key] = button
            row.addWidget(button)
        return row

    def choose(self, key: str) -> None:
        """Close with this answer."""
        self._key = key
        self.accept() if key else self.reject()

    def open(self) -> None:
        self._before = QApplication.focusWidget()
        by_keyboard = bool(getattr(self._before, "ring", False))
        self._veil.raise_()
        self._veil.show()
        self.show()
        self._centre()
        first = self._first_focus()
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason if by_keyboard else Qt.FocusReason.OtherFocusReason)

    async def answer(self) -> str:
        """Open and wait for the answer. Cancelling the wait closes the dialog."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def resolve(key: str) -> None:
            if not future.done():
                future.set_result(key)

        self.answered.connect(resolve)
        self.open()
        try:
            return await future
        finally:
            self.close_silently()

    def close_silently(self) -> None:
        """Take it away without an answer, if it is still there."""
        if not self._done:
            self._done = True
            if isValid(self._veil):  # the window may have been closed under it
                self._veil.hide()
                self._veil.deleteLater()

    def _finish(self) -> None:
        if self._done:
            return
        self.close_silently()
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.answered.emit(self._key)

    def _first_focus(self) -> QWidget | None:
        """Where the keyboard begins: the first field, else the first (safe) button."""
        chain = self._chain()
        fields = [widget for widget in chain if widget.focusProxy() is not None or not isinstance(widget, Button)]
        return (fields or chain or [None])[0]

    def _chain(self) -> list[QWidget]:
        """What Tab walks through, in order."""
        found: list[QWidget] = []
        widget = self.nextInFocusChain()
        while widget is not None and widget is not self:
            reachable = self.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled()
            by_tab = bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)
            if reachable and by_tab and widget.focusProxy() is None:
                found.append(widget)
            widget = widget.nextInFocusChain()
        return found

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab stays inside."""
        chain = self._chain()
        now = QApplication.focusWidget()
        if not chain:
            return True
        at = chain.index(now) if now in chain else (-1 if next else 0)
        reason = Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        reached = chain[(at + (1 if next else -1)) % len(chain)]
        reached.setFocus(reason)
        self._reveal(reached)
        return True

    def _reveal(self, widget: QWidget) -> None:
        """Scroll the body until it shows `widget`."""
        around: QWidget | None = widget
        while around is not None and around is not self:
            around = around.parentWidget()
            if isinstance(around, QScrollArea):
                around.ensureWidgetVisible(widget, 0, Space.L)

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        if arg__1.key() == Qt.Key.Key_Escape:
            self.choose("")
        else:
            arg__1.accept()  # nothing reaches the window behind

    def let_give_way(self, part: QWidget, *, height: int, least: int) -> None:
        """`part` of the body, which scrolls, is lower than `height` where the window is too low for the dialog."""
        self._yielding = (part, height, least)

    def _centre(self) -> None:
        for page in self.findChildren(ScrollPage):
            page.fit(self._veil)
        if self._yielding is not None:
            part, height, least = self._yielding
            self._give(part, height)
            self._give(part, max(least, height - max(0, self.height() - self._veil.height())))
        self.adjustSize()
        room = self._veil.rect()
        self.move((room.width() - self.width()) // 2, max(0, (room.height() - self.height()) * 2 // 5))

    def _give(self, part: QWidget, height: int) -> None:
        """Set a height, and take it over into the dialog's own at once."""
        part.setFixedHeight(height)
        around: QWidget | None = part
        while around is not None and around is not self:
            around = around.parentWidget()
            if around is not None and (layout := around.layout()) is not None:
                layout.invalidate()
                layout.activate()
        self.adjustSize()

    def eventFilter(self, arg__1: QObject, arg__2: QEvent) -> bool:
        if arg__1 is self._veil and arg__2.type() is QEvent.Type.Resize:
            self._centre()
        return False

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(_SHADOW, _SHADOW - 2, -_SHADOW, -_SHADOW - 2)
        draw_shadow(painter, card, radius=Radius.CARD, theme=theme)
        painter.setPen(theme["line"] if theme.dark else NO_PEN)
        painter.setBrush(theme["raised"])
        painter.drawRoundedRect(card, Radius.CARD, Radius.CARD)
