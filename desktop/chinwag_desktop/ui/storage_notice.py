"""What the app says when the file of unsent messages is in trouble: too grave for a toast that goes by itself."""

from pathlib import Path

from PySide6.QtWidgets import QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog


def outbox_closed_notice(themes: ThemeSource, window: QWidget, path: Path) -> Dialog:
    """Nothing can be kept until it is sent, so nothing is sent."""
    text = translate(
        "Storage",
        "The file that keeps your messages until they are sent cannot be opened:\n{path}\n"
        "You can read, but not write. Check that the disk is not full and that the file is yours, then start Chinwag again.",
        path=str(path),
    )
    return Dialog(themes, window, translate("Storage", "Nothing can be sent now"), text=text, choices=_close())


def outbox_salvaged_notice(themes: ThemeSource, window: QWidget, path: Path) -> Dialog:
    """Part of the unsent messages may be lost."""
    text = translate(
        "Storage",
        "The file that keeps your messages until they are sent was damaged. What could be read of it will be sent; "
        "look whether something is missing. The damaged file is kept as\n{path}",
        path=str(path),
    )
    title = translate("Storage", "Unsent messages may be missing")
    return Dialog(themes, window, title, text=text, choices=_close())


def _close() -> tuple[Choice, ...]:
    return (Choice("", translate("Storage", "Close"), "primary"),)
