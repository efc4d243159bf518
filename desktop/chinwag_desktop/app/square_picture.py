"""A picture file made into what an avatar needs: its middle, square, upright, of no more pixels than are ever shown."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImageReader, QImageWriter

SIDE: Final = 512
"""Pixels."""


class NoPicture(ValueError):
    """The file is no picture that Qt can read."""


def square_picture(path: Path) -> bytes:
    """Read a picture and return a PNG or, where nothing shines through, a JPEG of its middle. Raises NoPicture.

    What a camera noted is not in it. To be called on a thread: a large picture takes a second.
    """
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if (
        size.isValid() and min(size.width(), size.height()) > 2 * SIDE
    ):  # decoded small: a photo needs a tenth of the time
        reader.setScaledSize(size.scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        raise NoPicture(reader.errorString())
    side = min(image.width(), image.height())
    image = image.copy(QRect((image.width() - side) // 2, (image.height() - side) // 2, side, side))
    if side > SIDE:
        image = image.scaled(SIDE, SIDE, mode=Qt.TransformationMode.SmoothTransformation)
    sink = QBuffer()
    sink.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(sink, b"PNG" if image.hasAlphaChannel() else b"JPEG")
    writer.setQuality(-1 if image.hasAlphaChannel() else 90)
    if not writer.write(image):
        raise NoPicture(writer.errorString())
    return bytes(sink.data().data())
