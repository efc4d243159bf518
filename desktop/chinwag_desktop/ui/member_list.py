"""The members of a group as a list: avatar and presence, name, user name, role. Enter or a click asks what may be done with one."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.members_model import GroupMember, role_words
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.ui.row_list import RowDelegate, RowList, place_of
from chinwag_desktop.ui.theme.avatars import avatar, draw_presence
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, elide, font

_ROW, _INSET = 52, 10
_HEIGHT = 5 * _ROW + 4
_NEAR = 3  # rows from the end that ask for the next page


class MemberDelegate(RowDelegate):
    """Paints a `GroupMember`."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        member = index.data(ItemRole)
        if not isinstance(member, GroupMember):
            return
        state, rect = place_of(option)
        theme, name = self.themes.now, shown_name(member.person)
        hot = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = theme["hover_raised" if hot else "raised"]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = rect.adjusted(0, 1, 0, -1)
        if hot:
            painter.setPen(NO_PEN)
            painter.setBrush(ground)
            painter.drawRoundedRect(card, Radius.CONTROL, Radius.CONTROL)
        if self.ring and state & QStyle.StateFlag.State_HasFocus:
            draw_ring(painter, card, radius=Radius.CONTROL - 1, colour=theme["accent_ink"])
        size = Size.AVATAR_PERSON
        corner = QPointF(rect.left() + _INSET, rect.top() + (_ROW - size) / 2)
        painter.drawPixmap(
            corner, avatar(self.themes.faces, member.id, name, size, ratio=painter.device().devicePixelRatioF())
        )
        online = member.me or (member.person is not None and member.person.online)
        draw_presence(painter, corner, size, online=online, theme=theme, ground=ground)
        left, right = corner.x() + size + Space.S, rect.right() - _INSET
        if role := role_words(member.role):
            painter.setFont(font("caption"))
            painter.setPen(theme["accent_ink" if member.role == "owner" else "text_2"])
            right -= advance("caption", role)
            painter.drawText(QPointF(right, rect.top() + 18 + baseline("caption")), role)
            right -= Space.S
        painter.setFont(font("small_strong"))
        painter.setPen(theme["text"])
        shown = translate("Members", "{name} (you)", name=name) if member.me else name
        top = rect.top()
        painter.drawText(QPointF(left, top + 9 + baseline("small_strong")), elide("small_strong", shown, right - left))
        if member.person is not None:
            painter.setFont(font("caption"))
            painter.setPen(theme["text_2"])
            words = elide("caption", f"@{member.person.username}", right - left)
            painter.drawText(QPointF(left, top + 27 + baseline("caption")), words)
        painter.restore()


class MemberList(RowList):
    """`member_activated` carries a `GroupMember`; `more_wanted` says that the end is near."""

    member_activated = Signal(object)
    more_wanted = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, ground="raised", name=translate("Group", "Members"))
        self.paint_rows_by(MemberDelegate(themes, self))
        self.setFixedHeight(_HEIGHT)
        self.clicked.connect(self._activate)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._activate(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)
            self.set_ring(True)

    def _activate(self, index: QModelIndex) -> None:
        member = index.data(ItemRole) if index.isValid() else None
        if isinstance(member, GroupMember):
            self.member_activated.emit(member)

    def _scrolled(self, value: int) -> None:
        if value >= self.verticalScrollBar().maximum() - _NEAR * _ROW:
            self.more_wanted.emit()
