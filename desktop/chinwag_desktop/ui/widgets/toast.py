"""Words that come up over the composer for a few seconds, with at most one action."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chinwag_desktop.models.plain import one_line
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_shadow
from chinwag_desktop.ui.theme.shaping import shape
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size
from chinwag_desktop.ui.theme.typography import elide
from chinwag_desktop.ui.widgets.button import Button

SHOWN_MS = 4000
LINE_MS = 2000  # reading time of each further line
_SHADOW, _TEXT_X, _PAD, _ABOVE = 8, 42, 16, 11
_WIDEST, _LONGEST = 400, 3  # of the words: pixels, lines


class Toast(QWidget):
    """Deletes itself after `SHOWN_MS` and `LINE_MS` for each line after the first, or when its action was pressed."""

    def __init__(
        self,
        themes: ThemeSource,
        parent: QWidget | None,
        text: str,
        *,
        icon: str = "check",
        action: str = "",
        pressed: Callable[[], object] | None = None,
        room: int | None = None,
    ) -> None:
        """`room` is how wide it may be, pixels; a long text takes more lines."""
        super().__init__(parent)
        self.themes, self._icon = themes, icon
        self.setAccessibleName(one_line(text))
        self.button: Button | None = None
        beside = 2 * _SHADOW + _TEXT_X + _PAD
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, _SHADOW + 3, 0)
        row.addStretch(1)
        if action:
            self.button = Button(themes, action, "toast", height=36)
            self.button.clicked.connect(pressed or self.deleteLater)
            self.button.clicked.connect(self.deleteLater)
            row.addWidget(self.button)
            beside += self.button.sizeHint().width() - 8
        width = min(_WIDEST, room - beside) if room is not None else _WIDEST
        # Breaking between words leaves part of each line free: what is cut here fits into the lines.
        words = elide("small", one_line(text), width * (_LONGEST - 0.6))
        self._shaped = shape(words, "small", width)
        lines = self._shaped.layout.lineCount()
        self.setFixedSize(beside + self._shaped.width, round(self._shaped.height) + 2 * (_SHADOW + _ABOVE) + 2)
        self._away = QTimer(self)
        self._away.setSingleShot(True)
        self._away.setInterval(SHOWN_MS + (lines - 1) * LINE_MS)
        self._away.timeout.connect(self.deleteLater)
        themes.changed.connect(self.update)

    def pop_up(self, *, centre_x: float, bottom: float) -> None:
        """Show it with its middle at `centre_x`, above `bottom` (parent's coordinates), and let a screen reader say it."""
        self.move(round(centre_x - self.width() / 2), round(bottom - self.height()))
        self.show()
        self.raise_()
        self._away.start()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(_SHADOW, _SHADOW, -_SHADOW, -_SHADOW - 2)
        draw_shadow(painter, card, radius=Radius.ROW, theme=theme)
        painter.setPen(NO_PEN)
        painter.setBrush(theme["raised" if theme.dark else "text"])
        painter.drawRoundedRect(card, Radius.ROW, Radius.ROW)
        strong, ink = theme["accent_ink" if theme.dark else "own"], theme["text" if theme.dark else "canvas"]
        picture = icons.pixmap(self._icon, strong, Size.ICON, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(card.left() + 14, card.center().y() - Size.ICON / 2), picture)
        painter.setPen(ink)
        self._shaped.layout.draw(painter, QPointF(card.left() + _TEXT_X, card.center().y() - self._shaped.height / 2))
