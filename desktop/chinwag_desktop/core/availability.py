"""How much of the last days the server could be reached: what is counted an hour, and the days that people see."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from msgspec import Struct

DAYS_SHOWN: Final = 7


class CountedHour(Struct, frozen=True, array_like=True):
    """Seconds with and without a link in one hour; ``hour`` counts from 1970, UTC. The two need not add up to an hour."""

    hour: int
    up_s: float
    down_s: float


class Day(Struct, frozen=True):
    """One local day. ``hours`` has the share of time with a link for each of its 24; None where nothing was counted."""

    date: date
    share: float | None
    hours: tuple[float | None, ...]


def days_of(counted: Iterable[CountedHour], now: datetime, zone: tzinfo | None = None) -> tuple[Day, ...]:
    """The last seven local days up to now, today last. What a wrong clock put into the future is not shown."""
    today = now.astimezone(zone).date()
    first = today - timedelta(days=DAYS_SHOWN - 1)
    cells = {first + timedelta(days=n): [(0.0, 0.0)] * 24 for n in range(DAYS_SHOWN)}
    for one in counted:
        at = datetime.fromtimestamp(one.hour * 3600, UTC).astimezone(zone)
        if (row := cells.get(at.date())) is not None:
            up_s, down_s = row[at.hour]
            row[at.hour] = (up_s + one.up_s, down_s + one.down_s)
    return tuple(
        Day(
            date=on,
            share=_share(sum(up for up, _ in row), sum(down for _, down in row)),
            hours=tuple(_share(up, down) for up, down in row),
        )
        for on, row in cells.items()
    )


def _share(up_s: float, down_s: float) -> float | None:
    return up_s / (up_s + down_s) if up_s + down_s > 0 else None
