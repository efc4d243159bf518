"""The sidebar: opening conversations and people by click and by key, searching, the rail."""

from collections.abc import Callable
from uuid import UUID

import pytest
import ui_samples as sample
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chinwag_desktop.models.conversation_list_model import ConversationItem, ConversationListModel
from chinwag_desktop.models.sidebar_model import Filter, SidebarModel
from chinwag_desktop.ui.sidebar import Sidebar
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size


class Heard:
    def __init__(self, sidebar: Sidebar) -> None:
        self.conversations: list[UUID] = []
        self.people: list[UUID] = []
        sidebar.conversation_opened.connect(self.conversations.append)
        sidebar.person_opened.connect(self.people.append)


@pytest.fixture
def model() -> SidebarModel:
    return sample.sidebar_model()


@pytest.fixture
def sidebar(themes: ThemeSource, model: SidebarModel, show: Callable[..., None]) -> Sidebar:
    made = Sidebar(themes, now=lambda: sample.NOW, zone=sample.UTC)
    made.show_account(sample.ME, "Robin Okafor", place="Harbour Works")
    made.show_model(model)
    show(made, Size.SIDEBAR, 900)
    return made


@pytest.fixture
def heard(sidebar: Sidebar) -> Heard:
    return Heard(sidebar)


def click(sidebar: Sidebar, row: int) -> None:
    rect = sidebar.list.visualRect(sidebar.list.model().index(row, 0))
    QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, rect.center())


def test_a_click_opens_a_conversation_or_a_person(sidebar: Sidebar, heard: Heard) -> None:
    click(sidebar, 1)
    click(sidebar, 9)  # the heading
    click(sidebar, 11)
    assert heard.conversations == [sample.conversation_id(1)]
    assert heard.people == [sample.MAYA]


def test_arrows_walk_over_the_heading_and_enter_opens(sidebar: Sidebar, heard: Heard, qtbot: QtBot) -> None:
    sidebar.list.clearFocus()
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    assert sidebar.list.delegate.ring
    for _ in range(8):
        qtbot.keyClick(sidebar.list, Qt.Key.Key_Down)
    qtbot.keyClick(sidebar.list, Qt.Key.Key_Return)
    qtbot.keyClick(sidebar.list, Qt.Key.Key_Down)
    qtbot.keyClick(sidebar.list, Qt.Key.Key_Enter)
    assert heard.conversations == [sample.LUNCH]
    assert heard.people == [sample.ANNEKE]


def test_the_open_conversation_stays_marked_when_it_moves(sidebar: Sidebar, model: SidebarModel) -> None:
    sidebar.set_opened(sample.LUNCH)
    assert sidebar.list.currentIndex().row() == 8
    from datetime import timedelta

    import msgspec

    source = model.findChild(ConversationListModel)
    source.update([msgspec.structs.replace(sample.summaries()[-1], last_at=sample.NOW + timedelta(minutes=1))])
    assert sidebar.list.currentIndex().row() == 0
    assert sidebar.list.delegate.opened == sample.LUNCH


def test_typing_a_name_finds_and_enter_opens_the_first(sidebar: Sidebar, heard: Heard, qtbot: QtBot) -> None:
    sidebar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
    qtbot.keyClicks(sidebar.search.edit, "pri")
    assert sidebar.list.model().rowCount() == 3
    qtbot.keyClick(sidebar.search.edit, Qt.Key.Key_Down)
    assert sidebar.list.hasFocus()
    sidebar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
    qtbot.keyClick(sidebar.search.edit, Qt.Key.Key_Return)
    assert heard.conversations == [sample.conversation_id(5)]
    assert sidebar.search.text() == ""
    assert sidebar.list.model().rowCount() == 14


