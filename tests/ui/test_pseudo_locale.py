"""Every state in a language that nobody speaks: nothing is left in English, and nothing translated is cut to fit."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from grab_states import settle
from pseudo_locale import CLOSE, OPEN, PseudoTranslator, pseudo, watch
from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from ui_samples_markup import forwarded_rows, marked_rows, meaning_rows
from ui_states import STATES, State

from chinwag_desktop.core.emoji import all_emoji
from chinwag_desktop.core.markup import plain
from chinwag_desktop.ui.theme.theme import ThemeSource

SAMPLES = "".join(path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "scripts").glob("ui_s*.py"))
SAMPLES += "\n".join(plain(row.message.text) for row in (*marked_rows(), *meaning_rows(), *forwarded_rows()))
SAMPLES += "\n".join(f"{one.name('en')}   :{one.codes[-1]}:" for one in all_emoji())  # named by their table
NOT_OURS = re.compile(
    r"@\w+"  # user names
    r"|[\d.,]+ [KMG]?B · \w+|WebSocket"  # units and names of formats
    r"|\w+ \d{4}|(\w+, )?\d{1,2} \w+( \d{4})?|\w{3}|.* · \w+, \d{1,2} \w+, [\d:]+"  # dates, by the locale
)
SMALLEST = {"dialog-shortcuts-small"}
"""In the smallest window that there is, rows may be cut."""


@pytest.fixture
def nobodys_language(qapp: QApplication) -> Iterator[None]:
    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def is_translated(words: str) -> bool:
    """Or has nothing to translate: names, messages and numbers of the samples."""
    if OPEN in words or CLOSE in words or not re.search("[A-Za-z]{3}", words):
        return True
    if "\u2028" in words:
        return all(is_translated(line) for line in words.split("\u2028"))
    if " · " in words and not NOT_OURS.fullmatch(words):
        return all(is_translated(part) for part in words.split(" · "))
    begin, _, end = words.partition(": ")[2].partition("…") if ": " in words else words.partition("…")
    return bool(NOT_OURS.fullmatch(words)) or (begin in SAMPLES and end in SAMPLES)


def spoken(widget: QWidget) -> Iterator[str]:
    """What the controls in it are called, and say beside what is painted."""
    for part in widget.findChildren(QWidget):
        yield unescape(part.toolTip().removeprefix("<span>").removesuffix("</span>"))
        if isinstance(part, QAbstractButton):
            yield part.accessibleName() or part.text()
        if isinstance(part, QLineEdit):
            yield part.accessibleName()
            yield part.placeholderText()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_state_is_translated_and_has_room_for_it(
    state: State, themes: ThemeSource, nobodys_language: None, qtbot: QtBot
) -> None:
    with watch() as seen:
        widget = state.make(themes)
        qtbot.addWidget(widget)
        widget.resize(state.width, state.height or 60)
        widget.show()
        settle()
        if state.prepare is not None:
            state.prepare(widget)
        settle()
        widget.grab()
    assert [words for words in sorted({*seen.drawn, *spoken(widget)}) if not is_translated(words)] == []
    if state.name not in SMALLEST:
        assert [words for words in sorted(seen.cut) if words.startswith(OPEN) and words.endswith(CLOSE)] == []
    QThreadPool.globalInstance().waitForDone()


def test_the_language_keeps_what_values_take_the_place_of() -> None:
    assert pseudo("Saved as {name}") == "⟦Šàvéd àš {name}·····⟧"
    assert pseudo("%n file(s)").startswith("⟦%n fîléš")
    assert is_translated(pseudo("Close"))
    assert not is_translated("Forgotten words")
