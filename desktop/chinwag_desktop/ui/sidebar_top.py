"""The top of the sidebar: who is signed in, on which server, and the button for a new conversation."""

from uuid import UUID

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.core.entities import Presence
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.avatars import avatar, draw_presence
from chinwag_desktop.ui.theme.shapes import draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.widgets.button import IconButton, PaintedButton
from chinwag_desktop.ui.widgets.text import Text

NO_ID = UUID(int=0)
"""Whose account it is before anybody has signed in."""


class AccountButton(PaintedButton):
    """The signed-in person's avatar with the presence dot; opens the account menu."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes)
        self.setFixedSize(Size.HEADER - Space.M, Size.HEADER - Space.M)
        self._id, self._name, self._presence = NO_ID, "", Presence.OFFLINE

    def show_account(self, person_id: UUID, name: str) -> None:
        self._id, self._name = person_id, name
        self.setAccessibleName(translate("Sidebar", "Account of {name}", name=name))
        self.update()

    def set_presence(self, presence: Presence) -> None:
        """How others see the person."""
        self._presence = presence
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = Size.AVATAR_PERSON
        corner = QPointF((self.width() - size) / 2, (self.height() - size) / 2)
        painter.drawPixmap(
            corner, avatar(self.themes.faces, self._id, self._name, size, ratio=self.devicePixelRatioF())
        )
        draw_presence(painter, corner, size, self._presence, theme=theme, ground=theme["sidebar"])
        if self.ring:
            ring = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            draw_ring(painter, ring, radius=self.width() / 2 - 2, colour=theme["accent_ink"])


class SidebarTop(QWidget):
    """Account, server's name, and the button for a new conversation."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.setFixedHeight(Size.HEADER)
        self.account = AccountButton(themes)
        self.place = Text(themes, "body_strong", "text")
        self.name = Text(themes, "caption", "text_2")
        self.new = IconButton(themes, "compose", translate("Sidebar", "New conversation (Ctrl+N)"))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.setContentsMargins(0, Space.S, 0, Space.S)
        words.addWidget(self.place)
        words.addWidget(self.name)
        self.row = QHBoxLayout(self)
        self.row.setSpacing(6)
        self.row.addWidget(self.account)
        self.row.addLayout(words, 1)
        self.row.addWidget(self.new)
        self.set_rail(False)

    def set_rail(self, rail: bool) -> None:
        for widget in (self.place, self.name, self.new):
            widget.setVisible(not rail)
        left = (Size.SIDEBAR_RAIL - self.account.width()) // 2 if rail else 12
        self.row.setContentsMargins(left, 0, 0 if rail else Space.L, 0)
