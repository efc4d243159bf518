"""`ReactionPicker`: a row of emoji over a message. The last button leads to all others. Arrows walk it, Enter gives one, Escape goes back."""

from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_card, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius
from chinwag_desktop.ui.theme.typography import advance, font, metrics
from chinwag_desktop.ui.widgets.button import IconButton, PaintedButton

EMOJI: Final = ("👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀")
_BUTTON = 38
_SHADOW, _PAD = 6, 4


class _EmojiButton(PaintedButton):
    def __init__(self, themes: ThemeSource, emoji: str, *, on: bool) -> None:
        super().__init__(themes)
        self.emoji, self.on = emoji, on
        self.setFixedSize(_BUTTON, _BUTTON)
        words = translate("Reactions", "Take back {emoji}") if on else translate("Reactions", "React with {emoji}")
        self.setAccessibleName(words.format(emoji=emoji))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(NO_PEN)
        if self.on or self._hot():
            painter.setBrush(theme["hover_raised" if self._hot() else "selected"])
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), Radius.CONTROL, Radius.CONTROL)
        if self.hasFocus():
            draw_ring(painter, QRectF(self.rect()), radius=Radius.CONTROL, colour=theme["accent_ink"])
        painter.setFont(font("heading"))
        painter.setPen(theme["text"])
        x = (self.width() - advance("heading", self.emoji)) / 2
        painter.drawText(QPointF(x, round((self.height() + metrics("heading").capHeight()) / 2)), self.emoji)


class ReactionPicker(QWidget):
    """Shown with `pop_up`; deletes itself when it closes."""

    chosen = Signal(str)
    more_requested = Signal()
    """Another emoji than these."""

    def __init__(self, themes: ThemeSource, mine: frozenset[str], parent: QWidget) -> None:
        super().__init__(
            parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        )
        self.themes = themes
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(translate("Reactions", "React"))
        row = QHBoxLayout(self)
        edge = _SHADOW + _PAD
        row.setContentsMargins(edge, edge, edge, edge)
        row.setSpacing(0)
        self.buttons = [_EmojiButton(themes, emoji, on=emoji in mine) for emoji in EMOJI]
        for button in self.buttons:
            button.clicked.connect(self._choose)
            row.addWidget(button)
        self.more = IconButton(themes, "plus", translate("Reactions", "Another emoji"), size=_BUTTON)
        self.more.clicked.connect(self._more)
        row.addWidget(self.more)
        self.resize(self.sizeHint())

    def pop_up(self, over: QRect) -> None:
        """Over the message that fills the rectangle `over` of the screen, or under it where there is no room."""
        room = self.screen().availableGeometry()
        x = max(room.left(), min(over.left(), room.right() - self.width()))
        y = over.top() - self.height()
        self.move(QPoint(x, y if y >= room.top() else over.bottom()))
        self.show()
        self.buttons[0].setFocus(Qt.FocusReason.PopupFocusReason)

    def _choose(self) -> None:
        button = self.sender()
        if isinstance(button, _EmojiButton):
            self.close()
            self.chosen.emit(button.emoji)

    def _more(self) -> None:
        self.close()
        self.more_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif step is not None:
            walk = [*self.buttons, self.more]
            now = next((number for number, button in enumerate(walk) if button.hasFocus()), 0)
            walk[(now + step) % len(walk)].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(_SHADOW, _SHADOW - 2, -_SHADOW, -_SHADOW)
        draw_card(painter, card, radius=Radius.ROW, theme=self.themes.now)
