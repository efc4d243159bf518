"""A run that has ended."""

from __future__ import annotations

from pathlib import Path

import msgspec

from faults.director import Happened
from faults.outcome import Outcome
from faults.violations import Violation


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to say of it; `began` is when everybody began to talk."""

    title: str
    outcome: Outcome
    violations: list[Violation]
    happened: list[Happened]
    began: float
    folder: Path
