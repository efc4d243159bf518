"""Times on the wire: RFC 3339, UTC, milliseconds, `Z`, as in `2026-11-24T20:00:00.123Z`; 24 characters.

The server writes this form only. It reads any time of RFC 3339, other offsets and fractions included. Durations are
whole milliseconds in fields that end in `Ms`.
"""

import re
from datetime import UTC, datetime, timedelta

from .errors import TextError

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def format_time(value: datetime) -> str:
    """Write an aware time; parts under a millisecond are cut off, so that order is kept.

    Raises ValueError for a naive time, which says nothing about when it was.
    """
    offset = value.utcoffset()
    if offset is None:
        raise ValueError("a time without a zone")
    if offset:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="milliseconds")[:23] + "Z"


def parse_time(value: str, *, field: str | None = None) -> datetime:
    """Read a time of RFC 3339 as aware UTC. Raises TextError."""
    if _RFC3339.fullmatch(value) is None:
        raise TextError(field, "not a time of RFC 3339")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise TextError(field, "not a time of RFC 3339") from None


def to_ms(value: timedelta) -> int:
    """Give a duration in whole milliseconds, rounded down."""
    return value // timedelta(milliseconds=1)
