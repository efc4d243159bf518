"""The pinned messages of the open conversation, one line under its header: a click goes to it, the next click to the one before."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.message_list_model import message_words
from chinwag_desktop.models.plain import tooltip
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, elide, font
from chinwag_desktop.ui.widgets.button import IconButton, PaintedButton
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_protocol.objects import Message

HEIGHT = 40
_ICON, _LEFT = 16, 22


class PinButton(PaintedButton):
    """A pin, which of how many, and the words."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes)
        self.setFixedHeight(HEIGHT - 1)
        self.count, self.words = "", ""

    def show_words(self, count: str, words: str) -> None:
        """What it leads to."""
        self.count, self.words = count, words
        self.setAccessibleName(": ".join(filter(None, (count or translate("Pins", "Pinned"), words))))
        self.setToolTip(tooltip(words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = QRectF(self.rect()).adjusted(Space.S, 3, -2, -3)
        if self._hot():
            painter.setPen(NO_PEN)
            painter.setBrush(theme["hover"])
            painter.drawRoundedRect(face, Radius.CONTROL, Radius.CONTROL)
        if self.ring:
            draw_ring(painter, face, radius=Radius.CONTROL, colour=theme["accent_ink"])
        pin = icons.pixmap("pin", theme["accent_ink"], _ICON, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(_LEFT, (self.height() - _ICON) / 2), pin)
        left, top = _LEFT + _ICON + Space.XS, (self.height() - 18) / 2
        if self.count:
            painter.setFont(font("caption_strong"))
            painter.setPen(theme["accent_ink"])
            painter.drawText(QPointF(left, top + 1 + baseline("caption_strong")), self.count)
            left += advance("caption_strong", self.count) + Space.XS
        painter.setFont(font("small"))
        painter.setPen(theme["text"])
        words = elide("small", self.words, self.width() - left - Space.S)
        painter.drawText(QPointF(left, top + baseline("small")), words)


class PinBar(Strip):
    """Hidden while nothing is pinned. `wanted` carries the `seq` to go to, `list_requested` asks for all of them."""

    wanted = Signal(int)
    list_requested = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, "canvas", line="bottom")
        self.setFixedHeight(HEIGHT)
        self.messages: Sequence[Message] = ()
        self._at = 0
        self.button = PinButton(themes)
        self.button.clicked.connect(self._go)
        self.all = IconButton(themes, "more", translate("Pins", "All pinned messages"), size=34)
        self.all.clicked.connect(self.list_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, Space.L, 1)
        row.setSpacing(0)
        row.addWidget(self.button, 1)
        row.addWidget(self.all)
        self.hide()

    def show_pins(self, messages: Sequence[Message]) -> None:
        """The pinned messages, the newest pin first; the one that is shown stays, if it is still among them."""
        shown = self.messages[self._at].id if self._at < len(self.messages) else None
        kept = [number for number, message in enumerate(messages) if message.id == shown]
        grown = len(messages) > len(self.messages)
        self.messages = messages
        self._at = kept[0] if kept and not grown else 0
        self._refresh()

    def _refresh(self) -> None:
        self.setVisible(bool(self.messages))
        if self.messages:
            total = len(self.messages)
            count = translate("Pins", "{n} of {total}", n=self._at + 1, total=total) if total > 1 else ""
            self.button.show_words(count, message_words(self.messages[self._at]))

    def _go(self) -> None:
        seq = self.messages[self._at].seq
        self._at = (self._at + 1) % len(self.messages)
        self._refresh()
        self.wanted.emit(seq)
