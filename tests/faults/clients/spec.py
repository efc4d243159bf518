"""What a client process is told, and what it tells."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec


class ClientSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One client: who it is, where it connects, where it keeps and writes what."""

    name: str
    kind: Literal["desktop", "foreign"]
    username: str
    user_id: str
    url: str
    folder: str
    friends: tuple[str, ...] = ()
    """Ids of the users it writes to directly."""
    transport: str = "websocket"
    """Of a foreign client."""
    rate: float = 5.0
    """Messages a second that its user tries to write."""
    backlog: int = 400
    """With so many unsent its user waits."""
    seed: int = 0

    @property
    def profile(self) -> Path:
        """Where a desktop client keeps its databases."""
        return Path(self.folder) / "profiles" / self.name

    @property
    def log(self) -> Path:
        """Where it writes down what it sees."""
        return Path(self.folder) / "logs" / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """Of this process."""
        return os.getpid()


class HostSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The clients of one process."""

    name: str
    clients: tuple[ClientSpec, ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a client is."""

    name: str
    acked: int
    unsent: int
    online: bool
    phase: str


class HostReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a process says once a second, and when it is asked."""

    clients: tuple[Standing, ...] = ()
    answer: str = ""
    """The command this answers; empty for the regular report."""
    error: str = ""
    tasks: int = 0


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What the director has a process do: `talk`, `hush`, `focus`, `pile`, `woke`, `clock`, `renew`, `twins`,
    `disk full`, `disk free`, `collect`, `close`."""

    do: str
    client: str = ""
    """One client; empty: all."""
    value: float = 0.0
