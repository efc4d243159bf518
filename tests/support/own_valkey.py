"""A Valkey of a test's own, which may be frozen, killed and started again."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
from typing import TYPE_CHECKING

import psutil

from chinwag_server.engines.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class OwnValkey:
    """`url` stays the same over `kill` and `start`."""

    def __init__(self, engine: EmbeddedValkey) -> None:
        self._engine = engine
        self._frozen: int | None = None
        self.url = engine.url()

    def freeze(self) -> None:
        """SIGSTOP."""
        self._frozen = self._pid()
        os.kill(self._frozen, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        if self._frozen is not None:
            os.kill(self._frozen, signal.SIGCONT)
            self._frozen = None

    def kill(self) -> None:
        """SIGKILL; what it held is gone."""
        os.kill(self._pid(), signal.SIGKILL)

    def start(self) -> None:
        """Start it again, empty, after `kill`."""
        self._engine.start()

    def _pid(self) -> int:
        assert self._engine.guard_pid is not None
        for child in psutil.Process(self._engine.guard_pid).children(recursive=True):
            if "valkey" in child.name():
                return child.pid
        raise AssertionError("there is no Valkey below its guard")


@contextlib.contextmanager
def run_valkey(folder: Path) -> Iterator[OwnValkey]:
    """In a new folder below `folder`, which the engines' account can enter."""
    with EmbeddedValkey(folder / f"own-{secrets.token_hex(4)}") as engine:
        made = OwnValkey(engine)
        try:
            yield made
        finally:
            made.thaw()
