"""*Settings*: opened by a key, changed by keys and clicks, kept for the next start."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui_states import make_main

from chinwag_desktop.app.languages import languages
from chinwag_desktop.stores.settings_store import SettingsStore
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.settings_dialog import SettingsDialog
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size
from chinwag_desktop.ui.widgets.choice_button import ChoiceButton
from chinwag_desktop.ui.widgets.menu import Menu
from chinwag_desktop.ui.widgets.switch import Switch
from chinwag_desktop.ui.widgets.text import Paragraph, Text

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(themes: ThemeSource, show: Callable[..., None], tmp_path: Path) -> MainWindow:
    made = make_main(themes)
    made.settings, made.languages = SettingsStore(tmp_path), languages()
    show(made, 1100, 760)
    return made


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> SettingsDialog:
    qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    return window.findChildren(SettingsDialog)[-1]


def kept(tmp_path: Path, window: MainWindow) -> SettingsStore:
    """What the next start reads."""
    assert window.settings is not None
    window.settings.sync()
    return SettingsStore(tmp_path)


def choose(button: ChoiceButton, label: str) -> None:
    """By the keyboard: open, walk to the row, take it."""
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    menu = button.window().findChildren(Menu)[-1]
    rows = [action.text() for action in menu.actions()]
    for _ in range(rows.index(label) + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)


def test_the_key_opens_it_and_escape_closes_it(dialog: SettingsDialog, window: MainWindow) -> None:
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert window.pane.composer.editor.hasFocus()


def test_a_switch_is_turned_by_click_and_key_and_kept(
    dialog: SettingsDialog, window: MainWindow, tmp_path: Path
) -> None:
    QTest.mouseClick(dialog.compact, LEFT)
    assert kept(tmp_path, window).compact
    dialog.typing.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(dialog.typing, Qt.Key.Key_Space)
    QTest.keyClick(dialog.still, Qt.Key.Key_Return)
    assert not kept(tmp_path, window).tells_typing
    assert kept(tmp_path, window).still
    QTest.mouseClick(dialog.compact, LEFT)
    assert not kept(tmp_path, window).compact


def test_the_look_is_chosen_from_a_list(dialog: SettingsDialog, window: MainWindow, tmp_path: Path) -> None:
    choose(dialog.theme, "Dark")
    assert kept(tmp_path, window).theme == "dark"
    assert dialog.theme.text() == "Dark"
    assert dialog.theme.accessibleName() == "Look: Dark"


def test_another_size_or_language_offers_a_new_start(
    dialog: SettingsDialog, window: MainWindow, tmp_path: Path
) -> None:
    asked: list[bool] = []
    window.restart_requested.connect(lambda: asked.append(True))
    assert not dialog.restart.isVisible()
    choose(dialog.size_choice, "125 %")
    assert kept(tmp_path, window).size == 125
    assert dialog.restart.isVisible()
    assert window.rect().contains(dialog.geometry())
    QTest.mouseClick(dialog.restart, LEFT)
    assert asked == [True]
    choose(dialog.size_choice, "100 %")
    assert not dialog.restart.isVisible()
    choose(dialog.language, "Deutsch")
    assert kept(tmp_path, window).language == "de"
    assert dialog.restart.isVisible()


def test_tab_reaches_every_control_and_shows_it(dialog: SettingsDialog, window: MainWindow) -> None:
    window.resize(480, 360)
    QApplication.processEvents()
    reached = set()
    for _ in range(16):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        reached.add(now)
        if dialog.area.widget().isAncestorOf(now):
            seen = dialog.area.viewport().rect()
            assert seen.contains(now.mapTo(dialog.area.viewport(), now.rect().center()))
    controls = {
        dialog.theme,
        dialog.size_choice,
        dialog.language,
        dialog.compact,
        dialog.still,
        dialog.typing,
        dialog.profile,
        dialog.password,
        dialog.devices,
        dialog.blocks,
        dialog.log,
    }
    assert controls <= reached


@pytest.mark.parametrize(("width", "height"), [(1200, 800), (480, 360)])
def test_nothing_is_cut_off(window: MainWindow, qtbot: QtBot, width: int, height: int) -> None:
    window.resize(width, height)
    dialog = window.open_settings()
    assert dialog is not None
    assert window.rect().contains(dialog.geometry())
    page = dialog.area.widget()
    assert page.width() <= dialog.area.viewport().width()
    for words in (*page.findChildren(Text), *page.findChildren(Paragraph)):
        if words.isVisible():
            assert words.width() >= words.sizeHint().width() or isinstance(words, Paragraph)
            assert page.rect().contains(
                words.geometry().translated(words.parentWidget().mapTo(page, words.rect().topLeft()))
            )
    for control in (*page.findChildren(Switch), *page.findChildren(ChoiceButton)):
        assert page.rect().contains(control.mapTo(page, control.rect().bottomRight()))


def test_compact_rows_stand_closer_at_once(window: MainWindow, themes: ThemeSource) -> None:
    side, timeline = window.sidebar.list, window.pane.timeline
    first = side.model().index(0, 0)
    before = [placed.layout.height for placed in timeline.window_.placed]
    assert side.visualRect(first).height() == Size.ROW
    themes.set_compact(True)
    QApplication.processEvents()
    assert side.visualRect(first).height() == Size.ROW_COMPACT
    after = [placed.layout.height for placed in timeline.window_.placed]
    assert sum(after[-3:]) < sum(before[-3:])
    themes.set_compact(False)
    QApplication.processEvents()
    assert [placed.layout.height for placed in timeline.window_.placed] == before
