"""The words of the banner: on one line where they fit, else on two, which is all the height of the banner allows."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from chinwag_desktop.models.plain import tooltip
from chinwag_desktop.ui.theme.shaping import shape
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, elide, font, line_height

_STYLE = "small"


class BannerWords(QWidget):
    """`words` say what is, `detail` why; the detail is fainter. Where both have no room, `short` words make some for it."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self._words = self._detail = self._short = ""
        self.setFixedHeight(Size.BANNER)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def show_words(self, words: str, detail: str, short: str = "") -> None:
        self._words, self._detail, self._short = words, detail, short
        self.setAccessibleName(f"{words} {detail}".strip())
        self.setToolTip(tooltip(f"{words} {detail}"))
        self.update()

    def text(self) -> str:
        return self._words

    def detail(self) -> str:
        return self._detail

    def lines(self) -> list[tuple[str, float, int, str]]:
        """What is painted: text, left, number of the line, ink."""
        width, words = self.width(), advance(_STYLE, self._words)
        if words <= width:
            placed = [(self._words, 0.0, 0, "text")]
            room = width - words - Space.XS
            if self._detail and advance(_STYLE, self._detail) <= room:
                placed.append((self._detail, words + Space.XS, 0, "text_2"))
            elif self._detail:
                placed.append((elide(_STYLE, self._detail, width), 0.0, 1, "text_2"))
            return placed
        if self._detail and self._short and advance(_STYLE, self._short) <= width:
            return [(self._short, 0.0, 0, "text"), (elide(_STYLE, self._detail, width), 0.0, 1, "text_2")]
        layout = shape(self._words, _STYLE, width).layout  # held: a line dies with its layout
        first = layout.lineAt(0).textLength()
        rest = elide(_STYLE, self._words[first:].lstrip(), width)
        return [(self._words[:first].rstrip(), 0.0, 0, "text"), (rest, 0.0, 1, "text")]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(_STYLE))
        lines, step = self.lines(), line_height(_STYLE)
        count = max(number for _, _, number, _ in lines) + 1
        top = (self.height() - count * step) / 2
        for text, left, number, ink in lines:
            painter.setPen(self.themes.now[ink])
            painter.drawText(QPointF(left, top + number * step + baseline(_STYLE)), text)
