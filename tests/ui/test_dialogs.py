"""Dialogs open without nesting the loop, answer through a future, keep the keyboard inside, and give it back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC
from uuid import UUID

import pytest
import ui_samples as sample
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout
from pytestqt.qtbot import QtBot
from ui_states import STATES, SampleFacts

from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState, Phase
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.ui.availability_week import share_words
from chinwag_desktop.ui.connection_panel import ConnectionPanel
from chinwag_desktop.ui.connection_words import fact_words, reason_words, state_words
from chinwag_desktop.ui.new_conversation_dialog import NewConversationDialog
from chinwag_desktop.ui.questions import (
    KEYRING_FILE,
    SIGN_OUT,
    keyring_question,
    sign_out_question,
)
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.button import Button
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_desktop.ui.widgets.toast import Toast


class Page(Strip):
    """A window with a button, which has the keyboard."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, "canvas")
        self.button = Button(themes, "Behind")
        QVBoxLayout(self).addWidget(self.button)


@pytest.fixture
def page(themes: ThemeSource, show: Callable[..., None]) -> Page:
    made = Page(themes)
    show(made, 640, 560)
    made.button.setFocus(Qt.FocusReason.OtherFocusReason)
    return made


def key(what: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget(), what)


async def test_a_question_is_awaited_and_answered_by_keyboard(
    page: Page, themes: ThemeSource, eventually: Callable[..., Awaitable[object]]
) -> None:
    owner = TaskOwner("test")
    answer = owner.spawn(keyring_question(themes, page).answer(), "question")
    await eventually(lambda: page.findChild(Dialog).isVisible())
    dialog = page.findChild(Dialog)
    assert dialog.buttons["memory"].hasFocus()  # the safe one
    key(Qt.Key.Key_Tab)
    assert dialog.buttons["file"].ring
    key(Qt.Key.Key_Return)
    assert await answer == KEYRING_FILE
    assert page.button.hasFocus()
    await owner.close()


async def test_escape_means_no(page: Page, themes: ThemeSource, eventually: Callable[..., Awaitable[object]]) -> None:
    owner = TaskOwner("test")
    answer = owner.spawn(sign_out_question(themes, page, unsent=2).answer(), "question")
    await eventually(lambda: page.findChild(Dialog).isVisible())
    key(Qt.Key.Key_Escape)
    assert await answer == ""
    await owner.close()


async def test_cancelling_the_wait_takes_the_dialog_away(
    page: Page, themes: ThemeSource, eventually: Callable[..., Awaitable[object]]
) -> None:
    owner = TaskOwner("test")
    answer = owner.spawn(keyring_question(themes, page).answer(), "question")
    await eventually(lambda: page.findChild(Dialog).isVisible())
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer
    await eventually(lambda: page.findChild(Dialog) is None)
    await owner.close()


async def test_the_loop_runs_on_while_a_dialog_is_open(page: Page, themes: ThemeSource) -> None:
    dialog = keyring_question(themes, page)
    dialog.open()
    await asyncio.sleep(0)
    await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, lambda: 1), 5)
    dialog.choose("")


