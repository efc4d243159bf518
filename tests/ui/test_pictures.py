"""Pictures are decoded off the GUI thread, by named formats only, and never larger than allowed."""

import threading
from pathlib import Path

import pytest
import ui_samples as sample
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QSize, QThreadPool, QUrl
from PySide6.QtGui import QColor, QImage, QImageWriter
from PySide6.QtWidgets import QApplication

from chinwag_desktop.ui.attaching import ComposedFile, encode_later, file_at, has_files, paths_in, picture_in
from chinwag_desktop.ui.timeline import pictures
from chinwag_desktop.ui.timeline.parts import PicturePart
from chinwag_desktop.ui.timeline.pictures import Pictures, decode, format_of, round_off

pytestmark = pytest.mark.usefixtures("qapp")

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/hostname"/></svg>'


def encoded(form: bytes, width: int = 60, height: int = 40) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(form)).write(image)
    return bytes(buffer.data().data())


def decoded(data: bytes, size: QSize) -> QImage:
    buffer = QBuffer()
    buffer.setData(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return decode(buffer, size)


@pytest.mark.parametrize("form", [b"png", b"jpeg"])
def test_our_formats_are_scaled_to_cover(form: bytes) -> None:
    image = decoded(encoded(form), QSize(30, 30))
    assert (image.width(), image.height()) == (45, 30)
    assert round_off(image, QSize(30, 30), 4).size() == QSize(30, 30)


@pytest.mark.parametrize("data", [_SVG, b"", b"<html>", b"\x89PNG\r\n\x1a\nbroken", b"BM" + bytes(60), b"%PDF-1.7"])
def test_everything_else_is_no_picture(data: bytes) -> None:
    assert decoded(data, QSize(30, 30)).isNull()


def test_svg_is_never_guessed() -> None:
    assert format_of(_SVG[:12]) == b""
    assert format_of(b"RIFF\x00\x00\x00\x00WEBP") == b"webp"
    assert format_of(b"GIF89a......") == b"gif"


def test_round_corners_are_transparent() -> None:
    image = round_off(decoded(encoded(b"png"), QSize(40, 40)), QSize(40, 40), 12)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(20, 20) == QColor("#336699")


def test_the_gui_thread_does_not_decode(monkeypatch: pytest.MonkeyPatch, wait_until) -> None:
    where: list[int] = []
    real = pictures.decode
    monkeypatch.setattr(pictures, "decode", lambda *args: (where.append(threading.get_ident()), real(*args))[1])
    made = Pictures(sample.SamplePictures())
    row = sample.file_rows()[0]
    part = PicturePart(sample.QRectF(0, 0, 34, 21), 10, 0, row.message.attachments[0])
    ready: list[object] = []
    made.ready.connect(ready.append)
    assert made.get(row, part, 1.0) is None
    wait_until(lambda: (QApplication.processEvents(), ready)[1])
    assert where
    assert threading.get_ident() not in where
    pixmap = made.get(row, part, 1.0)
    assert pixmap is not None
    assert pixmap.size() == QSize(34, 21)


def test_one_that_cannot_be_had_is_tried_again_when_told(wait_until) -> None:
    made = Pictures(None)
    row = sample.file_rows()[4]
    part = PicturePart(sample.QRectF(0, 0, 34, 21), 10, 0, row.message.attachments[0])
    made.get(row, part, 1.0)
    wait_until(lambda: (QApplication.processEvents(), made.failed(row, part, 1.0))[1])
    made.forget_failures()
    assert not made.failed(row, part, 1.0)


def test_an_own_picture_is_read_from_the_disk(tmp_path: Path, wait_until) -> None:
    place = tmp_path / "a"
    place.write_bytes(encoded(b"png"))
    row = sample.make_row(
        0,
        sample.ME,
        sample.NOW,
        attachments=[sample.attachment("a.png", "image/png", 1, width=60, height=40)],
        local_path=str(place),
    )
    made = Pictures(None)
    part = PicturePart(sample.QRectF(0, 0, 60, 40), 10, 0, row.message.attachments[0])
    wait_until(lambda: (QApplication.processEvents(), made.get(row, part, 1.0))[1])


# what a path or the clipboard becomes


def test_a_picture_is_known_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(encoded(b"png"))
    (tmp_path / "fake.png").write_bytes(_SVG)
    real, fake = file_at(str(tmp_path / "notes.txt")), file_at(str(tmp_path / "fake.png"))
    assert real is not None
    assert (real.media_type, real.width, real.height, real.is_picture) == ("image/png", 60, 40, True)
    assert fake is not None
    assert (fake.media_type, fake.is_picture) == ("application/octet-stream", False)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert file_at(str(tmp_path)) is None
    assert file_at(str(tmp_path / "missing")) is None
    assert file_at("/dev/null") is None


def test_the_clipboard() -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/tmp/a.png"), QUrl("https://example.org/b.png")])
    assert paths_in(mime) == ["/tmp/a.png"]
    assert has_files(mime)
    words = QMimeData()
    words.setText("hello")
    assert not has_files(words)
    assert picture_in(words) is None


def test_a_pasted_picture_becomes_a_png(wait_until) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    mime = QMimeData()
    mime.setImageData(image)
    pasted = picture_in(mime)
    assert pasted is not None
    made: list[ComposedFile] = []
    encode_later(pasted, made.append)
    wait_until(lambda: made)
    QThreadPool.globalInstance().waitForDone()
    assert (made[0].media_type, made[0].width, made[0].height) == ("image/png", 40, 30)
    assert made[0].data is not None
    assert made[0].data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("head", "noted"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", True),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", True),
        (b"II*\x00\x08\x00\x00\x00", True),
        (b"MM\x00*\x00\x00\x00\x08", True),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", False),  # a film
        (b"hello", False),
        (b"", False),
    ],
)
def test_photos_whose_notes_nobody_takes_out_are_known_by_their_first_bytes(
    tmp_path: Path, head: bytes, noted: bool
) -> None:
    (tmp_path / "IMG_1.jpg").write_bytes(head)
    file = file_at(str(tmp_path / "IMG_1.jpg"))
    assert file is not None
    assert (file.keeps_notes, file.is_picture) == (noted, False)


@pytest.mark.parametrize("form", [b"png", b"jpeg"])
def test_pictures_that_the_server_writes_anew_need_no_question(tmp_path: Path, form: bytes) -> None:
    (tmp_path / "a").write_bytes(encoded(form))
    file = file_at(str(tmp_path / "a"))
    assert file is not None
    assert (file.keeps_notes, file.is_picture) == (False, True)
