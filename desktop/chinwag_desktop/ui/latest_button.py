"""The round button that floats over the timeline while its end is out of sight."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import draw_ring, draw_shadow
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size
from chinwag_desktop.ui.theme.typography import advance, baseline, font
from chinwag_desktop.ui.widgets.button import IconButton

WIDTH, HEIGHT = 52, 56
_FACE, _BADGE = 40, 20


class LatestButton(IconButton):
    """Counts what came meanwhile."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, "down", "", size=WIDTH)
        self.setFixedSize(WIDTH, HEIGHT)
        self.count = 0
        self.set_count(0)

    def set_count(self, count: int) -> None:
        self.count = count
        label = translate("Timeline", "Jump to the latest message (End)")
        self.set_label(f"{label}, {translate('Timeline', '%n new message(s)', '', count)}" if count else label)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = QRectF((WIDTH - _FACE) / 2, 10, _FACE, _FACE)
        draw_shadow(painter, face, radius=_FACE / 2, theme=theme)
        painter.setPen(QPen(theme["line"], 1))
        painter.setBrush(theme["hover_raised" if self._hot() else "raised"])
        painter.drawEllipse(face.adjusted(0.5, 0.5, -0.5, -0.5))
        if self.ring:
            draw_ring(painter, face.adjusted(-4, -4, 4, 4), radius=_FACE / 2 + 3, colour=theme["accent_ink"])
        picture = icons.pixmap("down", theme["text_2"], Size.ICON, self.devicePixelRatioF())
        painter.drawPixmap(QPointF((WIDTH - Size.ICON) / 2, face.center().y() - Size.ICON / 2 + 1), picture)
        if self.count:
            text = str(self.count) if self.count < 100 else "99+"
            width = max(_BADGE, advance("meta_strong", text) + 12)
            badge = QRectF((WIDTH - width) / 2, 1, width, _BADGE)
            painter.setPen(QPen(theme["canvas"], 2))
            painter.setBrush(theme["accent"])
            painter.drawRoundedRect(badge, _BADGE / 2, _BADGE / 2)
            painter.setPen(theme["on_accent"])
            painter.setFont(font("meta_strong"))
            x = (WIDTH - advance("meta_strong", text)) / 2
            painter.drawText(QPointF(x, badge.top() + 2 + baseline("meta_strong")), text)
