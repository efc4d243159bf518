"""`Faces`: the pictures of people and groups, cut to the shape of an avatar. What cuts is here, what fetches is the app's."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import UUID

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPen, QPixmap

SQUARE_CORNER: Final = 0.32
"""The radius of a group's corners, of its size."""
_KEPT = 256  # finished pictures

PictureOf = Callable[[UUID], QImage | None]
"""The picture of a person or group, or None."""


class Faces:
    """One per application, beside the theme: whoever paints an avatar asks it for a picture first."""

    def __init__(self) -> None:
        self._source: PictureOf | None = None
        self._cut: OrderedDict[tuple[int, int, float, bool], QPixmap] = OrderedDict()

    def show_from(self, source: PictureOf | None) -> None:
        """From now on ask `source`, that of the signed-in session; None forgets all pictures."""
        self._source = source
        self._cut.clear()

    def picture(self, owner: UUID, size: int, *, ratio: float, square: bool) -> QPixmap | None:
        """`size` logical pixels wide; None where there is no picture, or not yet."""
        image = self._source(owner) if self._source is not None else None
        if image is None:
            return None
        key = (image.cacheKey(), size, ratio, square)
        cut = self._cut.get(key)
        if cut is None:
            cut = self._cut[key] = _cut(image, size, ratio=ratio, square=square)
            while len(self._cut) > _KEPT:
                self._cut.popitem(last=False)
        return cut


def _cut(image: QImage, size: int, *, ratio: float, square: bool) -> QPixmap:
    side = round(size * ratio)
    filling = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    scaled = image.scaled(side, side, filling, Qt.TransformationMode.SmoothTransformation)
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(Qt.PenStyle.NoPen))
    painter.setBrush(QBrush(scaled))
    corner = side * SQUARE_CORNER if square else side / 2
    painter.drawRoundedRect(QRectF(0, 0, side, side), corner, corner)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
