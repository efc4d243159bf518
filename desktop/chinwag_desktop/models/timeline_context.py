"""What a row of the timeline must know about its neighbours. Pure, and part of the key under which a layout is kept."""

from datetime import date, tzinfo
from typing import NamedTuple

from chinwag_desktop.core.entities import TimelineRow
from chinwag_desktop.models.dates import day_label, local_time

_RUN_PAUSE_MINUTES = 10  # a longer pause ends a run


class RowContext(NamedTuple):
    """A *group* is one sender within one minute, a *run* one sender with pauses under ten minutes."""

    first: bool = True  # first of its group
    last: bool = True  # last of its group: it carries the time
    run_first: bool = True  # first of its run: it carries the name
    run_last: bool = True  # last of its run: it carries the avatar
    date: str = ""  # a date separator above the row
    unread: int = 0  # a "new messages" bar above the row, with this number
    names: bool = False  # a group conversation: names and avatars are shown


class Joint(NamedTuple):
    """How two neighbours hang together."""

    same_day: bool
    group: bool
    run: bool


_APART = Joint(
    same_day=True, group=False, run=False
)  # next to a row that is not loaded: no date line that may be wrong


def joint(before: TimelineRow | None, after: TimelineRow | None, zone: tzinfo | None) -> Joint:
    if before is None or after is None:
        return _APART
    a, b = local_time(before.message.created_at, zone), local_time(after.message.created_at, zone)
    same_sender = before.message.sender_id == after.message.sender_id and "system" not in (
        before.message.kind,
        after.message.kind,
    )
    run = same_sender and a.day == b.day and b.minute - a.minute < _RUN_PAUSE_MINUTES
    return Joint(same_day=a.day == b.day, group=run and a.minute == b.minute, run=run)


def context_of(
    before: TimelineRow | None,
    row: TimelineRow,
    after: TimelineRow | None,
    *,
    is_first: bool,
    unread: int,
    after_is_unread: bool,
    names: bool,
    today: date,
    zone: tzinfo | None,
) -> RowContext:
    """`unread` is the number on a bar above this row (0: none), `after_is_unread` that there is one above the next row."""
    above, below = joint(before, row, zone), joint(row, after, zone)
    new_day = is_first or not above.same_day
    starts, ends = new_day or unread > 0, after_is_unread or not below.same_day
    return RowContext(
        first=starts or not above.group,
        last=ends or not below.group,
        run_first=starts or not above.run,
        run_last=ends or not below.run,
        date=day_label(local_time(row.message.created_at, zone).day, today) if new_day else "",
        unread=unread,
        names=names,
    )
