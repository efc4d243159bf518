"""`TimelineView`: the messages of a conversation, and what a person can do to them with pointer and keys."""

from uuid import UUID

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QShowEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from chinwag_desktop.core.emoji import RecentEmoji
from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import tooltip
from chinwag_desktop.models.row_rights import can_answer, can_change, can_delete, can_pin
from chinwag_desktop.models.row_words import is_picture
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.emoji_picker import EmojiPicker
from chinwag_desktop.ui.links import find_links
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.anchored_list import AnchoredListView, Index
from chinwag_desktop.ui.timeline.delegate import TimelineDelegate
from chinwag_desktop.ui.timeline.hit import Hit, Target, hit
from chinwag_desktop.ui.timeline.hover_bar import HoverBar
from chinwag_desktop.ui.timeline.parts import RowLayout
from chinwag_desktop.ui.timeline.pictures import Pictures
from chinwag_desktop.ui.timeline.reaction_picker import ReactionPicker
from chinwag_desktop.ui.timeline.row_menu import copy, row_menu
from chinwag_desktop.ui.timeline.selection import is_on_text
from chinwag_desktop.ui.timeline.text_selector import TextSelector
from chinwag_desktop.ui.widgets.button import came_from_keyboard

_PREFETCH = 40  # rows beyond the viewport that are looked at, so that a missing page is fetched before it is seen
_PAGE_OVERLAP = 40  # pixels
_STEP = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class TimelineView(AnchoredListView):
    """Show a model with `show_model`. Keys: arrows walk the rows, Enter acts, Delete discards, Home, End and Page keys move."""

    retry_requested = Signal(object)
    discard_requested = Signal(object)
    """The UUID key of a failed row."""
    link_activated = Signal(str)
    reply_requested = Signal(object)
    edit_requested = Signal(object)
    delete_requested = Signal(object)
    """A TimelineRow that the server has."""
    forward_requested = Signal(object)
    """A TimelineRow that is to be copied to another conversation."""
    pin_requested = Signal(object, bool)
    """A TimelineRow, and whether it is pinned or unpinned."""
    details_requested = Signal(object)
    """A TimelineRow: what happened to it, and who has read it."""
    unread_requested = Signal(object)
    """A TimelineRow from which on the conversation is to be unread."""
    reaction_requested = Signal(object, str, bool)
    """A TimelineRow, an emoji, and whether it is given or taken back."""
    picture_activated = Signal(object, object)
    """A picture to look at: an Attachment and its TimelineRow."""
    attachment_activated = Signal(object, object)
    """An Attachment and its TimelineRow."""
    day_requested = Signal(object)
    """The TimelineRow under a date that was clicked: the person wants to go to a day."""
    person_activated = Signal(object)
    """The UUID of somebody whose picture, name or mention was clicked."""
    seen_upto = Signal(int)
    """The greatest `seq` on the screen moved up."""
    escaped = Signal()
    """Escape: back to writing."""

    def __init__(
        self,
        themes: ThemeSource,
        pictures: Pictures,
        recent: RecentEmoji | None = None,
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, parent=parent)
        self._pictures, self._recent = pictures, recent or RecentEmoji()
        self._delegate: TimelineDelegate | None = None
        self._timeline: TimelineModel | None = None
        self._current = -1  # the row the keyboard stands on
        self._seen = 0
        self._let_go = False
        self._pressed: tuple[UUID | None, Target] = (None, Target.NOTHING)
        self.ring = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(translate("Timeline", "Messages"))
        self.selector = TextSelector(self)
        self.selector.changed.connect(self.viewport().update)
        self.bar = HoverBar(themes, self.viewport())
        self.bar.react_requested.connect(self.pick_reaction)
        self.bar.reply_requested.connect(self.reply_requested)
        self.bar.menu_requested.connect(self._more)
        self.filled.connect(self.bar.hide)  # what it stood at has moved
        self.filled.connect(self._look)
        pictures.ready.connect(self._picture_ready)
        themes.density_changed.connect(self._lay_out_anew)

    def show_model(self, model: TimelineModel | None) -> None:
        """Show another conversation: from what is new in it, which may be its end."""
        old, self._timeline = self._delegate, None  # until it stands where it is to be read nothing of it is seen
        self._delegate = TimelineDelegate(self.themes, model, self._pictures, self) if model is not None else None
        self._current, self._seen, self.ring = -1, 0, False
        self.selector.show_model(model)
        if self._delegate is not None:
            self.setItemDelegate(self._delegate)
        self.setModel(model)
        self._timeline = model
        if model is not None and (row := model.first_unread_row) >= 0:
            self.to_row(row)
        else:
            self._look()
        if old is not None:
            old.deleteLater()

    def show_seq(self, seq: int) -> None:
        """Bring the message into view, a third from the top."""
        if self._timeline is not None and (row := self._timeline.row_of_seq(seq)) >= 0:
            self.to_row(row)

    # rows

    def layout_of(self, row: int, width: int) -> RowLayout:
        return self._delegate.layout_of(row, width) if self._delegate is not None else RowLayout(width=width)

    def paint_row(self, painter: QPainter, row: int, layout: RowLayout) -> None:
        if self._delegate is not None:
            focused = self.ring and row == self._current and self.hasFocus()
            seq = self._timeline.seq_at(row) if self._timeline is not None else 0
            chosen = self.selector.selection.pieces(seq, layout)
            ratio = self.devicePixelRatioF()
            self._delegate.paint_row(painter, row, layout, ratio=ratio, focused=focused, selected=chosen)

    def dataChanged(self, topLeft: Index, bottomRight: Index, roles: object = ()) -> None:
        if not roles and self._delegate is not None:
            self._delegate.forget()  # names changed: rows that are the same look different
        super().dataChanged(topLeft, bottomRight)

    def _lay_out_anew(self) -> None:
        if self._delegate is not None:
            self._delegate.forget()
        self.to_end() if self.at_end else self.refill()
        self.viewport().update()

    def _picture_ready(self, key: UUID) -> None:
        if self._timeline is not None and (row := self._timeline.row_of_key(key)) >= 0:
            self.viewport().update(self._rect_of(row))
        else:
            self.viewport().update()

    def _look(self) -> None:
        """Tell how far the conversation was seen, and look ahead."""
        model, placed = self._timeline, self.window_.placed
        if model is None or not placed:
            return
        for row in (placed[0].row - _PREFETCH, placed[-1].row + _PREFETCH):
            model.row_at(max(0, min(row, model.rowCount() - 1)))
        if not self.isVisible():
            return  # laid out behind another page of the pane: nobody has seen it
        bottom = self.viewport().height()
        seen = max((model.seq_at(p.row) for p in placed if p.top < bottom - 8 and p.bottom > 0), default=0)
        if seen > self._seen:
            self._seen = seen
            self.seen_upto.emit(seen)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    @property
    def seen(self) -> int:
        """The greatest `seq` that was on the screen since the conversation was opened."""
        return self._seen

    # the pointer

    def _hit(self, at: QPointF) -> tuple[TimelineRow | None, Hit]:
        placed = self.window_.at(at.y())
        if placed is None or self._timeline is None:
            return None, Hit(Target.NOTHING)
        return self._timeline.row_at(placed.row), hit(placed.layout, at - QPointF(0, placed.top))

    def mouseMoveEvent(self, e: QMouseEvent) -> None:
        if not e.buttons() & Qt.MouseButton.LeftButton:
            self.selector.release()  # it came up where we did not see it
        elif self.selector.move(e.position()):
            self.bar.hide()
            return
        row, found = self._hit(e.position())
        self._offer(row, e.position())
        placed = self.window_.at(e.position().y())
        if found.pressable:
            shape = Qt.CursorShape.PointingHandCursor
        elif placed is not None and is_on_text(placed.layout, e.position() - QPointF(0, placed.top)):
            shape = Qt.CursorShape.IBeamCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def _offer(self, row: TimelineRow | None, at: QPointF) -> None:
        """The buttons of the row under the pointer."""
        placed = self.window_.at(at.y())
        if row is None or placed is None or placed.layout.bubble is None or not can_answer(row):
            self.bar.hide()
        elif self.bar.isHidden() or self.bar.row is not row:
            self.bar.show_for(row, placed.layout.bubble.translated(0, placed.top), own=placed.layout.own)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.bar.hide()

    def _more(self, row: TimelineRow) -> None:
        button = self.bar.buttons["more"]
        self._open_menu(row, Hit(Target.BUBBLE), button.mapToGlobal(button.rect().bottomLeft()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._set_ring(False)
        if event.button() is Qt.MouseButton.LeftButton:
            further = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            row, found = self._hit(event.position())
            self._pressed = (row.key if row is not None else None, found.target)
            self._let_go = self.selector.press(event.position(), further=further) or further

    def mouseReleaseEvent(self, e: QMouseEvent) -> None:
        """A click acts, unless it was a drag or took a selection away."""
        if e.button() is not Qt.MouseButton.LeftButton or self.selector.release() or self._let_go:
            return
        row, found = self._hit(e.position())
        if row is not None and (row.key, found.target) == self._pressed:  # rows may have moved under the pointer
            self._act(row, found)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._let_go = True  # the release of it is no click
        placed, (_, found) = self.window_.at(event.position().y()), self._hit(event.position())
        if event.button() is not Qt.MouseButton.LeftButton or placed is None or found.pressable:
            return
        if is_on_text(placed.layout, event.position() - QPointF(0, placed.top)):
            self.selector.take_word(event.position())

    def _act(self, row: TimelineRow, found: Hit) -> None:
        match found.target:
            case Target.RETRY:
                self.retry_requested.emit(row.key)
            case Target.DISCARD:
                self.discard_requested.emit(row.key)
            case Target.LINK:
                self.link_activated.emit(found.url)
            case Target.ATTACHMENT if found.attachment is not None:
                look = is_picture(found.attachment)
                (self.picture_activated if look else self.attachment_activated).emit(found.attachment, row)
            case Target.QUOTE if row.message.reply_to is not None:
                self.show_seq(row.message.reply_to.seq)
            case Target.REACTION if found.reaction is not None:
                self.reaction_requested.emit(row, found.reaction.emoji, not found.reaction.mine)
            case Target.DATE:
                self.day_requested.emit(row)
            case Target.PERSON if self._timeline is not None:
                self.person_activated.emit(self._timeline.person_meant(row, found.username))
            case _:
                pass

    def pick_reaction(self, row: TimelineRow) -> None:
        """Show the emoji to choose from, over the message."""
        model = self._timeline
        if model is None or (number := model.row_of_key(row.key)) < 0 or (placed := self.window_.find(number)) is None:
            return
        mine = model.my_emoji(row)
        picker = ReactionPicker(self.themes, mine, self)
        bubble = (placed.layout.bubble or QRectF()).translated(0, placed.top).toRect()
        over = QRect(self.viewport().mapToGlobal(bubble.topLeft()), bubble.size())

        def chosen(emoji: str) -> None:
            if emoji not in mine:
                self._recent.use(emoji)
            self.reaction_requested.emit(row, emoji, emoji not in mine)

        def more() -> None:
            every = EmojiPicker(self.themes, self._recent.items, self)
            every.chosen.connect(chosen)
            every.pop_up(over)

        picker.chosen.connect(chosen)
        picker.more_requested.connect(more)
        picker.pop_up(over)

    # the keyboard

    def _set_ring(self, ring: bool) -> None:
        self.ring = ring
        self.viewport().update()

    def _stand_on(self, row: int) -> None:
        model = self._timeline
        if model is None or not model.rowCount():
            return
        self._current = max(0, min(row, model.rowCount() - 1))
        self.setCurrentIndex(model.index(self._current))
        self.scrollTo(model.index(self._current))
        self._set_ring(True)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if came_from_keyboard(event) and self.window_.placed:
            self._stand_on(self._current if self.window_.find(self._current) else self.window_.placed[-1].row)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._set_ring(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, page = event.key(), self.viewport().height() - _PAGE_OVERLAP
        row = self._current_row()
        if key in _STEP:
            start = self._current if self._current >= 0 else self.window_.count
            self._stand_on(start + _STEP[Qt.Key(key)])
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.scroll_by(-page if key == Qt.Key.Key_PageUp else page)
        elif key == Qt.Key.Key_End:
            self.to_end()
            self._stand_on(self.window_.count - 1)
        elif key == Qt.Key.Key_Home:
            self._stand_on(0)
        elif key == Qt.Key.Key_Escape:
            if not self.selector.clear():
                self.escaped.emit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.selector.take_all()
        elif event.matches(QKeySequence.StandardKey.Copy) and self.selector.copy():
            pass
        elif row is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._act(row, self._first_action(row))
        elif row is not None and key == Qt.Key.Key_Delete and row.state is DeliveryState.FAILED:
            self.discard_requested.emit(row.key)
        elif row is not None and event.matches(QKeySequence.StandardKey.Copy):
            copy(row.message.text)
        elif row is None or not self._change(row, event):
            event.ignore()

    def _change(self, row: TimelineRow, event: QKeyEvent) -> bool:
        """Ctrl+R answers, Ctrl+Shift+R forwards, Ctrl+E reacts, Ctrl+P pins, Ctrl+D tells of it, F2 changes, Delete deletes; returns whether the key was one of these."""
        model = self._timeline
        if model is None:
            return False
        key, ctrl = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_R and ctrl and can_answer(row):
            further = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            (self.forward_requested if further else self.reply_requested).emit(row)
        elif key == Qt.Key.Key_E and ctrl and can_answer(row):
            self.pick_reaction(row)
        elif key == Qt.Key.Key_D and ctrl and row.message.kind != "system":
            self.details_requested.emit(row)
        elif key == Qt.Key.Key_P and ctrl and can_pin(row, model.rights):
            self.pin_requested.emit(row, row.message.pinned_at is None)
        elif key == Qt.Key.Key_F2 and can_change(row, model.me):
            self.edit_requested.emit(row)
        elif key == Qt.Key.Key_Delete and can_delete(row, model.rights):
            self.delete_requested.emit(row)
        else:
            return False
        return True

    def _current_row(self) -> TimelineRow | None:
        model = self._timeline
        return model.row_at(self._current) if model is not None and 0 <= self._current < model.rowCount() else None

    def _first_action(self, row: TimelineRow) -> Hit:
        """What Enter does to a row."""
        if row.state is DeliveryState.FAILED:
            return Hit(Target.RETRY)
        if row.message.attachments:
            return Hit(Target.ATTACHMENT, attachment=row.message.attachments[0])
        links = find_links(row.message.text)
        if links:
            return Hit(Target.LINK, url=links[0].url)
        return Hit(Target.BUBBLE if row.message.reply_to is None else Target.QUOTE)

    # the menu of a row

    def contextMenuEvent(self, arg__1: QContextMenuEvent) -> None:
        by_key = arg__1.reason() is QContextMenuEvent.Reason.Keyboard
        if by_key:
            row, found = self._current_row(), Hit(Target.BUBBLE)
            at = self.viewport().mapToGlobal(self._rect_of(self._current).center())
        else:
            row, found = self._hit(QPointF(arg__1.pos()))
            at = arg__1.globalPos()
        if row is not None and row.message.kind != "system" and found.target is not Target.NOTHING:
            self._open_menu(row, found, at)

    def _open_menu(self, row: TimelineRow, found: Hit, at: QPoint) -> None:
        if self._timeline is None:
            return
        menu = row_menu(self, row, found, rights=self._timeline.rights)
        if menu.actions():
            menu.popup(at)
        else:
            menu.deleteLater()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row, found = self._hit(QPointF(event.pos()))
            model, chip = self._timeline, found.reaction
            words = (
                model.who_reacted(row, chip.emoji) if model is not None and row is not None and chip is not None else ""
            )
            QToolTip.showText(event.globalPos(), tooltip(words) if words else "", self.viewport())
            return True  # nothing else: the base class would show the text of the row, which is somebody else's
        return super().viewportEvent(event)
