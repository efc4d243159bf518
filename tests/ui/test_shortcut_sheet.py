"""The list of keys: opened by a key, complete, and readable in every window."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from pytestqt.qtbot import QtBot
from ui_states import make_main

from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.shortcut_sheet import KeyCaps, ShortcutSheet, sections
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.text import Text


@pytest.fixture
def window(themes: ThemeSource, show: Callable[..., None]) -> MainWindow:
    made = make_main(themes)
    show(made, 1200, 800)
    return made


def open_sheet(window: MainWindow, qtbot: QtBot) -> ShortcutSheet:
    qtbot.keyClick(window, Qt.Key.Key_Slash, Qt.KeyboardModifier.ControlModifier)
    return window.findChildren(ShortcutSheet)[-1]


def test_the_key_opens_it_and_escape_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    sheet = open_sheet(window, qtbot)
    assert sheet.isVisible()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert window.pane.composer.editor.hasFocus()


def test_every_shortcut_of_the_window_is_on_it(window: MainWindow) -> None:
    told = {QKeySequence(keys) for _, rows in sections() for row in rows for keys in row[0].split(" ")}
    assert len(window.findChildren(QShortcut)) >= 5
    assert {shortcut.key() for shortcut in window.findChildren(QShortcut)} <= told


@pytest.mark.parametrize(("width", "height"), [(1200, 800), (480, 360)])
def test_nothing_is_cut_off_and_what_has_no_room_can_be_scrolled_to(
    window: MainWindow, qtbot: QtBot, width: int, height: int
) -> None:
    window.resize(width, height)
    sheet = open_sheet(window, qtbot)
    assert window.rect().contains(sheet.geometry())
    page = sheet.area.widget()
    assert len(page.findChildren(KeyCaps)) == sum(len(rows) for _, rows in sections())
    assert all(text.width() >= text.sizeHint().width() for text in page.findChildren(Text))
    scrolls = page.height() - sheet.area.viewport().height()
    assert sheet.area.verticalScrollBar().maximum() == max(0, scrolls)
