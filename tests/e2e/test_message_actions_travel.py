"""Two desktops: what one does to a message, the other one sees."""

from typing import Any

from closing import closes_desktops
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from chinwag_desktop.core.entities import TimelineRow
from chinwag_desktop.ui.forward_dialog import ForwardDialog
from chinwag_desktop.ui.timeline.reaction_picker import EMOJI, ReactionPicker


def row_with(desktop: Any, text: str) -> TimelineRow | None:
    model = desktop.app.window.pane.model
    rows = (model.row_at(number) for number in range(model.rowCount()))
    return next((row for row in rows if row is not None and row.message.text == text), None)


def press(desktop: Any, *keys: Any) -> None:
    """In the timeline, on its last message."""
    timeline = desktop.app.window.pane.timeline
    desktop.app.window.activateWindow()
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    for key in keys:
        QTest.keyClick(timeline, *key) if isinstance(key, tuple) else QTest.keyClick(timeline, key)


@closes_desktops
async def test_markup_is_sent_as_typed_and_shown_as_meant(office):
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    await maya.do("open", person="Robin Okafor")
    await robin.do("type", text="**Tide** at `18:40`")
    await maya.until(lambda: row_with(maya, "**Tide** at `18:40`"), "the message")
    timeline = maya.app.window.pane.timeline
    await maya.until(lambda: timeline.window_.placed and timeline.window_.placed[-1].layout.texts, "its bubble")
    assert timeline.window_.placed[-1].layout.texts[0].layout.text() == "Tide at 18:40"
    model = maya.app.window.sidebar.model
    await maya.until(lambda: any("Tide at 18:40" in model.words_of(i, spoken=True) for i in model.items()), "the list")
    editor = robin.app.window.pane.composer.editor
    robin.app.window.activateWindow()
    editor.setFocus()
    await robin.until(editor.hasFocus, "the keyboard")
    QTest.keyClicks(editor, "all set :anchor:")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    await maya.until(lambda: row_with(maya, "all set ⚓"), "the emoji")


@closes_desktops
async def test_a_message_is_told_on_the_desktop_answered_there_and_taken_back(office):
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    await robin.do("type", text="are you there?")
    [shown] = await maya.until(lambda: list(maya.desk.shown.values()), "the notification")
    assert (shown.title, shown.words) == ("Robin Okafor", "are you there?")
    shown.replied("yes")
    await robin.do("wait_text", text="yes")
    await maya.until(lambda: not maya.desk.shown, "that it is taken back")
    await robin.do("type", text="good")
    [shown] = await maya.until(lambda: list(maya.desk.shown.values()), "the next one")
    shown.clicked()
    await maya.do("wait_text", text="good")
    await maya.until(lambda: not maya.desk.shown, "that it is taken back")


@closes_desktops
async def test_a_forwarded_message_arrives_with_the_name_of_its_author(office):
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await maya.do("open", person="Robin Okafor")
    await maya.do("type", text="high water at six")
    await robin.do("open", person="Maya Lindqvist")
    await robin.do("wait_text", text="high water at six")
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    press(robin, (Qt.Key.Key_R, both))
    dialog = robin.app.window.findChildren(ForwardDialog)[-1]
    QTest.keyClick(dialog.search.edit, Qt.Key.Key_Return)  # back to her: there is no other conversation

    def twice() -> bool:
        model = maya.app.window.pane.model
        role = Qt.ItemDataRole.AccessibleTextRole
        said = [str(model.index(row, 0).data(role)) for row in range(model.rowCount())]
        return sum("high water at six" in words for words in said) == 2 and "Forwarded from yourself" in said[-1]

    await maya.until(twice, "the forwarded message")


@closes_desktops
async def test_who_is_meant_is_told(office):
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    editor, names = robin.app.window.pane.composer.editor, robin.app.window.pane.mentions
    robin.app.window.activateWindow()
    editor.setFocus()
    QTest.keyClicks(editor, "come, @ma")
    await robin.until(names.isVisible, "the names")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "come, @maya "
    QTest.keyClick(editor, Qt.Key.Key_Return)
    model = maya.app.window.sidebar.model

    def told() -> bool:
        return any("you are mentioned" in model.words_of(item, spoken=True) for item in model.items())

    await maya.until(told, "the sign that somebody means her")
    await maya.do("open", person="Robin Okafor")
    await maya.until(lambda: row_with(maya, "come, @maya"), "the message")
    await maya.until(lambda: not told(), "that it was read")


@closes_desktops
async def test_replies_reactions_edits_and_deletions_reach_the_other(office):
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    await maya.do("open", person="Robin Okafor")
    await robin.do("type", text="on teh way")
    await maya.do("wait_text", text="on teh way")

    press(maya, (Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier))
    await maya.do("type", text="good")
    await robin.do("wait_text", text="good")
    assert row_with(robin, "good").message.reply_to.excerpt == "on teh way"
    await maya.until(lambda: row_with(maya, "good").message.seq, "its number")

    press(robin, (Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier))
    picker = robin.app.window.pane.timeline.findChildren(ReactionPicker)[-1]
    QTest.keyClick(picker.buttons[0], Qt.Key.Key_Return)
    await maya.until(lambda: row_with(maya, "good").message.reactions, "the reaction")
    assert row_with(maya, "good").message.reactions[0].emoji == EMOJI[0]

    press(maya, (Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier))
    told = await maya.until(lambda: maya.app.window._dialog, "what happened to it")
    await maya.until(lambda: told.lines and told.lines[-1].label == "Read by all", "that he has read it")
    assert [line.label for line in told.lines][:4] == ["Written", "Kept on this device", "Sent", "Stored on the server"]
    QTest.keyClick(told, Qt.Key.Key_Escape)

    pins = robin.app.window.pane.pins
    press(maya, (Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier))
    await robin.until(lambda: pins.button.words == "good" and not pins.isHidden(), "the pin")
    await maya.until(lambda: row_with(maya, "good").message.pinned_at, "the pin")
    press(maya, (Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier))
    await robin.until(pins.isHidden, "no pin any more")

    editor = robin.app.window.pane.composer.editor
    QTest.keyClick(editor, Qt.Key.Key_Up)
    editor.selectAll()
    await robin.do("type", text="on the way")
    await maya.do("wait_text", text="on the way")
    assert row_with(maya, "on the way").message.edited_at is not None

    press(maya, Qt.Key.Key_Delete)
    dialog = await maya.until(lambda: maya.app.window._dialog, "the question")
    QTest.keyClick(dialog.buttons["delete"], Qt.Key.Key_Return)
    await robin.until(lambda: row_with(robin, "good") is None, "the deletion")
