"""Which conversations the sidebar shows: all, those with something unread, those that mention the person, the archived."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import tooltip
from chinwag_desktop.models.sidebar_model import Filter
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.theme.typography import advance, font
from chinwag_desktop.ui.widgets.button import RING, PaintedButton

HEIGHT = 26
_PAD = 9


class FilterPill(PaintedButton):
    """One of them; checked while it is what is shown."""

    def __init__(self, themes: ThemeSource, words: str, spoken: str) -> None:
        super().__init__(themes)
        self._words, self._spoken = words, spoken
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedHeight(HEIGHT + 2 * RING)
        self.show_count(0)

    def show_count(self, count: int) -> None:
        """How many conversations it would show; 0 is not said."""
        self.setText(f"{self._words} {count}" if count else self._words)
        spoken = f"{self._spoken}, {count}" if count else self._spoken
        self.setAccessibleName(spoken)
        self.setToolTip(tooltip(spoken))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(advance("caption_strong", self.text())) + 2 * (_PAD + RING), HEIGHT + 2 * RING)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = QRectF(self.rect()).adjusted(RING, RING, -RING, -RING)
        if self.isChecked() or self._hot():
            painter.setPen(NO_PEN)
            painter.setBrush(theme["selected" if self.isChecked() else "hover"])
            painter.drawRoundedRect(face, HEIGHT / 2, HEIGHT / 2)
        painter.setFont(font("caption_strong"))
        painter.setPen(theme["accent_ink" if self.isChecked() else "text_2"])
        painter.drawText(face, Qt.AlignmentFlag.AlignCenter, self.text())
        if self.ring:
            draw_ring(painter, QRectF(self.rect()), radius=self.height() / 2 - 1, colour=theme["accent_ink"])


class SidebarFilters(QWidget):
    """`chosen` carries a `Filter`. Left and right go from one to the next."""

    chosen = Signal(object)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.pills = {
            Filter.ALL: FilterPill(
                themes, translate("Filter", "All"), translate("Filter", "All conversations and people")
            ),
            Filter.UNREAD: FilterPill(
                themes, translate("Filter", "Unread"), translate("Filter", "Conversations with unread messages")
            ),
            Filter.MENTIONS: FilterPill(themes, "@", translate("Filter", "Conversations that mention you")),
            Filter.ARCHIVED: FilterPill(
                themes, translate("Filter", "Archive"), translate("Filter", "Archived conversations")
            ),
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.XS - RING, 0, 0, 4)
        row.setSpacing(0)
        for which, pill in self.pills.items():
            pill.clicked.connect(lambda _=False, which=which: self.chosen.emit(which))
            row.addWidget(pill)
        row.addStretch(1)
        self.pills[Filter.ALL].setChecked(True)

    def choose(self, which: Filter) -> None:
        """Show these, and say so."""
        self.pills[which].setChecked(True)
        self.chosen.emit(which)

    def show_counts(self, *, unread: int, mentions: int) -> None:
        """How many conversations have something new."""
        self.pills[Filter.UNREAD].show_count(unread)
        self.pills[Filter.MENTIONS].show_count(mentions)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pills = list(self.pills.values())
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        at = next((number for number, pill in enumerate(pills) if pill.hasFocus()), -1)
        if step and at >= 0:
            step = -step if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else step
            pill = pills[(at + step) % len(pills)]
            pill.setFocus(Qt.FocusReason.TabFocusReason)
            pill.click()
        else:
            super().keyPressEvent(event)
