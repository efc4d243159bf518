"""The life of the app around a session: one process a profile, its windows' ends, a system without a keyring, the machine's signals."""

import asyncio
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from closing import closes_desktops
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.app.config import AppConfig, prepare_profile
from chinwag_desktop.app.token_vault import TokenVault
from chinwag_desktop.core.errors import NoKeyring
from chinwag_desktop.platform.single_instance import SingleInstance
from chinwag_desktop.stores.settings_store import Account
from chinwag_desktop.ui.questions import KEYRING_FILE

pytestmark = pytest.mark.timeout(120)


class NoKeyringHere(TokenVault):
    """A vault on a system without a keyring."""

    async def save(self, account: Account, refresh_token: str) -> None:
        if account.token_place == "keyring":
            raise NoKeyring("there is none")
        await super().save(account, refresh_token)


async def test_closing_the_sign_in_window_ends_the_app(qapp, tmp_path: Path):
    profile = tmp_path / "profile"
    prepare_profile(profile)
    app = Bootstrap(AppConfig(profile=profile), qapp, vault=TokenVault(profile, keyring=False))
    running = asyncio.get_running_loop().create_task(app.run())
    await asyncio.sleep(0)
    assert app.sign_in is not None
    app.sign_in.close()
    assert await asyncio.wait_for(running, 10) == 0


async def test_a_minimised_window_comes_back_when_it_is_raised(qapp, tmp_path: Path):
    profile = tmp_path / "profile"
    prepare_profile(profile)
    app = Bootstrap(AppConfig(profile=profile), qapp, vault=TokenVault(profile, keyring=False))
    running = asyncio.get_running_loop().create_task(app.run())
    await asyncio.sleep(0)
    assert app.sign_in is not None
    app.sign_in.showMinimized()
    app.raise_window()
    assert not app.sign_in.isMinimized()
    app.quit()
    await running


async def test_a_second_process_of_a_profile_raises_the_first_and_ends(qapp, tmp_path: Path):
    """FAULTS 39."""
    profile = tmp_path / "profile"
    prepare_profile(profile)
    first = SingleInstance(profile)
    assert first.acquire()
    raised: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    first.raise_requested.connect(raised.set_result)
    words = [sys.executable, "-m", "chinwag_desktop", "--profile", str(profile), "chinwag://open"]
    second = await asyncio.get_running_loop().run_in_executor(
        None, lambda: subprocess.run(words, timeout=30, capture_output=True)
    )
    assert second.returncode == 0
    assert await asyncio.wait_for(raised, 10) == "chinwag://open"
    first.release()


@closes_desktops
async def test_without_a_keyring_the_user_is_told_and_chooses(office):
    robin = office.desktop("robin", vault=NoKeyringHere)
    window = await robin.until(lambda: robin.app.sign_in, "the sign-in window")
    for key, text in (("server", robin.url), ("username", "robin"), ("password", "correct horse battery")):
        window.fields[key].set_text(text)
    QTest.keyClick(window.fields["password"].edit, Qt.Key.Key_Return)
    dialog = await robin.until(lambda: robin.app.question, "the question")
    dialog.choose(KEYRING_FILE)
    await robin.do("wait_phase", phase="ONLINE")
    [token] = (robin.profile / "tokens").iterdir()
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert robin.app.settings.account.token_place == "file"


@closes_desktops
async def test_a_wake_and_a_new_network_reach_the_connection(office):
    """FAULTS 23, 25."""
    robin = office.desktop("robin")
    await robin.sign_in()
    await robin.do("wait_phase", phase="ONLINE")
    monitor = robin.app.session.monitor
    robin.app._wake.woke.emit(600.0)
    await robin.until(lambda: monitor.metrics.connects == 2, "a new link after the wake")
    await robin.do("wait_phase", phase="ONLINE")
    await office.kill()
    await robin.do("wait_banner", words="attempt 3")
    attempts = monitor.metrics.attempts
    robin.app._reachability.changed.emit()
    await robin.until(lambda: monitor.metrics.attempts > attempts, "an attempt at once on the new network")
