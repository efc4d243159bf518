"""What goes wrong when: drawn from a seed, saved with the run, the same every time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal

import msgspec

Lane = Literal["server", "link", "client", "people"]
"""Faults of one lane come one after another, those of different lanes at the same time."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of fault. `seconds` are the least and the most that it lasts."""

    name: str
    lane: Lane
    seconds: tuple[float, float]
    rows: str
    """Of the table in docs/faults.md."""
    weight: int = 1
    """How often it is drawn, compared with others of its lane."""
    early_only: bool = False
    """Not in the last part of a run, so that what is measured at its end has lived for a while."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A fault: `at` is in seconds from the beginning, `target` chooses among whatever there is to choose from."""

    at: float
    kind: str
    lane: Lane
    seconds: float
    target: int


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds between the end of a fault and the next of the same lane, least and most."""

    server: tuple[float, float] = (5.0, 11.0)
    link: tuple[float, float] = (2.0, 8.0)
    client: tuple[float, float] = (6.0, 16.0)
    people: tuple[float, float] = (6.0, 16.0)


LATE: float = 0.8
"""Of a run: from here on, no fault of a kind that is `early_only`."""


def plan(kinds: Sequence[Kind], *, seed: int, seconds: float, pace: Pace | None = None) -> list[Planned]:
    """Draw a schedule of `seconds` length, in the order of time. Every kind comes before any comes again."""
    planned: list[Planned] = []
    for lane in ("server", "link", "client", "people"):
        draw = random.Random(f"{seed} {lane}")
        planned += _plan_lane([kind for kind in kinds if kind.lane == lane], lane, draw, seconds, pace or Pace())
    return sorted(planned, key=lambda fault: fault.at)


def _plan_lane(kinds: Sequence[Kind], lane: Lane, draw: random.Random, seconds: float, pace: Pace) -> list[Planned]:
    planned: list[Planned] = []
    least, most = getattr(pace, lane)
    deck: list[Kind] = []
    at = draw.uniform(0.2, 1.0) * most
    while kinds:
        if not deck:
            deck = draw.sample(kinds, len(kinds)) + draw.sample(
                again := [kind for kind in kinds for _ in range(kind.weight - 1)], len(again)
            )
        kind = deck.pop(0)
        lasts = round(draw.uniform(*kind.seconds), 2)
        if at + lasts > seconds:
            return planned
        if not (kind.early_only and at > seconds * LATE):
            planned.append(
                Planned(at=round(at, 2), kind=kind.name, lane=lane, seconds=lasts, target=draw.randrange(1_000_000))
            )
            at += lasts
        at += draw.uniform(least, most)
    return planned
