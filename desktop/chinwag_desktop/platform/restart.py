"""What only a new start can change: how large Qt shows everything. Qt reads it once, before its application exists."""

import os
import sys
from collections.abc import Callable, MutableMapping
from typing import Final

from PySide6.QtCore import QProcess

SCALE: Final = "QT_SCALE_FACTOR"
RESTART: Final = 75
"""The exit status of a run that wants to be followed by another one."""


def set_scale(percent: int, environment: MutableMapping[str, str] = os.environ) -> Callable[[], None]:
    """Show everything at `percent` of its size, unless the person has said otherwise in the environment; call the result to take it back."""
    if percent == 100 or SCALE in environment:
        return lambda: None
    environment[SCALE] = f"{percent / 100:g}"

    def unset() -> None:
        del environment[SCALE]

    return unset


def start_again() -> bool:
    """Run the command of this process once more, detached; False when the system would not."""
    started, _ = QProcess.startDetached(sys.orig_argv[0], sys.orig_argv[1:])
    return started
