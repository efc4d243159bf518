"""What must not stand in the logs of servers and clients: a task that died, which nobody will ever start again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from faults.violations import Violation

_DIED: Final = re.compile(
    r"task \S+ failed|Task exception was never retrieved|a batch of \d+ inputs could not be applied"
)
SAID_ENOUGH: Final = 10


def check_logs(files: Iterable[Path]) -> Iterable[Violation]:
    """A line each, at most ten a file."""
    for path in files:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        for line in [line for line in lines if _DIED.search(line)][:SAID_ENOUGH]:
            yield Violation("died", f"{path.name}: {line}")
