"""Paints the rows of the sidebar: conversations, a heading, people. In the rail only avatars and badges are left."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from uuid import UUID

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from chinwag_desktop.core.entities import ConversationSummary, DeliveryState, Person
from chinwag_desktop.models.conversation_list_model import ConversationItem, shows_tick
from chinwag_desktop.models.dates import short_when
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.sidebar_model import Heading
from chinwag_desktop.ui.row_list import RowDelegate, place_of
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.avatars import avatar, draw_presence
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import Theme, ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, elide, font

_BADGE, _BADGE_PAD, _BADGE_MOST = 20, 12, 99
_TICK, _TICK_ROOM = 18, 20
_MARK = 15
_LEFT = 18  # of the avatars
_LINES = 38  # the two lines of a conversation
_TICKS = {
    DeliveryState.SAVING: "clock",
    DeliveryState.SENDING: "clock",
    DeliveryState.SENT: "tick-sent",
    DeliveryState.DELIVERED: "tick-delivered",
    DeliveryState.READ: "tick-read",
    DeliveryState.FAILED: "alert",
}


class SidebarDelegate(RowDelegate):
    """`rail` and `opened` are set by the sidebar; `raised` by a list on a card."""

    def __init__(
        self, themes: ThemeSource, parent: QWidget, *, now: Callable[[], datetime], zone: tzinfo | None = None
    ) -> None:
        super().__init__(themes, parent)
        self.rail = self.raised = False
        self.opened: UUID | None = None
        self._now, self._zone = now, zone

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(Size.SIDEBAR_RAIL - Space.M, self._height(index.data(ItemRole)))

    def _height(self, item: object) -> int:
        compact = self.themes.compact
        match item:
            case ConversationItem():
                return Size.ROW_COMPACT if compact else Size.ROW
            case Heading():
                return Size.HEADING_ROW_COMPACT if compact else Size.HEADING_ROW
            case _:
                return Size.PERSON_ROW_COMPACT if compact else Size.PERSON_ROW

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item, theme = index.data(ItemRole), self.themes.now
        state, rect = place_of(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        opened = isinstance(item, ConversationItem) and item.id == self.opened
        hot = bool(state & QStyle.StateFlag.State_MouseOver) and not isinstance(item, Heading)
        hover, plain = ("hover_raised", "raised") if self.raised else ("hover", "sidebar")
        ground = theme["selected" if opened else hover if hot else plain]
        card = rect.adjusted(Space.XS, 1, -Space.XS if self.rail else 0, -1)
        if opened or hot:
            painter.setPen(NO_PEN)
            painter.setBrush(ground)
            painter.drawRoundedRect(card, Radius.ROW, Radius.ROW)
        if self.ring and state & QStyle.StateFlag.State_HasFocus:
            draw_ring(painter, card, radius=Radius.ROW - 1, colour=theme["accent_ink"])
        match item:
            case ConversationItem():
                self._conversation(painter, rect, item, theme, ground, plain=not (opened or hot))
            case Heading():
                self._heading(painter, rect, item.words, theme)
            case Person():
                self._person(painter, rect, item, theme, ground)
            case _:
                pass
        painter.restore()

    def _conversation(
        self, painter: QPainter, rect: QRectF, item: ConversationItem, theme: Theme, ground: QColor, *, plain: bool
    ) -> None:
        summary, ratio = item.summary, painter.device().devicePixelRatioF()
        size = Size.AVATAR_ROW_COMPACT if self.themes.compact else Size.AVATAR_ROW
        middle = rect.center().y()
        corner = QPointF(rect.left() + ((Size.SIDEBAR_RAIL - size) / 2 if self.rail else _LEFT), middle - size / 2)
        owner = summary.peer_id if summary.peer_id is not None else summary.id
        picture = avatar(self.themes.faces, owner, item.title, size, ratio=ratio, square=item.is_group)
        painter.drawPixmap(corner, picture)
        if item.presence is not None:
            draw_presence(painter, corner, size, item.presence, theme=theme, ground=ground)
        if self.rail:
            if summary.unread_count:
                right = corner.x() + size + 6
                self._badge(painter, right, corner.y() + 5, summary, theme, around=ground)
            return
        left, right, top = corner.x() + size + Space.S, rect.right() - Space.M, middle - _LINES / 2
        self._title_line(painter, item, theme, left=left, right=right, top=top, plain=plain)
        self._excerpt_line(painter, item, theme, left=left, right=right, top=top + 20)

    def _title_line(
        self,
        painter: QPainter,
        item: ConversationItem,
        theme: Theme,
        *,
        left: float,
        right: float,
        top: float,
        plain: bool,
    ) -> None:
        summary = item.summary
        lively = summary.unread_count and not summary.muted
        when = short_when(summary.last_at, self._now(), self._zone) if summary.last_at is not None else ""
        width = advance("caption", when)
        painter.setFont(font("caption"))
        painter.setPen(theme["accent_ink" if lively else "text_3" if plain else "text_2"])
        painter.drawText(QPointF(right - width, top + baseline("body_strong")), when)
        painter.setFont(font("body_strong"))
        painter.setPen(theme["text"])
        marks = [
            name
            for name, on in (("muted", summary.muted), ("pin", summary.pinned), ("archive", summary.archived))
            if on
        ]
        room = right - width - Space.S - left - len(marks) * (_MARK + 5)
        title = elide("body_strong", item.title, room)
        painter.drawText(QPointF(left, top + baseline("body_strong")), title)
        left += round(advance("body_strong", title)) + 5
        for name in marks:
            icon = icons.pixmap(name, theme["text_2"], _MARK, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(left, top + 3), icon)
            left += _MARK + 5

    def _excerpt_line(
        self, painter: QPainter, item: ConversationItem, theme: Theme, *, left: float, right: float, top: float
    ) -> None:
        summary, base = item.summary, top + baseline("small")
        if summary.unread_count:
            right -= self._badge(painter, right, top + 9, summary, theme) + Space.XS
        if summary.mention_count:
            right -= self._mention(painter, right, top + 9, theme) + Space.XS
        painter.setFont(font("small"))
        if summary.draft:
            label = translate("Sidebar", "Draft:")
            painter.setPen(theme["danger"])
            painter.drawText(QPointF(left, base), label)
            left += advance("small", label + " ")
        elif shows_tick(summary) and summary.last_state is not None:
            ink = theme["accent_ink" if summary.last_state is DeliveryState.READ else "text_2"]
            if summary.last_state is DeliveryState.FAILED:
                ink = theme["danger"]
            name = _TICKS[summary.last_state]
            size = _TICK if name.startswith("tick-") else 14
            icon = icons.pixmap(name, ink, size, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(left - 3 if size == _TICK else left, top + (4 if size == _TICK else 2)), icon)
            left += _TICK_ROOM
        words = one_line(summary.draft) if summary.draft else item.excerpt
        painter.setPen(theme["text" if summary.unread_count and not summary.muted else "text_2"])
        painter.drawText(QPointF(left, base), elide("small", words, right - left))

    def _badge(
        self,
        painter: QPainter,
        right: float,
        middle: float,
        summary: ConversationSummary,
        theme: Theme,
        around: QColor | None = None,
    ) -> float:
        """The number of unread messages, ending at `right`; returns its width."""
        count = summary.unread_count
        text = str(count) if count <= _BADGE_MOST else f"{_BADGE_MOST}+"
        width = max(_BADGE, round(advance("meta_strong", text)) + _BADGE_PAD)
        rect = QRectF(right - width, middle - _BADGE / 2, width, _BADGE)
        painter.setPen(QPen(around, 3) if around is not None else NO_PEN)
        painter.setBrush(theme["text_2" if summary.muted else "accent"])
        painter.drawRoundedRect(rect, _BADGE / 2, _BADGE / 2)
        painter.setPen(theme["sidebar" if summary.muted else "on_accent"])
        painter.setFont(font("meta_strong"))
        x = rect.center().x() - advance("meta_strong", text) / 2
        painter.drawText(QPointF(x, rect.top() + 2 + baseline("meta_strong")), text)
        return float(width)

    def _mention(self, painter: QPainter, right: float, middle: float, theme: Theme) -> float:
        """Somebody means this person, also where it is muted: a disc with an @, ending at `right`; returns its width."""
        rect = QRectF(right - _BADGE, middle - _BADGE / 2, _BADGE, _BADGE)
        painter.setPen(NO_PEN)
        painter.setBrush(theme["accent"])
        painter.drawEllipse(rect)
        painter.setPen(theme["on_accent"])
        painter.setFont(font("caption_strong"))
        x = rect.center().x() - advance("caption_strong", "@") / 2
        painter.drawText(QPointF(x, rect.top() + 1 + baseline("caption_strong")), "@")
        return float(_BADGE)

    def _heading(self, painter: QPainter, rect: QRectF, words: str, theme: Theme) -> None:
        if self.rail:
            painter.fillRect(
                QRectF(rect.left() + Space.XL, rect.center().y(), rect.width() - 2 * Space.XL, 1), theme["line"]
            )
            return
        painter.setFont(font("caption_strong"))
        painter.setPen(theme["text_2"])
        painter.drawText(QPointF(rect.left() + 18, rect.bottom() - 8), words)

    def _person(self, painter: QPainter, rect: QRectF, person: Person, theme: Theme, ground: QColor) -> None:
        name, size = shown_name(person), Size.AVATAR_PERSON
        under = Size.AVATAR_ROW_COMPACT if self.themes.compact else Size.AVATAR_ROW  # the avatars of the conversations
        left = (Size.SIDEBAR_RAIL - size) / 2 if self.rail else _LEFT + (under - size) / 2
        corner = QPointF(rect.left() + left, rect.center().y() - size / 2)
        painter.drawPixmap(
            corner, avatar(self.themes.faces, person.id, name, size, ratio=painter.device().devicePixelRatioF())
        )
        draw_presence(painter, corner, size, person.presence, theme=theme, ground=ground)
        if not self.rail:
            painter.setFont(font("small"))
            painter.setPen(theme["text"])
            left = _LEFT + under + Space.S
            words = elide("small", name, rect.width() - left - _LEFT)
            painter.drawText(QPointF(rect.left() + left, rect.center().y() - 9 + baseline("small")), words)
