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
from chinwag_server.engines.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chinwag_server.engines.guard import Plan

GUARD = Path(__file__).with_name("guard.py")
_POLL_S = 0.01
_LOCK_TIMEOUT_S = 90
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
            time.sleep(_POLL_S)
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
    quiet: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if WINDOWS:
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        apart: dict[str, Any] = {"creationflags": flags}
    else:
        apart = {"cwd": "/", "env": engine_environment(), "start_new_session": True, "pass_fds": keep}
    guard: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-I", "-S", str(GUARD), json.dumps(told)], **quiet, **apart
    )
    return guard


def lock_engine(path: Path, *, stop_left_behind: Callable[[], None]) -> int:
    """Take the lock of an engine's data and return its open file; for `GuardedEngine.start`.

    While it is taken, an engine of an owner that died is still ending, or was left behind when its guard was killed
    too: *stop_left_behind* is called once, then the lock is waited for. Raises EngineError after 90 s.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    if sys.platform == "win32":
        stop_left_behind()
        return file
    import fcntl

    deadline = time.monotonic() + _LOCK_TIMEOUT_S
    asked = False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not asked:
                stop_left_behind()
                asked = True
            if time.monotonic() > deadline:
                os.close(file)
                raise EngineError(
                    f"an earlier engine still uses {path.parent} and does not end; see which with `fuser {path}`"
                ) from None
            time.sleep(_POLL_S)
        else:
            return file
