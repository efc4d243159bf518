"""Lock files: who may touch an engine's data, and who runs the engines of a folder."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from chinwag_server.engines.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLL_S = 0.01
_ENGINE_TIMEOUT_S = 90


def take(path: Path, *, timeout_s: float) -> Callable[[], None] | None:
    """Take the lock *path* for this process and return what releases it; None when another keeps it for *timeout_s*.

    The end of the process, however it comes, releases it too. Raises EngineError when the file cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, mode=0o600)
    try:
        lock.acquire(timeout=timeout_s, poll_interval=POLL_S)
    except Timeout:
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise EngineError(f"cannot write in {path.parent}: {reason}; choose another place with --data-dir") from error
    return lock.release


def is_taken(path: Path) -> bool:
    """Say whether some process holds the lock *path*; to look never gets in the way of another who looks."""
    if not path.exists():
        return False
    if sys.platform == "win32":
        release = take(path, timeout_s=0)
        if release is not None:
            release()
        return release is None
    import fcntl

    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(file)


def lock_engine(path: Path, *, stop_left_behind: Callable[[], None]) -> int:
    """Take the lock of an engine's data and return its open file, which the engine and its children will inherit.

    While it is taken, an engine of an owner that died is still ending, or was left behind when its guard was killed
    too: *stop_left_behind* is called once, then the lock is waited for. Raises EngineError after 90 s.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise EngineError(
            f"cannot write in {path.parent}: {error.strerror}; choose another place with --data-dir"
        ) from error
    if sys.platform == "win32":
        stop_left_behind()
        return file
    import fcntl

    deadline = time.monotonic() + _ENGINE_TIMEOUT_S
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
            time.sleep(POLL_S)
        else:
            return file
