"""A message that waits in the outbox, as the connection panel lists it."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from chinwag_desktop.core.entities import OutboxEntry, OutboxState
from chinwag_desktop.core.markup import plain
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.row_words import failure_words


class Unsent(Struct, frozen=True, kw_only=True):
    """`failure` says why it cannot be sent; None while it only waits."""

    key: UUID
    lane: UUID
    title: str
    words: str
    failure: str | None
    at: datetime
    tries: int = 0
    """How many times it was sent since the app was started."""


def unsent_of(entry: OutboxEntry, title: str, *, tries: int) -> Unsent:
    """An entry of the outbox, with what the list calls its conversation."""
    files = [one_line(file.name) for file in entry.files]
    text = [one_line(plain(entry.text), 200)] if entry.text else []
    return Unsent(
        key=entry.temp_id,
        lane=entry.lane,
        title=one_line(title),
        words=", ".join([*text, *files]),
        failure=failure_words(entry.error) if entry.state is OutboxState.FAILED else None,
        at=entry.created_at,
        tries=tries,
    )
