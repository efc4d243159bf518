"""The app with somebody looking at its window, and typing into it; see `child_app.py`."""

from __future__ import annotations

import asyncio
import os
import sys
import time

import msgspec
from painted import PaintWatch
from telling import since_birth, tell

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.ui.conversation_pane import ConversationPane
from chinwag_desktop.ui.main_window import MainWindow

NETWORK = {"socketio", "engineio", "aiohttp", "httpx", "httpcore", "anyio", "keyring"}
PAUSE_S = 0.02  # between the last letter and Enter: what the letters set off is over
PAINT_S = 10.0


class Watched(Bootstrap):
    """Bootstrap that tells of its first paint, then does `what`: quit, stay, walk, or a number of messages to type."""

    what = ""
    _typist: TaskOwner | None = None

    def start(self) -> None:
        super().start()
        if self.window is None or self.session is None:
            raise SystemExit("nobody is signed in in this profile")
        self.window.activateWindow()  # off screen no window manager does it
        pane = self.window.pane
        PaintWatch(pane.timeline.viewport(), self._painted, wanted=lambda: last_row_is_seen(pane)).arm()
        self.session.connection.state_changed.connect(self._state_changed)

    def _painted(self) -> None:
        if self.window is None:
            return
        network = sorted(NETWORK & set(sys.modules))
        tell(**since_birth(), rows=row_count(self.window.pane), network=network)
        if self.what == "quit":
            self.quit()

    def _state_changed(self, state: ConnectionState) -> None:
        if self.what == "stay" and state.phase is Phase.ONLINE:
            tell(online=True)
        elif self.what == "walk" and state.phase is Phase.WAITING and self._typist is None:
            self._typist = TaskOwner("walker")
            self._typist.spawn(self._walk(), "walk")
        elif self.what.isdigit() and state.phase is Phase.WAITING and self._typist is None and self.window is not None:
            # the network stack is loaded, and the first attempt has failed
            self._typist = TaskOwner("typist")
            self._typist.spawn(self._type(self.window), "type")

    async def _walk(self) -> None:
        from walking import Walk, walk  # here: the start must not pay for it

        try:
            if (size := os.environ.get("WALK_SIZE")) and self.window is not None:
                self.window.resize(*(int(side) for side in size.split("x")))
            tell(**await walk(self, msgspec.json.decode(os.environ["WALK"], type=Walk)))
        finally:
            self.quit()

    async def _type(self, window: MainWindow) -> None:
        try:
            tell(presses=[await press_enter(window, number) for number in range(int(self.what))])
        finally:
            self.quit()


async def press_enter(window: MainWindow, number: int) -> tuple[float, float]:
    """Type message `number`, send it: wall and GUI-thread CPU seconds from Enter to the end of the paint with its bubble."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest  # here: the start must not pay for it
    from talk import text

    pane = window.pane
    editor = pane.composer.editor  # the widget: QTest's way through the window nests the loop, here inside a task
    QTest.keyClicks(editor, "".join(filter(str.isascii, text(number))))
    await asyncio.sleep(PAUSE_S)
    if not pane.composer.can_send():
        raise RuntimeError("the keys did not reach the composer")
    painted: asyncio.Future[tuple[float, float]] = asyncio.get_running_loop().create_future()
    wanted = row_count(pane) + 1
    watch = PaintWatch(
        pane.timeline.viewport(),
        lambda: painted.set_result((time.perf_counter(), time.thread_time())),
        wanted=lambda: row_count(pane) == wanted and last_row_is_seen(pane),
    )
    watch.arm()
    wall, cpu = time.perf_counter(), time.thread_time()
    QTest.keyClick(editor, Qt.Key.Key_Return)
    async with asyncio.timeout(PAINT_S):
        ended = await painted
    watch.deleteLater()
    return ended[0] - wall, ended[1] - cpu


def row_count(pane: ConversationPane) -> int:
    """All rows of the open conversation, pending ones too."""
    return pane.model.rowCount() if pane.model is not None else 0


def last_row_is_seen(pane: ConversationPane) -> bool:
    """The newest row is not blank and lies in the viewport."""
    model, view, last = pane.model, pane.timeline, row_count(pane) - 1
    if model is None or last < 0 or model.row_at(last) is None:
        return False
    return view.viewport().rect().intersects(view.visualRect(model.index(last)))
