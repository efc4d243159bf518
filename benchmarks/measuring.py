"""What every benchmark measures with: percentiles, CPU and memory of processes, and the shape of a result."""

from __future__ import annotations

import contextlib
import math
import statistics
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import psutil
from msgspec import Struct

Sample = Mapping[str, float]
"""What one run of one variant gave: a value for each figure's key."""


class Figure(Struct, frozen=True):
    """A column of a benchmark's table."""

    key: str
    label: str
    unit: str = "ms"
    digits: int = 1


class Goal(Struct, frozen=True, kw_only=True):
    """A median that must not be above `most`; with `against`, above so many times the other variant's.

    Without `most` nothing is promised: the ratio is told.
    """

    variant: str
    key: str
    most: float = math.inf
    against: str | None = None


class Scale(Struct, frozen=True, kw_only=True):
    """How much a run does. `TINY` only shows that everything works."""

    presses: int = 200
    rows: tuple[int, int] = (1_000, 100_000)
    seconds: float = 10.0
    pairs: int = 10
    conversations: int = 200
    messages: int = 5_000
    idle_s: float = 10.0
    missed: tuple[int, int] = (50, 5_000)
    """Conversations, and messages in all of them together."""
    rounds: int = 5
    many: int = 2_000
    """Conversations of the largest list."""
    steps: int = 300
    """Of each kind of scrolling."""
    incoming_s: float = 20.0


FULL = Scale()
TINY = Scale(
    presses=5,
    rows=(20, 200),
    seconds=0.5,
    pairs=2,
    conversations=3,
    messages=60,
    idle_s=0.1,
    missed=(3, 30),
    rounds=1,
    many=25,
    steps=4,
    incoming_s=0.2,
)


class Benchmark(ABC):
    """One thing that is measured, in variants that take turns. `prepare` comes first, `close` last, whatever happens."""

    name: ClassVar[str]
    title: ClassVar[str]
    figures: ClassVar[tuple[Figure, ...]]
    drawn: ClassVar[tuple[str, ...]]
    """Keys of the figures in the drawing."""
    variants: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()
    about: str = ""
    """What is measured and how, for the reader of the table."""

    def __init__(self, stage: Path, scale: Scale) -> None:
        self.stage, self.scale = stage, scale

    @abstractmethod
    def prepare(self) -> None:
        """Make what all runs need, below `stage`."""

    @abstractmethod
    def measure(self, variant: str) -> Sample:
        """One run of one variant."""

    def close(self) -> None:  # noqa: B027 - many have nothing to stop
        """Stop what `prepare` and `measure` started."""


class Outcome(Struct, frozen=True):
    """All runs of one benchmark."""

    benchmark: Benchmark
    runs: dict[str, list[Sample]]

    def values(self, variant: str, key: str) -> list[float]:
        return [run[key] for run in self.runs[variant] if key in run]

    def median(self, variant: str, key: str) -> float:
        """The middle of the runs; not a number where the variant has no such figure."""
        values = self.values(variant, key)
        return statistics.median(values) if values else math.nan

    def reached(self, goal: Goal) -> float:
        """What stands against `goal.most`: the median, or how many times the other variant's it is."""
        own = self.median(goal.variant, goal.key)
        return own / self.median(goal.against, goal.key) if goal.against else own


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least this share (0..1) of all is not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def p50_p99(values: Sequence[float], prefix: str = "") -> dict[str, float]:
    """Both, in milliseconds, of seconds."""
    return {f"{prefix}p50": percentile(values, 0.5) * 1e3, f"{prefix}p99": percentile(values, 0.99) * 1e3}


def cpu_seconds(processes: Iterable[psutil.Process], only: Callable[[psutil.Process], bool] = lambda _: True) -> float:
    """CPU time so far of those processes and of their children that have ended."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, FileNotFoundError):
            if only(process):
                times = process.cpu_times()
                own = _scheduled_seconds(process.pid) or times.user + times.system
                total += own + getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


def _scheduled_seconds(pid: int) -> float:
    """What Linux's scheduler counted for all threads, in nanoseconds where `cpu_times` has steps of 10 ms; 0 elsewhere."""
    return sum(int(file.read_text().split()[0]) for file in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
