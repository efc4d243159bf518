"""Selecting text across messages with the mouse, by words, further, all of it; and what is copied."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from window_stage import WindowStage, window_stage

from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.selection import END, Place, TextSelection, word_around
from chinwag_desktop.ui.timeline.view import TimelineView

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        await stage.says(
            stage.world.say("the **tide** is high"),
            stage.world.say("so we wait", "me"),
            stage.world.say("https://example.org is where"),
        )
        yield stage


def view_of(stage: WindowStage) -> TimelineView:
    return stage.window.pane.timeline


def spot(stage: WindowStage, row: int, offset: int, *, line: int = 0) -> QPoint:
    """The place on the screen before a character of a row's first part."""
    placed = view_of(stage).window_.find(row)
    assert placed is not None
    part = placed.layout.texts[0]
    text_line = part.layout.lineAt(line)
    x = text_line.cursorToX(offset)
    x = x[0] if isinstance(x, tuple) else x
    y = placed.top + part.at.y() + text_line.y() + text_line.height() / 2
    return QPoint(round(part.at.x() + x), round(y))


def drag(stage: WindowStage, start: QPoint, end: QPoint) -> None:
    viewport = view_of(stage).viewport()
    QTest.mousePress(viewport, LEFT, pos=start)
    QTest.mouseMove(viewport, start + QPoint(6, 0))
    QTest.mouseMove(viewport, end)
    QTest.mouseRelease(viewport, LEFT, pos=end)


