"""A dialog with messages to go to: who, when and the first words of each."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QSize, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.message_list_model import MessageLine, MessageListModel
from chinwag_desktop.ui.row_list import PickList, RowDelegate, place_of
from chinwag_desktop.ui.theme.avatars import avatar
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, elide, font
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog
from chinwag_desktop.ui.widgets.note import Note

ROW = 56
_WIDTH, _ROWS, _INSET = 520, 7, 10


class MessageLineDelegate(RowDelegate):
    """Paints a `MessageLine`."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        line = index.data(ItemRole)
        if not isinstance(line, MessageLine):
            return
        state, rect = place_of(option)
        theme, card = self.themes.now, rect.adjusted(0, 1, 0, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(NO_PEN)
            painter.setBrush(theme["hover_raised"])
            painter.drawRoundedRect(card, Radius.CONTROL, Radius.CONTROL)
        if self.ring and state & QStyle.StateFlag.State_HasFocus:
            draw_ring(painter, card, radius=Radius.CONTROL - 1, colour=theme["accent_ink"])
        size, ratio = Size.AVATAR_PERSON, painter.device().devicePixelRatioF()
        corner = QPointF(rect.left() + _INSET, rect.top() + (ROW - size) / 2)
        painter.drawPixmap(corner, avatar(self.themes.faces, line.sender_id, line.who, size, ratio=ratio))
        left, right = corner.x() + size + Space.S, rect.right() - _INSET
        painter.setFont(font("caption"))
        painter.setPen(theme["text_2"])
        when = right - advance("caption", line.when)
        painter.drawText(QPointF(when, rect.top() + 10 + baseline("caption")), line.when)
        title = f"{line.who} · {line.where}" if line.where else line.who
        painter.setFont(font("small_strong"))
        painter.setPen(theme["text"])
        base = rect.top() + 9 + baseline("small_strong")
        painter.drawText(QPointF(left, base), elide("small_strong", title, when - Space.S - left))
        painter.setFont(font("small"))
        painter.setPen(theme["text_2"])
        base = rect.top() + 28 + baseline("small")
        painter.drawText(QPointF(left, base), elide("small", line.words, right - left))
        painter.restore()


class MessageListDialog(Dialog):
    """`opened` carries the `MessageLine` that was chosen; `none` is said while there is nothing."""

    opened = Signal(object)

    def __init__(self, themes: ThemeSource, window: QWidget, title: str, model: MessageListModel, *, none: str) -> None:
        body = QWidget()
        choices = (Choice("", translate("Dialog", "Close"), "primary"),)
        width = min(_WIDTH, window.width() - 2 * Space.M)
        super().__init__(themes, window, title, body=body, choices=choices, width=width, overhangs=True)
        self.model, self._none = model, none
        self.list = PickList(themes, ground="raised", name=translate("Messages", "Messages"))
        self.list.paint_rows_by(MessageLineDelegate(themes, self.list))
        self.list.setModel(model)
        self.list.taken.connect(self._take)
        self.note = Note(themes, width=self.inner_width)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list)
        column.addWidget(self.note)
        model.shown.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        rows = self.model.rowCount()
        self.list.setVisible(rows > 0)
        self.let_give_way(self.list, height=min(rows, _ROWS) * ROW, least=ROW)
        self.note.say("" if rows else self._none)
        if self.isVisible():
            self._centre()

    def _take(self, index: QModelIndex) -> None:
        line = index.data(ItemRole) if index.isValid() else None
        if isinstance(line, MessageLine):
            self.choose("opened")
            self.opened.emit(line)
