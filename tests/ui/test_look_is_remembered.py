"""What is chosen in the window's menu is what the next start shows."""

from pathlib import Path

import pytest
from desktop_builders import ME
from PySide6.QtWidgets import QApplication

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.app.config import AppConfig
from chinwag_desktop.app.token_vault import TokenVault
from chinwag_desktop.stores.settings_store import Account

SIGNED_IN = Account(
    server_url="http://127.0.0.1:9",
    server_name="Harbour",
    user_id=ME,
    username="robin",
    display_name="Robin",
    token_place="memory",
)


@pytest.mark.parametrize(("label", "dark"), [("Dark", True), ("Light", False)])
async def test_the_look_that_was_chosen_is_there_at_the_next_start(
    qapp: QApplication, tmp_path: Path, label: str, dark: bool
) -> None:
    def start() -> Bootstrap:
        return Bootstrap(AppConfig(profile=tmp_path), qapp, vault=TokenVault(tmp_path, keyring=False))

    first = start()
    assert first.settings.theme == "system"
    first.settings.set_account(SIGNED_IN)
    first = start()
    first.start()
    assert first.window is not None
    menu = first.window.build_account_menu()
    next(action for action in menu.actions() if action.text() == label).trigger()
    assert first.themes.now.dark is dark
    await first.close()

    second = start()
    assert second.settings.theme == label.lower()
    assert second.themes.now.dark is dark
    await second.close()
