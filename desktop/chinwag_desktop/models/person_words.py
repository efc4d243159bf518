"""What is said of a person beside their name: whether they are here, since when not, and what they say about themselves."""

from datetime import datetime, tzinfo

from chinwag_desktop.core.entities import Person, Presence
from chinwag_desktop.models.dates import last_seen_words
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_source import presence_words
from chinwag_desktop.models.plain import one_line


def here_words(person: Person | None, now: datetime, zone: tzinfo | None = None) -> str:
    """ "online", "do not disturb", or when they were seen last."""
    if person is None:
        return last_seen_words(None, now, zone)
    if person.disabled:
        return translate("People", "account disabled")
    if person.presence is Presence.OFFLINE:
        return last_seen_words(person.last_seen_at, now, zone)
    return presence_words(person.presence)


def status_text(person: Person | None) -> str:
    """What they say about themselves, on one line; empty for nothing."""
    return one_line(person.status.text) if person is not None and person.status is not None else ""


def header_words(person: Person | None, now: datetime) -> str:
    """Both, on one line."""
    return " · ".join(filter(None, (here_words(person, now), status_text(person))))
