"""A server and two people who talk: with a screen in two windows of your own, without one the same scene off screen.

    python3 dev.py demo                 two windows, or the scene where windows cannot be shown
    python3 dev.py demo --offscreen     the scene in any case

The scene: two app processes talk, the server is killed and comes back, what was written meanwhile arrives; a picture is saved at each step.
It ends with 0 only if every message arrived once, in order, on both screens and in PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import asyncpg
from app_process import AppProcess
from PySide6.QtCore import QLockFile
from server_process import ServerDidNotStart, ServerProcess

from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.platform.screen import why_no_window

ROOT = Path(__file__).resolve().parent.parent
PEOPLE = {"robin": "Robin Okafor", "maya": "Maya Lindqvist"}
PATIENCE_S = 60.0


class SceneError(Exception):
    """The scene did not go as promised; the words say what was missing."""


def main() -> int:
    """Set the stage, play, clear up."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--offscreen", action="store_true", help="play the scene off screen even if there is a display")
    parser.add_argument(
        "--stage", type=Path, default=stage_folder(), help="where its data are kept; emptied first (%(default)s)"
    )
    options = parser.parse_args()
    why = "as you asked" if options.offscreen else why_no_window()
    for name in ("SIGTERM", "SIGHUP"):  # SIGHUP: the terminal was closed
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    with only_demo(options.stage):
        return play_on(options.stage, why)


def play_on(stage: Path, why: str | None) -> int:
    """Play with a server on this stage, off screen for the reason `why`; the exit status."""
    server = ServerProcess(stage / "server", "--registration", "closed")
    try:
        print("Starting chat-server with its own PostgreSQL and Valkey…", flush=True)
        server.start()
        passwords = {name: secrets.token_urlsafe(16) for name in PEOPLE}
        for name, full_name in PEOPLE.items():
            server.add_user(name, passwords[name], "--display-name", full_name)
        if why is None:
            asyncio.run(two_windows(server, stage, passwords))
        else:
            print(f"Two app processes play the scene off screen: {why}.", flush=True)
            asyncio.run(scene(server, stage, passwords))
    except KeyboardInterrupt:
        try:
            print("Stopping.", flush=True)
        except OSError:  # there is no terminal any more: nothing that is left to say could be written
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 130 if why else 0
    except (SceneError, RuntimeError) as error:
        print(f"The demo failed: {error}\nThe logs are in {stage}", file=sys.stderr)
        return 1
    finally:
        server.stop()
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def only_demo(stage: Path) -> Generator[None]:
    """Keep the emptied stage for this process: a second demo would delete the data under the first."""
    lock = QLockFile(f"{stage}.lock")
    lock.setStaleLockTime(0)  # stale only when its process is gone
    if not lock.tryLock(0):
        raise SystemExit(f"A demo is running already (process {lock.getLockInfo()[0]}). Close its windows first.")
    try:
        empty(stage)
        yield
    finally:
        lock.unlock()


def stage_folder() -> Path:
    """.demo in the checkout; root's PostgreSQL runs under another account, which may not be able to reach that."""
    if sys.platform != "win32" and os.geteuid() == 0:
        return Path(tempfile.gettempdir()) / "chinwag-demo-of-root"
    return ROOT / ".demo"


def empty(stage: Path) -> None:
    """Empty the folder for the server's data, the profiles and the pictures; it stays until the next demo."""
    if stage.is_symlink():
        raise SystemExit(f"{stage} is a link: remove it")
    if ServerProcess(stage / "server").end_leftovers():
        print("A server of an earlier demo still ran; it is stopped.", flush=True)
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o711)
    (stage / "server").mkdir(mode=0o711)
    (stage / "pictures").mkdir()


async def two_windows(server: ServerProcess, stage: Path, passwords: dict[str, str]) -> None:
    """Two windows, signed in, with a conversation between them; ends when both are closed."""
    windows = [AppProcess(name, stage, theme=theme) for name, theme in zip(PEOPLE, ("light", "dark"), strict=True)]
    tasks = TaskOwner("demo")
    try:
        for number, window in enumerate(windows):
            await window.start()
            await window.do(
                "sign_in", server=server.url, username=window.name, password=passwords[window.name], column=number
            )
        for window, peer in zip(windows, reversed(list(PEOPLE.values())), strict=True):
            await window.do("open", person=peer)
        print(f"Two windows are open, on {server.url}. Write in one and look at the other.", flush=True)
        print("Press Enter here to kill the server and watch the banner count; Enter again starts it.", flush=True)
        print("Closing both windows, or Ctrl+C, ends everything.", flush=True)
        if sys.stdin is not None:
            tasks.spawn(switch_on_enter(server, sys.stdin.fileno()), "switch")
        await asyncio.gather(*(window.ended() for window in windows))
    finally:
        await tasks.close()
        await asyncio.gather(*(window.close() for window in windows))


