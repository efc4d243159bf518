"""Forwarding: by menu and key, to a conversation that is chosen, shown at once and sent like any other message."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desktop_builders import ANN, WHEN
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_stage import HARBOUR, WindowStage, window_stage

from chinwag_desktop.sync.message_sender import command_of
from chinwag_desktop.ui.forward_dialog import ForwardDialog
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.menu import Menu
from chinwag_protocol.objects import ForwardedFrom


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        await stage.says(stage.world.say("**high** water", "ann"))
        yield stage


def stand_on_last(stage: WindowStage) -> None:
    timeline = stage.window.pane.timeline
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(timeline, Qt.Key.Key_End)


def dialog_of(stage: WindowStage) -> ForwardDialog:
    """By the key."""
    stand_on_last(stage)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(stage.window.pane.timeline, Qt.Key.Key_R, both)
    return stage.window.findChildren(ForwardDialog)[-1]


def places(dialog: ForwardDialog) -> list[str]:
    return [str(dialog.model.index(row, 0).data()) for row in range(dialog.model.rowCount())]


async def test_a_place_is_found_by_typing_and_taken_by_enter(stage: WindowStage) -> None:
    dialog = dialog_of(stage)
    assert places(dialog) == ["Harbour", "Ann"]
    QTest.keyClicks(dialog.search.edit, "harb")
    assert places(dialog) == ["Harbour"]
    QTest.keyClick(dialog.search.edit, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert stage.toast == "Forwarded to Harbour"
    await stage.idle()
    [entry] = stage.worker.pending()
    assert (entry.conversation_id, entry.forwarded_from) == (HARBOUR, ForwardedFrom(sender_id=ANN, created_at=WHEN))
    command = command_of(entry)
    assert (command.forward, command.text) == (stage.world.ack(2).id, None)


async def test_it_stands_there_at_once_and_says_whose_it_was(stage: WindowStage) -> None:
    dialog = dialog_of(stage)
    QTest.keyClick(dialog.search.edit, Qt.Key.Key_Down)
    view = dialog.list
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(dialog.model.index(0, 0)).center())
    await stage.idle()
    stage.click_in_list("Harbour")
    await stage.idle()
    assert stage.shown[-1] == "**high** water"
    layout = stage.window.pane.timeline.window_.placed[-1].layout
    assert layout.forwarded is not None
    assert layout.forwarded[1] == "Forwarded from Ann"
    assert layout.bubble is not None
    assert layout.bubble.top() < layout.forwarded[0].y() < layout.texts[0].at.y() + 4
    model = stage.window.pane.model
    assert model is not None
    assert "Forwarded from Ann" in str(model.index(model.rowCount() - 1, 0).data(Qt.ItemDataRole.AccessibleTextRole))


async def test_what_is_forwarded_again_names_the_first_author(stage: WindowStage) -> None:
    first = ForwardedFrom(sender_id=ANN, created_at="2026-11-20T20:00:00.000Z")
    await stage.says(stage.world.say("old", "ann", forwarded_from=first))
    dialog = dialog_of(stage)
    QTest.keyClick(dialog.search.edit, Qt.Key.Key_Return)
    await stage.idle()
    [entry] = stage.worker.pending()
    assert entry.forwarded_from == first


async def test_the_menu_offers_it_and_escape_sends_nothing(stage: WindowStage) -> None:
    stand_on_last(stage)
    timeline = stage.window.pane.timeline
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(timeline.viewport(), event)
    menu = timeline.findChildren(Menu)[-1]
    rows = [action.text() for action in menu.actions()]
    for _ in range(rows.index("Forward…") + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    dialog = stage.window.findChildren(ForwardDialog)[-1]
    assert dialog.isVisible()
    QTest.keyClicks(dialog.search.edit, "nowhere")
    assert places(dialog) == []
    assert dialog.none.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert stage.worker.pending() == ()
