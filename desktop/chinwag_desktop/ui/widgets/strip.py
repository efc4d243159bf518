"""Plain grounds: a strip of one token, with a hairline on one side if wanted."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from chinwag_desktop.ui.theme.theme import ThemeSource


class Strip(QWidget):
    """A ground of one token, with an optional hairline: below ("bottom"), to the right ("right"), or none ("")."""

    def __init__(self, themes: ThemeSource, ground: str, *, line: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.themes, self.ground, self.line = themes, ground, line
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.themes.now
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme[self.ground])
        if self.line == "bottom":
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme["line"])
        elif self.line == "right":
            painter.fillRect(self.width() - 1, 0, 1, self.height(), theme["line"])
