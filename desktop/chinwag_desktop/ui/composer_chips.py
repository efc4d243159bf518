"""The files in the composer, as chips with a button to take each away again."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.row_words import size_words
from chinwag_desktop.ui.attaching import ComposedFile
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, elide_middle, font
from chinwag_desktop.ui.timeline.pictures import Decoding
from chinwag_desktop.ui.widgets.button import IconButton

CHIP = 44
_PREVIEW, _TEXT_X, _CLOSE = 32, 46, 28
_LONGEST = 180  # pixels of a file's name
_GAP = Space.XS
_PAD = 6  # around all chips; the composer adds as much


class FileChip(QWidget):
    """One file. `removed` is its cross."""

    removed = Signal()
    _decoded = Signal(QImage)

    def __init__(self, themes: ThemeSource, file: ComposedFile, parent: QWidget) -> None:
        super().__init__(parent)
        self.themes, self.file = themes, file
        self._preview: QPixmap | None = None
        self._title = elide_middle("caption_strong", one_line(file.name), _LONGEST)
        self._detail = size_words(file.size)
        self.setAccessibleName(f"{one_line(file.name)}, {self._detail}")
        self.close_button = IconButton(
            themes, "close", translate("Composer", "Remove {name}", name=one_line(file.name)), size=_CLOSE
        )
        self.close_button.setParent(self)
        self.close_button.clicked.connect(self.removed)
        words = max(advance("caption_strong", self._title), advance("meta", self._detail))
        self.setFixedSize(_TEXT_X + round(words) + Space.XS + _CLOSE + 6, CHIP)
        self.close_button.move(self.width() - _CLOSE - 6, (CHIP - _CLOSE) // 2)
        themes.changed.connect(self.update)
        if file.is_picture:
            self._decoded.connect(self._keep, Qt.ConnectionType.QueuedConnection)
            self._start_preview(file.path or file.data or b"")

    def _start_preview(self, data: bytes | str) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(round(_PREVIEW * ratio), round(_PREVIEW * ratio))
        QThreadPool.globalInstance().start(Decoding(data, size, Radius.INSET * ratio, self._decoded.emit))

    def _keep(self, image: QImage) -> None:
        if not image.isNull():
            self._preview = QPixmap.fromImage(image)
            self._preview.setDevicePixelRatio(image.width() / _PREVIEW)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(NO_PEN)
        painter.setBrush(theme["well"])
        painter.drawRoundedRect(QRectF(self.rect()), Radius.CONTROL, Radius.CONTROL)
        if self._preview is not None:
            painter.drawPixmap(QPointF(6, 6), self._preview)
        else:
            icon = "image" if self.file.is_picture else "file"
            picture = icons.pixmap(icon, theme["accent_ink"], Size.ICON, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(13, 12), picture)
        painter.setFont(font("caption_strong"))
        painter.setPen(theme["text"])
        painter.drawText(QPointF(_TEXT_X, 6 + baseline("caption_strong")), self._title)
        painter.setFont(font("meta"))
        painter.setPen(theme["text_2"])
        painter.drawText(QPointF(_TEXT_X, 22 + baseline("meta")), self._detail)


class ChipRow(QWidget):
    """Chips that flow into as many lines as they need. `changed` after one was added or taken away."""

    changed = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self._chips: list[FileChip] = []
        self.hide()

    def files(self) -> tuple[ComposedFile, ...]:
        return tuple(chip.file for chip in self._chips)

    def chips(self) -> Sequence[FileChip]:
        return self._chips

    def add(self, file: ComposedFile) -> None:
        chip = FileChip(self.themes, file, self)
        chip.removed.connect(lambda: self._remove(chip))
        self._chips.append(chip)
        chip.show()
        self._changed()

    def clear(self) -> None:
        while self._chips:
            self._chips.pop().deleteLater()
        self._changed()

    def _remove(self, chip: FileChip) -> None:
        self._chips.remove(chip)
        chip.deleteLater()
        self._changed()

    def _changed(self) -> None:
        self.setVisible(bool(self._chips))
        self._flow()
        self.changed.emit()

    def _flow(self) -> None:
        x = y = _PAD
        for chip in self._chips:
            if x > _PAD and x + chip.width() > self.width() - _PAD:
                x, y = _PAD, y + CHIP + _GAP
            chip.move(x, y)
            x += chip.width() + _GAP
        self.setFixedHeight(y + CHIP + 2 if self._chips else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.oldSize().width() != event.size().width():
            self._flow()
            self.changed.emit()
