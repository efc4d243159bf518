"""`TextSelector`: selects text in the timeline with the mouse, as a drag, by words, or further with Shift; scrolls at the edges."""

from PySide6.QtCore import QObject, QPointF, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.timeline.anchored_list import AnchoredListView
from chinwag_desktop.ui.timeline.selection import (
    END,
    MOST,
    Place,
    TextSelection,
    offset_at,
    shown_text,
    word_around,
)

_SCROLL_MS, _SCROLL = 30, 24  # beyond an edge: this many pixels each time


class TextSelector(QObject):
    """The view passes its mouse events on; `changed` asks it to paint."""

    changed = Signal()

    def __init__(self, view: AnchoredListView) -> None:
        super().__init__(view)
        self._view = view
        self._model: TimelineModel | None = None
        self.selection = TextSelection()
        self._pressed: QPointF | None = None
        self.dragging = False
        self._last = QPointF()
        self._scroll = QTimer(self)
        self._scroll.setInterval(_SCROLL_MS)
        self._scroll.timeout.connect(self._scroll_on)

    def show_model(self, model: TimelineModel | None) -> None:
        """Another conversation: nothing of it is selected."""
        if self._model is not None and isValid(self._model):
            self._model.modelReset.disconnect(self.clear)
        self._model = model
        if model is not None:
            model.modelReset.connect(self.clear)
        self.selection = TextSelection()
        self._end_drag()

    def press(self, at: QPointF, *, further: bool) -> bool:
        """The left button went down; `further` with Shift. Whether something that was selected is not any more."""
        had = bool(self.selection)
        self._pressed, self.dragging = at, False
        if further and self.selection.anchor is not None:
            self.selection.head = self._place(at)
        else:
            self.selection = TextSelection()
            self.selection.anchor = self._place(at)
        if had or further:
            self.changed.emit()
        return had and not self.selection

    def move(self, at: QPointF) -> bool:
        """The pointer moved; whether that is a drag."""
        if self._pressed is None:
            return False
        if not self.dragging and (at - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return False
        self.dragging, self._last = True, at
        place = self._place(at)
        if place is not None:
            self.selection.head = place
            self.changed.emit()
        height = self._view.viewport().height()
        if at.y() < 0 or at.y() > height:
            self._scroll.start()
        else:
            self._scroll.stop()
        return True

    def release(self) -> bool:
        """The button came up; whether a drag has ended that selected something."""
        dragged = self.dragging and bool(self.selection)
        self._end_drag()
        return dragged

    def take_word(self, at: QPointF) -> None:
        """A double click selects a word."""
        place, placed = self._place(at), self._view.window_.at(at.y())
        if place is not None and placed is not None:
            on = offset_at(placed.layout, at - QPointF(0, placed.top), on_character=True)
            start, end = word_around(shown_text(placed.layout), on)
            self.selection.anchor, self.selection.head = Place(place.seq, start), Place(place.seq, end)
            self.changed.emit()

    def take_all(self) -> None:
        """Everything that is in memory around what is on the screen, as much as can be copied at once."""
        model, placed = self._model, self._view.window_.placed
        if model is None or not placed:
            return
        held = {row.message.seq for row in model.rows_in_memory() if row.message.seq}
        last = min(model.seq_at(placed[-1].row) or model.last_seq, model.last_seq)
        while last + 1 in held:
            last += 1
        first = last
        while first - 1 in held and last - first < MOST - 1:
            first -= 1
        if last in held:
            self.selection = TextSelection()
            self.selection.anchor, self.selection.head = Place(first, 0), Place(last, END)
            self.changed.emit()

    def clear(self) -> bool:
        """Select nothing; whether there was something."""
        had = bool(self.selection)
        self.selection = TextSelection()
        if had:
            self.changed.emit()
        return had

    def words(self) -> str:
        """What is selected."""
        return self.selection.words(self._model) if self._model is not None else ""

    def copy(self) -> bool:
        """Put it on the clipboard; whether there was something."""
        words = self.words()
        if words:
            QGuiApplication.clipboard().setText(words)
        return bool(words)

    def _place(self, at: QPointF) -> Place | None:
        """The place under a point, or the nearest one; None where there is no message that the server has."""
        placed, window, model = self._view.window_.at(at.y()), self._view.window_, self._model
        if placed is None and window.placed:
            placed = window.placed[0] if at.y() < window.placed[0].top else window.placed[-1]
        if placed is None or model is None:
            return None
        seq = model.seq_at(placed.row)
        if not seq:  # on its way still: up to what stands before it
            return Place(model.last_seq, END) if model.stored_count else None
        self.selection.remember(seq, placed.layout)
        bubble = placed.layout.bubble
        local = at - QPointF(0, placed.top)
        if bubble is not None and local.y() < bubble.top():
            return Place(seq, 0)
        if bubble is not None and local.y() > bubble.bottom():
            return Place(seq, END)
        return Place(seq, offset_at(placed.layout, local))

    def _scroll_on(self) -> None:
        up = self._last.y() < 0
        self._view.scroll_by(-_SCROLL if up else _SCROLL)
        place = self._place(QPointF(self._last.x(), 1 if up else self._view.viewport().height() - 2))
        if place is not None:
            self.selection.head = place
            self.changed.emit()

    def _end_drag(self) -> None:
        self._pressed, self.dragging = None, False
        self._scroll.stop()
