"""Pinned messages: by whom, the bar under the header, the list, and offline; and the list of what mentions the person."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from desktop_builders import ANN, ME, TALK, member, uid
from fake_world import inbound
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from window_stage import HARBOUR, WindowStage, window_stage

from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import TimelineRow
from chinwag_desktop.ui.message_list import MessageListDialog
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.hit import Hit, Target
from chinwag_desktop.ui.timeline.row_menu import row_menu

WHEN = "2026-11-24T2{}:00:00.000Z"


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


def labels(stage: WindowStage, row: int) -> list[str]:
    view, model = stage.window.pane.timeline, stage.window.pane.model
    assert model is not None
    found = model.row_at(row)
    assert isinstance(found, TimelineRow)
    menu = row_menu(view, found, Hit(Target.BUBBLE), rights=model.rights)
    words = [action.text() for action in menu.actions()]
    menu.deleteLater()
    return words


async def pinned(stage: WindowStage, seq: int, hour: int, *, to: str = "talk") -> None:
    await stage.says(inbound("messageUpdated", stage.world.change(seq, to=to, pinned_at=WHEN.format(hour))))


async def lead(stage: WindowStage, role: str) -> None:
    held = stage.groups.group(HARBOUR)
    assert held is not None
    people = (member("me", role=role), member("ann"), member("bob"))
    await stage.pipeline.apply_conversations([msgspec.structs.replace(held, rev=held.rev + 10, members=people)])
    stage.presenter.open(HARBOUR)
    await stage.until(lambda: not stage.presenter._changed)


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("admin", True), ("member", False)])
async def test_who_leads_a_group_pins_and_deletes_what_others_wrote(stage: WindowStage, role: str, may: bool) -> None:
    await lead(stage, role)
    assert ("Pin" in labels(stage, 0), "Delete…" in labels(stage, 0)) == (may, may)


async def test_both_pin_in_a_direct_conversation_but_delete_only_their_own(stage: WindowStage) -> None:
    assert ("Pin" in labels(stage, 0), "Delete…" in labels(stage, 0)) == (True, False)


async def test_a_role_that_is_given_while_one_looks_counts_at_once(stage: WindowStage) -> None:
    await lead(stage, "member")
    assert "Pin" not in labels(stage, 0)
    await lead(stage, "admin")
    assert "Pin" in labels(stage, 0)


async def test_ctrl_p_pins_and_again_takes_the_pin_away(stage: WindowStage) -> None:
    stage.link.connect()
    timeline = stage.window.pane.timeline
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(timeline, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    await stage.until(lambda: [name for name, _ in stage.link.calls] == ["pinMessage"])
    assert stage.link.calls[-1][1].on is True
    await pinned(stage, 1, 1)
    assert not stage.window.pane.pins.isHidden()
    assert "Unpin" in labels(stage, 0)
    QTest.keyClick(timeline, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    await stage.until(lambda: len(stage.link.calls) == 2)
    assert stage.link.calls[-1][1].on is False
    await stage.says(inbound("messageUpdated", stage.world.change(1, pinned_at=None)))
    assert stage.window.pane.pins.isHidden()


async def test_what_cannot_be_pinned_is_said(stage: WindowStage) -> None:
    stage.chat.pin(uid("talk/1"), on=True)
    await stage.until(lambda: stage.toast.startswith("The message was not pinned"))


async def test_the_bar_goes_from_the_newest_pin_to_the_one_before(stage: WindowStage) -> None:
    for number in range(2, 60):
        await stage.hear(stage.world.say(f"message {number}"))
    await pinned(stage, 30, 2)
    await pinned(stage, 5, 1)
    bar, timeline = stage.window.pane.pins, stage.window.pane.timeline
    assert (bar.button.count, bar.button.words) == ("1 of 2", "message 30")
    wanted: list[int] = []
    bar.wanted.connect(wanted.append)
    QTest.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    assert (bar.button.count, bar.button.words) == ("2 of 2", "message 5")
    assert timeline.window_.find(29) is not None
    QTest.keyClick(bar.button, Qt.Key.Key_Return)
    assert wanted == [30, 5]
    assert timeline.window_.find(4) is not None
    await pinned(stage, 40, 3)
    assert (bar.button.count, bar.button.words) == ("1 of 3", "message 40")  # a new pin is shown


async def test_a_pin_far_above_comes_from_the_server_and_stays_for_later(stage: WindowStage) -> None:
    stage.world.say("old", "bob", to="harbour")
    stage.world.change(2, to="harbour", pinned_at=WHEN.format(1))
    stage.presenter.open(HARBOUR)
    bar = stage.window.pane.pins
    assert bar.isHidden()
    stage.link.connect()
    stage.monitor.state = ConnectionState(phase=Phase.ONLINE)
    stage.connection.state_changed.emit(stage.monitor.state)
    await stage.until(lambda: not bar.isHidden())
    assert (bar.button.words, bar.button.count) == ("old", "")
    stage.presenter.open(TALK)
    assert bar.isHidden()
    stage.link.lose()
    stage.presenter.open(HARBOUR)
    assert bar.button.words == "old"


async def test_all_pins_are_listed_and_one_is_gone_to(stage: WindowStage) -> None:
    await stage.says(stage.world.say("**second**", "me"))
    await pinned(stage, 1, 1)
    await pinned(stage, 2, 2)
    QTest.mouseClick(stage.window.pane.pins.all, Qt.MouseButton.LeftButton)
    dialog = stage.window._dialog
    assert isinstance(dialog, MessageListDialog)
    assert [(line.who, line.words) for line in dialog.model.items()] == [("You", "second"), ("Ann", "hello")]
    opened: list[int] = []
    dialog.opened.connect(lambda line: opened.append(line.seq))
    view = dialog.list
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(dialog.model.index(1, 0)).center())
    assert (opened, stage.window._dialog) == ([1], None)


async def test_mentions_of_all_conversations_are_listed_the_newest_first(stage: WindowStage) -> None:
    await stage.says(
        stage.world.say("@me look", "ann", mentions=(ME,), id=uid("0")),
        stage.world.say("@ann look", "bob", to="harbour", mentions=(ANN,)),
        stage.world.say("all of you", "bob", to="harbour", mentions_all=True, id=uid("1")),
    )
    QTest.keyClick(stage.window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    dialog = stage.window._dialog
    assert isinstance(dialog, MessageListDialog)
    lines = [(line.who, line.where, line.words) for line in dialog.model.items()]
    assert sorted(lines) == [("Ann", "Ann", "@me look"), ("Bob", "Harbour", "all of you")]
    assert [line.id for line in dialog.model.items()] == sorted((uid("0"), uid("1")), reverse=True)
    row = next(number for number, line in enumerate(dialog.model.items()) if line.where == "Harbour")
    view = dialog.list
    at: QPoint = view.visualRect(dialog.model.index(row, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert stage.title == "Harbour"
    stage.window.mentions_requested.emit()
    again = stage.window._dialog
    assert isinstance(again, MessageListDialog)
    QTest.keyClick(again, Qt.Key.Key_Escape)


async def test_nobody_has_mentioned_the_person_yet(stage: WindowStage) -> None:
    stage.window.mentions_requested.emit()
    dialog = stage.window._dialog
    assert isinstance(dialog, MessageListDialog)
    assert (dialog.list.isHidden(), dialog.note.text()) == (True, "Nobody has mentioned you yet.")


async def test_pins_are_asked_for_on_opening_while_there_is_a_connection(stage: WindowStage) -> None:
    stage.link.connect()
    stage.monitor.state = ConnectionState(phase=Phase.ONLINE)
    stage.connection.state_changed.emit(stage.monitor.state)
    stage.world.say("old", "bob", to="harbour")
    stage.world.change(2, to="harbour", pinned_at=WHEN.format(1))
    stage.presenter.open(HARBOUR)
    await stage.until(lambda: stage.window.pane.pins.button.words == "old")
