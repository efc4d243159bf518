"""The app as it comes back: after having missed much, after a sleep, on another network; see `child_return.py`."""

from __future__ import annotations

import asyncio
import time

from heartbeat import Heartbeat
from stranding import strand
from telling import tell

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.platform.wake import WakeDetector

PATIENCE_S = 30.0
AFTERWARDS_S = 1.5  # receipts, ticks and pictures that follow a catch-up
BETWEEN_S = 0.5  # from one round to the next
ASLEEP_S = 600.0


class Returning(Bootstrap):
    """Bootstrap that does `what`: catch-up, wake or network, the last two `rounds` times over a proxy with this `control` port."""

    what, rounds, control = "", 0, 0
    _owner: TaskOwner | None = None

    def start(self) -> None:
        super().start()
        if self.window is None or self.session is None:
            raise SystemExit("nobody is signed in in this profile")
        self.window.activateWindow()  # off screen no window manager does it
        self._slept = 0.0
        self._heart = Heartbeat()
        self._news = asyncio.Event()
        self._phases: list[tuple[Phase, float]] = []
        self.session.connection.state_changed.connect(self._state_changed)
        self._owner = TaskOwner("returning")
        self._owner.spawn(self._return(), self.what)

    def _state_changed(self, state: ConnectionState) -> None:
        self._phases.append((state.phase, time.perf_counter()))
        if state.phase is Phase.SYNCING and self.what == "catch-up" and len({p for p, _ in self._phases}) <= 2:
            self._heart.begin()
        self._news.set()

    async def _return(self) -> None:
        try:
            if self.what == "catch-up":
                await self._catch_up()
            else:
                await self._come_back()
        finally:
            self.quit()

    async def _catch_up(self) -> None:
        online = await self._until_online(0)
        syncing = next(when for phase, when in self._phases if phase is Phase.SYNCING)
        await asyncio.sleep(AFTERWARDS_S)
        pane = self.window.pane if self.window is not None else None
        rows = pane.model.rowCount() if pane is not None and pane.model is not None else 0
        tell(took=(online - syncing) * 1e3, rows=rows, **self._heart.end())

    async def _come_back(self) -> None:
        detector = WakeDetector(slept=lambda: self._slept)
        self._wake._detector = detector  # pyright: ignore[reportPrivateUsage] - nobody can put this machine to sleep
        await self._until_online(0)
        rounds: list[float] = []
        cpu = time.process_time()
        for number in range(self.rounds):
            await asyncio.sleep(
                BETWEEN_S + number / self.rounds
            )  # each at another moment of the app's ticks of one second
            await strand(self.control)
            seen, begun = len(self._phases), time.perf_counter()
            if self.what == "wake":
                self._slept += ASLEEP_S
            else:
                self._reachability.changed.emit()
            rounds.append((await self._until_online(seen) - begun) * 1e3)
        tell(rounds=rounds, cpu=(time.process_time() - cpu) * 1e3 / self.rounds)

    async def _until_online(self, seen: int) -> float:
        """When it came online, of the states after so many; it must have been away in between."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                away = False
                for phase, when in self._phases[seen:]:
                    if away and phase is Phase.ONLINE:
                        return when
                    away = away or phase is not Phase.ONLINE
                self._news.clear()
                await self._news.wait()
