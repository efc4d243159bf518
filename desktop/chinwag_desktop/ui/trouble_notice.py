"""What the app says when something in it went wrong that nobody foresaw."""

from pathlib import Path

from PySide6.QtWidgets import QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog


def trouble_notice(themes: ThemeSource, window: QWidget, log: Path) -> Dialog:
    """It goes on, and where to read what happened."""
    text = translate(
        "Trouble",
        "Chinwag goes on. If something looks odd, start it again.\n"
        "What happened is written down, without any of your messages, in\n{path}",
        path=str(log),
    )
    choices = (Choice("", translate("Trouble", "Close"), "primary"),)
    return Dialog(themes, window, translate("Trouble", "Something went wrong"), text=text, choices=choices)
