"""Child processes of the benchmarks: the scripts child_*.py, each of which tells what it measured in lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

HERE = Path(__file__).resolve().parent
PATIENCE_S = 120.0


class ChildFailedError(RuntimeError):
    """It ended before it told what was asked; carries what it wrote to standard error."""


class Child:
    """One script, off screen unless QT_QPA_PLATFORM says otherwise; `with` ends it."""

    def __init__(self, script: str, *words: object, log: Path, environment: dict[str, str] | None = None) -> None:
        command = [sys.executable, str(HERE / script), *(str(word) for word in words)]
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={
                    "QT_QPA_PLATFORM": "offscreen",
                    **os.environ,
                    **(environment or {}),
                    "BORN": repr(time.monotonic()),
                },
            )
        self.watched = psutil.Process(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def tells(self) -> dict[str, Any]:
        """Its next line. Raises ChildFailedError."""
        output = self._process.stdout
        line = output.readline() if output is not None else ""
        if not line:
            raise ChildFailedError(self._log.read_text(encoding="utf-8", errors="replace")[-3_000:])
        return json.loads(line)

    def finish(self) -> None:
        """Wait until it ends by itself. Raises ChildFailedError when it did not end well."""
        if self._process.wait(PATIENCE_S):
            raise ChildFailedError(self._log.read_text(encoding="utf-8", errors="replace")[-3_000:])

    def end(self) -> None:
        """Terminate it, if it still runs."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
