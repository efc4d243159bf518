"""Profiles, and the few values that belong to the whole cache."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import apsw
import msgspec

from chinwag_desktop.cache.connection import fetch_one
from chinwag_desktop.cache.rows import encode_json
from chinwag_protocol.objects import User

_decode = msgspec.json.Decoder(User).decode

EPOCH: Final = "epoch"
MARKS_CURSOR: Final = "marks_cursor"
USERS_CURSOR: Final = "users_cursor"
LAST_OPENED: Final = "last_opened"


class PeopleTable:
    """Profiles by id. ``online`` in them is as of their arrival: presence is never read from disk."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def put(self, users: Iterable[User]) -> set[UUID]:
        """Store profiles; returns those that differ from what was known, presence aside."""
        changed: set[UUID] = set()
        for user in users:
            body = encode_json(msgspec.structs.replace(user, online=False))
            self._db.execute(
                "INSERT INTO people VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body WHERE body <> excluded.body",
                (user.id.bytes, body),
            )
            if self._db.changes():
                changed.add(user.id)
        return changed

    def find(self, user_id: UUID) -> User | None:
        """A profile, if it is known."""
        row = fetch_one(self._db, "SELECT body FROM people WHERE id = ?", user_id.bytes)
        return _decode(row[0]) if row else None

    def unknown(self, user_ids: Iterable[UUID]) -> set[UUID]:
        """Those of whom there is no profile."""
        return {
            user_id
            for user_id in user_ids
            if fetch_one(self._db, "SELECT 1 FROM people WHERE id = ?", user_id.bytes) is None
        }

    def seen(self, user_id: UUID, last_seen_at: str) -> bool:
        """Somebody went offline. Whether they are known."""
        user = self.find(user_id)
        if user is None:
            return False
        self.put([msgspec.structs.replace(user, last_seen_at=last_seen_at)])
        return True


class MetaTable:
    """Values by name."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def get(self, key: str) -> str | None:
        """A value, or None."""
        row = fetch_one(self._db, "SELECT value FROM meta WHERE key = ?", key)
        return row[0] if row else None

    def set(self, key: str, value: str | None) -> None:
        """Set a value; None removes it."""
        if value is None:
            self._db.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
