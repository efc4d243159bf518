"""What the composition root hands on, between the parts that have tests of their own."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desktop_builders import ME, signed_in
from fake_desk import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.app.config import AppConfig
from chinwag_desktop.app.token_vault import TokenVault
from chinwag_desktop.core.connection import Phase
from chinwag_desktop.platform.network import NetworkWatch
from chinwag_desktop.platform.restart import RESTART
from chinwag_desktop.stores.settings_store import SettingsStore

SIGNED_IN = signed_in("http://127.0.0.1:9")


@pytest.fixture
def start(qapp: QApplication, tmp_path: Path) -> Callable[[], Bootstrap]:
    def start() -> Bootstrap:
        app = Bootstrap(AppConfig(profile=tmp_path), qapp, vault=vault, desk=FakeDesk())
        app.start()
        return app

    vault = TokenVault(tmp_path, keyring=False)
    return start


@pytest.fixture
async def start_signed_in(start: Callable[[], Bootstrap], tmp_path: Path) -> Callable[[], Bootstrap]:
    SettingsStore(tmp_path).set_account(SIGNED_IN)
    await TokenVault(tmp_path, keyring=False).save(SIGNED_IN, "a token")
    return start


def running(name: str) -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if name in task.get_name()]


async def test_the_window_comes_back_where_it_stood(start_signed_in: Callable[[], Bootstrap]) -> None:
    first = start_signed_in()
    assert first.window is not None
    first.window.resize(733, 647)
    await first.close()
    second = start_signed_in()
    assert second.window is not None
    assert (second.window.width(), second.window.height()) == (733, 647)
    await second.close()


@pytest.mark.parametrize(("label", "dark"), [("Dark", True), ("Light", False)])
async def test_the_look_that_was_chosen_is_there_at_the_next_start(
    start_signed_in: Callable[[], Bootstrap], label: str, dark: bool
) -> None:
    first = start_signed_in()
    assert first.settings.theme == "system"
    assert first.window is not None
    menu = first.window.build_account_menu()
    next(action for action in menu.actions() if action.text() == label).trigger()
    assert first.themes.now.dark is dark
    await first.close()
    second = start_signed_in()
    assert second.settings.theme == label.lower()
    assert second.themes.now.dark is dark
    await second.close()


async def test_a_start_without_a_network_is_offline_from_the_first(
    start_signed_in: Callable[[], Bootstrap], monkeypatch: pytest.MonkeyPatch, eventually: Any
) -> None:
    monkeypatch.setattr(NetworkWatch, "reachable", False)
    app = start_signed_in()
    session = app.session
    assert session is not None
    await eventually(lambda: session.monitor.state.phase is Phase.OFFLINE)
    await app.close()


async def test_the_network_is_touched_once_the_window_was_painted(
    start_signed_in: Callable[[], Bootstrap], eventually: Any
) -> None:
    app = start_signed_in()
    assert not running("go online")
    await eventually(lambda: app.network._memory is not None)
    await app.close()


async def test_the_network_is_loaded_once_the_sign_in_was_painted(
    start: Callable[[], Bootstrap], eventually: Any
) -> None:
    app = start()
    assert not running("load network")
    await eventually(lambda: app.network._memory is not None)
    await app.close()


async def test_a_new_start_is_asked_for_by_the_exit_status(
    start_signed_in: Callable[[], Bootstrap], qapp: QApplication, tmp_path: Path
) -> None:
    await start_signed_in().close()
    app = Bootstrap(AppConfig(profile=tmp_path), qapp, vault=TokenVault(tmp_path, keyring=False), desk=FakeDesk())
    run = asyncio.get_running_loop().create_task(app.run())
    await asyncio.sleep(0)
    assert app.window is not None
    app.settings.set_size(125)
    dialog = app.window.open_settings()
    assert dialog is not None
    assert dialog.restart.isVisible()
    QTest.mouseClick(dialog.restart, Qt.MouseButton.LeftButton)
    assert await run == RESTART


async def test_density_and_motion_are_worn_at_once_and_at_the_next_start(
    start_signed_in: Callable[[], Bootstrap],
) -> None:
    first = start_signed_in()
    first.settings.set_compact(True)
    first.settings.set_still(True)
    assert (first.themes.compact, first.themes.still) == (True, True)
    await first.close()
    second = start_signed_in()
    assert (second.themes.compact, second.themes.still) == (True, True)
    await second.close()


async def test_who_does_not_want_to_be_seen_typing_is_not(start_signed_in: Callable[[], Bootstrap]) -> None:
    app = start_signed_in()
    assert app.session is not None
    told: list[bool] = []
    app.session._typing.typing = lambda _conversation, typing: told.append(typing)  # type: ignore[method-assign]
    app.session.typing(ME, True)
    app.settings.set_tells_typing(False)
    app.session.typing(ME, True)
    assert told == [True, False]
    await app.close()


async def test_the_emoji_used_last_are_offered_at_the_next_start(start_signed_in: Callable[[], Bootstrap]) -> None:
    first = start_signed_in()
    assert first.window is not None
    first.window.pane.recent.use("⚓")
    await first.close()
    second = start_signed_in()
    assert second.window is not None
    assert second.window.pane.recent.items == ["⚓"]
    await second.close()
