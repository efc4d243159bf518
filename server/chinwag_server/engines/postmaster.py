"""postmaster.pid: what a PostgreSQL server says about itself."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "postmaster.pid"
_CLOCK_SLACK_S = 10


@dataclass(frozen=True, slots=True)
class PostmasterFile:
    """The parts of the file that matter here; its lines are documented in PostgreSQL's miscadmin.h."""

    pid: int
    started_at: int
    port: int
    ready: bool

    @classmethod
    def read(cls, data: Path) -> PostmasterFile | None:
        """Read the file in *data*; None when there is none or it is still being written."""
        try:
            lines = (data / NAME).read_text(encoding="utf-8", errors="replace").splitlines()
            return cls(int(lines[0]), int(lines[2]), int(lines[3]), len(lines) > 7 and lines[7].strip() == "ready")
        except (OSError, ValueError, IndexError):
            return None


def interrupt_postmaster(data: Path) -> None:
    """Ask a server that was left behind for a fast shutdown.

    The pid may be another process's by now, or a zombie: it must bear PostgreSQL's name and start time.
    """
    import psutil

    found = PostmasterFile.read(data)
    if found is None:
        return
    try:
        process = psutil.Process(found.pid)
        ours = process.name().lower().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        if ours and abs(process.create_time() - found.started_at) < _CLOCK_SLACK_S:
            os.kill(found.pid, signal.SIGINT)
    except (psutil.Error, ProcessLookupError):
        return
