"""Every entry of the table of states, in both themes: it paints something, survives a switch of theme, and Qt has nothing to complain of."""

import pytest
from grab_states import is_blank, page, settle, sheets
from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui_states import STATES, State

from chinwag_desktop.ui.theme.theme import ThemeChoice, ThemeSource, dress


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_state_is_painted_in_both_themes(state: State, qapp: QApplication, qtbot: QtBot) -> None:
    themes = ThemeSource(ThemeChoice.LIGHT, still=True)
    dress(qapp, themes)
    widget = state.make(themes)
    qtbot.addWidget(widget)
    widget.resize(state.width, state.height or 60)
    widget.show()
    settle()
    if state.prepare is not None:
        state.prepare(widget)
    settle()
    light = widget.grab().toImage()
    assert not is_blank(light)
    themes.choose(ThemeChoice.DARK)
    settle()
    dark = widget.grab().toImage()
    assert not is_blank(dark)
    assert (
        light.pixelColor(2, light.height() - 2).lightness() > 150
        or state.name.startswith("dialog")
        or state.name == "main-viewer"
    )
    assert dark.pixelColor(2, dark.height() - 2).lightness() < 80
    QThreadPool.globalInstance().waitForDone()


def test_every_state_is_in_a_picture() -> None:
    pictured = {name for names, _ in sheets().values() for name in names}
    assert pictured == {state.name for state in STATES}


def test_the_pictures_of_the_documentation_are_there(request: pytest.FixtureRequest) -> None:
    folder = request.config.rootpath / "docs" / "images"
    lacking = [name for name in sheets() if not (folder / f"{name}.png").is_file()]
    assert not lacking, f"run scripts/grab_states.py: {lacking}"


def test_the_page_of_pictures_shows_all_of_them(request: pytest.FixtureRequest) -> None:
    shown = (request.config.rootpath / "docs" / "looks.md").read_text(encoding="utf-8")
    assert shown == page(), "run scripts/grab_states.py"
