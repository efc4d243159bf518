"""The Chinwag mark and the avatar as widgets."""

from uuid import UUID

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from chinwag_desktop.core.entities import Presence
from chinwag_desktop.ui.theme.avatars import avatar, draw_presence
from chinwag_desktop.ui.theme.shapes import draw_mark
from chinwag_desktop.ui.theme.theme import ThemeSource

_DOT_ROOM = 2  # pixels around the avatar, for the presence dot


class Mark(QWidget):
    """The mark, `size` pixels wide, on a ground."""

    def __init__(self, themes: ThemeSource, size: int, *, ground: str = "canvas") -> None:
        super().__init__()
        self.themes, self.ground = themes, ground
        self.setFixedSize(size, size)
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back = theme["own" if theme.dark else "own_well"]
        draw_mark(painter, QRectF(self.rect()), front=theme["accent"], back=back, cut=theme[self.ground])


class Avatar(QWidget):
    """One person or group, with a dot where a presence is given."""

    def __init__(self, themes: ThemeSource, size: int, *, ground: str = "canvas") -> None:
        super().__init__()
        self.themes, self.ground, self._size = themes, ground, size
        self._owner: UUID | None = None
        self._name, self._square = "", False
        self._presence: Presence | None = None
        self.setFixedSize(size + 2 * _DOT_ROOM, size + 2 * _DOT_ROOM)
        themes.changed.connect(self.update)

    def show_owner(self, owner: UUID, name: str, *, square: bool = False, presence: Presence | None = None) -> None:
        self._owner, self._name, self._square, self._presence = owner, name, square, presence
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._owner is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        picture = avatar(
            self.themes.faces, self._owner, self._name, self._size, ratio=self.devicePixelRatioF(), square=self._square
        )
        corner = QPointF(_DOT_ROOM, _DOT_ROOM)
        painter.drawPixmap(corner, picture)
        if self._presence is not None:
            theme = self.themes.now
            draw_presence(painter, corner, self._size, self._presence, theme=theme, ground=theme[self.ground])
