"""Going to a day: by key and from a date in the talk, over what is held and what is not, and what is refused."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from desktop_builders import TALK
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from window_stage import WindowStage, window_stage

from chinwag_desktop.core.errors import Unreachable
from chinwag_desktop.ui.day_picker import DayPicker, MonthGrid
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_protocol.times import format_time

BEGIN, COUNT = datetime(2026, 8, 1, 12, tzinfo=UTC), 400


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    """A talk with a message every six hours from 1 August on, of which this device holds the end."""
    async with window_stage(tmp_path, themes) as stage:
        stage.world.change(1, created_at=format_time(BEGIN))
        for number in range(1, COUNT):
            stage.world.say(f"message {number}", created_at=format_time(BEGIN + timedelta(hours=6 * number)))
        await stage.synced()
        await stage.idle()
        await stage.until(lambda: stage.chat.reader.extent(TALK).last_seq == COUNT)
        await stage.until(lambda: all_is_here(stage))
        yield stage


def all_is_here(stage: WindowStage) -> bool:
    """Nothing on the screen, nor what is fetched ahead of it, is on its way still."""
    view, model = stage.window.pane.timeline, stage.window.pane.model
    rows = [placed.row for placed in view.window_.placed]
    if model is None or not rows:
        return False
    ahead = range(max(0, rows[0] - 40), min(model.rowCount(), rows[-1] + 41))
    return all(model.row_at(row) is not None for row in ahead)


def grid_of(stage: WindowStage) -> MonthGrid:
    dialog = stage.window._dialog
    assert isinstance(dialog, DayPicker)
    return dialog.grid


def top_text(stage: WindowStage, wanted: str) -> bool:
    """Whether this message stands where one is led to: a third from the top."""
    view, model = stage.window.pane.timeline, stage.window.pane.model
    assert model is not None
    third = view.viewport().height() / 3
    placed = view.window_.at(third + 60)
    row = model.row_at(placed.row) if placed is not None else None
    return row is not None and row.message.text == wanted


@pytest.mark.parametrize(
    ("day", "seq"), [(date(2026, 11, 2), 371), (date(2026, 8, 5), 15), (date(2027, 1, 1), 400), (date(2026, 1, 1), 1)]
)
async def test_the_first_message_of_a_day_is_found_by_halves(stage: WindowStage, day: date, seq: int) -> None:
    at = datetime.combine(day, datetime.min.time(), UTC)
    found = await stage.chat.first_since(TALK, at)
    messages = stage.world.talks[TALK].messages
    older = [message.seq for message in messages if message.created_at < format_time(at)]
    assert found == seq == min((max(older) if older else 0) + 1, len(messages))
    asked = [what for what in stage.server.asked if what[0] == "messages"]
    assert len(asked) <= 10


async def test_ctrl_g_leads_to_a_day(stage: WindowStage) -> None:
    QTest.keyClick(stage.window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    grid = grid_of(stage)
    grid.first = date(2026, 8, 1)  # the talk of the samples was made later than what is said in it
    grid.go(date(2026, 10, 25))
    QTest.keyClick(grid, Qt.Key.Key_Return)
    begin = format_time(datetime(2026, 10, 25).astimezone())
    wanted = next(message for message in stage.world.talks[TALK].messages if message.created_at >= begin)
    await stage.until(lambda: top_text(stage, wanted.text))
    assert stage.window._dialog is None
    await stage.until(lambda: all_is_here(stage))
    await stage.idle()


async def test_a_click_on_a_date_in_the_talk_begins_at_that_day(stage: WindowStage) -> None:
    view = stage.window.pane.timeline
    dated = next(placed for placed in view.window_.placed if placed.layout.date is not None)
    model = stage.window.pane.model
    assert model is not None
    row = model.row_at(dated.row)
    assert row is not None
    rule = dated.layout.date
    assert rule is not None
    at = QPointF(rule.rect.center().x(), rule.rect.center().y() + dated.top).toPoint()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert grid_of(stage).day == datetime.fromisoformat(row.message.created_at).astimezone().date()
    await stage.idle()


async def test_without_a_connection_it_is_said(stage: WindowStage) -> None:
    stage.server.failure = Unreachable()
    QTest.keyClick(stage.window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    grid = grid_of(stage)
    grid.first = date(2026, 8, 1)
    grid.go(date(2026, 8, 3))
    QTest.keyClick(grid, Qt.Key.Key_Return)
    await stage.until(lambda: stage.toast.startswith("That day could not be looked for"))


def made(themes: ThemeSource) -> MonthGrid:
    return MonthGrid(themes, date(2026, 11, 24), date(2026, 9, 10), date(2026, 11, 25))


def test_keys_walk_days_weeks_and_months_and_stop_at_the_ends(themes: ThemeSource) -> None:
    grid = made(themes)
    for key, day in (
        (Qt.Key.Key_Left, date(2026, 11, 23)),
        (Qt.Key.Key_Up, date(2026, 11, 16)),
        (Qt.Key.Key_PageUp, date(2026, 10, 16)),
        (Qt.Key.Key_PageUp, date(2026, 9, 16)),
        (Qt.Key.Key_Up, date(2026, 9, 10)),
        (Qt.Key.Key_PageUp, date(2026, 9, 10)),
        (Qt.Key.Key_PageDown, date(2026, 10, 10)),
        (Qt.Key.Key_PageDown, date(2026, 11, 10)),
        (Qt.Key.Key_PageDown, date(2026, 11, 25)),
        (Qt.Key.Key_Right, date(2026, 11, 25)),
    ):
        QTest.keyClick(grid, key)
        assert grid.day == day


def test_a_click_takes_a_day_but_none_that_is_out_of_reach(themes: ThemeSource) -> None:
    grid, taken = made(themes), list[date]()
    grid.taken.connect(taken.append)
    for day in (date(2026, 11, 3), date(2026, 11, 28)):
        QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.place_of(day).center().toPoint())
    assert taken == [date(2026, 11, 3)]
