"""Emoji to choose from while `:…` is typed; a shortcode that is typed to its end becomes its emoji."""

from collections.abc import Hashable

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, QPointF, QSize, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from chinwag_desktop.core.emoji import Emoji, being_typed, finished, search
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole, KeyedListModel
from chinwag_desktop.ui.completion import CompletionList
from chinwag_desktop.ui.editor import Editor
from chinwag_desktop.ui.row_list import RowDelegate, RowList, place_of
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.shaping import utf16_length
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Space
from chinwag_desktop.ui.theme.typography import baseline, elide, font

ROW = 36
_MOST = 20


def language() -> str:
    """The code of the language that the app speaks."""
    return QLocale().name().split("_")[0]


class EmojiModel(KeyedListModel[Emoji]):
    """Rows are `Emoji`."""

    def key_of(self, item: Emoji) -> Hashable:
        return item.text

    def words_of(self, item: Emoji, *, spoken: bool) -> str:
        return f"{item.text} {item.name(language())}"


class _Delegate(RowDelegate):
    """The emoji and its name; the one that Enter takes is marked."""

    def __init__(self, themes: ThemeSource, view: RowList) -> None:
        super().__init__(themes, view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        emoji = index.data(ItemRole)
        if not isinstance(emoji, Emoji):
            return
        state, rect = place_of(option)
        theme, chosen = self.themes.now, self._view.currentIndex().row() == index.row()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(NO_PEN)
            painter.setBrush(theme["selected" if chosen else "hover_raised"])
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), Radius.CONTROL, Radius.CONTROL)
        painter.setPen(theme["text"])
        painter.setFont(font("heading"))
        painter.drawText(QPointF(rect.left() + Space.XS, rect.top() + 4 + baseline("heading")), emoji.text)
        painter.setFont(font("small"))
        left = rect.left() + Space.XXL + Space.XS
        words = elide("small", emoji.name(language()), rect.right() - Space.XS - left)
        painter.drawText(QPointF(left, rect.top() + 9 + baseline("small")), words)
        painter.restore()


class EmojiList(CompletionList):
    """`chosen` carries what was put in."""

    chosen = Signal(str)
    row_height = ROW

    def __init__(self, themes: ThemeSource, editor: Editor, anchor: QWidget) -> None:
        super().__init__(themes, editor, anchor, name=translate("Emoji", "Emoji"))
        self.model = EmojiModel(self)
        self.list.paint_rows_by(_Delegate(themes, self.list))
        self.list.setModel(self.model)
        editor.textChanged.connect(self._finish)

    def being_typed(self, before: str) -> str | None:
        return being_typed(before)

    def offer(self, typed: str) -> int:
        self.model.show(search(typed, most=_MOST))
        return self.model.rowCount()

    def text_of(self, index: QModelIndex) -> tuple[int, str] | None:
        emoji = index.data(ItemRole)
        if not isinstance(emoji, Emoji):
            return None
        self.chosen.emit(emoji.text)
        return 1, emoji.text  # the colon goes, too

    def _finish(self) -> None:
        found = finished(self.before_cursor()) if self._editor.hasFocus() else None
        if found is not None:
            code, emoji = found
            self.replace(utf16_length(code), emoji)
            self.chosen.emit(emoji)
