"""The demo's two windows from the outside: a terminal in which somebody presses Enter, and that is closed."""

import asyncio
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from app_process import AppEnded, AppProcess
from server_process import ServerProcess, reachable_folder

DEMO = Path(__file__).parents[2] / "scripts" / "demo.py"
OPEN_S = 60


class Terminal:
    """A demo whose terminal this is; `hang_up` closes it, and the demo gets SIGHUP."""

    def __init__(self, stage: Path) -> None:
        self.screen = ""
        self.demo, self._end = pty.fork()
        if self.demo == 0:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
            os.execv(sys.executable, command(stage))
        self.family: list[psutil.Process] = []

    async def wait_for(self, words: str) -> None:
        async with asyncio.timeout(OPEN_S):
            while words not in self.screen:
                self.screen += (await asyncio.to_thread(os.read, self._end, 4096)).decode()
        self.screen = self.screen.partition(words)[2]

    async def enter(self) -> None:
        os.write(self._end, b"\n")

    async def hang_up(self) -> int:
        """Close the terminal; returns the exit status of the demo, -N for a signal."""
        self.family = psutil.Process(self.demo).children(recursive=True)
        os.close(self._end)
        _, status = await asyncio.to_thread(os.waitpid, self.demo, 0)
        return os.waitstatus_to_exitcode(status)


def command(stage: Path) -> list[str]:
    return [sys.executable, str(DEMO), "--stage", str(stage)]


@pytest.fixture
def stage() -> Iterator[Path]:
    folder = reachable_folder("chinwag-demo-test-")
    yield folder / "stage"
    shutil.rmtree(folder)


async def test_enter_kills_the_server_and_starts_it_and_a_closed_terminal_ends_everything(stage: Path) -> None:
    terminal = Terminal(stage)
    await terminal.wait_for("Press Enter here")
    await terminal.enter()
    await terminal.wait_for("The server is killed")
    await terminal.enter()
    await terminal.wait_for("It is back")
    second = await asyncio.to_thread(subprocess.run, command(stage), capture_output=True, text=True)
    assert (second.returncode, second.stderr) == (
        1,
        f"A demo is running already (process {terminal.demo}). Close its windows first.\n",
    )
    assert await terminal.hang_up() == 0
    assert len(terminal.family) > 5
    assert not [process for process in terminal.family if process.is_running()]


async def test_a_window_that_was_closed_too_early_is_told_in_one_line(tmp_path: Path) -> None:
    app = AppProcess("robin", tmp_path, theme="light")
    app.log.write_text("")
    pipe = asyncio.subprocess.PIPE
    app._process = await asyncio.create_subprocess_exec("true", stdin=pipe, stdout=pipe)
    await app.ended()
    with pytest.raises(AppEnded) as caught:
        await app.do("sign_in")
    assert str(caught.value) == "robin's window was closed before the demo had done with it (sign_in)."


def test_a_server_that_was_left_behind_is_ended(tmp_path: Path) -> None:
    words = ["-m", "chinwag_server", "serve", "--data-dir", str(tmp_path / "server")]
    code = "import sys; print('there', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        assert left.stdout.readline() == b"there\n"
        assert ServerProcess(tmp_path / "other").end_leftovers() == 0
        assert ServerProcess(tmp_path / "server").end_leftovers() == 1
        assert left.poll() is not None
