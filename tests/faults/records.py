"""What is written down during a fault run: by the clients, each in a log file of its own, and by the director.

One JSON array a line, its first element the kind. Times are seconds of CLOCK_MONOTONIC, which all processes of one
machine share. A line is one `write`: it is there, whole, when its process is killed in the next moment.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec


class Began(msgspec.Struct, frozen=True, array_like=True, tag="began"):
    """A client came up, for the first time or after it was killed."""

    at: float
    pid: int


class Queued(msgspec.Struct, frozen=True, array_like=True, tag="queued"):
    """A message was handed to the outbox; `lane` is the conversation, or the receiver."""

    at: float
    temp_id: str
    lane: str


class Saved(msgspec.Struct, frozen=True, array_like=True, tag="saved"):
    """The outbox has it on the disk: from here on it must not be lost."""

    at: float
    temp_id: str


class Sent(msgspec.Struct, frozen=True, array_like=True, tag="sent"):
    """It went out on a link."""

    at: float
    link: int
    temp_id: str


class Acked(msgspec.Struct, frozen=True, array_like=True, tag="acked"):
    """The server said that it is stored."""

    at: float
    link: int
    temp_id: str
    conversation_id: str
    id: str
    seq: int
    rev: int


class Changed(msgspec.Struct, frozen=True, array_like=True, tag="changed"):
    """The server acknowledged a change of a message: `edit`, `delete` or `react`. Nobody changes one twice."""

    at: float
    conversation_id: str
    id: str
    rev: int
    what: str


class Refused(msgspec.Struct, frozen=True, array_like=True, tag="refused"):
    """It will not be sent: the server refused it for good, or the disk did; a later `Saved` takes it back."""

    at: float
    temp_id: str
    code: str


class Fact(msgspec.Struct, frozen=True, array_like=True, tag="fact"):
    """An event with a `rev`, as it came over a link, before anybody looked at it. `seq` is 0 for what is no message."""

    at: float
    link: int
    event: str
    conversation_id: str
    rev: int
    seq: int = 0
    id: str = ""


class Shown(msgspec.Struct, frozen=True, array_like=True, tag="shown"):
    """A message of somebody else is in the cache and was told to the screen."""

    at: float
    conversation_id: str
    seq: int
    id: str
    live: bool


class Phase(msgspec.Struct, frozen=True, array_like=True, tag="phase"):
    """The link's state changed."""

    at: float
    phase: str


class Note(msgspec.Struct, frozen=True, array_like=True, tag="note"):
    """Something that should not happen to a client: it was signed out, or answered wrongly."""

    at: float
    words: str


Record = Began | Queued | Saved | Sent | Acked | Changed | Refused | Fact | Shown | Phase | Note

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record).decode


class ClientLog:
    """The log of one client, appended to by each of its processes."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, record: Record) -> None:
        """Append a record."""
        os.write(self._file, _encode(record) + b"\n")

    def note(self, words: str) -> None:
        """Append words that the checker will show."""
        self.write(Note(time.monotonic(), words))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_log(path: Path) -> list[Record]:
    """Everything a client wrote; a last line that its death cut short is left out."""
    return [_decode(line) for line in path.read_bytes().split(b"\n")[:-1] if line]
