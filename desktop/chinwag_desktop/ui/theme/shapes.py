"""Shapes drawn all over the app: rounded rectangles with a radius a corner, focus rings, the shadow of what floats, the mark."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from chinwag_desktop.ui.theme.theme import Theme

NO_PEN = QPen(Qt.PenStyle.NoPen)
_SHADOW = ((1, 0.55), (2, 0.3), (3, 0.15))  # (pixels outside the edge, share of the shadow's opacity)
_MARK_GRID = 48


def rounded(rect: QRectF, *, tl: float, tr: float, br: float, bl: float) -> QPainterPath:
    """A rectangle with four radii of its own, clockwise from the top left."""
    path = QPainterPath()
    x, y, r, b = rect.left(), rect.top(), rect.right(), rect.bottom()
    path.moveTo(x + tl, y)
    path.lineTo(r - tr, y)
    path.arcTo(r - 2 * tr, y, 2 * tr, 2 * tr, 90, -90)
    path.lineTo(r, b - br)
    path.arcTo(r - 2 * br, b - 2 * br, 2 * br, 2 * br, 0, -90)
    path.lineTo(x + bl, b)
    path.arcTo(x, b - 2 * bl, 2 * bl, 2 * bl, 270, -90)
    path.lineTo(x, y + tl)
    path.arcTo(x, y, 2 * tl, 2 * tl, 180, -90)
    return path


def draw_ring(painter: QPainter, rect: QRectF, *, radius: float, colour: QColor) -> None:
    """The focus ring: 2 px inside `rect`."""
    painter.setPen(QPen(colour, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)


def draw_shadow(painter: QPainter, rect: QRectF, *, radius: float, theme: Theme) -> None:
    """A soft, cheap drop shadow: three widening strokes, no blur."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for out, share in _SHADOW:
        colour = QColor(theme["shadow"])
        colour.setAlphaF(colour.alphaF() * share)
        painter.setPen(QPen(colour, 1))
        painter.drawRoundedRect(rect.adjusted(0.5 - out, 1.5 - out, out - 0.5, out + 0.5), radius + out, radius + out)


def draw_card(painter: QPainter, rect: QRectF, *, radius: float, theme: Theme) -> None:
    """What floats over the window: a raised ground with a line around it and a shadow. Antialiasing is expected to be on."""
    draw_shadow(painter, rect, radius=radius, theme=theme)
    painter.setPen(theme["line_raised"])
    painter.setBrush(theme["raised"])
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _bubble(box: QRectF, radius: float, tail: tuple[QPointF, ...]) -> QPainterPath:
    """A rounded box with a tail: start, then two cubic curves and a closing line."""
    body = QPainterPath()
    body.addRoundedRect(box, radius, radius)
    point = QPainterPath(tail[0])
    point.cubicTo(tail[1], tail[2], tail[3])
    point.cubicTo(tail[4], tail[5], tail[6])
    point.closeSubpath()
    return body.united(point)


def draw_mark(painter: QPainter, rect: QRectF, *, front: QColor, back: QColor, cut: QColor) -> None:
    """The Chinwag mark, two bubbles, one leaning into the other; `cut` is the colour of the ground between them."""
    painter.save()
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / _MARK_GRID, rect.width() / _MARK_GRID)
    far_tail = ((36, 24), (37, 29), (40, 32), (44, 33), (44.5, 29), (44, 25), (43, 20))
    near_tail = ((5, 30), (5.5, 37), (4.5, 41), (2, 44), (8, 44.5), (13, 42), (16, 39))
    far = _bubble(QRectF(17, 5, 27, 23), 10.5, tuple(QPointF(x, y) for x, y in far_tail))
    near = _bubble(QRectF(4, 15, 29, 25), 11.5, tuple(QPointF(x, y) for x, y in near_tail))
    painter.setPen(NO_PEN)
    painter.setBrush(back)
    painter.drawPath(far)
    painter.setPen(QPen(cut, 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPath(near)
    painter.setPen(NO_PEN)
    painter.setBrush(front)
    painter.drawPath(near)
    painter.setBrush(cut)
    for x in (11.5, 18.5, 25.5):
        painter.drawEllipse(QPointF(x, 27.5), 2, 2)
    painter.restore()
