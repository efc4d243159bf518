"""The details of a group: opened from its header, changed with keys and clicks, refused in words, quiet offline."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from desktop_builders import ANN, BOB, member
from fake_world import inbound
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_stage import HARBOUR, WindowStage, window_stage

from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import Unreachable
from chinwag_desktop.ui.group_panel import LEAVE, GroupPanel
from chinwag_desktop.ui.group_questions import YES
from chinwag_desktop.ui.new_conversation_dialog import AddPeopleDialog
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_protocol.http import ConversationPatch
from chinwag_protocol.objects import Conversation


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        await be(stage, "owner")
        yield stage


async def be(stage: WindowStage, role: str, **fields: Any) -> Conversation:
    """Harbour with the person in this role, open on the right, and the link up."""
    people = (member("ann"), member("me", role=role), member("bob", role="admin"))
    held = stage.groups.group(HARBOUR)
    assert held is not None
    values = {"members": people, "member_count": 3, "rev": held.rev + 10, **fields}
    made = stage.server.group = msgspec.structs.replace(held, **values)
    await stage.pipeline.apply_conversations([made])
    stage.link.connect()
    stage.monitor.state = ConnectionState(phase=Phase.ONLINE)
    stage.presenter.open(HARBOUR)
    await stage.idle()
    return made


def panel_of(stage: WindowStage) -> GroupPanel:
    panel = stage.window._dialog
    assert isinstance(panel, GroupPanel)
    return panel


def opened(stage: WindowStage) -> GroupPanel:
    QTest.mouseClick(stage.window.pane.header.name, Qt.MouseButton.LeftButton)
    return panel_of(stage)


def rows(panel: GroupPanel) -> list[str]:
    return [panel.model.words_of(item, spoken=True) for item in panel.model.items()]


def labels(panel: GroupPanel, name: str) -> list[str]:
    item = next(row for row in panel.model.items() if row.person is not None and row.person.username == name)
    menu = panel.build_member_menu(item)
    found = [action.text() for action in menu.actions() if action.text()]
    menu.deleteLater()
    return found


def choose(panel: GroupPanel, name: str, label: str) -> None:
    item = next(row for row in panel.model.items() if row.person is not None and row.person.username == name)
    menu = panel.build_member_menu(item)
    next(action for action in menu.actions() if action.text() == label).trigger()
    menu.deleteLater()


async def test_the_name_in_the_header_opens_the_details_by_mouse_and_by_keyboard(stage: WindowStage) -> None:
    panel = opened(stage)
    assert (panel.name.text(), panel.count.text()) == ("Harbour", "3 members")
    assert rows(panel) == ["Me, owner, online", "Bob, admin, offline", "Ann, offline"]
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert stage.window._dialog is None
    stage.window.pane.header.name.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert panel_of(stage).isVisible()


async def test_the_name_is_changed_in_place(stage: WindowStage) -> None:
    panel = opened(stage)
    QTest.mouseClick(panel.edit, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel.title_field.edit, "Quay")
    QTest.keyClick(panel.title_field.edit, Qt.Key.Key_Return)
    await stage.until(lambda: stage.title == "Quay")
    assert stage.server.asked == [("change", ConversationPatch(title="Quay"))]
    await stage.until(lambda: panel.title_field.isHidden())
    assert (panel.name.text(), stage.window._dialog) == ("Quay", panel)


async def test_a_name_that_is_refused_stays_in_its_field_with_the_reason(stage: WindowStage) -> None:
    panel = opened(stage)
    stage.server.failure = Unreachable()
    QTest.mouseClick(panel.edit, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel.title_field.edit, "Quay")
    QTest.keyClick(panel.title_field.edit, Qt.Key.Key_Return)
    await stage.until(lambda: not panel.title_problem.isHidden())
    assert panel.title_problem.text().startswith("The name was not changed")
    assert (panel.title_field.text(), panel.title_field.error) == ("Quay", True)
    QTest.keyClick(panel.title_field.edit, Qt.Key.Key_Escape)
    assert (panel.name.text(), panel.title_problem.isHidden(), panel.isVisible()) == ("Harbour", True, True)


@pytest.mark.parametrize(
    ("role", "ann", "bob"),
    [
        (
            "owner",
            ["Profile", "Message", "Make an admin", "Hand the group over…", "Remove Ann…"],
            ["Profile", "Message", "Make a member", "Hand the group over…", "Remove Bob…"],
        ),
        ("admin", ["Profile", "Message", "Remove Ann…"], ["Profile", "Message"]),
        ("member", ["Profile", "Message"], ["Profile", "Message"]),
    ],
)
async def test_each_role_is_offered_what_the_server_allows_it(
    stage: WindowStage, role: str, ann: list[str], bob: list[str]
) -> None:
    await be(stage, role)
    panel = opened(stage)
    assert (labels(panel, "ann"), labels(panel, "bob"), labels(panel, "me")) == (ann, bob, ["Profile"])
    manages = role != "member"
    assert (panel.edit.isVisible(), panel.add.isVisible(), panel.history.isEnabled()) == (manages, manages, manages)


async def test_a_role_is_given_and_its_change_is_shown(stage: WindowStage) -> None:
    panel = opened(stage)
    choose(panel, "ann", "Make an admin")
    await stage.until(lambda: stage.server.asked)
    assert stage.server.asked == [("role", ANN, "admin")]


async def test_somebody_is_removed_after_a_question_and_the_panel_comes_back(stage: WindowStage) -> None:
    choose(opened(stage), "bob", "Remove Bob…")
    await stage.until(lambda: not isinstance(stage.window._dialog, GroupPanel))
    question = stage.window._dialog
    assert isinstance(question, Dialog)
    QTest.mouseClick(question.buttons[YES], Qt.MouseButton.LeftButton)
    await stage.until(lambda: isinstance(stage.window._dialog, GroupPanel))
    assert stage.server.asked == [("remove", BOB)]


async def test_what_is_refused_stands_in_the_panel_that_comes_back(stage: WindowStage) -> None:
    choose(opened(stage), "bob", "Hand the group over…")
    await stage.until(lambda: not isinstance(stage.window._dialog, GroupPanel))
    stage.server.failure = Unreachable()
    question = stage.window._dialog
    assert isinstance(question, Dialog)
    QTest.mouseClick(question.buttons[YES], Qt.MouseButton.LeftButton)
    await stage.until(lambda: isinstance(stage.window._dialog, GroupPanel))
    assert panel_of(stage).note.text().startswith("The role was not changed")


async def test_people_are_added(stage: WindowStage) -> None:
    await be(stage, "admin", members=(member("me", role="admin"),), member_count=1)
    QTest.mouseClick(opened(stage).add, Qt.MouseButton.LeftButton)
    await stage.until(lambda: isinstance(stage.window._dialog, AddPeopleDialog))
    dialog = stage.window._dialog
    assert isinstance(dialog, AddPeopleDialog)
    assert not dialog.buttons["add"].isEnabled()
    QTest.keyClicks(dialog.picker.search.edit, "ann")
    QTest.keyClick(dialog.picker.search.edit, Qt.Key.Key_Return)
    await stage.until(lambda: isinstance(stage.window._dialog, GroupPanel))
    assert ("add", ANN) in stage.server.asked


async def test_an_owner_must_hand_over_before_leaving(stage: WindowStage) -> None:
    QTest.mouseClick(opened(stage).buttons[LEAVE], Qt.MouseButton.LeftButton)
    await stage.until(lambda: stage.window._dialog is not None)
    notice = stage.window._dialog
    assert isinstance(notice, Dialog)
    assert list(notice.buttons) == [""]
    assert "Hand it over" in notice.accessibleDescription()
    QTest.mouseClick(notice.buttons[""], Qt.MouseButton.LeftButton)
    await stage.until(lambda: isinstance(stage.window._dialog, GroupPanel))
    assert stage.server.asked == []


async def test_leaving_asks_first_and_then_the_conversation_is_gone(stage: WindowStage) -> None:
    await be(stage, "member")
    QTest.mouseClick(opened(stage).buttons[LEAVE], Qt.MouseButton.LeftButton)
    await stage.until(lambda: stage.window._dialog is not None)
    question = stage.window._dialog
    assert isinstance(question, Dialog)
    QTest.mouseClick(question.buttons[YES], Qt.MouseButton.LeftButton)
    await stage.until(lambda: stage.server.asked)
    assert stage.server.asked == [("leave", HARBOUR)]
    await stage.says(inbound("conversationLeft", {"conversationId": str(HARBOUR)}))
    assert (stage.presenter.opened, stage.listed) == (None, ["Ann"])


async def test_offline_it_can_be_looked_at_and_says_why_not_more(stage: WindowStage) -> None:
    panel = opened(stage)
    stage.link.lose()
    await stage.until(lambda: not panel.edit.isEnabled())
    assert [part.isEnabled() for part in (panel.add, panel.history, panel.buttons[LEAVE])] == [False] * 3
    assert panel.note.text().startswith("You are offline")
    assert labels(panel, "ann") == ["Profile", "Message"]
    stage.link.connect()
    await stage.until(lambda: panel.edit.isEnabled())
    assert panel.note.isHidden()


async def test_members_are_searched_and_what_new_ones_see_is_chosen(stage: WindowStage) -> None:
    panel = opened(stage)
    QTest.keyClicks(panel.search.edit, "an")
    await stage.until(lambda: rows(panel) == ["Ann, offline"])
    panel.search.edit.setText("zz")
    await stage.until(lambda: not panel.none.isHidden())
    panel.history_chosen.emit("joined")
    await stage.until(lambda: panel.history.text() == "what comes after they joined")
    assert stage.server.asked == [("change", ConversationPatch(history="joined"))]


async def test_a_large_group_comes_by_pages(stage: WindowStage) -> None:
    stage.server.members = (member("ann"), member("bob", role="owner"), member("me"))
    await be(stage, "member", members=(member("me"),), member_count=300)
    panel = opened(stage)
    await stage.until(lambda: len(rows(panel)) == 2)
    panel.more_wanted.emit()
    await stage.until(lambda: len(rows(panel)) == 3)
    assert rows(panel)[0] == "Bob, owner, offline"
    assert [asked for asked in stage.server.asked if asked[0] == "members"] == [
        ("members", None, None),
        ("members", None, "2"),
    ]
    panel.search.edit.setText("bo")
    await stage.until(lambda: ("members", "bo", None) in stage.server.asked)