def copied(stage: WindowStage) -> str:
    QGuiApplication.clipboard().setText("before")
    QTest.keyClick(view_of(stage), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    return QGuiApplication.clipboard().text()


async def test_a_drag_in_one_message_copies_what_it_covers(stage: WindowStage) -> None:
    drag(stage, spot(stage, 1, 4), spot(stage, 1, 8))
    assert copied(stage) == "tide"
    drag(stage, spot(stage, 1, 8), spot(stage, 1, 4))
    assert copied(stage) == "tide"


async def test_a_whole_message_is_copied_as_it_was_typed(stage: WindowStage) -> None:
    drag(stage, spot(stage, 1, 0), spot(stage, 1, 16) + QPoint(40, 0))
    assert copied(stage) == "the **tide** is high"


async def test_a_drag_over_several_says_who_wrote_each_and_when(stage: WindowStage) -> None:
    drag(stage, spot(stage, 1, 9), spot(stage, 2, 5))
    lines = copied(stage).split("\n")
    assert (lines[1], lines[4]) == ("is high", "so we")
    assert lines[0].startswith("Ann · ")
    assert lines[3].startswith("You · ")


async def test_escape_and_a_click_take_it_away_and_that_click_opens_nothing(stage: WindowStage) -> None:
    view, opened = view_of(stage), list[str]()
    view.link_activated.connect(opened.append)
    escaped: list[int] = []
    view.escaped.connect(lambda: escaped.append(1))
    drag(stage, spot(stage, 1, 0), spot(stage, 2, 2))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.selector.selection
    assert escaped == []
    drag(stage, spot(stage, 1, 0), spot(stage, 2, 2))
    QTest.mouseClick(view.viewport(), LEFT, pos=spot(stage, 3, 4))
    assert (bool(view.selector.selection), opened) == (False, [])
    QTest.mouseClick(view.viewport(), LEFT, pos=spot(stage, 3, 4))
    assert opened == ["https://example.org"]
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert escaped == [1]


async def test_a_drag_that_begins_on_a_link_selects_and_opens_nothing(stage: WindowStage) -> None:
    opened: list[str] = []
    view_of(stage).link_activated.connect(opened.append)
    drag(stage, spot(stage, 3, 8), spot(stage, 3, 15))
    assert (copied(stage), opened) == ("example", [])


async def test_a_double_click_selects_a_word_and_shift_goes_on(stage: WindowStage) -> None:
    view = view_of(stage)
    QTest.mouseDClick(view.viewport(), LEFT, pos=spot(stage, 1, 6))
    assert copied(stage) == "tide"
    QTest.mouseRelease(view.viewport(), LEFT, pos=spot(stage, 1, 6))
    QTest.mouseClick(view.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, pos=spot(stage, 1, 11))
    assert copied(stage) == "tide is"


async def test_all_is_selected_by_key_and_stays_when_more_comes(stage: WindowStage) -> None:
    QTest.keyClick(view_of(stage), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    before = copied(stage)
    assert [line for line in before.split("\n") if "·" not in line and line] == [
        "hello",
        "the **tide** is high",
        "so we wait",
        "https://example.org is where",
    ]
    await stage.says(stage.world.say("one more"))
    assert copied(stage) == before


async def test_without_a_selection_the_message_of_the_keyboard_is_copied(stage: WindowStage) -> None:
    view = view_of(stage)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(view, Qt.Key.Key_End)
    assert copied(stage) == "https://example.org is where"


async def test_a_drag_over_the_edge_scrolls(stage: WindowStage) -> None:
    for number in range(60):
        await stage.hear(stage.world.say(f"message {number}"))
    await stage.idle()
    view = view_of(stage)
    first = view.window_.placed[0].row
    middle = QPoint(200, view.viewport().height() // 2)
    QTest.mousePress(view.viewport(), LEFT, pos=middle)
    QTest.mouseMove(view.viewport(), QPoint(200, -40))
    await stage.until(lambda: view.window_.placed[0].row < first - 3)
    QTest.mouseRelease(view.viewport(), LEFT, pos=QPoint(200, -40))
    top, _ = view.selector.selection.ends()
    assert top.seq < first


async def test_another_conversation_begins_with_nothing_selected(stage: WindowStage) -> None:
    drag(stage, spot(stage, 1, 0), spot(stage, 2, 2))
    stage.click_in_list("Harbour")
    assert not view_of(stage).selector.selection


def test_what_of_a_row_is_selected_whichever_way_it_was_dragged() -> None:
    selection = TextSelection()
    assert selection.of_row(3, 10) == (0, 0)
    selection.anchor, selection.head = Place(5, 2), Place(3, 4)
    assert [selection.of_row(seq, 10)[1] for seq in (2, 3, 4, 5, 6)] == [0, 6, 10, 2, 0]
    selection.anchor, selection.head = Place(3, 0), Place(3, END)
    assert selection.of_row(3, 10) == (0, 10)


@pytest.mark.parametrize(
    ("text", "offset", "word"),
    [("the tide", 5, (4, 8)), ("a 🎉 b", 5, (5, 6)), ("naïve!", 5, (5, 6)), ("", 0, (0, 0)), ("日本", 0, (0, 2))],
)
def test_words(text: str, offset: int, word: tuple[int, int]) -> None:
    assert word_around(text, offset) == word


async def test_lines_and_lists_are_copied_as_lines(stage: WindowStage) -> None:
    await stage.says(stage.world.say("one\ntwo\n\n- three\n- four"))
    row = stage.shown.index("one\ntwo\n\n- three\n- four")
    placed = view_of(stage).window_.find(row)
    assert placed is not None
    last = placed.layout.texts[-1]
    line = last.layout.lineAt(0)
    end = QPoint(round(last.at.x() + line.naturalTextWidth() - 2), round(placed.top + last.at.y() + line.height() / 2))
    drag(stage, spot(stage, row, 1), end)
    assert copied(stage) == "ne\ntwo\n• three\n• four"


@pytest.mark.parametrize("share", [0.2, 0.8])
async def test_a_double_click_anywhere_on_a_letter_means_its_word(stage: WindowStage, share: float) -> None:
    left, right = spot(stage, 1, 7), spot(stage, 1, 8)  # the last letter of "tide"
    at = QPoint(round(left.x() + share * (right.x() - left.x())), left.y())
    QTest.mouseDClick(view_of(stage).viewport(), LEFT, pos=at)
    assert copied(stage) == "tide"


async def test_a_double_click_beside_the_words_selects_nothing(stage: WindowStage) -> None:
    view = view_of(stage)
    QTest.mouseDClick(view.viewport(), LEFT, pos=QPoint(5, spot(stage, 1, 0).y()))
    assert not view.selector.selection


async def test_what_moved_under_the_pointer_is_not_clicked(stage: WindowStage) -> None:
    view, opened = view_of(stage), list[str]()
    view.link_activated.connect(opened.append)
    at = spot(stage, 2, 2)
    QTest.mousePress(view.viewport(), LEFT, pos=at)
    for number in range(60):
        await stage.hear(stage.world.say(f"https://example.org/{number}"))
    await stage.idle()
    under = next(placed for placed in view.window_.placed if placed.row > 10 and placed.top > 0)
    QTest.mouseRelease(view.viewport(), LEFT, pos=spot(stage, under.row, 4))
    assert opened == []


async def test_a_slip_of_the_hand_is_a_click(stage: WindowStage) -> None:
    view, opened = view_of(stage), list[str]()
    view.link_activated.connect(opened.append)
    at = spot(stage, 3, 4)
    QTest.mousePress(view.viewport(), LEFT, pos=at)
    QTest.mouseMove(view.viewport(), at + QPoint(3, 2))
    QTest.mouseRelease(view.viewport(), LEFT, pos=at + QPoint(3, 2))
    assert opened == ["https://example.org"]
