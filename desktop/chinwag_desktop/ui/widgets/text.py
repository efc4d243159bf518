"""Words: one elided line (`Text`), or a paragraph on the type scale's own line height (`Paragraph`). Both show plain text only."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from chinwag_desktop.ui.theme.shaping import shape, shape_balanced
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.typography import advance, elide, font, line_height

_LEFT = Qt.AlignmentFlag.AlignLeft


class Text(QLabel):
    """One line of plain text in a style of the scale, elided when it does not fit. `stretch` lets it shrink under its natural width."""

    def __init__(
        self,
        themes: ThemeSource,
        style: str,
        ink: str = "text",
        text: str = "",
        *,
        align: Qt.AlignmentFlag = _LEFT,
        stretch: bool = True,
    ) -> None:
        super().__init__()
        self.themes, self.style_name, self.ink = themes, style, ink
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(style))
        self.setAlignment(align | Qt.AlignmentFlag.AlignVCenter)
        self.setText(text)
        self.setFixedHeight(line_height(style))
        across = QSizePolicy.Policy.Ignored if stretch and align == _LEFT else QSizePolicy.Policy.Preferred
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._retint)
        self._retint()

    def set_ink(self, ink: str) -> None:
        self.ink = ink
        self._retint()

    def _retint(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, self.themes.now[self.ink])
        self.setPalette(palette)

    def sizeHint(self) -> QSize:
        return QSize(round(advance(self.style_name, self.text())) + 1, line_height(self.style_name))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, line_height(self.style_name))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.themes.now[self.ink])
        words = elide(self.style_name, self.text(), self.width())
        painter.drawText(QRectF(self.rect()), int(self.alignment()) | Qt.TextFlag.TextSingleLine, words)


class Paragraph(QWidget):
    """Plain text of several lines, `width` pixels wide, as high as it needs. `centred` lines are balanced."""

    def __init__(
        self, themes: ThemeSource, style: str, ink: str, text: str = "", *, width: int, centred: bool = False
    ) -> None:
        super().__init__()
        self.themes, self.style_name, self.ink, self.centred = themes, style, ink, centred
        self._width = width
        self.set_text(text)
        themes.changed.connect(self.update)

    def set_text(self, text: str) -> None:
        self._text = text
        self._shaped = (shape_balanced if self.centred else shape)(text, self.style_name, self._width)
        self.setAccessibleName(text)
        self.setFixedSize(self._width, round(self._shaped.height))
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._text

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.themes.now[self.ink])
        layout = self._shaped.layout
        for i in range(layout.lineCount()):
            line = layout.lineAt(i)
            left = (self.width() - line.naturalTextWidth()) / 2 if self.centred else 0.0
            line.draw(painter, QPointF(left, 0))
