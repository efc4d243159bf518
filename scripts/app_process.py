"""An app process that a script directs: real windows, pressed by real key events inside it (`app_player.py`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

STEP_S = 60.0


class AppEnded(RuntimeError):
    """Its window was closed, or the process died, while somebody waited for it; carries the end of its log."""


class AppProcess:
    """One app with a profile of its own below `stage`, without a screen if `offscreen`; `do` has one step carried out and returns what it answers."""

    def __init__(self, name: str, stage: Path, *, theme: str, offscreen: bool = False) -> None:
        self.name, self.theme, self.offscreen = name, theme, offscreen
        self.profile, self.log = stage / f"profile-{name}", stage / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until its window is there."""
        player = Path(__file__).with_name("app_player.py")
        words = [sys.executable, str(player), "--profile", str(self.profile), "--theme", self.theme]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment(),
            )
        await self._answer("start")

    async def do(self, step: str, **details: object) -> Any:
        """Have a step done; raises RuntimeError with the app's own words when it could not be, AppEnded when there is no app."""
        process = self._running()
        if process.stdin is None:
            raise RuntimeError("no way to talk to the app")
        with contextlib.suppress(ConnectionError):  # it has ended, as its answer will say
            process.stdin.write(json.dumps({"do": step, **details}).encode() + b"\n")
            await process.stdin.drain()
        return await self._answer(step)

    async def ended(self) -> None:
        """Wait until its window was closed."""
        await self._running().wait()

    async def close(self) -> None:
        """Close it, if it has not been closed; at the latest by force."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()  # the end of its input is the app's sign to quit
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _answer(self, step: str) -> Any:
        process = self._running()
        if process.stdout is None:
            raise RuntimeError("no way to hear the app")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), STEP_S)
        except TimeoutError as silence:
            raise RuntimeError(f"{self.name}, {step}: no answer for {STEP_S:.0f} s") from silence
        if not line:
            words = self.log.read_text(errors="replace")[-2000:]
            raise AppEnded(
                f"{self.name}'s window was closed before the demo had done with it ({step}). {words}".strip()
            )
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.name}, {step}: {answer['error']}")
        return answer.get("result")

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError(f"{self.name}'s app was not started")
        return self._process

    def _environment(self) -> dict[str, str]:
        return os.environ | ({"QT_QPA_PLATFORM": "offscreen"} if self.offscreen else {})
