"""`PictureViewer`: a picture over the whole window. Wheel, plus and minus zoom, a drag moves it, the arrow keys go to the next one."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from PySide6.QtCore import (
    QBuffer,
    QEvent,
    QFile,
    QIODevice,
    QObject,
    QPointF,
    QRectF,
    QRunnable,
    Qt,
    QThreadPool,
    Signal,
)
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from chinwag_desktop.core.entities import TimelineRow
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.theme.typography import baseline, elide, font, line_height
from chinwag_desktop.ui.timeline.pictures import PictureSource, decode_whole
from chinwag_desktop.ui.widgets.button import IconButton
from chinwag_protocol.objects import Attachment

MOST_ZOOM: Final = 8.0
_STEP = 1.25
_WHEEL_STEP = 120  # eighths of a degree
_BAR = 56  # at the top: who, when, and the buttons
_GROUND = 0.95
_BUTTON = 40


class Viewable(Struct, frozen=True):
    """A picture of a conversation, with the words to show over it."""

    attachment: Attachment
    row: TimelineRow
    words: str


class _Decoding(QRunnable):
    def __init__(self, data: bytes | str, finished: Callable[[QImage], None]) -> None:
        super().__init__()
        self._data, self._finished = data, finished

    def run(self) -> None:
        if isinstance(self._data, str):
            device: QIODevice = QFile(self._data)
        else:
            device = QBuffer()
            device.setData(self._data)
        image = decode_whole(device) if device.open(QIODevice.OpenModeFlag.ReadOnly) else QImage()
        device.close()
        try:
            self._finished(image)
        except RuntimeError:
            return  # the viewer was closed meanwhile


class PictureViewer(QWidget):
    """Covers `window` until Escape, its cross, or a click beside the picture; then deletes itself."""

    closed = Signal()
    save_requested = Signal(object, object)
    """An Attachment and its TimelineRow."""
    _decoded = Signal(object, QImage)

    def __init__(
        self, themes: ThemeSource, window: QWidget, source: PictureSource | None, items: Sequence[Viewable], at: int
    ) -> None:
        super().__init__(window)
        self.themes, self._source, self.items, self.at = themes, source, items, at
        self.picture: QPixmap | None = None
        self.failed = False
        self.zoom = 1.0
        """1 fits the window."""
        self._middle = QPointF()  # of the picture from that of the window
        self._dragged: QPointF | None = None
        self._moved = False
        self._before = QApplication.focusWidget()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        names = {
            "back": translate("Viewer", "Previous picture (Left)"),
            "forward": translate("Viewer", "Next picture (Right)"),
            "download": translate("Viewer", "Save file… (Ctrl+S)"),
            "close": translate("Viewer", "Close (Escape)"),
        }
        self.buttons = {
            icon: IconButton(themes, icon, name, size=_BUTTON, ink="on_scrim") for icon, name in names.items()
        }
        acts = {
            "back": lambda: self.go(-1),
            "forward": lambda: self.go(1),
            "download": self._save,
            "close": self.dismiss,
        }
        for icon, button in self.buttons.items():
            button.setParent(self)
            button.on_dark = True
            button.clicked.connect(acts[icon])
        self._decoded.connect(self._keep, Qt.ConnectionType.QueuedConnection)
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self._show_item()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # which one

    def go(self, step: int) -> None:
        """The next or previous one, if there is one."""
        if 0 <= self.at + step < len(self.items):
            self.at += step
            self._show_item()

    def dismiss(self) -> None:
        """Back to the conversation."""
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()
        self.deleteLater()

    def _save(self) -> None:
        item = self.items[self.at]
        self.save_requested.emit(item.attachment, item.row)

    def _show_item(self) -> None:
        item = self.items[self.at]
        self.picture, self.failed, self.zoom, self._middle = None, False, 1.0, QPointF()
        self.setAccessibleName(f"{item.attachment.name}, {item.words}")
        self.buttons["back"].setVisible(self.at > 0)
        self.buttons["forward"].setVisible(self.at < len(self.items) - 1)

        def start(data: bytes | str | None) -> None:
            if data is None:
                self._decoded.emit(item, QImage())
            else:
                QThreadPool.globalInstance().start(_Decoding(data, lambda image: self._decoded.emit(item, image)))

        if item.row.local_path is not None and item.attachment == item.row.message.attachments[0]:
            start(item.row.local_path)
        elif self._source is not None:
            self._source.fetch_whole(item.attachment, start)
        else:
            start(None)
        self.update()

    def _keep(self, item: Viewable, image: QImage) -> None:
        if item is self.items[self.at]:
            self.failed = image.isNull()
            self.picture = None if image.isNull() else QPixmap.fromImage(image)
            self.update()

    # how large, and where

    def _room(self) -> QRectF:
        return QRectF(0, _BAR, self.width(), self.height() - _BAR).adjusted(Space.M, 0, -Space.M, -Space.M)

    def place(self) -> QRectF:
        """Where the picture stands."""
        if self.picture is None:
            return QRectF()
        room, size = self._room(), self.picture.size()
        fit = min(room.width() / size.width(), room.height() / size.height(), 1.0)
        width, height = size.width() * fit * self.zoom, size.height() * fit * self.zoom
        middle = room.center() + self._middle
        return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Larger or smaller; what is under `at` stays there."""
        before, old = self.place(), self.zoom
        self.zoom = max(1.0, min(self.zoom * factor, MOST_ZOOM))
        if self.zoom == 1.0:
            self._middle = QPointF()
        elif at is not None and before.isValid():
            self._middle += (before.center() - at) * (self.zoom / old - 1)
        self._hold_in()
        self.update()

    def _hold_in(self) -> None:
        """No more air at one side than at the other: an edge never leaves its side of the room."""
        place, room = self.place(), self._room()
        across, down = max(0.0, (place.width() - room.width()) / 2), max(0.0, (place.height() - room.height()) / 2)
        self._middle = QPointF(max(-across, min(self._middle.x(), across)), max(-down, min(self._middle.y(), down)))

    # hands

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.dismiss()
            case Qt.Key.Key_Left:
                self.go(-1)
            case Qt.Key.Key_Right:
                self.go(1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(_STEP)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / _STEP)
            case Qt.Key.Key_0:
                self.zoom_by(0)
            case Qt.Key.Key_S if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._save()
            case _:
                super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(_STEP ** (event.angleDelta().y() / _WHEEL_STEP), event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._dragged, self._moved = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            self._middle += event.position() - self._dragged
            self._dragged, self._moved = event.position(), True
            self._hold_in()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = None
        if not self._moved and not self.place().contains(event.position()):
            self.dismiss()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.zoom_by(2.5 if self.zoom == 1.0 else 0, event.position())

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab stays on the viewer: what it covers cannot be pressed."""
        seen: list[QWidget] = [self, *(button for button in self.buttons.values() if button.isVisible())]
        focused = self.focusWidget()
        now = seen.index(focused) if focused in seen else 0
        seen[(now + (1 if next else -1)) % len(seen)].setFocus(
            Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        )
        return True

    # looks

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        right = self.width() - Space.S
        for icon in ("close", "download"):
            right -= _BUTTON
            self.buttons[icon].move(right, (_BAR - _BUTTON) // 2)
        middle = _BAR + (self.height() - _BAR - _BUTTON) // 2
        self.buttons["back"].move(Space.S, middle)
        self.buttons["forward"].move(self.width() - Space.S - _BUTTON, middle)
        self._hold_in()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.faded("viewer", _GROUND))
        if self.picture is not None:
            painter.drawPixmap(self.place(), self.picture, QRectF(self.picture.rect()))
        painter.setPen(theme["on_scrim"])
        if self.picture is None:
            words = (
                translate("Viewer", "This picture cannot be shown.") if self.failed else translate("Viewer", "Loading…")
            )
            painter.setFont(font("body"))
            painter.drawText(self._room(), Qt.AlignmentFlag.AlignCenter, words)
        self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        item = self.items[self.at]
        words = item.words
        if len(self.items) > 1:
            words += " · " + translate("Viewer", "{n} of {all}", n=self.at + 1, all=len(self.items))
        room = self.width() - 2 * _BUTTON - 3 * Space.M
        painter.setFont(font("small"))
        top = (_BAR - line_height("small")) / 2
        painter.drawText(QPointF(Space.XL, top + baseline("small")), elide("small", words, room))
