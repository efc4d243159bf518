"""What happened to a message, as lines: each step with its time, and how long it took after the one before."""

from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.core.journeys import Journey, Step
from chinwag_desktop.models.i18n import translate
from chinwag_protocol.times import parse_time

_MINUTE, _HOUR = 60, 3_600


class StepLine(NamedTuple):
    """One line; `later` is how long after the line before, empty for the first."""

    label: str
    clock: str
    later: str


def step_lines(row: TimelineRow, journey: Journey | None, *, zone: tzinfo | None = None) -> list[StepLine]:
    """The steps that are known: of a message of this run all, of another what its id and the server tell."""
    steps = dict(journey.steps) if journey is not None else _from_the_message(row)
    lines: list[StepLine] = []
    before: datetime | None = None
    for step in Step:
        at = steps.get(step)
        if at is None:
            continue
        attempts = journey.attempts if journey is not None and step is Step.SENT else 1
        later = _later(at, before) if before is not None else ""
        lines.append(StepLine(_label(step, attempts), clock_words(at, zone), later))
        before = at
    return lines


def clock_words(at: datetime, zone: tzinfo | None = None) -> str:
    """To the millisecond: "09:41:07.120"."""
    return at.astimezone(zone).strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def _from_the_message(row: TimelineRow) -> dict[Step, datetime]:
    """A tempId is a UUID of version 7: it says when it was made. `createdAt` is by the server's clock."""
    message, steps = row.message, dict[Step, datetime]()
    if row.state is not DeliveryState.RECEIVED and message.temp_id is not None and message.temp_id.version == 7:
        with suppress(ValueError, OverflowError, OSError):  # any client may have made it
            steps[Step.WRITTEN] = datetime.fromtimestamp((message.temp_id.int >> 80) / 1000, UTC)
    if message.seq:
        steps[Step.STORED] = parse_time(message.created_at)
    return steps


def _label(step: Step, attempts: int) -> str:
    match step:
        case Step.WRITTEN:
            return translate("Journey", "Written")
        case Step.SAVED:
            return translate("Journey", "Kept on this device")
        case Step.SENT:
            if attempts > 1:
                return translate("Journey", "Sent (attempt {n})", n=attempts)
            return translate("Journey", "Sent")
        case Step.STORED:
            return translate("Journey", "Stored on the server")
        case Step.DELIVERED:
            return translate("Journey", "Delivered to all")
        case Step.READ:
            return translate("Journey", "Read by all")


def _later(at: datetime, before: datetime) -> str:
    """Nothing where it would be before it: the two clocks differ."""
    seconds = (at - before).total_seconds()
    if seconds < 0:
        return ""
    if seconds < 1:
        return translate("Journey", "+{n} ms", n=round(seconds * 1000))
    if seconds < _MINUTE:
        return translate("Journey", "+{n} s", n=f"{seconds:.1f}")
    if seconds < _HOUR:
        return translate("Journey", "+{n} min", n=round(seconds / _MINUTE))
    return translate("Journey", "+{n} h", n=round(seconds / _HOUR))
