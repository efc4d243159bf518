"""*Keyboard shortcuts*: every key that does something, by the place where it does it. Ctrl+/ opens it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, font
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog, around
from chinwag_desktop.ui.widgets.scroll_page import ScrollPage
from chinwag_desktop.ui.widgets.text import Text

_CAP, _PAD, _GAP = 22, 7, 5


def sections() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Heading and rows of each place; a row is the keys (alternatives with a space between them) and what they do."""
    return (
        (
            translate("Shortcuts", "Anywhere"),
            (
                ("Ctrl+K", translate("Shortcuts", "Find a chat or a person")),
                ("Ctrl+N", translate("Shortcuts", "New conversation")),
                ("Alt+Up Alt+Down", translate("Shortcuts", "Conversation above, below")),
                ("Ctrl+/", translate("Shortcuts", "This list")),
                ("Ctrl+G", translate("Shortcuts", "Go to a day")),
                ("Ctrl+Shift+A", translate("Shortcuts", "Mentions of you")),
                ("Ctrl+,", translate("Shortcuts", "Settings")),
                ("Ctrl+Shift+L", translate("Shortcuts", "Connection")),
            ),
        ),
        (
            translate("Shortcuts", "While writing"),
            (
                ("Return", translate("Shortcuts", "Send")),
                ("Shift+Return", translate("Shortcuts", "New line")),
                ("Up", translate("Shortcuts", "Change the last message")),
                ("Esc", translate("Shortcuts", "Drop reply or change")),
                ("Ctrl+B Ctrl+I", translate("Shortcuts", "Bold, italic")),
                ("Ctrl+Shift+X Ctrl+Shift+M", translate("Shortcuts", "Strike out, code")),
                ("@ :", translate("Shortcuts", "Mention somebody, an emoji")),
                ("Ctrl+Shift+E", translate("Shortcuts", "All emoji")),
            ),
        ),
        (
            translate("Shortcuts", "On a message"),
            (
                ("Up Down", translate("Shortcuts", "Message above, below")),
                ("Home End", translate("Shortcuts", "First, last message")),
                ("Ctrl+R", translate("Shortcuts", "Reply")),
                ("Ctrl+Shift+R", translate("Shortcuts", "Forward")),
                ("Ctrl+E", translate("Shortcuts", "React")),
                ("Ctrl+P", translate("Shortcuts", "Pin, unpin")),
                ("Ctrl+D", translate("Shortcuts", "What happened to it")),
                ("F2", translate("Shortcuts", "Change it")),
                ("Del", translate("Shortcuts", "Delete it")),
                ("Ctrl+C", translate("Shortcuts", "Copy its text, or the selection")),
                ("Ctrl+A", translate("Shortcuts", "Select all of it")),
                ("Menu", translate("Shortcuts", "Everything else")),
            ),
        ),
        (
            translate("Shortcuts", "In a picture"),
            (
                ("Left Right", translate("Shortcuts", "Picture before, after")),
                ("+ -", translate("Shortcuts", "Larger, smaller")),
                ("0", translate("Shortcuts", "Fit the window")),
                ("Ctrl+S", translate("Shortcuts", "Save it")),
            ),
        ),
    )


class KeyCaps(QWidget):
    """Keys as caps in a row, named as the system names them."""

    def __init__(self, themes: ThemeSource, keys: str) -> None:
        super().__init__()
        self.themes = themes
        native = QKeySequence.SequenceFormat.NativeText
        self.caps = [QKeySequence(one).toString(native) or one for one in keys.split(" ")]
        self.setAccessibleName(", ".join(self.caps))
        self.setFixedSize(self._width(), _CAP)
        themes.changed.connect(self.update)

    def _width(self) -> int:
        return sum(self._cap_width(cap) for cap in self.caps) + _GAP * (len(self.caps) - 1)

    @staticmethod
    def _cap_width(cap: str) -> int:
        return max(_CAP, round(advance("caption", cap)) + 2 * _PAD)

    def sizeHint(self) -> QSize:
        return QSize(self._width(), _CAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter, x = self.themes.now, QPainter(self), 0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("caption"))
        for cap in self.caps:
            width = self._cap_width(cap)
            painter.setPen(QPen(theme["field_line"], 1))
            painter.setBrush(theme["hover_raised"])
            painter.drawRoundedRect(QRectF(x + 0.5, 0.5, width - 1, _CAP - 1), Radius.INSET, Radius.INSET)
            painter.setPen(theme["text"])
            painter.drawText(QPointF(x + (width - advance("caption", cap)) / 2, 3 + baseline("caption")), cap)
            x += width + _GAP


class ShortcutSheet(Dialog):
    """Two columns where the window has room for them, else one; it scrolls where the window is low."""

    def __init__(self, themes: ThemeSource, window: QWidget) -> None:
        room = window.width() - 2 * Space.S - around()
        page = _page(themes, 2)
        if page.sizeHint().width() > room:
            page = _page(themes, 1)
        self.area = ScrollPage(themes)
        self.area.setAccessibleName(translate("Shortcuts", "Keyboard shortcuts"))
        super().__init__(
            themes,
            window,
            translate("Shortcuts", "Keyboard shortcuts"),
            body=self.area,
            choices=(Choice("", translate("Shortcuts", "Close"), "primary"),),
            width=around() + min(room, page.sizeHint().width()),
            overhangs=True,
        )
        self.area.show_page(page)
        self.area.fit(window)


def _page(themes: ThemeSource, count: int) -> QWidget:
    """All sections in `count` columns."""
    page = QWidget()
    beside = QHBoxLayout(page)
    beside.setContentsMargins(0, 0, 0, 0)
    beside.setSpacing(Space.XXL)
    columns = [QGridLayout() for _ in range(count)]
    for number, (heading, rows) in enumerate(sections()):
        _fill(columns[number % count], themes, heading, rows)
    for column in columns:
        column.setHorizontalSpacing(Space.M)
        column.setVerticalSpacing(6)
        column.setColumnStretch(1, 1)
        column.setRowStretch(column.rowCount(), 1)
        beside.addLayout(column)
    return page


def _fill(grid: QGridLayout, themes: ThemeSource, heading: str, rows: tuple[tuple[str, str], ...]) -> None:
    start = grid.rowCount() if grid.count() else 0
    grid.addWidget(Text(themes, "caption_strong", "text_2", heading), start, 0, 1, 2)
    grid.setRowMinimumHeight(start, 30)
    for number, (keys, words) in enumerate(rows, start + 1):
        grid.addWidget(KeyCaps(themes, keys), number, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(Text(themes, "small", "text", words, stretch=False), number, 1)
