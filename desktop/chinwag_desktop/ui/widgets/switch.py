"""`Switch`: on or off, at once. Space, Enter and a click turn it."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.button import RING, PaintedButton

_WIDTH, _HEIGHT, _KNOB = 40, 22, 14


class Switch(PaintedButton):
    """`toggled` says which way; `label` is what it switches, for a screen reader."""

    def __init__(self, themes: ThemeSource, label: str, *, on: bool = False) -> None:
        super().__init__(themes)
        self.setCheckable(True)
        self.setChecked(on)
        self.setAccessibleName(label)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH + 2 * RING, _HEIGHT + 2 * RING)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter, on = self.themes.now, QPainter(self), self.isChecked()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(RING, RING, _WIDTH, _HEIGHT)
        if not self.isEnabled():
            ground, edge, knob = "info_soft", "", "text_3"
        elif on:
            ground, edge, knob = "accent_hover" if self._hot() else "accent", "", "on_accent"
        else:
            ground, edge, knob = "hover_raised" if self._hot() else "raised", "field_line", "field_line"
        painter.setPen(QPen(theme[edge], 1) if edge else NO_PEN)
        painter.setBrush(theme[ground])
        face = track.adjusted(0.5, 0.5, -0.5, -0.5) if edge else track
        painter.drawRoundedRect(face, face.height() / 2, face.height() / 2)
        painter.setPen(NO_PEN)
        painter.setBrush(theme[knob])
        air = (_HEIGHT - _KNOB) / 2
        to_the_right = on is (self.layoutDirection() is Qt.LayoutDirection.LeftToRight)
        left = track.right() - air - _KNOB if to_the_right else track.left() + air
        painter.drawEllipse(QRectF(left, track.top() + air, _KNOB, _KNOB))
        if self.ring:
            draw_ring(painter, QRectF(self.rect()), radius=self.height() / 2, colour=theme["accent_ink"])
