"""`ChoiceButton`: shows what is chosen; pressed, it lists what can be."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius
from chinwag_desktop.ui.theme.typography import advance, font, metrics
from chinwag_desktop.ui.widgets.button import RING, PaintedButton
from chinwag_desktop.ui.widgets.menu import Menu

_HEIGHT, _PAD, _CHEVRON = 38, 12, 16


class ChoiceButton(PaintedButton):
    """`chosen` carries the key of another choice; `label` is what is chosen, for a screen reader."""

    chosen = Signal(object)

    def __init__(self, themes: ThemeSource, label: str, choices: Sequence[tuple[object, str]], now: object) -> None:
        super().__init__(themes)
        self._label, self._choices, self.now = label, tuple(choices), now
        self.setFixedHeight(_HEIGHT)
        self.clicked.connect(self.open_menu)
        self._show()

    def choose(self, key: object) -> None:
        """Show another choice, and say so."""
        if key != self.now:
            self.now = key
            self._show()
            self.chosen.emit(key)

    def open_menu(self) -> Menu:
        menu = Menu(self.themes, self.window())
        for key, words in self._choices:
            menu.add(words, partial(self.choose, key), checked=key == self.now)
        menu.popup_under(self, right=True)
        return menu

    def _show(self) -> None:
        self.setText(next((words for key, words in self._choices if key == self.now), ""))
        self.setAccessibleName(translate("Choice", "{label}: {chosen}", label=self._label, chosen=self.text()))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        widest = max(advance("small_strong", words) for _, words in self._choices)
        return QSize(round(widest) + _CHEVRON + 2 * _PAD + 6 + 2 * RING, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = QRectF(self.rect()).adjusted(RING + 0.5, RING + 0.5, -RING - 0.5, -RING - 0.5)
        painter.setPen(QPen(theme["line_raised"], 1))
        painter.setBrush(theme["hover_raised" if self._hot() else "raised"])
        painter.drawRoundedRect(face, Radius.CONTROL - 1, Radius.CONTROL - 1)
        ink = theme["text" if self.isEnabled() else "text_3"]
        painter.setFont(font("small_strong"))
        painter.setPen(ink)
        base = round((self.height() + metrics("small_strong").capHeight()) / 2)
        painter.drawText(QPointF(face.left() + _PAD, base), self.text())
        chevron = icons.pixmap("down", ink, _CHEVRON, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(face.right() - _PAD - _CHEVRON + 4, (self.height() - _CHEVRON) / 2), chevron)
        if self.ring:
            draw_ring(painter, QRectF(self.rect()), radius=Radius.CONTROL + 1, colour=theme["accent_ink"])
