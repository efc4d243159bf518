"""The members of a group as a list: avatar and presence, name, user name, role. Enter or a click asks what may be done with one."""

from PySide6.QtCore import QModelIndex, QPointF, QRectF, Signal
from PySide6.QtGui import QPainter

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.members_model import GroupMember, role_words
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.ui.person_delegate import INSET, ROW, PersonRow, PersonRowDelegate
from chinwag_desktop.ui.row_list import PickList
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.theme.typography import advance, baseline, font

HEIGHT = 5 * ROW + 4
_NEAR = 3  # rows from the end that ask for the next page


class MemberDelegate(PersonRowDelegate):
    """Paints a `GroupMember`; its role is at the end of the row."""

    def row(self, item: object) -> PersonRow | None:
        if not isinstance(item, GroupMember):
            return None
        person, name = item.person, shown_name(item.person)
        shown = translate("Members", "{name} (you)", name=name) if item.me else name
        return PersonRow(item.id, name, shown, person.username if person is not None else "", item.presence)

    def paint_end(self, painter: QPainter, rect: QRectF, item: object) -> float:
        right = rect.right() - INSET
        if not isinstance(item, GroupMember) or not (role := role_words(item.role)):
            return right
        theme = self.themes.now
        painter.setFont(font("caption"))
        painter.setPen(theme["accent_ink" if item.role == "owner" else "text_2"])
        right -= advance("caption", role)
        painter.drawText(QPointF(right, rect.top() + 18 + baseline("caption")), role)
        return right - Space.S


class MemberList(PickList):
    """`member_activated` carries a `GroupMember`; `more_wanted` says that the end is near."""

    member_activated = Signal(object)
    more_wanted = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, ground="raised", name=translate("Group", "Members"))
        self.paint_rows_by(MemberDelegate(themes, self))
        self.setFixedHeight(HEIGHT)
        self.taken.connect(self._activate)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def _activate(self, index: QModelIndex) -> None:
        member = index.data(ItemRole) if index.isValid() else None
        if isinstance(member, GroupMember):
            self.member_activated.emit(member)

    def _scrolled(self, value: int) -> None:
        if value >= self.verticalScrollBar().maximum() - _NEAR * ROW:
            self.more_wanted.emit()
