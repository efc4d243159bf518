"""Pictures of the timeline: fetched by somebody else, decoded and rounded in a pool, kept as finished pixmaps.

The GUI thread only ever draws what is ready. Formats are named, never guessed: Qt would read SVG, which can point at files.
"""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol
from uuid import UUID

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QFile,
    QIODevice,
    QObject,
    QRectF,
    QRunnable,
    QSize,
    Qt,
    QThreadPool,
    Signal,
)
from PySide6.QtGui import QBrush, QImage, QImageReader, QPainter, QPixmap

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.timeline.parts import PicturePart
from chinwag_protocol.objects import Attachment

KEPT = 96
ALLOCATION_MB = 64
_WHOLE_PIXELS = 12_000_000  # of four bytes each
_MAGIC: tuple[tuple[bytes, bytes], ...] = (
    (b"\x89PNG\r\n\x1a\n", b"png"),
    (b"\xff\xd8\xff", b"jpeg"),
    (b"GIF87a", b"gif"),
    (b"GIF89a", b"gif"),
)
_HEAD = 12


class PictureSource(Protocol):
    """Where the bytes of pictures come from: the profile's folder or the server. Implemented above the ui."""

    def fetch(self, attachment: Attachment, done: Callable[[bytes | None], None], /) -> None:
        """Get a thumbnail (or the picture, when it has none); `done` is called once on the GUI thread, with None when it cannot be had."""
        ...

    def fetch_whole(self, attachment: Attachment, done: Callable[[bytes | None], None], /) -> None:
        """Get the picture itself; `done` as above."""
        ...


def format_of(head: bytes) -> bytes:
    """The raster format of a file by its first bytes; b"" for anything else, SVG included."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return b"webp"
    return next((name for magic, name in _MAGIC if head.startswith(magic)), b"")


def decode(device: QIODevice, size: QSize) -> QImage:
    """Decode and scale to cover `size`, turned as its EXIF says. A null image when it is not one of our formats or too large."""
    form = format_of(bytes(device.peek(_HEAD).data()))
    if not form:
        return QImage()
    reader = QImageReader(device, QByteArray(form))
    reader.setAutoTransform(True)
    QImageReader.setAllocationLimit(ALLOCATION_MB)
    stored = reader.size()
    if stored.isValid():
        turned = reader.transformation().value & 4  # by 90 degrees
        goal = size.transposed() if turned else size
        reader.setScaledSize(stored.scaled(goal, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    return reader.read()


def decode_whole(device: QIODevice) -> QImage:
    """Decode all of it, turned as its EXIF says, smaller where it would take more than `ALLOCATION_MB`. A null image as above."""
    form = format_of(bytes(device.peek(_HEAD).data()))
    if not form:
        return QImage()
    reader = QImageReader(device, QByteArray(form))
    reader.setAutoTransform(True)
    QImageReader.setAllocationLimit(ALLOCATION_MB)
    stored = reader.size()
    pixels = stored.width() * stored.height()
    if pixels > _WHOLE_PIXELS:
        reader.setScaledSize(stored * (_WHOLE_PIXELS / pixels) ** 0.5)
    return reader.read()


def round_off(image: QImage, size: QSize, radius: float) -> QImage:
    """The middle of `image`, `size` device pixels, with antialiased round corners."""
    made = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    left, top = (image.width() - size.width()) // 2, (image.height() - size.height()) // 2
    brush = QBrush(image.copy(left, top, size.width(), size.height()))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(NO_PEN)
    painter.setBrush(brush)
    painter.drawRoundedRect(QRectF(0, 0, size.width(), size.height()), radius, radius)
    painter.end()
    return made


class Decoding(QRunnable):
    """One picture in the pool; `finished` is called on the pool's thread."""

    def __init__(self, data: bytes | str, size: QSize, radius: float, finished: Callable[[QImage], None]) -> None:
        super().__init__()
        self._data, self._size, self._radius, self._finished = data, size, radius, finished

    def run(self) -> None:
        if isinstance(self._data, str):
            device: QIODevice = QFile(self._data)
        else:
            device = QBuffer()
            device.setData(self._data)
        image = decode(device, self._size) if device.open(QIODevice.OpenModeFlag.ReadOnly) else QImage()
        device.close()
        with suppress(RuntimeError):  # whoever asked was closed meanwhile
            self._finished(image if image.isNull() else round_off(image, self._size, self._radius))


class _Key(NamedTuple):
    """One picture at one size."""

    message: UUID
    number: int
    width: int
    height: int
    ratio: float


def _key(row: TimelineRow, part: PicturePart, ratio: float) -> _Key:
    return _Key(row.key, part.number, round(part.rect.width()), round(part.rect.height()), ratio)


class Pictures(QObject):
    """Pixmaps by message and attachment. `ready` tells the key of the message whose picture can be painted now."""

    ready = Signal(object)
    _decoded = Signal(object, QImage)

    def __init__(self, source: PictureSource | None, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._pool = QThreadPool.globalInstance()
        self._made: OrderedDict[_Key, QPixmap | None] = OrderedDict()
        self._waiting: set[_Key] = set()
        self._decoded.connect(self._keep, Qt.ConnectionType.QueuedConnection)  # emitted in the pool

    def get(self, row: TimelineRow, part: PicturePart, ratio: float) -> QPixmap | None:
        """The finished picture, or None while it is being made or when it cannot be shown."""
        key = _key(row, part, ratio)
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        being_copied = row.state is DeliveryState.SAVING and row.local_path is None  # pasted: nowhere but in memory yet
        if key not in self._waiting and not being_copied:
            self._waiting.add(key)
            self._start(row, part, key)
        return None

    def failed(self, row: TimelineRow, part: PicturePart, ratio: float) -> bool:
        """True when the picture could not be had; `forget_failures` tries again."""
        key = _key(row, part, ratio)
        return key in self._made and self._made[key] is None

    def forget_failures(self) -> None:
        """Try again what could not be had (the link is back)."""
        for key in [key for key, made in self._made.items() if made is None]:
            del self._made[key]

    def _start(self, row: TimelineRow, part: PicturePart, key: _Key) -> None:
        size = QSize(round(key.width * key.ratio), round(key.height * key.ratio))

        def finish(image: QImage) -> None:
            self._decoded.emit(key, image)

        def start(data: bytes | str | None) -> None:
            if data is None:
                finish(QImage())
            else:
                self._pool.start(Decoding(data, size, part.radius * key.ratio, finish))

        if part.number == 0 and row.local_path is not None:
            start(row.local_path)
        elif self._source is not None:
            self._source.fetch(part.attachment, start)
        else:
            start(None)

    def _keep(self, key: _Key, image: QImage) -> None:
        self._waiting.discard(key)
        pixmap = None
        if not image.isNull():
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(key.ratio)
        self._made[key] = pixmap
        if len(self._made) > KEPT:
            self._made.popitem(last=False)
        self.ready.emit(key.message)
