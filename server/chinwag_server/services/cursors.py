"""Opaque cursors of lists that are ordered by a time and an id."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from chinwag_server.domain.errors import Invalid

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LENGTH: Final = 8 + 16


def write_cursor(place: tuple[datetime, UUID] | None) -> str | None:
    """The last row of a page as a cursor; None stays None."""
    if place is None:
        return None
    at, id_ = place
    micros = (at - _EPOCH) // _MICROSECOND
    return base64.urlsafe_b64encode(micros.to_bytes(8, "big", signed=True) + id_.bytes).decode()


def read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Where to go on after. Raises Invalid (`cursor`) for what `write_cursor` never wrote."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
        if len(raw) != _LENGTH:
            raise ValueError
        return _EPOCH + int.from_bytes(raw[:8], "big", signed=True) * _MICROSECOND, UUID(bytes=raw[8:])
    except (binascii.Error, ValueError, OverflowError):
        raise Invalid("not a cursor of this list", field="cursor") from None
