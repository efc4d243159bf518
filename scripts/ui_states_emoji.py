"""States of the emoji to choose from."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from chinwag_desktop.core.emoji import search
from chinwag_desktop.ui.editor import Editor
from chinwag_desktop.ui.emoji_list import ROW, EmojiList
from chinwag_desktop.ui.emoji_picker import EmojiPicker
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.strip import Strip


def picker(*, recent: tuple[str, ...] = (), needle: str = "", walk: int = -1) -> Callable[[ThemeSource], QWidget]:
    def make(themes: ThemeSource) -> QWidget:
        page = Strip(themes, "canvas")
        made = EmojiPicker(themes, list(recent), page)
        made.setWindowFlags(Qt.WindowType.Widget)
        made.move(QPoint(8, 8))
        made.show()
        if needle:
            made.search.set_text(needle)
        if walk >= 0:
            made.grid.setCurrentIndex(made.model.index(walk, 0))
            made.grid.set_ring(True)
        return page

    return make


def completion(themes: ThemeSource) -> QWidget:
    page = Strip(themes, "canvas")
    made = EmojiList(themes, Editor(themes), page)
    made.model.show(search("smile", most=5))
    made.list.setCurrentIndex(made.model.index(0, 0))
    made.list.setFixedHeight(made.model.rowCount() * ROW)
    made.setGeometry(8, 8, 300, made.model.rowCount() * ROW + 24)
    made.show()
    return page