def test_a_search_without_a_hit_says_so_and_escape_ends_it(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
    qtbot.keyClicks(sidebar.search.edit, "zzz")
    assert sidebar.nothing.isVisible()
    qtbot.keyClick(sidebar.search.edit, Qt.Key.Key_Return)
    qtbot.keyClick(sidebar.search.edit, Qt.Key.Key_Escape)
    assert sidebar.list.isVisible()


def test_nothing_yet_invites_to_find_people(themes: ThemeSource, show: Callable[..., None], qtbot: QtBot) -> None:
    sidebar, asked = Sidebar(themes), []
    sidebar.new_requested.connect(lambda: asked.append(1))
    sidebar.show_model(sample.sidebar_model([], []))
    show(sidebar, Size.SIDEBAR, 600)
    assert sidebar.none.isVisible()
    qtbot.keyClick(sidebar.none.button, Qt.Key.Key_Return)
    qtbot.mouseClick(sidebar.top.new, Qt.MouseButton.LeftButton)
    assert asked == [1, 1]


def test_the_rail_keeps_avatars_and_opens_too(sidebar: Sidebar, heard: Heard) -> None:
    sidebar.set_rail(True)
    assert sidebar.width() == Size.SIDEBAR_RAIL
    assert not sidebar.search.isVisible()
    assert not sidebar.top.new.isVisible()
    click(sidebar, 0)
    assert heard.conversations == [sample.GROUP]
    sidebar.set_rail(False)
    assert sidebar.search.isVisible()


def test_next_and_previous(sidebar: Sidebar, heard: Heard) -> None:
    sidebar.open_next(1)
    sidebar.set_opened(sample.GROUP)
    sidebar.open_next(-1)
    sidebar.open_next(1)
    assert heard.conversations == [sample.GROUP, sample.conversation_id(1)]


def test_the_account_button_has_a_name_and_asks(sidebar: Sidebar, qtbot: QtBot) -> None:
    asked: list[int] = []
    sidebar.account_requested.connect(lambda: asked.append(1))
    assert sidebar.top.account.accessibleName() == "Account of Robin Okafor"
    qtbot.keyClick(sidebar.top.account, Qt.Key.Key_Space)
    assert asked == [1]


def test_hovering_changes_the_ground_at_once(sidebar: Sidebar, qtbot: QtBot) -> None:
    before = sidebar.list.grab().toImage()
    rect = sidebar.list.visualRect(sidebar.list.model().index(2, 0))
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QHoverEvent
    from PySide6.QtWidgets import QApplication

    at = QPointF(rect.center())
    QApplication.sendEvent(sidebar.list.viewport(), QHoverEvent(QEvent.Type.HoverMove, at, at, QPointF(QPoint())))
    assert sidebar.list.grab().toImage() != before


def titles(sidebar: Sidebar) -> list[str]:
    model = sidebar.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def choose(sidebar: Sidebar, which: Filter) -> None:
    QTest.mouseClick(sidebar.filters.pills[which], Qt.MouseButton.LeftButton)


def source_of(model: SidebarModel) -> ConversationListModel:
    found = model.findChild(ConversationListModel)
    assert found is not None
    return found


def test_only_unread_conversations_are_shown_and_their_number_is_said(sidebar: Sidebar, model: SidebarModel) -> None:
    unread = [item.title for item in source_of(model).items() if item.summary.unread_count]
    assert unread
    assert sidebar.filters.pills[Filter.UNREAD].text() == f"Unread {len(unread)}"
    choose(sidebar, Filter.UNREAD)
    assert titles(sidebar) == unread
    choose(sidebar, Filter.ALL)
    assert len(titles(sidebar)) > len(unread)


def test_what_is_being_read_stays_until_another_is_opened(sidebar: Sidebar, model: SidebarModel) -> None:
    source = source_of(model)
    first = next(item for item in source.items() if item.summary.unread_count)
    choose(sidebar, Filter.UNREAD)
    sidebar.set_opened(first.id)
    source.update([replace(first.summary, unread_count=0)])
    assert first.title in titles(sidebar)
    sidebar.set_opened(None)
    assert first.title not in titles(sidebar)


def test_when_all_is_read_it_says_so(sidebar: Sidebar, model: SidebarModel) -> None:
    source = source_of(model)
    source.update([replace(item.summary, unread_count=0, mention_count=0) for item in source.items()])
    choose(sidebar, Filter.UNREAD)
    assert sidebar.filtered[Filter.UNREAD].isVisible()
    choose(sidebar, Filter.MENTIONS)
    assert sidebar.filtered[Filter.MENTIONS].isVisible()
    choose(sidebar, Filter.ALL)
    assert sidebar.list.isVisible()


def test_the_archive_is_a_filter_away_also_by_keyboard(sidebar: Sidebar, model: SidebarModel) -> None:
    source = source_of(model)
    last = source.items()[-1]
    source.update([replace(last.summary, archived=True, unread_count=0)])
    assert last.title not in titles(sidebar)
    pill = sidebar.filters.pills[Filter.ALL]
    pill.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(pill, Qt.Key.Key_Left)
    assert sidebar.filters.pills[Filter.ARCHIVED].hasFocus()
    assert titles(sidebar) == [last.title]


def test_the_rail_leaves_nothing_out(sidebar: Sidebar) -> None:
    everything = titles(sidebar)
    choose(sidebar, Filter.UNREAD)
    sidebar.set_rail(True)
    assert titles(sidebar) == everything
    assert not sidebar.filters.isVisible()


def test_the_archive_shows_what_changes_in_it(sidebar: Sidebar, model: SidebarModel) -> None:
    source = source_of(model)
    last = source.items()[-1]
    source.update([replace(last.summary, archived=True, unread_count=0)])
    choose(sidebar, Filter.ARCHIVED)
    source.update([replace(last.summary, archived=True, unread_count=0, draft="to be said")])
    item = model.item(0)
    assert isinstance(item, ConversationItem)
    assert item.summary.draft == "to be said"
