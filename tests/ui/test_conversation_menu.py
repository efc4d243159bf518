"""What is set for a conversation, from its menu in the sidebar to the server and back."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from desktop_builders import ME, TALK, WHEN, settings
from fake_world import inbound
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_stage import HARBOUR, WindowStage, window_stage

from chinwag_desktop.core.errors import Unreachable
from chinwag_desktop.models.conversation_list_model import ConversationItem
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.menu import Menu
from chinwag_protocol.http import SettingsPatch


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


def item_of(stage: WindowStage, name: str) -> ConversationItem:
    model = stage.window.sidebar.model
    assert model is not None
    return next(item for item in model.items() if isinstance(item, ConversationItem) and item.title == name)


def labels(stage: WindowStage, name: str) -> list[str]:
    """What the menu of this conversation offers."""
    menu = stage.window.sidebar.menu_of(item_of(stage, name))
    found = [action.text() for action in menu.actions() if action.text()]
    menu.deleteLater()
    return found


def choose(stage: WindowStage, name: str, label: str) -> None:
    """The menu by the keyboard, from the list to the row that says this."""
    sidebar = stage.window.sidebar
    sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    sidebar.list.setCurrentIndex(sidebar.list.model().index(stage.listed.index(name), 0))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(sidebar.list.viewport(), event)
    menu = sidebar.findChildren(Menu)[-1]
    rows = [action.text() for action in menu.actions() if not action.isSeparator()]
    for _ in range(rows.index(label) + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)


async def server_says(stage: WindowStage, *, of: UUID = HARBOUR, **fields: object) -> None:
    await stage.says(inbound("settingsUpdated", {"conversationId": of, "settings": settings(**fields)}))


async def asked(stage: WindowStage) -> SettingsPatch:
    """What the server was asked for last."""
    await stage.until(lambda: [one for one in stage.server.asked if one[0] == "configure"])
    _, conversation_id, patch = stage.server.asked[-1]
    assert conversation_id == HARBOUR
    return patch


@pytest.mark.parametrize(
    ("label", "sent"),
    [
        ("Pin to the top", b'{"pinned":true}'),
        ("Archive", b'{"archived":true}'),
        ("Never notify", b'{"notify":"none"}'),
        ("Notify when I am mentioned", b'{"notify":"mentions"}'),
        ("Mute until I unmute it", b'{"mutedUntil":"9999-12-31T00:00:00.000Z"}'),
    ],
)
async def test_a_choice_is_sent(stage: WindowStage, label: str, sent: bytes) -> None:
    await stage.says(stage.world.read("me", 1, to="harbour"))
    choose(stage, "Harbour", label)
    assert msgspec.json.encode(await asked(stage)) == sent


async def test_silence_ends_by_itself_after_the_hours_that_were_chosen(stage: WindowStage) -> None:
    choose(stage, "Harbour", "Mute for 8 hours")
    assert isinstance((await asked(stage)).muted_until, str)


async def test_what_is_silent_pinned_or_archived_offers_the_way_back(stage: WindowStage) -> None:
    await server_says(stage, muted_until="9999-12-31T00:00:00.000Z", pinned=True)
    assert [label for label in labels(stage, "Harbour") if not label.startswith("Mark")] == [
        "Unpin",
        "Unmute",
        "Notify of every message",
        "Notify when I am mentioned",
        "Never notify",
        "Archive",
    ]
    choose(stage, "Harbour", "Unmute")
    assert msgspec.json.encode(await asked(stage)) == b'{"mutedUntil":null}'


async def test_a_pinned_conversation_stands_first(stage: WindowStage) -> None:
    assert stage.listed[:2] == ["Harbour", "Ann"]
    await server_says(stage, of=TALK, pinned=True)
    assert stage.listed[:2] == ["Ann", "Harbour"]


async def test_an_archived_conversation_leaves_the_list_and_the_search_finds_it(stage: WindowStage) -> None:
    await stage.says(stage.world.read("me", 1, to="harbour"))
    choose(stage, "Harbour", "Archive")
    await stage.until(lambda: stage.toast == "Archived. A new message brings it back.")
    await server_says(stage, archived=True)
    assert "Harbour" not in stage.listed
    QTest.keyClicks(stage.window.sidebar.search.edit, "harb")
    assert stage.listed == ["Harbour"]
    assert "Take out of the archive" in labels(stage, "Harbour")
    assert "archived" in item_words(stage, "Harbour")


async def test_what_is_archived_comes_back_with_a_message_unless_it_is_muted(stage: WindowStage) -> None:
    stage.click_in_list("Harbour")
    await stage.says(stage.world.read("me", 1))
    await server_says(stage, of=TALK, archived=True)
    assert "Ann" not in stage.listed
    await stage.says(stage.world.say("one", "ann"))
    assert "Ann" in stage.listed
    await server_says(stage, of=TALK, archived=True, muted_until="9999-12-31T00:00:00.000Z")
    assert "Ann" not in stage.listed


async def test_what_is_unread_is_read_before_it_is_archived(stage: WindowStage) -> None:
    stage.click_in_list("Harbour")
    await stage.says(stage.world.say("one", "ann"))
    choose(stage, "Ann", "Mark as read and archive")
    await stage.until(lambda: (TALK, 2) in stage.read)
    await stage.until(lambda: stage.server.asked and stage.server.asked[-1][0] == "configure")
    assert msgspec.json.encode(stage.server.asked[-1][2]) == b'{"archived":true}'


async def test_a_deleted_message_is_no_reason_to_be_unread(stage: WindowStage) -> None:
    stage.click_in_list("Harbour")
    await stage.says(stage.world.say("one", "ann"))
    await stage.says(stage.world.delete(2))
    assert not [label for label in labels(stage, "Ann") if label == "Mark as unread"]


def item_words(stage: WindowStage, name: str) -> str:
    model = stage.window.sidebar.model
    assert model is not None
    return model.words_of(item_of(stage, name), spoken=True)


async def test_read_and_unread(stage: WindowStage) -> None:
    stage.click_in_list("Harbour")
    await stage.says(stage.world.say("one", "ann"), stage.world.say("two", "ann"))
    choose(stage, "Ann", "Mark as read")
    await stage.until(lambda: (TALK, 3) in stage.read)
    await stage.says(inbound("messagesRead", {"conversationId": TALK, "userId": ME, "seq": 3, "at": WHEN}))
    choose(stage, "Ann", "Mark as unread")
    await stage.until(lambda: stage.server.asked and stage.server.asked[-1][0] == "configure")
    assert msgspec.json.encode(stage.server.asked[-1][2]) == b'{"unreadFromSeq":3}'


async def test_without_a_connection_it_is_told(stage: WindowStage) -> None:
    stage.server.failure = Unreachable()
    choose(stage, "Harbour", "Pin to the top")
    await stage.until(lambda: stage.toast)
    assert stage.toast.startswith("The conversation was not changed: ")


async def test_a_person_and_the_heading_have_no_menu(stage: WindowStage) -> None:
    sidebar = stage.window.sidebar
    model = sidebar.model
    assert model is not None
    for row, item in enumerate(model.items()):
        if not isinstance(item, ConversationItem):
            sidebar.list.menu_requested.emit(model.index(row), QPoint(0, 0))
    assert not sidebar.findChildren(Menu)


async def test_the_header_has_the_menu_of_its_conversation_too(stage: WindowStage) -> None:
    header = stage.window.pane.header
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        QApplication.sendEvent(header, QContextMenuEvent(reason, QPoint(100, 20), header.mapToGlobal(QPoint(100, 20))))
        menu = stage.window.sidebar.findChildren(Menu)[-1]
        labels = [action.text() for action in menu.actions()]
        assert "Mute for 8 hours" in labels
        menu.close()
    stage.window.show_nothing()
    count = len(stage.window.sidebar.findChildren(Menu))
    QApplication.sendEvent(header, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(9, 9), QPoint(9, 9)))
    assert len(stage.window.sidebar.findChildren(Menu)) <= count
