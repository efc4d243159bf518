"""Every emoji: those used last, nine groups, and a search by name. Arrows walk, Enter takes, Escape goes back to where one was."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QStyle, QStyleOptionViewItem, QVBoxLayout, QWidget

from chinwag_desktop.core.emoji import GROUPS, Emoji, find, of_group, search
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.ui.emoji_list import EmojiModel, language
from chinwag_desktop.ui.row_list import PickList, RowDelegate, place_of
from chinwag_desktop.ui.theme.shapes import NO_PEN, draw_card, draw_ring
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import advance, font, metrics
from chinwag_desktop.ui.widgets.button import PaintedButton
from chinwag_desktop.ui.widgets.field import SearchField
from chinwag_desktop.ui.widgets.text import Text

RECENT: Final = "recent"
_ICONS: Final = {
    RECENT: "🕘",
    "smileys": "😀",
    "people": "👋",
    "nature": "🐻",
    "food": "🍎",
    "travel": "🚗",
    "activities": "⚽",
    "objects": "💡",
    "symbols": "🔣",
    "flags": "🏁",
}
_CELL, _COLUMNS, _ROWS = 38, 9, 6
_EDGE, _PAD, _FOUND = 8, 10, 90


def group_words(group: str) -> str:
    """What a group is called."""
    return {
        RECENT: translate("Emoji", "Used last"),
        "smileys": translate("Emoji", "Smileys and feelings"),
        "people": translate("Emoji", "People and gestures"),
        "nature": translate("Emoji", "Animals and nature"),
        "food": translate("Emoji", "Food and drink"),
        "travel": translate("Emoji", "Travel and places"),
        "activities": translate("Emoji", "Activities"),
        "objects": translate("Emoji", "Objects"),
        "symbols": translate("Emoji", "Symbols"),
        "flags": translate("Emoji", "Flags"),
    }[group]


class _Tab(PaintedButton):
    """A group."""

    def __init__(self, themes: ThemeSource, group: str) -> None:
        super().__init__(themes)
        self._icon = _ICONS[group]
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedSize(34, 34)
        self.setAccessibleName(group_words(group))
        self.setToolTip(group_words(group))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isChecked() or self._hot():
            painter.setPen(NO_PEN)
            painter.setBrush(theme["selected" if self.isChecked() else "hover_raised"])
            painter.drawRoundedRect(face, Radius.CONTROL, Radius.CONTROL)
        painter.setPen(theme["text"])
        painter.setOpacity(1.0 if self.isChecked() or self._hot() else 0.7)
        _draw(painter, QRectF(self.rect()), self._icon, "title")
        painter.setOpacity(1.0)
        if self.ring:
            draw_ring(painter, face, radius=Radius.CONTROL, colour=theme["accent_ink"])


class _Cell(RowDelegate):
    """One emoji of the grid."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(_CELL, _CELL)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        emoji = index.data(ItemRole)
        if not isinstance(emoji, Emoji):
            return
        state, rect = place_of(option)
        theme = self.themes.now
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = rect.adjusted(2, 2, -2, -2)
        if state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(NO_PEN)
            painter.setBrush(theme["hover_raised"])
            painter.drawRoundedRect(face, Radius.CONTROL, Radius.CONTROL)
        if self.ring and state & QStyle.StateFlag.State_HasFocus:
            draw_ring(painter, face, radius=Radius.CONTROL, colour=theme["accent_ink"])
        painter.setPen(theme["text"])
        _draw(painter, rect, emoji.text, "heading")
        painter.restore()


