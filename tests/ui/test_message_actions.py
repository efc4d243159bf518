"""Reply, edit, delete and react, with real keys and clicks, from the timeline to the frames on the link."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from desktop_builders import ANN, BOB, ME, TALK
from fake_world import inbound
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_stage import WindowStage, window_stage

from chinwag_desktop.core.entities import Draft, TimelineRow
from chinwag_desktop.core.errors import LinkLost, Refused
from chinwag_desktop.models.row_rights import can_answer
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.hit import Target
from chinwag_desktop.ui.timeline.reaction_picker import EMOJI, ReactionPicker
from chinwag_desktop.ui.widgets.menu import Menu
from chinwag_protocol.events import MessageAck
from chinwag_protocol.objects import Message, Reaction, ReplyTo

UP, F2, DELETE, ESCAPE, TAB = (getattr(Qt.Key, f"Key_{name}") for name in ("Up", "F2", "Delete", "Escape", "Tab"))


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


def row_of(stage: WindowStage, text: str) -> TimelineRow:
    model = stage.window.pane.model
    assert model is not None
    row = model.row_at(stage.shown.index(text))
    assert row is not None
    return row


def answer_with(stage: WindowStage, event: str, *, seq: int, **changes: Any) -> list[Any]:
    """The server does as it is told to this message; gives what it was told."""
    heard: list[Any] = []

    def answer(payload: Any) -> MessageAck:
        heard.append(payload)
        return MessageAck(message=stage.world.change(seq, **changes))

    stage.link.socket.answers[event] = answer
    return heard


async def own(stage: WindowStage, text: str) -> Message:
    """An own message that the server has."""
    await stage.says(stage.world.say(text, "me"))
    return stage.world.ack(2)


def stand_on(stage: WindowStage, text: str) -> None:
    """Go there with the keyboard, from the end."""
    timeline = stage.window.pane.timeline
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    for _ in range(len(stage.shown) - 1 - stage.shown.index(text)):
        QTest.keyClick(timeline, UP)


def menu_of(stage: WindowStage, text: str) -> Menu:
    """The menu by the keyboard's menu key."""
    stand_on(stage, text)
    timeline = stage.window.pane.timeline
    QApplication.sendEvent(
        timeline.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    )
    return timeline.findChildren(Menu)[-1]


def labels(menu: Menu) -> list[str]:
    return [action.text() for action in menu.actions()]


def choose(menu: Menu, label: str) -> None:
    """Walk there and press Enter."""
    for _ in range(labels(menu).index(label) + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)


# ---------------------------------------------------------------- reply


async def test_a_reply_quotes_what_it_answers_and_is_sent_as_one(stage: WindowStage) -> None:
    choose(menu_of(stage, "hello"), "Reply")
    composer = stage.window.pane.composer
    assert composer.purpose.accessibleName() == "Reply to Ann: hello"
    assert composer.editor.hasFocus()
    stage.type("hi back")
    stage.enter()
    assert composer.purpose.isHidden()
    row = row_of(stage, "hi back")
    assert row.message.reply_to == ReplyTo(id=row_of(stage, "hello").message.id, seq=1, sender_id=ANN, excerpt="hello")
    placed = stage.window.pane.timeline.window_.placed[-1].layout
    assert placed.quote is not None
    assert (placed.quote.sender, placed.quote.words) == ("Ann", "hello")
    stage.link.connect()
    await stage.until(lambda: stage.link.socket.calls)
    [(event, payload)] = [call for call in stage.link.socket.calls if call[0] == "sendMessage"]
    assert (event, payload.reply_to) == ("sendMessage", row_of(stage, "hello").message.id)


