"""`TimelineDelegate`: lays out rows, keeps the layouts, and paints them. Everything it keeps can be forgotten at any time."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.dates import local_time
from chinwag_desktop.models.row_words import failure_words
from chinwag_desktop.models.timeline_context import RowContext
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.layout import lay_out
from chinwag_desktop.ui.timeline.painter import RowPainter
from chinwag_desktop.ui.timeline.parts import RowLayout, Words
from chinwag_desktop.ui.timeline.pictures import Pictures
from chinwag_desktop.ui.timeline.selection import Piece

KEPT = 400  # layouts, 0.06 ms each to make


class TimelineDelegate(QStyledItemDelegate):
    """One per view and model. Owns no row: it asks the model each time."""

    def __init__(
        self, themes: ThemeSource, model: TimelineModel, pictures: Pictures, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._themes, self._model, self._pictures = themes, model, pictures
        self._layouts: dict[tuple[object, RowContext, int], tuple[TimelineRow, RowLayout]] = {}
        self._painter: RowPainter | None = None
        themes.changed.connect(self._forget_painter)

    def _forget_painter(self) -> None:
        self._painter = None

    def forget(self) -> None:
        """Lay everything out anew: the width or many names changed."""
        self._layouts.clear()

    def layout_of(self, number: int, width: int) -> RowLayout:
        row, context, compact = self._model.row_at(number), self._model.context_at(number), self._themes.compact
        if row is None:
            seq = self._model.seq_at(number)
            return lay_out(None, context, width, Words(), own=False, seq=seq, compact=compact)
        key = (row.key, context, width)
        kept = self._layouts.get(key)
        if kept is not None and (kept[0] is row or kept[0] == row):
            return kept[1]
        layout = lay_out(row, context, width, self._words(row), own=self._model.is_own(row), compact=compact)
        if len(self._layouts) >= KEPT:
            for old in list(self._layouts)[: KEPT // 4]:
                del self._layouts[old]
        self._layouts[key] = (row, layout)
        return layout

    def _words(self, row: TimelineRow) -> Words:
        model, message = self._model, row.message
        quoted_sender, quoted = model.quoted(message.reply_to) if message.reply_to is not None else ("", "")
        return Words(
            sender=model.sender_name(row) if model.names else "",
            clock=local_time(message.created_at, model.zone).clock,
            system=model.system_words(row) if message.kind == "system" else "",
            failure=failure_words(row.error) if row.state is DeliveryState.FAILED else "",
            forwarded=model.forwarded_words(row),
            quoted_sender=quoted_sender,
            quoted=quoted,
            my_emoji=model.my_emoji(row),
            mentions=model.mentioned(row),
        )

    def paint_row(
        self,
        painter: QPainter,
        number: int,
        layout: RowLayout,
        *,
        ratio: float,
        focused: bool,
        selected: Sequence[Piece] = (),
    ) -> None:
        if self._painter is None or self._painter.ratio != ratio:
            self._painter = RowPainter(self._themes.now, self._themes.faces, ratio, self._pictures)
        self._painter.paint(painter, layout, self._model.row_at(number), focused=focused, selected=selected)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Asked by Qt only in passing: the view knows its geometry itself."""
        return QSize(120, 40)
