"""The composer with real key presses: sending, breaking lines, growing, files, drafts, typing."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from chinwag_desktop.ui.attaching import Composed
from chinwag_desktop.ui.composer import Composer
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size
from chinwag_protocol.limits import Limits

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Heard:
    def __init__(self, composer: Composer) -> None:
        self.sent: list[Composed] = []
        self.drafts: list[str] = []
        self.typing: list[bool] = []
        self.refused: list[str] = []
        composer.sent.connect(self.sent.append)
        composer.draft_changed.connect(lambda text, _reply: self.drafts.append(text))
        composer.typing.connect(self.typing.append)
        composer.refused.connect(self.refused.append)


@pytest.fixture
def composer(themes: ThemeSource, show: Callable[..., None]) -> Composer:
    made = Composer(themes)
    show(made, 620, 64)
    made.focus()
    return made


@pytest.fixture
def heard(composer: Composer) -> Heard:
    return Heard(composer)


def grown(composer: Composer) -> int:
    QApplication.processEvents()
    return composer.sizeHint().height()


def test_enter_sends_and_empties(composer: Composer, heard: Heard, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.editor, "  See you at six ")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert heard.sent == [Composed(text="See you at six")]
    assert composer.editor.toPlainText() == ""
    assert not composer.send.isEnabled()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Enter)
    assert len(heard.sent) == 1


def test_shift_enter_breaks_the_line(composer: Composer, heard: Heard, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.editor, "one")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return, SHIFT)
    qtbot.keyClicks(composer.editor, "two")
    assert heard.sent == []
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return, CONTROL)
    assert heard.sent == [Composed(text="one\ntwo")]


def test_white_space_alone_is_nothing(composer: Composer, heard: Heard, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.editor, "   ")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert heard.sent == []


def test_it_grows_to_eight_lines_and_shrinks_again(composer: Composer, qtbot: QtBot) -> None:
    foot = grown(composer) - Size.COMPOSER
    assert foot in (12, 16)
    heights = []
    for _ in range(10):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return, SHIFT)
        heights.append(grown(composer) - foot - Size.COMPOSER)
    assert heights == [20, 40, 60, 80, 100, 120, 140, 140, 140, 140]
    assert composer.editor.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAsNeeded
    composer.editor.set_text("x")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert grown(composer) - foot == Size.COMPOSER


def test_the_send_button(composer: Composer, heard: Heard, qtbot: QtBot) -> None:
    assert not composer.send.isEnabled()
    qtbot.keyClicks(composer.editor, "x")
    assert composer.send.isEnabled()
    qtbot.keyClick(composer.send, Qt.Key.Key_Space)
    assert heard.sent == [Composed(text="x")]


def test_too_long_a_text_is_counted_and_not_sent(composer: Composer, heard: Heard, qtbot: QtBot) -> None:
    composer.set_limits(msgspec.structs.replace(Limits(), text_length=20))
    qtbot.keyClicks(composer.editor, "a" * 19)
    assert composer.count.text() == "1 left"
    qtbot.keyClicks(composer.editor, "bc")
    assert composer.count.text() == "1 too many"
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert heard.sent == []
    assert "1 characters" in heard.refused[0]
    qtbot.keyClick(composer.editor, Qt.Key.Key_Backspace)
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert len(heard.sent) == 1


# pasting and dropping


def png(path: Path) -> str:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    assert image.save(str(path))
    return str(path)


def test_paste_is_plain_text(composer: Composer, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setHtml('<b>bold</b><img src="file:///etc/hostname">')
    mime.setText("bold & <b>plain</b>")
    QGuiApplication.clipboard().setMimeData(mime)
    qtbot.keyClick(composer.editor, Qt.Key.Key_V, CONTROL)
    assert composer.editor.toPlainText() == "bold & <b>plain</b>"


def test_a_file_pasted_is_a_chip_and_goes_with_the_text(
    composer: Composer, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(png(tmp_path / "quay.png"))])
    QGuiApplication.clipboard().setMimeData(mime)
    qtbot.keyClick(composer.editor, Qt.Key.Key_V, CONTROL)
    assert [chip.file.name for chip in composer.chips.chips()] == ["quay.png"]
    qtbot.keyClicks(composer.editor, "Look")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert heard.sent[0].text == "Look"
    assert (heard.sent[0].files[0].width, heard.sent[0].files[0].media_type) == (30, "image/png")
    assert composer.chips.files() == ()


def test_a_picture_pasted_waits_until_it_is_a_file(composer: Composer, heard: Heard, qtbot: QtBot, wait_until) -> None:
    QGuiApplication.clipboard().setImage(QImage(30, 20, QImage.Format.Format_RGB32))
    qtbot.keyClicks(composer.editor, "x")
    qtbot.keyClick(composer.editor, Qt.Key.Key_V, CONTROL)
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert heard.sent == []
    wait_until(lambda: (QApplication.processEvents(), composer.can_send())[1])
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert heard.sent[0].files[0].data is not None


def test_files_without_words_can_be_sent_and_taken_away_by_keyboard(
    composer: Composer, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    composer.add_paths([png(tmp_path / "a.png"), png(tmp_path / "b.png")])
    assert composer.can_send()
    close = composer.chips.chips()[0].close_button
    close.setFocus(Qt.FocusReason.TabFocusReason)
    assert close.accessibleName() == "Remove a.png"
    qtbot.keyClick(close, Qt.Key.Key_Return)
    composer.focus()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert [file.name for file in heard.sent[0].files] == ["b.png"]


def test_chips_flow_into_more_lines(composer: Composer, tmp_path: Path) -> None:
    before = grown(composer)
    composer.add_paths([png(tmp_path / "a.png")])
    one = grown(composer)
    composer.add_paths([png(tmp_path / f"a-rather-long-name-{n}.png") for n in range(5)])
    assert before < one < grown(composer)
    for chip in composer.chips.chips():
        assert composer.chips.rect().contains(chip.geometry())


def test_what_cannot_be_attached_says_why(composer: Composer, heard: Heard, tmp_path: Path) -> None:
    composer.add_paths([str(tmp_path)])
    composer.set_limits(msgspec.structs.replace(Limits(), attachments_per_message=1, upload_bytes=2000))
    (tmp_path / "big").write_bytes(bytes(3000))
    composer.add_paths([str(tmp_path / "big"), png(tmp_path / "a.png"), png(tmp_path / "b.png")])
    assert len(composer.chips.files()) == 1
    assert len(heard.refused) == 3


def test_the_picker_opens_without_nesting_the_loop(composer: Composer, qtbot: QtBot, tmp_path: Path) -> None:
    qtbot.keyClick(composer.attach, Qt.Key.Key_Return)
    dialog = composer.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.filesSelected.emit([png(tmp_path / "a.png")])
    dialog.reject()
    assert [file.name for file in composer.chips.files()] == ["a.png"]


# drafts and typing


def test_a_pause_saves_the_draft_and_sending_clears_it(composer: Composer, heard: Heard, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.editor, "half a")
    assert heard.drafts == []
    composer._draft_timer.timeout.emit()
    assert heard.drafts == ["half a"]
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert heard.drafts == ["half a", ""]


def test_a_text_is_handed_over_before_its_draft_is_forgotten(composer: Composer, qtbot: QtBot) -> None:
    order: list[object] = []
    composer.sent.connect(order.append)
    composer.draft_changed.connect(lambda text, _reply: order.append(text))
    qtbot.keyClicks(composer.editor, "hi")
    composer.flush_draft()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert order == ["hi", Composed(text="hi"), ""]


def test_leaving_tells_the_draft_at_once(composer: Composer, heard: Heard, qtbot: QtBot) -> None:
    composer.show_draft("old")
    composer.flush_draft()
    assert heard.drafts == []
    qtbot.keyClicks(composer.editor, "er")
    composer.flush_draft()
    composer.flush_draft()
    assert heard.drafts == ["older"]


def test_showing_a_draft_is_not_typing(composer: Composer, heard: Heard) -> None:
    composer.show_draft("something")
    composer.show_draft("")
    assert heard.typing == [True, False] * len([1 for told in heard.typing if told])
    assert heard.drafts == []


def test_typing_is_told_at_most_once_in_a_while(composer: Composer, heard: Heard, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.editor, "hello")
    assert heard.typing == [True]
    composer._typing_timer.stop()  # three seconds later
    qtbot.keyClicks(composer.editor, "!")
    assert heard.typing == [True, True]
    composer._idle_timer.timeout.emit()
    assert heard.typing == [True, True, False]
    qtbot.keyClicks(composer.editor, "?")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert heard.typing == [True, True, False, True, False]


@pytest.mark.parametrize(
    ("key", "more", "marked"),
    [
        (Qt.Key.Key_B, False, "say **it** so"),
        (Qt.Key.Key_I, False, "say *it* so"),
        (Qt.Key.Key_X, True, "say ~~it~~ so"),
        (Qt.Key.Key_M, True, "say `it` so"),
    ],
)
def test_a_key_marks_what_is_selected_and_takes_the_marks_away_again(
    composer: Composer, key: Qt.Key, more: bool, marked: str
) -> None:
    editor = composer.editor
    editor.set_text("say it so")
    cursor = editor.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(6, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    keys = Qt.KeyboardModifier.ControlModifier
    if more:
        keys |= Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(editor, key, keys)
    assert editor.toPlainText() == marked
    QTest.keyClick(editor, key, keys)
    assert editor.toPlainText() == "say it so"
    editor.undo()
    assert editor.toPlainText() == marked


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        ("**it**", Qt.Key.Key_I, "***it***"),
        ("***it***", Qt.Key.Key_I, "**it**"),
        ("***it***", Qt.Key.Key_B, "*it*"),
        ("*it*", Qt.Key.Key_B, "***it***"),
        ("**", Qt.Key.Key_B, "******"),
    ],
)
def test_bold_and_italic_do_not_take_each_others_stars(
    composer: Composer, before: str, key: Qt.Key, after: str
) -> None:
    composer.editor.set_text(before)
    composer.editor.selectAll()
    QTest.keyClick(composer.editor, key, Qt.KeyboardModifier.ControlModifier)
    assert composer.editor.toPlainText() == after


def test_without_a_selection_one_writes_between_the_marks(composer: Composer) -> None:
    QTest.keyClick(composer.editor, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(composer.editor, "bold")
    assert composer.editor.toPlainText() == "**bold**"
