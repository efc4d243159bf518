"""What lists of rows share, the sidebar's and that of people to choose from: their set-up, their ground, and the ring of the keyboard."""

from PySide6.QtCore import QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.button import came_from_keyboard
from chinwag_desktop.ui.widgets.scroll_bar import ThinScrollBar


class RowDelegate(QStyledItemDelegate):
    """`ring` says whether the keyboard leads."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.themes = themes
        self.ring = False


class RowList(QListView):
    """A list without frame and selection on a `ground`, which is a token; arrows show the ring, the mouse takes it away."""

    def __init__(self, themes: ThemeSource, *, ground: str, name: str) -> None:
        super().__init__()
        self.themes, self._ground = themes, ground
        self._rows: RowDelegate | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBar(ThinScrollBar(themes, ground=ground))
        self.setAccessibleName(name)
        themes.changed.connect(self._retint)
        themes.density_changed.connect(self.scheduleDelayedItemsLayout)
        self._retint()

    def paint_rows_by(self, delegate: RowDelegate) -> None:
        """Set the delegate, which must be one that knows the ring."""
        self._rows = delegate
        self.setItemDelegate(delegate)

    def set_ring(self, ring: bool) -> None:
        """Whether the keyboard leads."""
        if self._rows is not None:
            self._rows.ring = ring
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if came_from_keyboard(event):
            if not self.currentIndex().isValid():
                self.setCurrentIndex(self.model().index(0, 0))
            self.set_ring(True)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.set_ring(False)
        super().mousePressEvent(event)

    def _retint(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, self.themes.now[self._ground])
        self.setPalette(palette)


class PickList(RowList):
    """A list of a dialog: Enter and a click take a row, Escape is the dialog's."""

    taken = Signal(QModelIndex)

    def __init__(self, themes: ThemeSource, *, ground: str, name: str) -> None:
        super().__init__(themes, ground=ground, name=name)
        self.clicked.connect(self.taken)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.taken.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)
            self.set_ring(True)


def place_of(option: QStyleOptionViewItem) -> tuple[QStyle.StateFlag, QRectF]:
    """State and rectangle of a row that is to be painted."""
    state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - the stubs lack the fields of QStyleOption
    rect = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType] - the stubs lack the fields of QStyleOption
    return state, rect
