"""A thin vertical scroll bar: its rail is always reserved, so that nothing is laid out twice when the thumb comes and goes."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size

_THUMB, _THUMB_HOT, _EDGE, _LEAST = 5, 7, 3, 36
_FAINT, _STRONG = 0.38, 0.65
_AWAKE_MS = 1000


class ThinScrollBar(QScrollBar):
    """A rail of 12 px with a thumb of 5 (7 under the pointer), which shows for a second after a move and under the pointer."""

    def __init__(self, themes: ThemeSource, *, ground: str = "canvas", parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.themes, self.ground = themes, ground
        self.setFixedWidth(Size.SCROLL_RAIL)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        self._awake = QTimer(self)
        self._awake.setSingleShot(True)
        self._awake.setInterval(_AWAKE_MS)
        self._awake.timeout.connect(self.update)
        self.valueChanged.connect(self._wake)
        themes.changed.connect(self.update)

    def _wake(self) -> None:
        self._awake.start()

    def sizeHint(self) -> QSize:
        return QSize(self.maximumWidth(), 80)  # a scroll area reserves what the hint says, not what the width is

    def _shown(self) -> bool:
        rail = self.parentWidget()  # the scroll area's container
        area = rail.parentWidget() if rail else None
        return (
            self._awake.isActive()
            or self.isSliderDown()
            or self.underMouse()
            or (area is not None and area.underMouse())
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.fillRect(self.rect(), theme[self.ground])
        span = self.maximum() - self.minimum()
        if span <= 0 or not self._shown():
            return
        hot = self.underMouse() or self.isSliderDown()
        width = _THUMB_HOT if hot else _THUMB
        rail = self.height() - 8
        thumb = max(_LEAST, rail * self.pageStep() / (span + self.pageStep()))
        y = 4 + (rail - thumb) * (self.value() - self.minimum()) / span
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(NO_PEN)
        painter.setBrush(theme.faded("text_3", _STRONG if hot else _FAINT))
        painter.drawRoundedRect(QRectF(Size.SCROLL_RAIL - width - _EDGE, y, width, thumb), width / 2, width / 2)