async def switch_on_enter(server: ServerProcess, terminal: int) -> None:
    """Kill the server, as a power cut would, and start it again, at each line that somebody types; until the input ends."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[bytes]()
    if hasattr(signal, "SIGTTIN"):
        signal.signal(
            signal.SIGTTIN, signal.SIG_IGN
        )  # in the background there is nothing to read, and no reason to stop

    def read() -> None:
        line = b"something"
        while line:
            try:
                line = os.read(terminal, 1_000)
            except OSError:
                line = b""
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(lines.put_nowait, line)

    # a daemon, because nothing ends a read; not through sys.stdin, whose lock it would hold at the end
    threading.Thread(target=read, daemon=True, name="terminal").start()
    while await lines.get():
        print("The server is killed. Enter starts it again.", flush=True)
        await asyncio.to_thread(server.kill)
        while True:
            if not await lines.get():
                return
            print("Starting it again…", flush=True)
            try:
                await asyncio.to_thread(server.start)
            except ServerDidNotStart as error:
                print(f"It did not start: {error}\nEnter tries again.", flush=True)
            else:
                break
        print("It is back: what was missed is there, once and in order. Enter kills it again.", flush=True)


async def scene(server: ServerProcess, stage: Path, passwords: dict[str, str]) -> None:
    """The scene that the module's words describe."""
    robin = AppProcess("robin", stage, theme="light", offscreen=True)
    maya = AppProcess("maya", stage, theme="dark", offscreen=True)
    try:
        spoken = await play(server, robin, maya, stage / "pictures", passwords)
        for app in (robin, maya):
            if (shown := await app.do("transcript")) != spoken:
                raise SceneError(f"{app.name}'s window shows {shown}, not {spoken}")
        if (stored := await stored_texts(server)) != spoken:
            raise SceneError(f"PostgreSQL holds {stored}, not {spoken}")
    finally:
        await asyncio.gather(robin.close(), maya.close())
    print(f"Every message arrived once and in order, in both windows and in PostgreSQL.\nMessages: {len(spoken)}")
    print(f"Pictures: {stage / 'pictures'}\nData: {stage / 'server'}", flush=True)


async def play(
    server: ServerProcess, robin: AppProcess, maya: AppProcess, pictures: Path, passwords: dict[str, str]
) -> list[str]:
    """Act by act, with a picture of each; returns what was said, in order."""
    for app in (robin, maya):
        await app.start()
        await app.do("sign_in", server=server.url, username=app.name, password=passwords[app.name])
    spoken: list[str] = []

    async def says(who: AppProcess, text: str) -> None:
        await who.do("type", text=text)
        spoken.append(text)

    await robin.do("open", person=PEOPLE["maya"])
    await says(robin, "Morning! Is the crane booked for the third?")
    await maya.do("open", person=PEOPLE["robin"])
    await maya.do("wait_text", text=spoken[-1])
    await says(maya, "Yes, from eight. The electrician comes at nine.")
    await says(maya, "I will bring soup 🍲")
    await robin.do("wait_text", text=spoken[-1])
    await says(robin, "Then nothing can go wrong.")
    await robin.do("wait_state", text=spoken[-1], state="READ")
    await photograph("1-talking", robin, maya, pictures, words="they talk")

    print("Now the server is killed, to show what happens…", flush=True)
    server.kill()
    await asyncio.gather(*(app.do("wait_banner", words="attempt 2") for app in (robin, maya)))
    await says(robin, "The lights went out here.")
    await says(robin, "This will reach you when they are back.")
    await robin.do("wait_state", text=spoken[-1], state="SENDING")
    await photograph("2-reconnecting", robin, maya, pictures, words="both look for it; what is written now waits")

    print("Now it is started again…", flush=True)
    server.start()
    for app in (robin, maya):
        await app.do("press_retry")
    await photograph_connected(robin, maya, pictures)
    await maya.do("wait_text", text=spoken[-1])
    await robin.do("wait_state", text=spoken[-1], state="READ")
    await photograph("4-caught-up", robin, maya, pictures, words="what waited has arrived and was read")
    return spoken


async def photograph_connected(robin: AppProcess, maya: AppProcess, pictures: Path) -> None:
    """The green banner stands for three seconds only."""
    await asyncio.gather(*(app.do("wait_banner", words="Connected") for app in (robin, maya)))
    await photograph("3-connected", robin, maya, pictures, words="both are connected again")


async def photograph(act: str, robin: AppProcess, maya: AppProcess, pictures: Path, *, words: str) -> None:
    """Save how both windows look."""
    for app in (robin, maya):
        await app.do("grab", path=str(pictures / f"{act}-{app.name}.png"))
    print(f"  picture {act[0]} of 4: {words}", flush=True)


async def stored_texts(server: ServerProcess) -> list[str]:
    """What stands in the database, in the order of the conversation."""
    database_url, _ = server.engine_urls()
    driver: Any = asyncpg  # it does not say what its connections give
    connection: Any = await driver.connect(database_url)
    try:
        rows: Any = await connection.fetch("SELECT text FROM messages WHERE kind <> 's' ORDER BY conversation_id, seq")
    finally:
        await connection.close()
    return [str(row["text"]) for row in rows]


if __name__ == "__main__":
    sys.exit(main())
