"""`HoverBar`: buttons beside the message under the pointer. Everything on them is in the row's menu and on keys, too."""

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chinwag_desktop.core.entities import TimelineRow
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.shapes import draw_card
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius
from chinwag_desktop.ui.widgets.button import IconButton

_BUTTON = 30
_SHADOW, _PAD = 4, 2


class HoverBar(QWidget):
    """A child of the viewport. `show_for` a row at its bubble, `hide` when the pointer leaves."""

    react_requested = Signal(object)
    reply_requested = Signal(object)
    menu_requested = Signal(object)
    """The TimelineRow."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.themes, self._room = themes, parent
        self.row: TimelineRow | None = None
        self.buttons: dict[str, IconButton] = {}
        line = QHBoxLayout(self)
        edge = _SHADOW + _PAD
        line.setContentsMargins(edge, edge, edge, edge)
        line.setSpacing(0)
        for icon, label, signal in (
            ("smile", translate("Timeline", "React"), self.react_requested),
            ("reply", translate("Timeline", "Reply"), self.reply_requested),
            ("more", translate("Timeline", "More"), self.menu_requested),
        ):
            button = self.buttons[icon] = IconButton(themes, icon, label, size=_BUTTON)
            button.setFocusPolicy(button.focusPolicy().NoFocus)  # the keyboard has the menu
            button.clicked.connect(lambda _=False, signal=signal: self.row is not None and signal.emit(self.row))
            line.addWidget(button)
        self.resize(self.sizeHint())
        self.hide()

    def show_for(self, row: TimelineRow, bubble: QRectF, *, own: bool) -> None:
        """Beside the bubble, on the inner side of the column, where it covers nothing; in its upper corner where there is no room."""
        self.row = row
        room, width = self._room.width(), self.width()
        beside = bubble.left() - width if own else bubble.right()
        corner = bubble.left() if own else bubble.right() - width
        x = beside if 0 <= beside <= room - width else corner
        self.move(round(x), max(0, round(bubble.top()) - _SHADOW))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(_SHADOW, _SHADOW - 1, -_SHADOW, -_SHADOW)
        draw_card(painter, card, radius=Radius.CONTROL, theme=self.themes.now)
