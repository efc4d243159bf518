"""Two desktops in this process, on qasync's loop, against a real `chat-server` process with its real engines."""

import asyncio
import functools
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import qasync
from app_player import Player
from fake_desk import FakeDesk
from PySide6.QtWidgets import QApplication
from qt_garbage import pytest_runtest_setup, pytest_runtest_teardown  # noqa: F401 - hooks of this folder
from server_process import ServerProcess, reachable_folder

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.app.config import AppConfig, prepare_profile
from chinwag_desktop.app.token_vault import TokenVault

PASSWORD = "correct horse battery"
NAMES = {"robin": "Robin Okafor", "maya": "Maya Lindqvist"}


@functools.cache  # keeps the one QApplication alive
def application() -> QApplication:
    app = QApplication.instance() or QApplication(["chinwag-tests"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    return app


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], object]]:
    return {"qasync": lambda: qasync.QEventLoop(application())}


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return application()


class Desktop:
    """One run of the app on a profile, with hands at its keyboard."""

    def __init__(self, name: str, profile: Path, url: str, vault: TokenVault) -> None:
        self.name, self.profile, self.url = name, profile, url
        prepare_profile(profile)
        self.desk = FakeDesk()
        self.app = Bootstrap(AppConfig(profile=profile), application(), vault=vault, desk=self.desk)
        self._player = Player(self.app)
        self._run = asyncio.get_running_loop().create_task(self.app.run(), name=f"desktop {name}")

    async def do(self, step: str, **details: Any) -> Any:
        return await self._player.carry_out({"do": step, **details})

    async def sign_in(self) -> None:
        await self.do("sign_in", server=self.url, username=self.name, password=PASSWORD)

    async def until(self, found: Callable[[], Any], what: str) -> Any:
        return await self._player.until(found, what)

    async def quit(self) -> None:
        self.app.quit()
        await self._run


class Office:
    """A server and the desktops on it; each name keeps its profile and its tokens from one run to the next."""

    def __init__(self, server: ServerProcess, folder: Path) -> None:
        self.server, self.folder = server, folder
        self._vaults: dict[str, TokenVault] = {}
        self.open_desktops: list[Desktop] = []

    def desktop(
        self, name: str, *, device: str = "desk", url: str = "", vault: Callable[[Path], TokenVault] | None = None
    ) -> Desktop:
        """A run of the app of this person on this device; `url` where it is not the server's own."""
        profile = self.folder / f"{name}-{device}"
        if profile.name not in self._vaults:
            self._vaults[profile.name] = vault(profile) if vault else TokenVault(profile, keyring=False)
        desktop = Desktop(name, profile, url or self.server.url, self._vaults[profile.name])
        self.open_desktops.append(desktop)
        return desktop

    async def quit(self, desktop: Desktop) -> None:
        self.open_desktops.remove(desktop)
        await desktop.quit()

    async def quit_all(self) -> None:
        for desktop in list(self.open_desktops):
            await self.quit(desktop)

    async def start(self) -> None:
        await self._off_loop(self.server.start)

    async def kill(self) -> None:
        await self._off_loop(self.server.kill)

    @staticmethod
    async def _off_loop(work: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(None, work)


@pytest.fixture
def server_environment() -> dict[str, str]:
    """Overridden by tests that want the server otherwise."""
    return {}


@pytest.fixture(scope="session")
def furnished() -> Iterator[Path]:
    """The data of a server that knows both, stopped: making a cluster and accounts anew for each test would take most of its time."""
    data = reachable_folder("chinwag-e2e-furnished-")
    server = ServerProcess(data, "--registration", "closed")
    server.start()
    for name, full_name in NAMES.items():
        server.add_user(name, PASSWORD, "--display-name", full_name)
    server.stop()
    yield data
    shutil.rmtree(data, ignore_errors=True)


def copy_of(data: Path) -> Path:
    """A copy whose files belong to whom they belonged: PostgreSQL runs under an account of its own where we are root."""
    target = reachable_folder("chinwag-e2e-")
    for folder, names, files in os.walk(data):
        for name in (*names, *files):
            source = Path(folder, name)
            made = target / source.relative_to(data)
            if name in names:
                made.mkdir()
            elif source.is_file():  # no sockets
                shutil.copyfile(source, made)
            else:
                continue
            shutil.copystat(source, made)
            if os.name == "posix":
                os.chown(made, source.stat().st_uid, source.stat().st_gid)
    return target


@pytest.fixture
async def office(furnished: Path, tmp_path: Path, server_environment: dict[str, str]) -> AsyncIterator[Office]:
    data = copy_of(furnished)
    server = ServerProcess(data, "--registration", "closed", environment=server_environment)
    office = Office(server, tmp_path)
    try:
        await office.start()
        yield office
    finally:
        await office._off_loop(server.kill)
        shutil.rmtree(data, ignore_errors=True)