class _Grid(PickList):
    """Arrows go in both directions."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, ground="raised", name=translate("Emoji", "Emoji"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(0)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFixedSize(_COLUMNS * _CELL + Size.SCROLL_RAIL + 2, _ROWS * _CELL + 2)
        self.paint_rows_by(_Cell(themes, self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().strip() and event.text().isprintable():
            event.ignore()  # letters go on searching
        else:
            super().keyPressEvent(event)


class EmojiPicker(QWidget):
    """Shown with `pop_up`; deletes itself when it closes. `recent` are the emoji used last, the newest first."""

    chosen = Signal(str)

    def __init__(self, themes: ThemeSource, recent: list[str], parent: QWidget) -> None:
        super().__init__(
            parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        )
        self.themes = themes
        self._recent = [emoji for text in recent if (emoji := find(text)) is not None]
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(translate("Emoji", "Emoji"))
        self.model = EmojiModel(self)
        self.search = SearchField(themes, translate("Emoji", "Search emoji"))
        self.grid = _Grid(themes)
        self.grid.setModel(self.model)
        self.title = Text(themes, "caption_strong", "text_2")
        self.name = Text(themes, "caption", "text_2")
        groups = ([RECENT] if self._recent else []) + list(GROUPS)
        self.tabs = {group: _Tab(themes, group) for group in groups}
        self._lay_out()
        self._wire()
        self.show_group(groups[0])

    def _lay_out(self) -> None:
        tabs = QHBoxLayout()
        tabs.setSpacing(0)
        for tab in self.tabs.values():
            tabs.addWidget(tab)
        tabs.addStretch(1)
        column = QVBoxLayout(self)
        around = _EDGE + _PAD
        column.setContentsMargins(around, around, around - Size.SCROLL_RAIL + 4, around)
        column.setSpacing(Space.XXS)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, Size.SCROLL_RAIL - 4, 0)
        line.addWidget(self.search)
        column.addLayout(line)
        column.addLayout(tabs)
        column.addWidget(self.title)
        column.addWidget(self.grid)
        column.addWidget(self.name)

    def _wire(self) -> None:
        for group, tab in self.tabs.items():
            tab.clicked.connect(lambda _=False, group=group: self.show_group(group))
        self.search.changed.connect(self._search)
        self.search.left.connect(self._to_grid)
        self.search.entered.connect(lambda: self._take(self.model.index(0, 0)))
        self.grid.taken.connect(self._take)
        self.grid.entered.connect(self._say)

    def show_group(self, group: str) -> None:
        """Show one group from its beginning."""
        self.tabs[group].setChecked(True)
        self._show(group_words(group), self._recent if group == RECENT else of_group(group))

    def pop_up(self, over: QRect) -> None:
        """Over the rectangle `over` of the screen, or under it where there is no room."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        x = max(room.left(), min(over.right() - self.width(), room.right() - self.width()))
        y = over.top() - self.height()
        self.move(QPoint(x, y if y >= room.top() else min(over.bottom(), room.bottom() - self.height())))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _search(self, needle: str) -> None:
        if not needle.strip():
            self.show_group(next(iter(self.tabs)))
            return
        found = search(needle, most=_FOUND)
        words = translate("Emoji", "Found") if found else translate("Emoji", "No emoji has that name.")
        self._show(words, found)

    def _show(self, title: str, emoji: list[Emoji]) -> None:
        self.title.setText(title)
        self.name.setText("")
        self.grid.setModel(None)
        self.model.show(emoji)
        self.grid.setModel(self.model)
        self.grid.selectionModel().currentChanged.connect(self._say)
        self.grid.scrollToTop()

    def _say(self, index: QModelIndex, _before: object = None) -> None:
        emoji = index.data(ItemRole)
        if isinstance(emoji, Emoji):
            self.name.setText(f"{emoji.name(language())}   :{emoji.codes[-1]}:")

    def _to_grid(self) -> None:
        if self.model.rowCount():
            self.grid.setCurrentIndex(self.model.index(0, 0))
            self.grid.setFocus(Qt.FocusReason.TabFocusReason)

    def _take(self, index: QModelIndex) -> None:
        emoji = index.data(ItemRole) if index.isValid() else None
        if isinstance(emoji, Emoji):
            self.close()
            self.chosen.emit(emoji.text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.text().isprintable() and event.text() and not self.search.edit.hasFocus():
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)
            self.search.edit.insert(event.text())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(_EDGE, _EDGE - 2, -_EDGE, -_EDGE)
        draw_card(painter, card, radius=Radius.ROW, theme=self.themes.now)


def _draw(painter: QPainter, rect: QRectF, text: str, style: str) -> None:
    painter.setFont(font(style))
    x = rect.left() + (rect.width() - advance(style, text)) / 2
    painter.drawText(QPointF(x, round(rect.top() + (rect.height() + metrics(style).capHeight()) / 2)), text)
