"""Files on their way into the composer: what a path or a pasted picture becomes. The GUI thread reads headers only."""

import mimetypes
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QRunnable, QThreadPool
from PySide6.QtGui import QImage, QImageReader, QImageWriter

from chinwag_desktop.ui.timeline.pictures import format_of
from chinwag_protocol.objects import ReplyTo

_HEAD = 12
_BOXED = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})
_TIFF = (b"II*\0", b"MM\0*")
_PASTED_NAME = "pasted-picture.png"


class ComposedFile(Struct, frozen=True, kw_only=True):
    """A file to send: on the disk (`path`), or in memory (`data`, a pasted picture as PNG). Measures are set for pictures."""

    name: str
    media_type: str
    size: int
    path: str | None = None
    data: bytes | None = None
    width: int | None = None
    height: int | None = None
    keeps_notes: bool = False
    """A photo whose camera's notes (when, where, with what) no server takes out, for nobody here can write its format."""

    @property
    def is_picture(self) -> bool:
        return self.width is not None


class Composed(Struct, frozen=True, kw_only=True):
    """What the composer sends: text, files, or both, perhaps in answer to a message."""

    text: str
    files: tuple[ComposedFile, ...] = ()
    reply_to: ReplyTo | None = None


def file_at(path: str) -> ComposedFile | None:
    """Look at a file; None for what is no regular, readable file. Pictures are known by their first bytes, never by their name."""
    place = Path(path)
    try:
        if not place.is_file():
            return None
        size = place.stat().st_size
        with place.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    form = format_of(head)
    width = height = None
    media_type = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    if form:
        media_type = f"image/{form.decode()}"
        reader = QImageReader(path, QByteArray(form))
        measures = reader.size()
        if measures.isValid():
            turned = bool(reader.transformation().value & 4)
            width, height = measures.width(), measures.height()
            width, height = (height, width) if turned else (width, height)
    elif media_type.startswith("image/"):
        media_type = "application/octet-stream"  # named like a picture, and is none that we show
    return ComposedFile(
        name=place.name,
        media_type=media_type,
        size=size,
        path=path,
        width=width,
        height=height,
        keeps_notes=_keeps_notes(head),
    )


def _keeps_notes(head: bytes) -> bool:
    """HEIC, AVIF and TIFF, the raw formats of cameras that build on it included."""
    return (head[4:8] == b"ftyp" and head[8:12] in _BOXED) or head.startswith(_TIFF)


def paths_in(mime: QMimeData) -> list[str]:
    """Local files of a drop or paste."""
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()] if mime.hasUrls() else []


def has_files(mime: QMimeData) -> bool:
    return bool(paths_in(mime)) or mime.hasImage()


def picture_in(mime: QMimeData) -> QImage | None:
    """A picture on the clipboard that is no file."""
    if not mime.hasImage() or paths_in(mime):
        return None
    data = mime.imageData()
    return data if isinstance(data, QImage) and not data.isNull() else None


class _Encoding(QRunnable):
    def __init__(self, image: QImage, finished: Callable[[ComposedFile], None]) -> None:
        super().__init__()
        self._image, self._finished = image, finished

    def run(self) -> None:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(self._image)
        data = bytes(buffer.data().data())
        made = ComposedFile(
            name=_PASTED_NAME,
            media_type="image/png",
            size=len(data),
            data=data,
            width=self._image.width(),
            height=self._image.height(),
        )
        with suppress(RuntimeError):  # the window was closed meanwhile
            self._finished(made)


def encode_later(image: QImage, finished: Callable[[ComposedFile], None]) -> None:
    """Make a PNG of a pasted picture in the pool; `finished` is called on the pool's thread."""
    QThreadPool.globalInstance().start(_Encoding(image, finished))