def test_tab_stays_inside(page: Page, themes: ThemeSource) -> None:
    dialog = sign_out_question(themes, page, unsent=1)
    dialog.open()
    seen = []
    for _ in range(5):
        key(Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    assert set(seen) == {dialog.buttons[""], dialog.buttons[SIGN_OUT]}
    key(Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is not page.button
    dialog.choose("")


def test_the_danger_comes_last_and_the_keyboard_starts_on_the_safe_side(page: Page, themes: ThemeSource) -> None:
    dialog = sign_out_question(themes, page, unsent=3)
    dialog.open()
    assert dialog.buttons[""].hasFocus()
    assert dialog.buttons[SIGN_OUT].kind == "danger"
    assert dialog.buttons[SIGN_OUT].x() > dialog.buttons[""].x()
    assert "3 messages have not been sent" in dialog.accessibleDescription()
    dialog.choose("")
    once = sign_out_question(themes, page, unsent=1)
    assert once.accessibleDescription().startswith("One message")
    once.close_silently()


def test_it_is_a_dialog_for_screen_readers(page: Page, themes: ThemeSource) -> None:
    dialog = keyring_question(themes, page)
    dialog.open()
    accessible = QAccessible.queryAccessibleInterface(dialog)
    assert accessible.role() is QAccessible.Role.Dialog
    assert accessible.text(QAccessible.Text.Name) == "Stay signed in?"
    dialog.choose("")


def test_it_stays_in_the_middle_when_the_window_changes(page: Page, themes: ThemeSource) -> None:
    dialog = keyring_question(themes, page)
    dialog.open()
    page.resize(900, 700)
    QApplication.processEvents()
    assert abs(dialog.x() + dialog.width() / 2 - 450) <= 1
    dialog.choose("")


# new conversation


@pytest.fixture
def people() -> PeopleModel:
    model = PeopleModel(me=sample.ME)
    model.set_all(sample.PEOPLE.values())
    return model


class Asked:
    def __init__(self, dialog: NewConversationDialog) -> None:
        self.direct: list[UUID] = []
        self.groups: list[tuple[str, list[UUID]]] = []
        self.queries: list[str] = []
        dialog.direct_requested.connect(self.direct.append)
        dialog.group_requested.connect(lambda title, ids: self.groups.append((title, ids)))
        dialog.query_changed.connect(self.queries.append)


def test_typing_a_name_and_enter_starts_a_conversation(
    page: Page, themes: ThemeSource, people: PeopleModel, qtbot: QtBot
) -> None:
    dialog = NewConversationDialog(themes, page, people)
    asked = Asked(dialog)
    dialog.open()
    assert dialog.search.edit.hasFocus()
    qtbot.keyClicks(dialog.search.edit, "noor")
    dialog.picker._query.timeout.emit()
    key(Qt.Key.Key_Return)
    assert asked.direct == [sample.NOOR]
    assert asked.queries == ["noor"]
    assert not dialog.isVisible()


def test_a_group_is_made_from_the_keyboard(page: Page, themes: ThemeSource, people: PeopleModel, qtbot: QtBot) -> None:
    dialog = NewConversationDialog(themes, page, people)
    asked = Asked(dialog)
    dialog.open()
    key(Qt.Key.Key_Down)
    assert dialog.list.hasFocus()
    for what in (
        Qt.Key.Key_Space,
        Qt.Key.Key_Down,
        Qt.Key.Key_Space,
        Qt.Key.Key_Down,
        Qt.Key.Key_Space,
        Qt.Key.Key_Space,
    ):
        key(what)
    assert dialog.chosen == [sample.ANNEKE, sample.MAYA]
    key(Qt.Key.Key_Return)  # a name is lacking
    assert dialog.group_title.error
    assert dialog.group_title.edit.hasFocus()
    qtbot.keyClicks(dialog.group_title.edit, " Mast and rigging ")
    key(Qt.Key.Key_Return)
    assert asked.groups == [("Mast and rigging", [sample.ANNEKE, sample.MAYA])]


def test_start_needs_somebody(page: Page, themes: ThemeSource, people: PeopleModel, qtbot: QtBot) -> None:
    dialog = NewConversationDialog(themes, page, people)
    asked = Asked(dialog)
    dialog.open()
    assert not dialog.buttons["start"].isEnabled()
    rect = dialog.list.visualRect(people.index(0))
    qtbot.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert dialog.buttons["start"].isEnabled()
    qtbot.mouseClick(dialog.buttons["start"], Qt.MouseButton.LeftButton)
    assert asked.direct == [sample.ANNEKE]


def test_nobody_of_that_name(page: Page, themes: ThemeSource, people: PeopleModel, qtbot: QtBot) -> None:
    dialog = NewConversationDialog(themes, page, people)
    dialog.open()
    qtbot.keyClicks(dialog.search.edit, "zzz")
    assert dialog.none.isVisible()
    key(Qt.Key.Key_Return)
    assert dialog.isVisible()
    key(Qt.Key.Key_Escape)  # empties the field first
    assert dialog.search.text() == ""
    key(Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# the connection panel


def test_the_panel_tells_the_facts_and_refreshes(page: Page, themes: ThemeSource) -> None:
    facts = SampleFacts(
        ConnectionState(phase=Phase.ONLINE, latency_ms=31, transport="websocket", reason="transport close")
    )
    panel = ConnectionPanel(themes, page, facts)
    panel.open()
    assert panel.words.text() == "Connected. Messages go out at once."
    assert panel.rows["transport"].text() == "WebSocket"
    assert panel.rows["uptime"].text() == "1 h 45 min"
    assert panel.rows["reason"].text() == "the network dropped it"
    assert "longest" in panel.graph.accessibleName()
    facts._state = ConnectionState(phase=Phase.WAITING, attempt=2, retry_at=7202.0, wait_s=2)
    panel._timer.timeout.emit()
    assert panel.words.text() == "Reconnecting… (attempt 2), next try in 2 s."
    assert not panel.graph._live
    assert panel.buttons["retry"].isVisible()
    retried: list[int] = []
    panel.retry_requested.connect(lambda: retried.append(1))
    panel.choose("retry")
    assert retried == [1]
    assert not panel._timer.isActive()


def test_the_week_says_each_day_and_no_100_where_something_was_missing(page: Page, themes: ThemeSource) -> None:
    panel = ConnectionPanel(themes, page, SampleFacts(ConnectionState(phase=Phase.ONLINE)), zone=UTC)
    panel.open()
    days = panel.week.accessibleName().splitlines()
    assert days[0] == "Wednesday: not counted"
    assert days[-2:] == ["Monday: 90.2 %", "Tuesday: 99.8 %"]
    assert share_words(0.99999) == "99.9 %"
    assert (share_words(1), share_words(0), share_words(None)) == ("100 %", "0.0 %", "–")


def test_in_a_low_window_the_keys_scroll_the_panel(page: Page, themes: ThemeSource) -> None:
    page.resize(640, 360)
    panel = ConnectionPanel(themes, page, SampleFacts(ConnectionState(phase=Phase.ONLINE)))
    panel.open()
    assert panel.geometry().bottom() <= page.height()
    assert panel.buttons["copy"].hasFocus()
    key(Qt.Key.Key_PageDown)
    assert panel.area.verticalScrollBar().value() > 0
    key(Qt.Key.Key_PageUp)
    assert panel.area.verticalScrollBar().value() == 0


def test_a_short_break_is_seen_in_its_hour(page: Page, themes: ThemeSource) -> None:
    """Twelve seconds of an hour are less than a pixel."""
    panel = ConnectionPanel(themes, page, SampleFacts(ConnectionState(phase=Phase.ONLINE)), zone=UTC)
    panel.open()
    image, red = panel.week.grab().toImage(), themes.now["danger_fill"]
    saturday = range(3 * 16, 4 * 16)
    assert any(image.pixelColor(x, y) == red for y in saturday for x in range(image.width()))
    friday = range(2 * 16, 3 * 16)
    assert not any(image.pixelColor(x, y) == red for y in friday for x in range(image.width()))


@pytest.mark.parametrize(
    "reason",
    ["io server disconnect", "transport close", "transport error", "ping timeout", "client disconnect", "other"],
)
def test_every_reason_has_plain_words(reason: str) -> None:
    assert reason_words(reason)
    assert "transport" not in reason_words(reason)


def test_facts_without_a_link() -> None:
    words = fact_words(ConnectionState(), ConnectionMetrics(), 10)
    assert (words["transport"], words["uptime"], words["reason"]) == ("–", "–", "–")
    assert state_words(ConnectionState(), 10) == "Not connected."


# toasts


def test_a_toast_says_its_words_and_goes(
    page: Page, themes: ThemeSource, qtbot: QtBot, wait_until: Callable[..., object]
) -> None:
    pressed: list[int] = []
    toast = Toast(themes, page, "Conversation muted", action="Undo", pressed=lambda: pressed.append(1))
    toast.pop_up(centre_x=320, bottom=500)
    assert toast.geometry().bottom() <= 500
    assert toast._away.isActive()
    assert toast._away.interval() == 4000
    qtbot.keyClick(toast.button, Qt.Key.Key_Return)
    assert pressed == [1]
    wait_until(lambda: (QApplication.sendPostedEvents(None, 52), page.findChild(Toast) is None)[1])


def test_a_toast_with_much_to_say_takes_more_lines_and_stays_longer(page: Page, themes: ThemeSource) -> None:
    words = "The disk is full: new messages are shown, but not kept for reading offline."
    wide, narrow = Toast(themes, page, words), Toast(themes, page, words, room=300)
    assert wide._shaped.layout.lineCount() == 2
    assert wide._away.interval() == 6000
    assert narrow.width() <= 300
    assert narrow._shaped.layout.lineCount() == 3
    assert narrow.height() > wide.height()
    endless = Toast(themes, page, "word " * 900)
    assert endless._shaped.layout.lineCount() <= 3


@pytest.mark.parametrize("name", ["dialog-forward", "dialog-new-conversation", "dialog-add-people", "group-owner"])
def test_the_buttons_are_in_reach_in_the_smallest_window(
    name: str, themes: ThemeSource, show: Callable[..., None]
) -> None:
    """What scrolls gives way, and has its height again when there is room."""
    state = next(state for state in STATES if state.name == name)
    window = state.make(themes)
    show(window, 640, 800)
    assert state.prepare is not None
    state.prepare(window)
    [dialog] = window.findChildren(Dialog)
    high = dialog.height()
    for height in (360, 420, 800):
        window.resize(480, height)
        QApplication.processEvents()
        assert window.rect().contains(dialog.geometry())
        for button in dialog.buttons.values():
            assert dialog.rect().contains(button.geometry())
    assert dialog.height() == high
