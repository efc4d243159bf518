"""Times as people read them, in the machine's zone (or one that a test passes in). Names and clock are those of the
default `QLocale`; the order of a date is a pattern that translators may change."""

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QDate, QLocale, QTime

from chinwag_desktop.models.i18n import translate
from chinwag_protocol.times import parse_time

_EPOCH = datetime.fromtimestamp(0, UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)


class LocalTime(NamedTuple):
    """A moment in local terms: what the timeline groups and labels by."""

    day: int  # date ordinal
    minute: int  # minutes since 1970
    clock: str  # "09:41"


@lru_cache(maxsize=4096)
def local_time(wire_time: str, zone: tzinfo | None = None) -> LocalTime:
    """Read a time of the wire. One that cannot be read counts as 1970: a bad clock must not stop a timeline."""
    try:
        at = parse_time(wire_time)
    except ValueError:
        at = _EPOCH
    local = at.astimezone(zone)
    return LocalTime(day=local.toordinal(), minute=int(at.timestamp()) // 60, clock=_clock_words(local))


def day_label(day: int, today: date) -> str:
    """ "Tuesday, 24 November", with the year when it is another one."""
    at = date.fromordinal(day)
    if at.year == today.year:
        return _date_words(at, translate("Dates", "dddd, d MMMM", "date pattern"))
    return _date_words(at, translate("Dates", "dddd, d MMMM yyyy", "date pattern"))


def short_when(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """For a list: the clock today, "Yesterday", the weekday within a week, else the date."""
    then, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (today - then.date()).days
    if days <= 0:
        return _clock_words(then)
    if days == 1:
        return translate("Dates", "Yesterday")
    if days < 7:
        return QLocale().dayName(then.isoweekday(), QLocale.FormatType.ShortFormat)
    if then.year == today.year:
        return _date_words(then, translate("Dates", "d MMM", "date pattern"))
    return _date_words(then, translate("Dates", "d MMM yyyy", "date pattern"))


def last_seen_words(at: datetime | None, now: datetime, zone: tzinfo | None = None) -> str:
    """ "last seen 14 minutes ago" and the like; "offline" when it is not known."""
    if at is None:
        return translate("Dates", "offline")
    minutes = int((now - at).total_seconds()) // 60
    if minutes < 1:
        return translate("Dates", "last seen just now")
    if minutes < 60:
        return translate("Dates", "last seen %n minute(s) ago", "", minutes)
    then, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = _clock_words(then)
    match (today - then.date()).days:
        case 0:
            return translate("Dates", "last seen at {clock}", clock=clock)
        case 1:
            return translate("Dates", "last seen yesterday at {clock}", clock=clock)
        case days if days < 7:
            return translate("Dates", "last seen on {weekday}", weekday=QLocale().dayName(then.isoweekday()))
        case _:
            return translate("Dates", "last seen on {date}", date=short_when(at, now, zone))


def _clock_words(at: datetime) -> str:
    return QLocale().toString(QTime(at.hour, at.minute), QLocale.FormatType.ShortFormat)


def _date_words(at: date, pattern: str) -> str:
    return QLocale().toString(QDate(at.year, at.month, at.day), pattern)


def duration_words(milliseconds: int) -> str:
    """ "0:42"."""
    seconds = round(milliseconds / 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"
