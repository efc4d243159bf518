"""Icons: SVG strokes of `chinwag_resources`, tinted with a token and kept as pixmaps. The first icon costs 4 ms, the next 0.04."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from chinwag_desktop.ui.theme import tokens
from chinwag_resources import icon_svg

_TICK_SHAPE = 0.6  # height of a tick's grid over its width


@lru_cache(maxsize=512)
def _render(name: str, rgba: int, width: int, height: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer  # 3 MB, paid by the first icon and not by the start

    colour = QColor.fromRgba(rgba)
    svg = icon_svg(name).replace(b"currentColor", colour.name().encode())
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setOpacity(colour.alphaF())
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, made.width(), made.height()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def pixmap(name: str, colour: QColor, size: int = tokens.Size.ICON, ratio: float = 1.0) -> QPixmap:
    """The icon `name`, `size` logical pixels wide (a tick is 0.6 x as high), for a device pixel ratio."""
    height = round(size * _TICK_SHAPE) if name.startswith("tick-") else size
    return _render(name, colour.rgba(), size, height, ratio)
