"""Asks for a picture file, and makes an avatar of it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from chinwag_desktop.app.square_picture import square_picture
from chinwag_desktop.models.i18n import translate


def ask_for_picture(window: QWidget, chosen: Callable[[Path], object]) -> QFileDialog:
    """Open the system's dialog; `chosen` is called with the file, or never."""
    dialog = QFileDialog(window, translate("App", "Choose a picture"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(translate("App", "Pictures (*.png *.jpg *.jpeg *.gif *.webp *.bmp)"))

    def selected(path: str) -> None:
        chosen(Path(path))

    dialog.fileSelected.connect(selected)
    dialog.open()
    return dialog


async def send_picture(path: Path, send: Callable[[bytes], Awaitable[None]]) -> None:
    """Make an avatar of a file and have it sent. Raises NoPicture, or what `send` raises."""
    await send(await asyncio.get_running_loop().run_in_executor(None, square_picture, path))
