"""Paints people in lists: avatar and presence, name, user name, and what a list has to say at the end of the row."""

from typing import NamedTuple
from uuid import UUID

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from chinwag_desktop.core.entities import Person, Presence
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.ui.row_list import RowDelegate, place_of
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.avatars import avatar, draw_presence
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import baseline, elide, font

ROW, INSET = 52, 10
_MARK = 20


class PersonRow(NamedTuple):
    """What a row says of a person; `username` is empty while the person is not known."""

    id: UUID
    name: str
    shown: str
    username: str
    presence: Presence
    chosen: bool = False


class PersonRowDelegate(RowDelegate):
    """`row` says who is in a row, `paint_end` paints its end and answers where the words must stop."""

    def row(self, item: object) -> PersonRow | None:
        raise NotImplementedError

    def paint_end(self, painter: QPainter, rect: QRectF, item: object) -> float:
        raise NotImplementedError

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item = index.data(ItemRole)
        row = self.row(item)
        if row is None:
            return
        state, rect = place_of(option)
        theme = self.themes.now
        hot = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = theme["selected" if row.chosen else "hover_raised" if hot else "raised"]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = rect.adjusted(0, 1, 0, -1)
        if row.chosen or hot:
            painter.setPen(NO_PEN)
            painter.setBrush(ground)
            painter.drawRoundedRect(card, Radius.CONTROL, Radius.CONTROL)
        if self.ring and state & QStyle.StateFlag.State_HasFocus:
            draw_ring(painter, card, radius=Radius.CONTROL - 1, colour=theme["accent_ink"])
        top, size, ratio = rect.top(), Size.AVATAR_PERSON, painter.device().devicePixelRatioF()
        corner = QPointF(rect.left() + INSET, top + (ROW - size) / 2)
        painter.drawPixmap(corner, avatar(self.themes.faces, row.id, row.name, size, ratio=ratio))
        draw_presence(painter, corner, size, row.presence, theme=theme, ground=ground)
        left, right = corner.x() + size + Space.S, self.paint_end(painter, rect, item)
        painter.setFont(font("small_strong"))
        painter.setPen(theme["text"])
        name = elide("small_strong", row.shown, right - left)
        painter.drawText(QPointF(left, top + 9 + baseline("small_strong")), name)
        if row.username:
            painter.setFont(font("caption"))
            painter.setPen(theme["text_2"])
            username = elide("caption", f"@{row.username}", right - left)
            painter.drawText(QPointF(left, top + 27 + baseline("caption")), username)
        painter.restore()


class PersonDelegate(PersonRowDelegate):
    """Paints a `Person` to choose; `chosen` holds the ids with a mark."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(themes, parent)
        self.chosen: list[UUID] = []

    def row(self, item: object) -> PersonRow | None:
        if not isinstance(item, Person):
            return None
        name = shown_name(item)
        return PersonRow(item.id, name, name, item.username, item.presence, chosen=item.id in self.chosen)

    def paint_end(self, painter: QPainter, rect: QRectF, item: object) -> float:
        mark = QRectF(rect.right() - INSET - _MARK, rect.top() + (ROW - _MARK) / 2, _MARK, _MARK)
        self._paint_mark(painter, mark, isinstance(item, Person) and item.id in self.chosen)
        return mark.left() - Space.XS

    def _paint_mark(self, painter: QPainter, rect: QRectF, chosen: bool) -> None:
        theme = self.themes.now
        if not chosen:
            painter.setPen(QPen(theme["field_line"], 1))
            painter.setBrush(theme["raised"])
            painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5))
            return
        painter.setPen(NO_PEN)
        painter.setBrush(theme["accent"])
        painter.drawEllipse(rect)
        picture = icons.pixmap("check", theme["on_accent"], 14, painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.topLeft() + QPointF(3, 3), picture)
