"""The app, with a script at its keyboard: reads a step a line from standard input, answers a line on standard output.

It is the app's own composition; only the hands are ours, and they press real keys. Used by `AppProcess` (demo, pictures).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtCore import Qt, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.app.config import AppConfig, prepare_profile
from chinwag_desktop.app.token_vault import TokenVault
from chinwag_desktop.core.connection import Phase
from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.platform.garbage import GuiGarbage
from chinwag_desktop.stores.settings_store import SettingsStore

PATIENCE_S = 45.0
SIZE = (1000, 700)


class Player:
    """Carries out steps on the app's windows."""

    def __init__(self, bootstrap: Bootstrap) -> None:
        self._app = bootstrap

    async def carry_out(self, step: dict[str, Any]) -> Any:
        """One step: the method of that name, with the rest of the line as its arguments."""
        name = step.pop("do")
        return await getattr(self, f"do_{name}")(**step)

    async def do_sign_in(self, *, server: str, username: str, password: str, column: int = 0) -> None:
        """Type into the sign-in window and press Enter."""
        window = await self.until(lambda: self._app.sign_in, "the sign-in window")
        fields = window.fields
        for key, text in (("server", server), ("username", username), ("password", password)):
            fields[key].set_text("")
            QTest.keyClicks(fields[key].edit, text)
        QTest.keyClick(fields["password"].edit, Qt.Key.Key_Return)
        main = await self.until(lambda: self._app.window, "the main window")
        main.resize(*SIZE)
        main.move(40 + column * (SIZE[0] // 2 + 80), 60)
        main.activateWindow()

    async def do_look(self) -> None:
        """Bring the window to the front: only what stands in an active window counts as read."""
        window = await self.until(lambda: self._app.window, "the main window")
        window.activateWindow()

    async def do_open(self, *, person: str) -> None:
        """Find somebody in the sidebar and press Enter on them."""
        window = await self.until(lambda: self._app.window, "the main window")
        window.activateWindow()
        sidebar = window.sidebar

        def row() -> int | None:
            if (model := sidebar.model) is None:
                return None
            return next((n + 1 for n in range(model.rowCount()) if str(model.index(n, 0).data()) == person), None)

        found = await self.until(row, f"{person} in the sidebar")
        sidebar.list.setCurrentIndex(sidebar.list.model().index(found - 1, 0))
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
        await self.until(lambda: window.pane.header.title.text() == person, f"the conversation with {person}")

    async def do_type(self, *, text: str) -> None:
        """Type a message and press Enter. Characters beyond one key press are pasted, as people do."""
        window = await self.until(lambda: self._app.window, "the main window")
        editor = window.pane.composer.editor
        if text.isascii():
            QTest.keyClicks(editor, text)
        else:
            editor.insertPlainText(text)
        QTest.keyClick(editor, Qt.Key.Key_Return)

    async def do_wait_text(self, *, text: str) -> None:
        """Until the open conversation shows this message."""
        await self.until(lambda: self._row(text), f"the message {text!r}")

    async def do_wait_state(self, *, text: str, state: str) -> None:
        """Until a message has come so far."""
        goal = DeliveryState[state]
        await self.until(lambda: (row := self._row(text)) is not None and row.state is goal, f"{text!r} to be {state}")

    async def do_wait_phase(self, *, phase: str) -> None:
        """Until the connection has come so far."""
        goal = Phase[phase]

        def reached() -> bool:
            session = self._app.session
            return session is not None and session.monitor.state.phase is goal

        await self.until(reached, f"the connection to be {phase}")

    async def do_wait_banner(self, *, words: str) -> None:
        """Until the banner says this."""

        def said() -> bool:
            status = self._app.window.pane.status if self._app.window is not None else None
            return status is not None and words.casefold() in status.accessibleName().casefold()

        await self.until(said, f"the banner to say {words!r}")

    async def do_press_retry(self) -> None:
        """Press *Retry now* in the banner, if it is there: the app may have been faster."""
        window = await self.until(lambda: self._app.window, "the main window")
        button = window.pane.status.button
        if button.isVisible():
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    async def do_grab(self, *, path: str) -> None:
        """Save a picture of the window."""
        window = await self.until(lambda: self._app.window, "the main window")
        await asyncio.sleep(0.25)  # the banner's slide: for the eye of whoever looks at the picture
        if not window.grab().save(path):
            raise OSError(f"the picture could not be saved as {path}")

    async def do_transcript(self) -> list[str]:
        """All messages of the open conversation, top to bottom."""
        return [row.message.text for row in self._rows()]

    # how

    async def until(self, found: Callable[[], Any], what: str) -> Any:
        """What `found` gives once it gives something; raises TimeoutError with `what` in its words."""
        deadline = time.monotonic() + PATIENCE_S
        while not (result := found()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {PATIENCE_S:.0f} s for {what}")
            await asyncio.sleep(0.02)
        return result

    def _row(self, text: str) -> TimelineRow | None:
        return next((row for row in self._rows() if row.message.text == text), None)

    def _rows(self) -> list[TimelineRow]:
        model: TimelineModel | None = self._app.window.pane.model if self._app.window is not None else None
        if model is None:
            return []
        return [row for n in range(model.rowCount()) if (row := model.row_at(n)) is not None]


class _Lines:
    """Standard input as an asynchronous queue of lines; a thread reads, since Qt's loop watches no pipes on every system."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, daemon=True, name="steps").start()

    def _read(self) -> None:
        for line in sys.stdin:
            self._loop.call_soon_threadsafe(self.lines.put_nowait, line)
        self._loop.call_soon_threadsafe(self.lines.put_nowait, "")


async def play(bootstrap: Bootstrap) -> None:
    """Carry out the steps until the input ends or the window is closed."""
    player, source = Player(bootstrap), _Lines()
    _answer(result=None)
    while line := await source.lines.get():
        try:
            _answer(result=await player.carry_out(json.loads(line)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the director must hear of it
            _answer(error=f"{type(error).__name__}: {error}")
    bootstrap.quit()


def _answer(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


async def _main(config: AppConfig, app: QApplication) -> int:
    # the demo's accounts live for the demo: no keyring is asked, nothing is left in one
    bootstrap = Bootstrap(config, app, vault=TokenVault(config.profile, keyring=False))
    running = asyncio.get_running_loop().create_task(bootstrap.run(), name="app")
    playing = asyncio.get_running_loop().create_task(play(bootstrap), name="player")
    status = await running
    playing.cancel()
    return status


def _pass_on(_kind: object, _context: object, words: str | None) -> None:
    """What Qt says goes to standard error, but for what is always so without a screen."""
    if not (words or "").startswith("This plugin does not support"):
        print(words, file=sys.stderr, flush=True)


def main() -> int:
    """Open the profile and play."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    chosen = parser.parse_args()
    prepare_profile(chosen.profile)
    qInstallMessageHandler(_pass_on)
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    SettingsStore(chosen.profile).set_theme(chosen.theme)
    config = AppConfig(profile=chosen.profile)
    GuiGarbage(app)  # as the app's own `run` has it
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(_main(config, app))


if __name__ == "__main__":
    sys.exit(main())
