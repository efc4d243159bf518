"""An engine under its guard, seen from the process that owns it.

The guard (`guard.py`) holds the engine as its child and ends it when we are gone. A lock file, inherited by the guard,
the engine and all of the engine's children, is free again exactly when the last of them has ended: that is how the
next start knows that it may touch the data, whatever happened before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chinwag_server.engines.account import WINDOWS, Account, engine_environment
from chinwag_server.engines.locks import POLL_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chinwag_server.engines.guard import Plan

GUARD = Path(__file__).with_name("guard.py")
_GUARD_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePlan:
    """What a guard is to run. *endings* are (signal, seconds to wait for it), politest first."""

    argv: Sequence[str]
    account: Account | None
    folder: Path
    log: Path
    endings: Sequence[tuple[int, int]]


class GuardedEngine:
    """A running engine and its guard."""

    def __init__(self, guard: subprocess.Popen[bytes]) -> None:
        self._guard = guard

    @classmethod
    def start(cls, plan: EnginePlan, *, lock: int) -> GuardedEngine:
        """Start *plan* under a new guard, which takes over the open lock file *lock*."""
        account = plan.account
        told: Plan = {
            "argv": list(plan.argv),
            "account": None if account is None else (account.uid, account.gid),
            "cwd": str(plan.folder),
            "log": str(plan.log),
            "keep": [lock],
            "endings": list(plan.endings),
        }
        try:
            guard = _start_guard(told, keep=(lock,))
        finally:
            os.close(lock)
        return cls(guard)

    @classmethod
    def stop_with(cls, command: Sequence[str]) -> GuardedEngine:
        """Guard an engine that runs already (Windows): its guard runs *command* at the end."""
        return cls(_start_guard(list(command), keep=()))

    @property
    def pid(self) -> int:
        """The guard's process id."""
        return self._guard.pid

    def running(self) -> bool:
        """Say whether the engine runs, as far as its guard knows."""
        return self._guard.poll() is None

    def wait_ready(self, ready: Callable[[], bool], *, timeout_s: float) -> bool:
        """Wait until *ready*; False when the engine ended or *timeout_s* passed."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.running() or time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True

    def stop(self) -> None:
        """End the engine and wait until it has ended."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        try:
            self._guard.wait(_GUARD_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()


def _start_guard(told: Plan | list[str], *, keep: tuple[int, ...]) -> subprocess.Popen[bytes]:
    if WINDOWS:
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        apart: dict[str, Any] = {"creationflags": flags}
    else:
        apart = {"cwd": "/", "env": engine_environment(), "start_new_session": True, "pass_fds": keep}
    guard: subprocess.Popen[bytes] = subprocess.Popen(  # pyright: ignore[reportAssignmentType] - no text among `apart`
        [sys.executable, "-I", "-S", str(GUARD), json.dumps(told)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **apart,
    )
    return guard
