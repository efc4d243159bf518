"""The left side: who I am, search, conversations, people online. Narrow windows show it as a rail of avatars."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from uuid import UUID

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QToolTip, QVBoxLayout, QWidget

from chinwag_desktop.core.entities import Person
from chinwag_desktop.models.conversation_list_model import ConversationItem
from chinwag_desktop.models.dates import utc_now
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import ItemRole
from chinwag_desktop.models.plain import one_line, tooltip
from chinwag_desktop.models.sidebar_model import Filter, SidebarModel
from chinwag_desktop.ui.conversation_menu import conversation_menu
from chinwag_desktop.ui.row_list import RowList
from chinwag_desktop.ui.sidebar_delegate import SidebarDelegate
from chinwag_desktop.ui.sidebar_filters import SidebarFilters
from chinwag_desktop.ui.sidebar_top import NO_ID, SidebarTop
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.widgets.empty_state import EmptyState
from chinwag_desktop.ui.widgets.field import SearchField
from chinwag_desktop.ui.widgets.menu import Menu
from chinwag_desktop.ui.widgets.strip import Strip


class SidebarList(RowList):
    """Arrows walk, Enter or a click opens."""

    opened = Signal(QModelIndex)
    menu_requested = Signal(QModelIndex, QPoint)
    """The row, and the place on the screen."""

    def __init__(self, themes: ThemeSource, delegate_now: Callable[[], datetime], zone: tzinfo | None) -> None:
        super().__init__(themes, ground="sidebar", name=translate("Sidebar", "Conversations and people"))
        self.delegate = SidebarDelegate(themes, self, now=delegate_now, zone=zone)
        self.paint_rows_by(self.delegate)
        self.clicked.connect(self.opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and index.isValid():
            self.opened.emit(index)
            return
        super().keyPressEvent(event)
        self.set_ring(True)

    def contextMenuEvent(self, arg__1: QContextMenuEvent) -> None:
        index, at = self.indexAt(arg__1.pos()), arg__1.globalPos()
        if arg__1.reason() is QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            at = self.viewport().mapToGlobal(self.visualRect(index).center())
        if index.isValid():
            self.menu_requested.emit(index, at)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            index = self.indexAt(event.pos())
            words = str(index.data() or "") if self.delegate.rail and index.isValid() else ""
            QToolTip.showText(event.globalPos(), tooltip(words) if words else "", self)
            return True
        return super().viewportEvent(event)


class Sidebar(Strip):
    """`show_model` gives it its rows, `show_account` its top. `set_rail` is called by the window."""

    conversation_opened = Signal(object)
    person_opened = Signal(object)
    """The UUID that was opened by click or Enter."""
    read_requested = Signal(object, int)
    """A conversation's UUID and the `seq` up to which it counts as read."""
    change_requested = Signal(object, object)
    """A conversation's UUID and a `SettingsPatch`."""
    profile_requested = Signal(object)
    """The UUID of a person whose card is wanted."""
    new_requested = Signal()
    account_requested = Signal()

    def __init__(
        self, themes: ThemeSource, *, now: Callable[[], datetime] = utc_now, zone: tzinfo | None = None
    ) -> None:
        super().__init__(themes, "sidebar", line="right")
        self._model: SidebarModel | None = None
        self._now, self._me = now, NO_ID
        self.rail = False
        self.top = SidebarTop(themes)
        self.search = SearchField(themes, translate("Sidebar", "Search"), hint="Ctrl K")
        self.list = SidebarList(themes, now, zone)
        self.none = EmptyState(
            themes,
            translate("Sidebar", "No conversations yet"),
            translate("Sidebar", "When someone writes to you, it shows up here."),
            icon="users",
            action=translate("Sidebar", "Find people"),
            ground="sidebar",
        )
        self.nothing = EmptyState(
            themes,
            translate("Sidebar", "Nothing found"),
            translate("Sidebar", "No conversation and no person has that name."),
            icon="search",
            ground="sidebar",
        )
        self._holder = QWidget()
        row = QHBoxLayout(self._holder)
        row.setContentsMargins(Space.XS, 2, Size.SCROLL_RAIL, 10)
        row.addWidget(self.search)
        self._stack = QStackedLayout()
        self.filters = SidebarFilters(themes)
        self.filtered = {which: _nothing_of(themes, which) for which in Filter if which is not Filter.ALL}
        for widget in (self.list, self.none, self.nothing, *self.filtered.values()):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self._holder)
        column.addWidget(self.filters)
        column.addLayout(self._stack, 1)
        self.top.new.clicked.connect(self.new_requested)
        self.top.account.clicked.connect(self.account_requested)
        self.none.pressed.connect(self.new_requested)
        self.list.opened.connect(self._open)
        self.list.menu_requested.connect(self._open_menu)
        self.filters.chosen.connect(self._filter)
        self.search.changed.connect(self._search)
        self.search.left.connect(self._to_list)
        self.search.entered.connect(self._open_first)
        self.set_rail(False)

    def show_account(self, person_id: UUID, name: str, *, place: str) -> None:
        """Who is signed in, and the name of the server."""
        self._me = person_id
        self.top.account.show_account(person_id, one_line(name))
        self.top.place.setText(one_line(place))
        self.top.name.setText(one_line(name))

    def show_model(self, model: SidebarModel) -> None:
        self._model = model
        self.list.setModel(model)
        model.shown.connect(self._show_rows)
        self._show_rows()

    @property
    def model(self) -> SidebarModel | None:
        """What is shown."""
        return self._model

    def set_opened(self, conversation_id: UUID | None) -> None:
        """This conversation is the one on the right."""
        self.list.delegate.opened = conversation_id
        if self._model is not None:
            self._model.keep(conversation_id)
        if self._model is not None and conversation_id is not None:
            row = self._model.row_of(("conversation", conversation_id))
            if row >= 0:
                self.list.setCurrentIndex(self._model.index(row))
        self.list.viewport().update()

    def set_rail(self, rail: bool) -> None:
        self.rail = self.list.delegate.rail = rail
        self._holder.setVisible(not rail)
        self.filters.setVisible(not rail)
        if rail:
            self.filters.choose(Filter.ALL)  # nothing there says what is left out
        self.top.set_rail(rail)
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if rail else Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        self.list.setVerticalScrollBarPolicy(policy)
        self.setFixedWidth(Size.SIDEBAR_RAIL if rail else Size.SIDEBAR)
        self._show_rows()
        self.list.viewport().update()

    def _show_rows(self) -> None:
        if self._model is not None:
            unread, mentions = self._model.counts()
            self.filters.show_counts(unread=unread, mentions=mentions)
        empty = self._model is not None and not self._model.rowCount()
        if not empty or self.rail or self._model is None:
            self._stack.setCurrentWidget(self.list)
        else:
            which = self._model.filtered_by
            page = self.nothing if self._model.searching else self.filtered.get(which, self.none)
            self._stack.setCurrentWidget(page)

    def _filter(self, which: Filter) -> None:
        if self._model is not None:
            self._model.filter(which)
            self._show_rows()

    def _search(self, needle: str) -> None:
        if self._model is not None:
            self._model.search(needle)

    def _to_list(self) -> None:
        if self._model is not None and self._model.rowCount():
            self.list.setFocus(Qt.FocusReason.TabFocusReason)

    def _open_first(self) -> None:
        for row in range(self._model.rowCount() if self._model is not None else 0):
            index = self.list.model().index(row, 0)
            if index.flags() & Qt.ItemFlag.ItemIsSelectable:
                self._open(index)
                return

    def open_next(self, step: int) -> None:
        """Open the conversation `step` rows below (or above) the open one."""
        rows = [
            item.id
            for item in (self._model.items() if self._model is not None else ())
            if isinstance(item, ConversationItem)
        ]
        opened = self.list.delegate.opened
        if rows:
            at = rows.index(opened) + step if opened is not None and opened in rows else 0
            if 0 <= at < len(rows):
                self.conversation_opened.emit(rows[at])

    def _open_menu(self, index: QModelIndex, at: QPoint) -> None:
        item = index.data(ItemRole)
        if isinstance(item, ConversationItem):
            self.menu_of(item).popup(at)
        elif isinstance(item, Person):
            self.menu_of_person(item).popup(at)

    def open_menu_of(self, conversation_id: UUID, at: QPoint) -> None:
        """The menu of a conversation, wherever it is asked for."""
        item = self._model.conversation(conversation_id) if self._model is not None else None
        if item is not None:
            self.menu_of(item).popup(at)

    def menu_of(self, item: ConversationItem) -> Menu:
        """What can be set for this conversation."""
        return conversation_menu(
            self.themes,
            self,
            item,
            now=self._now(),
            me=self._me,
            read=self.read_requested.emit,
            change=self.change_requested.emit,
            profile=self.profile_requested.emit,
        )

    def menu_of_person(self, person: Person) -> Menu:
        """What can be done with somebody who is online or was found."""
        menu = Menu(self.themes, self)
        menu.add(translate("Sidebar", "Message"), lambda: self.person_opened.emit(person.id), icon="send")
        menu.add(translate("Sidebar", "Profile"), lambda: self.profile_requested.emit(person.id), icon="user")
        return menu

    def _open(self, index: QModelIndex) -> None:
        item = index.data(ItemRole)
        if self.search.text():
            self.search.set_text("")
        match item:
            case ConversationItem():
                self.conversation_opened.emit(item.id)
            case Person():
                self.person_opened.emit(item.id)
            case _:
                pass


def _nothing_of(themes: ThemeSource, which: Filter) -> EmptyState:
    """What stands there while a filter leaves nothing."""
    match which:
        case Filter.UNREAD:
            words = translate("Filter", "All read"), translate("Filter", "Nothing is waiting for you.")
        case Filter.MENTIONS:
            words = (
                translate("Filter", "No unread mentions"),
                translate("Filter", "Ctrl+Shift+A lists those that you have read."),
            )
        case _:
            words = (
                translate("Filter", "The archive is empty"),
                translate("Filter", "What you archive from its menu waits here."),
            )
    return EmptyState(themes, *words, icon="archive" if which is Filter.ARCHIVED else "check", ground="sidebar")
