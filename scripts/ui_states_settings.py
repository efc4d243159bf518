"""States of the settings, and of what they change."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from chinwag_desktop.stores.settings_store import SettingsStore
from chinwag_desktop.ui.settings_dialog import SettingsDialog
from chinwag_desktop.ui.widgets.strip import Strip


def settings_at(width: int, height: int, *, size: int = 100) -> Callable[[QWidget], None]:
    """The settings over an empty window of this size; another `size` was chosen just now."""

    def prepare(page: QWidget) -> None:
        assert isinstance(page, Strip)
        page.resize(width, height)
        with tempfile.TemporaryDirectory() as folder:
            store = SettingsStore(Path(folder), page)
            store.set_size(size)
            store.set_compact(True)
            SettingsDialog(page.themes, page, store, {"en": "English", "de": "Deutsch"}).open()

    return prepare
