"""What is unsent, in the connection panel: why, since when, and its buttons, pressed as a person presses them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desktop_builders import TALK
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from window_stage import HARBOUR, WindowStage, window_stage

from chinwag_desktop.ui.connection_panel import ConnectionPanel
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.button import Button
from chinwag_desktop.ui.widgets.dialog import Dialog


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


def panel_of(stage: WindowStage) -> ConnectionPanel:
    panel = stage.window._dialog
    assert isinstance(panel, ConnectionPanel)
    return panel


def open_panel(stage: WindowStage) -> ConnectionPanel:
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(stage.window, Qt.Key.Key_L, keys)
    return panel_of(stage)


def click(button: Button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def waiting(stage: WindowStage, *texts: str) -> None:
    for text in texts:
        stage.type(text)
        stage.enter()


async def fail(stage: WindowStage, number: int = 0) -> None:
    entry = stage.chat.unsent()[number]
    await stage.worker._keeper.fail(entry, "too_large")


async def test_nothing_unsent_takes_no_room(stage: WindowStage) -> None:
    panel = open_panel(stage)
    assert not panel.outbox.isVisible()
    panel.choose("")


async def test_each_says_where_it_goes_and_why_it_waits(stage: WindowStage) -> None:
    waiting(stage, "tide at six", "bring gloves")
    await fail(stage)
    panel = open_panel(stage)
    assert panel.outbox.heading.text() == "2 messages not sent yet"
    first, second = panel.outbox.lines
    assert first.state.text().startswith("It is too large for this server. Written ")
    assert second.state.text().startswith("Waits for the connection. Written ")
    assert list(first.buttons) == ["retry", "show", "discard"]
    assert list(second.buttons) == ["show", "discard"]
    assert first.buttons["discard"].accessibleName() == "Discard, Ann: tide at six"
    panel.choose("")


async def test_lines_stay_while_nothing_changes(stage: WindowStage) -> None:
    waiting(stage, "tide at six")
    panel = open_panel(stage)
    line = panel.outbox.lines[0]
    panel.refresh()
    assert panel.outbox.lines[0] is line  # or the keyboard would lose its place each second
    panel.choose("")


async def test_retry_sends_a_failed_one_again(stage: WindowStage) -> None:
    waiting(stage, "tide at six")
    await fail(stage)
    panel = open_panel(stage)
    click(panel.outbox.lines[0].buttons["retry"])
    assert panel.outbox.lines[0].state.text().startswith("Waits for the connection.")
    assert "retry" not in panel.outbox.lines[0].buttons
    panel.choose("")


async def test_discarding_is_asked_for_and_leads_back(stage: WindowStage) -> None:
    waiting(stage, "tide at six", "bring gloves")
    panel = open_panel(stage)
    click(panel.outbox.lines[0].buttons["discard"])
    await stage.until(lambda: isinstance(stage.window._dialog, Dialog) and "discard" in stage.window._dialog.buttons)
    QTest.keyClick(stage.window._dialog, Qt.Key.Key_Escape)
    await stage.until(lambda: isinstance(stage.window._dialog, ConnectionPanel))
    assert len(panel_of(stage).outbox.lines) == 2
    click(panel_of(stage).outbox.lines[0].buttons["discard"])
    await stage.until(lambda: isinstance(stage.window._dialog, Dialog) and "discard" in stage.window._dialog.buttons)
    click(stage.window._dialog.buttons["discard"])
    await stage.until(lambda: isinstance(stage.window._dialog, ConnectionPanel))
    assert [entry.text for entry in stage.chat.unsent()] == ["bring gloves"]
    assert len(panel_of(stage).outbox.lines) == 1
    panel_of(stage).choose("")


async def test_show_opens_its_conversation(stage: WindowStage) -> None:
    waiting(stage, "tide at six")
    stage.presenter.open(HARBOUR)
    panel = open_panel(stage)
    click(panel.outbox.lines[0].buttons["show"])
    assert stage.presenter.opened == TALK
    assert stage.window._dialog is None


async def test_show_leads_to_the_message_itself(stage: WindowStage) -> None:
    waiting(stage, "tide at six")
    stage.presenter.open(HARBOUR)
    for number in range(80):
        await stage.hear(stage.world.say(f"unread {number}"))
    panel = open_panel(stage)
    click(panel.outbox.lines[0].buttons["show"])
    assert stage.presenter.opened == TALK
    assert stage.window.pane.timeline.at_end


async def test_the_report_has_the_reasons_but_no_message(stage: WindowStage) -> None:
    waiting(stage, "tide at six")
    await fail(stage)
    click(open_panel(stage).buttons["copy"])
    report = QGuiApplication.clipboard().text()
    assert "1 message not sent yet" in report
    assert "It is too large for this server." in report
    assert "tide" not in report
    assert "Ann" not in report


async def test_it_counts_how_often_a_message_was_sent(stage: WindowStage) -> None:
    stage.link.connect()
    stage.link.socket.answers["sendMessage"] = None  # silence
    waiting(stage, "tide at six")
    key = stage.chat.unsent()[0].temp_id
    await stage.until(lambda: stage.chat.tries(key) == 1)
    panel = open_panel(stage)
    assert panel.outbox.lines[0].state.text().endswith("Tried 1 time.")
    stage.link.lose()
    await stage.idle()
    stage.link.connect()
    await stage.until(lambda: stage.chat.tries(key) == 2)
    panel.refresh()
    assert panel.outbox.lines[0].state.text().endswith("Tried 2 times.")
    panel.choose("")
    stage.link.lose()