@pytest.mark.parametrize("how", ["cross", "escape"])
async def test_a_reply_can_be_taken_back(stage: WindowStage, how: str) -> None:
    composer = stage.window.pane.composer
    stand_on(stage, "hello")
    QTest.keyClick(stage.window.pane.timeline, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert not composer.purpose.isHidden()
    if how == "cross":
        QTest.mouseClick(composer.purpose.close_button, Qt.MouseButton.LeftButton)
    else:
        QTest.keyClick(composer.editor, ESCAPE)
    assert composer.purpose.isHidden()
    assert composer.editor.hasFocus()
    stage.type("just so")
    stage.enter()
    assert row_of(stage, "just so").message.reply_to is None


async def test_a_reply_is_part_of_the_draft(stage: WindowStage) -> None:
    choose(menu_of(stage, "hello"), "Reply")
    stage.type("half")
    stage.click_in_list("Harbour")
    assert stage.window.pane.composer.purpose.isHidden()
    kept = ReplyTo(id=stage.world.ack(1).id, seq=1, sender_id=ANN, excerpt="hello")
    await stage.until(lambda: stage.reader.draft(TALK) == Draft(conversation_id=TALK, text="half", reply_to=kept))
    stage.click_in_list("Ann")
    assert stage.window.pane.composer.purpose.accessibleName() == "Reply to Ann: hello"
    assert stage.composed == "half"


async def test_a_click_on_a_quote_goes_to_the_message(stage: WindowStage) -> None:
    first = stage.world.ack(1)
    await stage.says(*[stage.world.say(f"line {n}", "ann") for n in range(60)])
    to = ReplyTo(id=first.id, seq=1, sender_id=ANN, excerpt="hello")
    await stage.says(stage.world.say("about that", "ann", reply_to=to))
    timeline = stage.window.pane.timeline
    assert timeline.window_.placed[0].row > 0
    stage.click_on("about that", Target.QUOTE)
    assert timeline.window_.placed[0].row == 0


async def test_a_quote_shows_the_message_as_it_is_now(stage: WindowStage) -> None:
    first = stage.world.ack(1)
    to = ReplyTo(id=first.id, seq=1, sender_id=ANN, excerpt="hello")
    await stage.says(stage.world.delete(1))
    await stage.says(stage.world.say("what?", "me", reply_to=to))
    model = stage.window.pane.model
    assert model is not None
    assert model.quoted(to) == ("Ann", "Message deleted")
    assert "in reply to Ann: Message deleted" in model.words(model.rowCount() - 1, spoken=True)


# ---------------------------------------------------------------- edit


async def test_up_in_an_empty_composer_changes_the_last_own_message(stage: WindowStage) -> None:
    message = await own(stage, "on teh way")
    heard = answer_with(stage, "editMessage", seq=2, text="on the way", edited_at="2026-11-24T20:01:00.000Z")
    stage.link.connect()
    composer = stage.window.pane.composer
    QTest.keyClick(composer.editor, UP)
    assert (stage.composed, composer.purpose.title.text()) == ("on teh way", "Edit message")
    composer.editor.selectAll()
    stage.type("on the way")
    stage.enter()
    await stage.until(lambda: "on the way" in stage.shown)
    assert [(one.message_id, one.text) for one in heard] == [(message.id, "on the way")]
    await stage.until(lambda: composer.purpose.isHidden())
    assert stage.composed == ""


async def test_what_stood_in_the_composer_comes_back_after_an_edit(stage: WindowStage) -> None:
    await own(stage, "mine")
    stage.type("half a thought")
    stand_on(stage, "mine")
    QTest.keyClick(stage.window.pane.timeline, F2)
    assert stage.composed == "mine"
    QTest.keyClick(stage.window.pane.composer.editor, ESCAPE)
    assert stage.composed == "half a thought"
    await stage.until(lambda: (draft := stage.reader.draft(TALK)) is not None and draft.text == "half a thought")


async def test_an_edit_that_fails_is_told_and_costs_no_words(stage: WindowStage) -> None:
    await own(stage, "mine")
    stage.link.socket.answers["editMessage"] = lambda _: LinkLost("transport close")
    QTest.keyClick(stage.window.pane.composer.editor, UP)
    stage.type(" and more")
    stage.enter()
    await stage.until(lambda: stage.toast)
    assert stage.toast == "The message was not changed: there is no connection."
    assert stage.composed == "mine and more"
    stage.click_in_list("Harbour")
    assert stage.composed == ""
    stage.click_in_list("Ann")
    assert stage.composed == "mine and more"
    assert stage.window.pane.composer.purpose.title.text() == "Edit message"


async def test_an_edit_without_a_change_sends_nothing(stage: WindowStage) -> None:
    await own(stage, "mine")
    stage.link.connect()
    QTest.keyClick(stage.window.pane.composer.editor, UP)
    stage.enter()
    assert stage.window.pane.composer.purpose.isHidden()
    assert not [call for call in stage.link.socket.calls if call[0] == "editMessage"]


async def test_others_messages_and_those_on_their_way_cannot_be_changed(stage: WindowStage) -> None:
    stage.type("not there yet")
    stage.enter()
    theirs = menu_of(stage, "hello")
    assert "Edit" not in labels(theirs)
    theirs.close()
    assert {"Edit", "Reply", "React…", "Delete…"}.isdisjoint(labels(menu_of(stage, "not there yet")))


# ---------------------------------------------------------------- delete


async def test_deleting_asks_first_and_no_is_the_default(stage: WindowStage) -> None:
    message = await own(stage, "never mind")
    heard = answer_with(stage, "deleteMessage", seq=2, text="", deleted_at="2026-11-24T20:01:00.000Z")
    stage.link.connect()
    stand_on(stage, "never mind")
    QTest.keyClick(stage.window.pane.timeline, DELETE)
    await stage.until(lambda: stage.window._dialog)
    dialog = stage.window._dialog
    assert "never mind" in dialog.accessibleDescription()
    QTest.keyClick(dialog.buttons[""], Qt.Key.Key_Return)
    await stage.idle()
    assert heard == []
    choose(menu_of(stage, "never mind"), "Delete…")
    await stage.until(lambda: stage.window._dialog)
    QTest.keyClick(stage.window._dialog.buttons["delete"], Qt.Key.Key_Return)
    await stage.until(lambda: "never mind" not in stage.shown)
    assert [one.message_id for one in heard] == [message.id]


async def test_a_deletion_that_is_refused_is_told(stage: WindowStage) -> None:
    await own(stage, "never mind")
    stage.link.socket.answers["deleteMessage"] = lambda _: Refused(code="forbidden")
    stage.link.connect()
    choose(menu_of(stage, "never mind"), "Delete…")
    await stage.until(lambda: stage.window._dialog)
    QTest.keyClick(stage.window._dialog.buttons["delete"], Qt.Key.Key_Return)
    await stage.until(lambda: stage.toast)
    assert stage.toast == "The message was not deleted: the server does not allow it."


# ---------------------------------------------------------------- react


def picker_of(stage: WindowStage) -> ReactionPicker:
    return stage.window.pane.timeline.findChildren(ReactionPicker)[-1]


async def test_a_reaction_is_given_with_the_keyboard_and_taken_back_with_a_click(stage: WindowStage) -> None:
    heart = Reaction(emoji=EMOJI[1], count=2, user_ids=(ANN, ME))
    heard = answer_with(stage, "react", seq=1, reactions=(heart,))
    stage.link.connect()
    stand_on(stage, "hello")
    QTest.keyClick(stage.window.pane.timeline, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    picker = picker_of(stage)
    QTest.keyClick(picker.buttons[0], Qt.Key.Key_Right)
    QTest.keyClick(picker.buttons[1], Qt.Key.Key_Return)
    await stage.until(lambda: row_of(stage, "hello").message.reactions)
    assert [(one.message_id, one.emoji, one.on) for one in heard] == [(stage.world.ack(1).id, EMOJI[1], True)]
    [chip] = stage.window.pane.timeline.window_.placed[-1].layout.reactions
    assert (chip.emoji, chip.number, chip.mine) == (EMOJI[1], "2", True)
    stage.click_on("hello", Target.REACTION)
    await stage.until(lambda: len(heard) == 2)
    assert heard[1].on is False


async def test_the_names_of_those_who_reacted_are_told(stage: WindowStage) -> None:
    reactions = (Reaction(emoji=EMOJI[0], count=3, user_ids=(ANN, ME)), Reaction(emoji="🌊", count=1, user_ids=(BOB,)))
    await stage.says(inbound("messageUpdated", stage.world.change(1, reactions=reactions)))
    model = stage.window.pane.model
    assert model is not None
    assert model.who_reacted(row_of(stage, "hello"), EMOJI[0]) == "Ann, You and 1 more"
    assert f"3 {EMOJI[0]}, 1 🌊" in model.words(0, spoken=True)


async def test_reactions_of_others_can_be_joined(stage: WindowStage) -> None:
    reactions = (Reaction(emoji="🌊", count=1, user_ids=(BOB,)),)
    await stage.says(inbound("messageUpdated", stage.world.change(1, reactions=reactions)))
    heard = answer_with(
        stage, "react", seq=1, reactions=(msgspec.structs.replace(reactions[0], count=2, user_ids=(BOB, ME)),)
    )
    stage.link.connect()
    stage.click_on("hello", Target.REACTION)
    await stage.until(lambda: heard)
    assert (heard[0].emoji, heard[0].on) == ("🌊", True)


async def test_a_deleted_message_can_be_neither_answered_nor_reacted_to(stage: WindowStage) -> None:
    await stage.says(stage.world.delete(1))
    assert not can_answer(row_of(stage, ""))
    move_to(stage, "")
    assert stage.window.pane.timeline.bar.isHidden()


# ---------------------------------------------------------------- the pointer


def move_to(stage: WindowStage, text: str) -> None:
    """The pointer over the bubble with this text."""
    timeline = stage.window.pane.timeline
    placed = next(p for p in timeline.window_.placed if p.row == stage.shown.index(text))
    assert placed.layout.bubble is not None
    at = placed.layout.bubble.center().toPoint() + QPoint(0, round(placed.top))
    QTest.mouseMove(timeline.viewport(), at)


def press(stage: WindowStage, icon: str) -> None:
    QTest.mouseClick(stage.window.pane.timeline.bar.buttons[icon], Qt.MouseButton.LeftButton)


async def test_the_message_under_the_pointer_offers_what_can_be_done(stage: WindowStage) -> None:
    await own(stage, "mine")
    bar = stage.window.pane.timeline.bar
    assert bar.isHidden()
    move_to(stage, "hello")
    assert not bar.isHidden()
    assert stage.window.pane.timeline.viewport().rect().contains(bar.geometry())
    press(stage, "reply")
    await stage.until(lambda: stage.window.pane.composer.purpose.accessibleName() == "Reply to Ann: hello")
    press(stage, "smile")
    assert picker_of(stage).isVisible()
    picker_of(stage).close()
    move_to(stage, "mine")
    press(stage, "more")
    choose(stage.window.pane.timeline.findChildren(Menu)[-1], "Edit")
    assert stage.composed == "mine"
    QTest.keyClick(stage.window.pane.composer.editor, ESCAPE)
    stage.type("an answer")
    stage.enter()
    await stage.until(lambda: "an answer" in stage.shown)


async def test_the_buttons_go_when_the_rows_move(stage: WindowStage) -> None:
    move_to(stage, "hello")
    await stage.says(*[stage.world.say(f"line {n}", "ann") for n in range(30)])
    assert stage.window.pane.timeline.bar.isHidden()


# ---------------------------------------------------------------- unread


async def test_a_conversation_is_marked_unread_from_a_message_of_others_on(stage: WindowStage) -> None:
    await stage.says(stage.world.say("one", "ann"), stage.world.say("two", "ann"), stage.world.say("mine", "me"))
    choose(menu_of(stage, "one"), "Mark unread from here")
    await stage.until(lambda: stage.server.asked and stage.server.asked[-1][0] == "configure")
    assert stage.server.asked[-1][2].unread_from_seq == 2
    assert "Mark unread from here" not in labels(menu_of(stage, "mine"))
