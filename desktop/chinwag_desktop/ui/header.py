"""The top of a conversation: who it is with, how they are, and how the connection is."""

from uuid import UUID

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import one_line, tooltip
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, font
from chinwag_desktop.ui.widgets.button import PaintedButton
from chinwag_desktop.ui.widgets.mark import Avatar
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_desktop.ui.widgets.text import Text

SLOW_MS = 500
_DOT = 3.5
_RING = 3
_NAME_EDGE = 8  # room around the name, for its hover ground


class LatencyPill(PaintedButton):
    """The round trip of the last ping; amber over 500 ms, grey without a link. Pressing it opens the connection panel."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes)
        self.setFixedHeight(Size.LATENCY_PILL + 2 * _RING)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._ms: float | None = None
        self._slow = False
        self.set_latency(None)

    def set_latency(self, ms: float | None, *, slow: bool = False) -> None:
        """Milliseconds, or None without a link. `slow` says that the median is over the limit, whatever the last one was."""
        self._ms, self._slow = ms, slow or (ms is not None and ms > SLOW_MS)
        if ms is None:
            spoken = translate("Latency", "Not connected")
        else:
            spoken = translate("Latency", "Round trip {ms} milliseconds", ms=round(ms))
        self.setAccessibleName(spoken)
        self.setToolTip(tooltip(spoken))
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        return (
            translate("Latency", "offline") if self._ms is None else translate("Latency", "{ms} ms", ms=round(self._ms))
        )

    def sizeHint(self) -> QSize:
        return QSize(round(advance("caption", self.words())) + Space.XXL + 2 * _RING, Size.LATENCY_PILL + 2 * _RING)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pill = QRectF(self.rect()).adjusted(_RING, _RING, -_RING, -_RING)
        painter.setPen(NO_PEN)
        painter.setBrush(
            theme["warn_soft" if self._slow else "hover" if self._hot() and not theme.dark else "info_soft"]
        )
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setBrush(theme["offline" if self._ms is None else "away" if self._slow else "online"])
        painter.drawEllipse(QPointF(pill.left() + 13, pill.center().y()), _DOT, _DOT)
        painter.setPen(theme["warn" if self._slow else "text_2"])
        painter.setFont(font("caption"))
        painter.drawText(QPointF(pill.left() + 22, pill.top() + 4 + baseline("caption")), self.words())
        if self.ring:
            draw_ring(painter, QRectF(self.rect()), radius=self.height() / 2 - 1, colour=theme["accent_ink"])


class NameButton(PaintedButton):
    """Avatar, name and status as one thing to press; without details it is just shown."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes)
        self.avatar = Avatar(themes, Size.AVATAR_HEADER)
        self.title = Text(themes, "title", "text")
        self.status = Text(themes, "caption", "text_2")
        self._words = QVBoxLayout()
        self._words.setSpacing(1)
        self._words.setContentsMargins(0, 11, 0, 12)
        self._words.addWidget(self.title)
        self._words.addWidget(self.status)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(_NAME_EDGE, 0, _NAME_EDGE, 0)
        row.setSpacing(0)
        row.addWidget(self.avatar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(Space.S - 2)
        row.addLayout(self._words, 1)
        for part in (self.avatar, self.title, self.status):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_pressable(self, spoken: str) -> None:
        """Whether there are details, and what a screen reader calls them; "" for none."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if spoken else Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not spoken)
        self.setAccessibleName(spoken)
        self.setToolTip(tooltip(spoken))
        self.update()

    def sizeHint(self) -> QSize:
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._row.minimumSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = QRectF(self.rect()).adjusted(0, 6, 0, -6)
        if self._hot() and self.accessibleName():
            painter.setPen(NO_PEN)
            painter.setBrush(theme["hover"])
            painter.drawRoundedRect(face, Radius.CONTROL, Radius.CONTROL)
        if self.ring:
            draw_ring(painter, face, radius=Radius.CONTROL, colour=theme["accent_ink"])


class Header(Strip):
    """`show_conversation` and `show_status` fill it. `details_requested` is its name, `connection_requested` the latency pill."""

    details_requested = Signal()
    menu_requested = Signal(QPoint)
    """The right button, or the menu key on its name: the place on the screen."""
    connection_requested = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, "canvas", line="bottom")
        self.setFixedHeight(Size.HEADER)
        self.name = NameButton(themes)
        self.name.clicked.connect(self.details_requested)
        self.avatar, self.title, self.status = self.name.avatar, self.name.title, self.name.status
        self.latency = LatencyPill(themes)
        self.latency.clicked.connect(self.connection_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.XL - 2 - _NAME_EDGE, 0, Space.L - _RING, 0)
        row.setSpacing(0)
        row.addWidget(self.name, 1)
        row.addSpacing(Space.S - _NAME_EDGE)
        row.addWidget(self.latency)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        name = self.name
        self.menu_requested.emit(name.mapToGlobal(name.rect().bottomLeft()) if by_key else event.globalPos())

    def show_conversation(self, owner: UUID, title: str, *, group: bool) -> None:
        """Whose conversation it is: the group's id or the other person's."""
        words = one_line(title)
        self.avatar.show_owner(owner, words, square=group)
        self.avatar.show()
        self.title.setText(words)
        if group:
            self.name.set_pressable(translate("Header", "Details of {title}", title=words))
        else:
            self.name.set_pressable(translate("Header", "Profile of {name}", name=words))

    def show_status(self, words: str, *, typing: bool = False) -> None:
        """Under the title: presence, or who is typing."""
        self.status.setText(one_line(words))
        self.status.set_ink("accent_ink" if typing else "text_2")

    def show_nothing(self) -> None:
        self.avatar.hide()
        self.title.setText("")
        self.name.set_pressable("")
        self.show_status("")
