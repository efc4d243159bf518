"""`AnchoredListView`: a QListView whose geometry is replaced by a window of rows around one anchor.

QListView asks the size of every row and moves all of them on each insertion (8 s to open 100,000 rows). This one lays out only what the
viewport shows. What remains of QListView is worth having: model signals, the current index, and its accessible list.
Subclasses give `layout_of` and `paint_row`.
"""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import (
    QAbstractItemModel,
    QEasingCurve,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import MotionMs
from chinwag_desktop.ui.timeline.parts import RowLayout
from chinwag_desktop.ui.timeline.row_window import RowWindow
from chinwag_desktop.ui.widgets.scroll_bar import ThinScrollBar

_UNIT = 64  # scroll bar steps a row
_GLIDE = 240  # pixels of the way to the end that are seen
_WHEEL = 0.8  # pixels per eighth of a degree

Index = QModelIndex | QPersistentModelIndex


class AnchoredListView(QListView):
    """Public: `scroll_by`, `to_end`, `to_row`, `glide_to_end`, `at_end`."""

    end_reached = Signal(bool)
    """True when the last row came into view, False when it left."""
    filled = Signal()
    """The rows on the screen, or their places, were determined anew."""

    def __init__(self, themes: ThemeSource, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.themes = themes
        self.window_ = RowWindow(lambda row: self.layout_of(row, self.viewport().width()))
        self._syncing = False
        self._glide: QVariantAnimation | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBar(ThinScrollBar(themes))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # the rail is always reserved: a width that changes with the bar lays all out twice
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # paintEvent fills the ground itself
        self.viewport().setAutoFillBackground(False)
        themes.changed.connect(self.viewport().update)

    def layout_of(self, row: int, width: int) -> RowLayout:
        raise NotImplementedError

    def paint_row(self, painter: QPainter, row: int, layout: RowLayout) -> None:
        raise NotImplementedError

    # the model's news

    def _model(self) -> QAbstractItemModel | None:
        return cast("QAbstractItemModel | None", self.model())  # the stubs forget that there may be none

    def setModel(self, model: QAbstractItemModel | None) -> None:
        old = self._model()
        if old is not None:
            old.rowsRemoved.disconnect(self._rows_removed)
            old.rowsMoved.disconnect(self._rows_moved)
        super().setModel(model)
        if model is not None:
            model.rowsRemoved.connect(self._rows_removed)
            model.rowsMoved.connect(self._rows_moved)
        self.to_end()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        stuck = self.at_end
        super().rowsInserted(parent, start, end)
        if stuck:
            self.to_end()
        else:
            self.window_.rows_inserted(start, end - start + 1)
            self.refill()

    def _rows_removed(self, _parent: QModelIndex, start: int, end: int) -> None:
        stuck = self.at_end
        self.window_.rows_removed(start, end - start + 1)
        self.to_end() if stuck else self.refill()

    def _rows_moved(self) -> None:
        self.refill()

    def dataChanged(self, topLeft: Index, bottomRight: Index, roles: Sequence[int] = ()) -> None:
        window = self.window_
        changed = range(topLeft.row(), bottomRight.row() + 1)
        before = {p.row: (p.top, p.layout.height) for p in window.placed}
        if window.at_end:
            self._count()
            window.anchor_end()
        self._fill()
        after = {p.row: (p.top, p.layout.height) for p in window.placed}
        if before == after:
            for row in changed if len(changed) < len(before) else before:
                self.viewport().update(self._rect_of(row).adjusted(0, -4, 0, 4))
        else:
            self.viewport().update()
        QAbstractItemView.dataChanged(self, topLeft, bottomRight, roles)  # not QListView's, which lays all out

    def reset(self) -> None:
        super().reset()
        self.to_end()

    # geometry: QListView's own is never run

    def doItemsLayout(self) -> None:
        self._fill()

    def updateGeometries(self) -> None:
        pass

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.to_end() if self.at_end else self.refill()

    def _rect_of(self, row: int) -> QRect:
        placed = self.window_.find(row)
        if placed is None:
            return QRect()
        return QRect(0, int(placed.top), self.viewport().width(), int(placed.layout.height) + 1)

    def visualRect(self, index: Index) -> QRect:
        return self._rect_of(index.row())

    def indexAt(self, p: QPoint) -> QModelIndex:
        placed, model = self.window_.at(p.y()), self._model()
        return model.index(placed.row, 0) if placed is not None and model is not None else QModelIndex()

    def verticalOffset(self) -> int:
        return 0

    def visualRegionForSelection(self, selection: object) -> QRegion:
        return QRegion()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        placed = self.window_.find(index.row())
        if placed is None:
            self.to_row(index.row())
        elif placed.top < 0:
            self.scroll_by(placed.top - 8)
        elif placed.bottom > self.viewport().height() - 8:
            self.scroll_by(min(placed.bottom - self.viewport().height() + 8, placed.top - 8))

    def _count(self) -> None:
        model = self._model()
        self.window_.count = model.rowCount() if model is not None else 0
        self.window_.height = self.viewport().height()

    def _fill(self) -> None:
        was_at_end = self.window_.at_end
        self._count()
        self.window_.fill()
        self._tell_scroll_bar()
        self.filled.emit()
        if self.window_.at_end != was_at_end:
            self.end_reached.emit(self.window_.at_end)

    def refill(self) -> None:
        """Lay out around the anchor and paint."""
        self._fill()
        self.viewport().update()

    def _tell_scroll_bar(self) -> None:
        bar, window = self.verticalScrollBar(), self.window_
        maximum = 0 if window.fits else max(1, window.count * _UNIT)
        self._syncing = True
        bar.setPageStep(max(1, len(window.placed)) * _UNIT)
        bar.setSingleStep(_UNIT)
        bar.setRange(0, maximum)
        bar.setValue(round(window.fraction() * maximum))
        self._syncing = False

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        bar = self.verticalScrollBar()
        if self._syncing or not bar.maximum() or not self.window_.count:
            return
        if bar.value() == bar.maximum():
            self.to_end()
        else:
            self.window_.anchor_fraction(bar.value() / bar.maximum())
            self.refill()

    # moving

    @property
    def at_end(self) -> bool:
        return self.window_.at_end

    def scroll_by(self, pixels: float) -> None:
        """Move the content up by `pixels` and paint it all: moving the pixels that stay gains nothing (VISUAL.md)."""
        if self.window_.placed:
            self.window_.move(round(pixels))
            self.refill()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._stop_gliding()
        self.scroll_by(-(event.pixelDelta().y() or event.angleDelta().y() * _WHEEL))
        event.accept()

    def to_end(self) -> None:
        self._count()
        self.window_.anchor_end()
        self.refill()

    def to_row(self, row: int) -> None:
        """Show `row` a third down the viewport."""
        self._count()
        self.window_.anchor_row(row, float(self.viewport().height() // 3))
        self.refill()

    def glide_to_end(self) -> None:
        """Land a little above the end, then ease in."""
        self._stop_gliding()
        self.to_end()
        way = min(_GLIDE, self.viewport().height() // 2)
        if self.themes.still or way <= 0:
            return
        self.scroll_by(-way)
        left = way

        def step(value: int) -> None:
            nonlocal left
            self.scroll_by(left - value)
            left = value

        glide = QVariantAnimation(self)
        glide.setStartValue(way)
        glide.setEndValue(0)
        glide.setDuration(MotionMs.SCROLL)
        glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        glide.valueChanged.connect(step)
        glide.finished.connect(self.to_end)
        self._glide = glide
        glide.start(QVariantAnimation.DeletionPolicy.KeepWhenStopped)

    def _stop_gliding(self) -> None:
        if self._glide is not None:
            self._glide.stop()
            self._glide.deleteLater()
            self._glide = None

    # painting

    def paintEvent(self, e: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area = e.rect()
        painter.fillRect(area, self.themes.now["canvas"])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = area.top(), area.bottom() + 1
        for row, top, layout in self.window_.placed:
            if top <= high and top + layout.height + 4 >= low:
                painter.translate(0, top)
                self.paint_row(painter, row, layout)
                painter.translate(0, -top)
