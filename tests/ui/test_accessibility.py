"""Every state as a screen reader meets it: what takes the keyboard has a role and a name, and every row of a list says its words."""

from collections.abc import Iterator

import pytest
from grab_states import settle
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractItemView, QWidget
from pytestqt.qtbot import QtBot
from ui_states import STATES, State

from chinwag_desktop.ui.theme.theme import ThemeSource

SAMPLED = 40
"""Rows from the beginning of a list: the lists of emoji and the longest timelines are not walked to their end."""
ONLY_SEEN = {"MonthGrid", "ScrollPage", "PictureViewer"}
"""What takes the keyboard to be scrolled or leafed through: Qt has no nearer role for it than a part of the window, so its name tells."""
ROLES_OF_NOTHING = {QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Pane, QAccessible.Role.Window}


def what_lacks(window: QWidget) -> Iterator[str]:
    """The parts on the screen that a screen reader would pass over or read as nothing."""
    for part in (window, *window.findChildren(QWidget)):
        if not part.isVisible() or part.focusProxy() is not None:
            continue
        said = QAccessible.queryAccessibleInterface(part)
        if isinstance(part, QAbstractItemView):
            model = part.model()
            for row in range(min(model.rowCount(part.rootIndex()), SAMPLED)):
                index = model.index(row, 0, part.rootIndex())
                if not (index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data(Qt.ItemDataRole.DisplayRole)):
                    yield f"row {row} of {type(part).__name__} has no words"
        if not part.isEnabled() or not part.focusPolicy().value & 1:
            continue
        if said.role() in ROLES_OF_NOTHING and type(part).__name__ not in ONLY_SEEN:
            yield f"{type(part).__name__} {part.objectName()} has the role {said.role().name}"
        if not said.text(QAccessible.Text.Name).strip():
            yield f"{type(part).__name__} {part.objectName()} in {type(part.parent()).__name__} has no name"


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_what_takes_the_keyboard_has_a_role_and_a_name(state: State, themes: ThemeSource, qtbot: QtBot) -> None:
    widget = state.make(themes)
    qtbot.addWidget(widget)
    widget.resize(state.width, state.height or 60)
    widget.show()
    settle()
    if state.prepare is not None:
        state.prepare(widget)
    settle()
    lacking = sorted(set(what_lacks(widget)))
    QThreadPool.globalInstance().waitForDone()
    assert lacking == []
