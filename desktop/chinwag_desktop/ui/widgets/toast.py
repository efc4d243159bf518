"""A line that comes up over the composer for four seconds, with at most one action."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chinwag_desktop.models.plain import one_line
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_shadow
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size
from chinwag_desktop.ui.theme.typography import advance, elide, font, metrics
from chinwag_desktop.ui.widgets.button import Button

SHOWN_MS = 4000
_SHADOW, _HEIGHT, _TEXT_X, _PAD = 8, 60, 42, 16
_WIDEST = 460


class Toast(QWidget):
    """Deletes itself after `SHOWN_MS`, or when its action was pressed."""

    def __init__(
        self,
        themes: ThemeSource,
        parent: QWidget | None,
        text: str,
        *,
        icon: str = "check",
        action: str = "",
        pressed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self.themes, self._icon = themes, icon
        self._text = elide("small", one_line(text), _WIDEST)
        self.setAccessibleName(one_line(text))
        self.button: Button | None = None
        room = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, _SHADOW + 3, 0)
        row.addStretch(1)
        if action:
            self.button = Button(themes, action, "toast", height=36)
            self.button.clicked.connect(pressed or self.deleteLater)
            self.button.clicked.connect(self.deleteLater)
            row.addWidget(self.button)
            room = self.button.sizeHint().width() - 8
        self.setFixedSize(2 * _SHADOW + _TEXT_X + round(advance("small", self._text)) + _PAD + room, _HEIGHT)
        self._away = QTimer(self)
        self._away.setSingleShot(True)
        self._away.setInterval(SHOWN_MS)
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
        painter.setFont(font("small"))
        painter.setPen(ink)
        base = round(card.center().y() + metrics("small").capHeight() / 2)
        painter.drawText(QPointF(card.left() + _TEXT_X, base), self._text)
