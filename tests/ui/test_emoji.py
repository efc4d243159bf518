"""Emoji: completed while one types, chosen from all of them, given as a reaction; with keys and clicks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_stage import WindowStage, window_stage

from chinwag_desktop.stores.settings_store import SettingsStore
from chinwag_desktop.ui.emoji_picker import RECENT, EmojiPicker
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.reaction_picker import ReactionPicker


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


def press(stage: WindowStage, key: Qt.Key) -> None:
    QTest.keyClick(stage.window.pane.composer.editor, key)


def offered(stage: WindowStage) -> list[str]:
    found = stage.window.pane.emoji
    return [emoji.text for emoji in found.model.items()] if found.isVisible() else []


async def test_a_colon_and_two_letters_offer_emoji_and_enter_takes_one(stage: WindowStage) -> None:
    stage.type("well :s")
    assert offered(stage) == []
    stage.type("mil")
    assert "😄" in offered(stage)
    first = offered(stage)[0]
    press(stage, Qt.Key.Key_Down)
    press(stage, Qt.Key.Key_Up)
    press(stage, Qt.Key.Key_Return)
    assert stage.composed == f"well {first}"
    assert stage.window.pane.recent.items == [first]
    assert stage.worker.pending() == ()


async def test_escape_leaves_the_text_and_what_is_typed_to_its_end_becomes_the_emoji(stage: WindowStage) -> None:
    stage.type(":smil")
    press(stage, Qt.Key.Key_Escape)
    assert offered(stage) == []
    stage.type("e")
    assert offered(stage) == []
    stage.type(":")
    assert stage.composed == "😄"
    stage.type(" :+1:!")
    assert stage.composed == "😄 👍!"


async def test_code_stays_as_it_is(stage: WindowStage) -> None:
    stage.type("`:smile:`")
    assert stage.composed == "`:smile:`"


async def test_a_fence_that_was_opened_paragraphs_before_is_code_too(stage: WindowStage) -> None:
    stage.window.pane.composer.editor.set_text("```\nfirst\n")
    stage.type(":smile:")
    assert stage.composed == "```\nfirst\n:smile:"


def picker_of(stage: WindowStage) -> EmojiPicker:
    found = stage.window.findChildren(EmojiPicker)
    assert found
    return found[-1]


async def test_the_picker_opens_by_key_finds_by_name_and_puts_in(stage: WindowStage) -> None:
    stage.type("off to the ")
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(stage.window, Qt.Key.Key_E, keys)
    picker = picker_of(stage)
    QTest.keyClicks(picker.search.edit, "rocket")
    assert picker.model.item(0).text == "🚀"
    QTest.keyClick(picker.search.edit, Qt.Key.Key_Return)
    assert stage.composed == "off to the 🚀"
    assert stage.window.focusWidget() is stage.window.pane.composer.editor


async def test_arrows_walk_the_grid_and_a_letter_goes_on_searching(stage: WindowStage) -> None:
    picker = stage.window.pane.pick_emoji()
    assert picker is not None
    QTest.keyClicks(picker.search.edit, "cat")
    QTest.keyClick(picker.search.edit, Qt.Key.Key_Down)
    assert picker.grid.hasFocus()
    QTest.keyClick(picker.grid, Qt.Key.Key_Right)
    assert picker.grid.currentIndex().row() == 1
    assert picker.name.text()
    QTest.keyClick(picker.grid, Qt.Key.Key_S)
    assert picker.search.text() == "cats"
    QTest.keyClick(picker.search.edit, Qt.Key.Key_Escape)  # empties the field first
    assert picker.search.text() == ""
    QTest.keyClick(picker, Qt.Key.Key_Escape)
    assert not picker.isVisible()
    assert stage.composed == ""


async def test_groups_and_what_was_used_last(stage: WindowStage, tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path / "kept")
    stage.window.pane.recent.load(settings.recent_emoji, settings.set_recent_emoji)
    picker = stage.window.pane.pick_emoji()
    assert picker is not None
    assert RECENT not in picker.tabs
    QTest.mouseClick(picker.tabs["food"], Qt.MouseButton.LeftButton)
    place = picker.grid.visualRect(picker.model.index(0, 0)).center()
    first = picker.model.item(0).text
    QTest.mouseClick(picker.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert stage.composed == first
    assert SettingsStore(tmp_path / "kept").recent_emoji == [first]
    again = stage.window.pane.pick_emoji()
    assert again is not None
    assert [emoji.text for emoji in again.model.items()] == [first]
    again.close()


async def test_nothing_of_that_name_is_said(stage: WindowStage) -> None:
    picker = stage.window.pane.pick_emoji()
    assert picker is not None
    QTest.keyClicks(picker.search.edit, "zzzz")
    assert (picker.title.text(), picker.model.rowCount()) == ("No emoji has that name.", 0)
    picker.close()


async def test_any_emoji_can_be_a_reaction(stage: WindowStage) -> None:
    asked: list[tuple[str, bool]] = []
    timeline = stage.window.pane.timeline
    timeline.reaction_requested.connect(lambda _row, emoji, on: asked.append((emoji, on)))
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(timeline, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    few = timeline.findChildren(ReactionPicker)[-1]
    QTest.keyClick(few.buttons[0], Qt.Key.Key_Left)
    assert few.more.hasFocus()
    QTest.keyClick(few.more, Qt.Key.Key_Return)
    picker = timeline.findChildren(EmojiPicker)[-1]
    QTest.keyClicks(picker.search.edit, "anchor")
    QTest.keyClick(picker.search.edit, Qt.Key.Key_Return)
    assert asked == [("⚓", True)]
    assert stage.window.pane.recent.items == ["⚓"]


async def test_without_a_conversation_there_is_nothing_to_put_it_into(stage: WindowStage) -> None:
    stage.window.show_nothing()
    assert stage.window.pane.pick_emoji() is None
    assert QApplication.activePopupWidget() is None


async def test_a_smiley_of_signs_is_sent_as_it_is(stage: WindowStage) -> None:
    for text in (":-D", ":-P", ":DD", "at 10 :30"):
        stage.type(text)
        assert offered(stage) == []
        press(stage, Qt.Key.Key_Return)
    assert [entry.text for entry in stage.worker.pending()] == [":-D", ":-P", ":DD", "at 10 :30"]


async def test_where_words_run_to_the_left_it_is_replaced_as_well(stage: WindowStage) -> None:
    stage.window.pane.composer.editor.insertPlainText("שלום ")
    stage.type(":smile:")
    assert stage.composed == "שלום 😄"


async def test_what_stands_behind_the_cursor_stays(stage: WindowStage) -> None:
    editor = stage.window.pane.composer.editor
    editor.insertPlainText("𠮷 end")
    cursor = editor.textCursor()
    cursor.setPosition(2)
    editor.setTextCursor(cursor)
    stage.type(" :+1:")
    assert stage.composed == "𠮷 👍 end"
