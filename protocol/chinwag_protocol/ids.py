"""Ids: UUIDs of version 7, which sort by the time they were made and are cheap to index.

The server makes the ids of users, conversations, messages, attachments and sessions; a client makes one `tempId` for
each message that its user sends, and keeps it on every retry. Ids are compared without regard to case and written in
lower case.
"""

import re
from uuid import UUID

from uuid_utils import compat

from .errors import TextError

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def new_id() -> UUID:
    """Make an id of version 7 from the clock and the system's randomness."""
    return compat.uuid7()


def parse_id(value: str, *, field: str | None = None) -> UUID:
    """Read an id from a path or a query. Raises TextError for anything but 8-4-4-4-12 hexadecimal digits."""
    if _UUID.fullmatch(value) is None:
        raise TextError(field, "not an id")
    return UUID(value)


def find_id(value: str) -> UUID | None:
    """Read an id, or give None where `value` is none: for paths, in which a malformed id is just not found."""
    return UUID(value) if _UUID.fullmatch(value) else None
