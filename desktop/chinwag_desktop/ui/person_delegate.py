"""Paints a person in a list to choose from: avatar, name, user name, and a mark when chosen."""

from uuid import UUID

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from chinwag_desktop.core.entities import Person
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.ui.row_list import RowDelegate, place_of
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.avatars import avatar, draw_presence
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import baseline, elide, font

_ROW = 52
_MARK = 20


class PersonDelegate(RowDelegate):
    """`chosen` holds the ids with a mark."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(themes, parent)
        self.chosen: list[UUID] = []

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        person = index.data(ItemRole)
        if not isinstance(person, Person):
            return
        state, rect = place_of(option)
        theme, name, chosen = self.themes.now, shown_name(person), person.id in self.chosen
        hot = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = theme["selected" if chosen else "hover_raised" if hot else "raised"]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = rect.adjusted(0, 1, 0, -1)
        if chosen or hot:
            painter.setPen(NO_PEN)
            painter.setBrush(ground)
            painter.drawRoundedRect(card, Radius.CONTROL, Radius.CONTROL)
        if self.ring and state & QStyle.StateFlag.State_HasFocus:
            draw_ring(painter, card, radius=Radius.CONTROL - 1, colour=theme["accent_ink"])
        size = Size.AVATAR_PERSON
        corner = QPointF(rect.left() + 10, rect.top() + (_ROW - size) / 2)
        painter.drawPixmap(
            corner, avatar(self.themes.faces, person.id, name, size, ratio=painter.device().devicePixelRatioF())
        )
        draw_presence(painter, corner, size, online=person.online, theme=theme, ground=ground)
        left, right = corner.x() + size + Space.S, rect.right() - 10 - _MARK - Space.XS
        painter.setFont(font("small_strong"))
        painter.setPen(theme["text"])
        painter.drawText(
            QPointF(left, rect.top() + 9 + baseline("small_strong")), elide("small_strong", name, right - left)
        )
        painter.setFont(font("caption"))
        painter.setPen(theme["text_2"])
        painter.drawText(
            QPointF(left, rect.top() + 27 + baseline("caption")), elide("caption", f"@{person.username}", right - left)
        )
        self._paint_mark(
            painter, QRectF(rect.right() - 10 - _MARK, rect.top() + (_ROW - _MARK) / 2, _MARK, _MARK), chosen
        )
        painter.restore()

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
