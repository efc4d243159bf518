"""What stands where there is nothing yet: the mark or a glyph, one line, one sentence, at most one button."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.widgets.button import Button
from chinwag_desktop.ui.widgets.mark import Mark
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_desktop.ui.widgets.text import Paragraph, Text

_PICTURE, _CORNER, _GLYPH = 64, 20, 28
_MEASURE = 260  # width of the sentence


class Glyph(QWidget):
    """An icon on a rounded square."""

    def __init__(self, themes: ThemeSource, icon: str) -> None:
        super().__init__()
        self.themes, self.icon_name = themes, icon
        self.setFixedSize(_PICTURE, _PICTURE)
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(NO_PEN)
        painter.setBrush(theme["selected"])
        painter.drawRoundedRect(QRectF(self.rect()), _CORNER, _CORNER)
        inset = (_PICTURE - _GLYPH) / 2
        picture = icons.pixmap(self.icon_name, theme["accent_ink"], _GLYPH, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(inset, inset), picture)


class EmptyState(Strip):
    """`icon` "" shows the mark. `pressed` is the button."""

    pressed = Signal()

    def __init__(
        self, themes: ThemeSource, title: str, text: str, *, icon: str = "", action: str = "", ground: str = "canvas"
    ) -> None:
        super().__init__(themes, ground)
        centre = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.addStretch(5)
        column.addWidget(Glyph(themes, icon) if icon else Mark(themes, _PICTURE, ground=ground), 0, centre)
        column.addSpacing(Space.L)
        self.title = Text(themes, "title", "text", title, align=centre)
        column.addWidget(self.title, 0, centre)
        column.addSpacing(6)
        self.words = Paragraph(themes, "small", "text_2", text, width=_MEASURE, centred=True)
        column.addWidget(self.words, 0, centre)
        self.button: Button | None = None
        if action:
            column.addSpacing(18)
            self.button = Button(themes, action, "primary")
            self.button.clicked.connect(self.pressed)
            column.addWidget(self.button, 0, centre)
        column.addStretch(6)
