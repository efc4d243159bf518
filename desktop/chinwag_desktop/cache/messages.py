"""The messages that are held, and which runs of ``seq`` have no hole. Writer side; TimelineReader reads them."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import apsw

from chinwag_desktop.cache.connection import fetch, fetch_one
from chinwag_desktop.cache.intervals import merged, runs
from chinwag_desktop.cache.rows import decode_message, encode_json
from chinwag_desktop.core.entities import Held
from chinwag_protocol.objects import Message

_PUT: Final = """
INSERT INTO messages(conversation_id, seq, id, temp_id, rev, sender_id, counts, mentions_me, pinned_at, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT(conversation_id, seq) DO UPDATE SET rev = excluded.rev, counts = excluded.counts,
  mentions_me = excluded.mentions_me, pinned_at = excluded.pinned_at, body = excluded.body, id = excluded.id, temp_id = excluded.temp_id
  WHERE excluded.rev > messages.rev
"""


class MessageTable:
    """Messages by (conversation, seq); each is replaced only by a newer ``rev`` of itself."""

    def __init__(self, connection: apsw.Connection, *, me: UUID) -> None:
        self._db = connection
        self._me = me

    def put(self, messages: Iterable[Message]) -> list[Message]:
        """Store messages of one conversation, and the runs they make. Returns those that were new or newer."""
        changed: list[Message] = []
        seqs: list[int] = []
        conversation_id: UUID | None = None
        for message in messages:
            counts = message.kind != "system" and message.deleted_at is None
            own = message.sender_id == self._me
            means_me = counts and not own and (message.mentions_all or self._me in message.mentions)
            self._db.execute(
                _PUT,
                (
                    message.conversation_id.bytes,
                    message.seq,
                    message.id.bytes,
                    message.temp_id.bytes if message.temp_id and own else None,
                    message.rev,
                    message.sender_id.bytes,
                    int(counts),
                    int(means_me),
                    message.pinned_at,
                    encode_json(message),
                ),
            )
            if self._db.changes():
                changed.append(message)
            seqs.append(message.seq)
            conversation_id = message.conversation_id
        if conversation_id is not None:
            for run in runs(seqs):
                self._hold(conversation_id, run)
        return changed

    def find(self, conversation_id: UUID, seq: int) -> Message | None:
        """The message with that ``seq``, if it is held."""
        row = fetch_one(
            self._db, "SELECT body FROM messages WHERE conversation_id = ? AND seq = ?", conversation_id.bytes, seq
        )
        return decode_message(row[0]) if row else None

    def placed(self, temp_ids: Iterable[UUID]) -> list[Message]:
        """Those of the user's own messages that the server has already: by tempId."""
        found: list[Message] = []
        for temp_id in temp_ids:
            row = fetch_one(self._db, "SELECT body FROM messages WHERE temp_id = ?", temp_id.bytes)
            if row:
                found.append(decode_message(row[0]))
        return found

    def held(self, conversation_id: UUID) -> list[Held]:
        """All runs, in order."""
        rows = fetch(
            self._db, "SELECT first, last FROM held WHERE conversation_id = ? ORDER BY first", conversation_id.bytes
        )
        return [Held(first, last) for first, last in rows]

    def drop(self, conversation_id: UUID) -> None:
        """Forget all messages of a conversation."""
        key = (conversation_id.bytes,)
        self._db.execute("DELETE FROM messages WHERE conversation_id = ?", key)
        self._db.execute("DELETE FROM held WHERE conversation_id = ?", key)

    def covers(self, conversation_id: UUID, wanted: Held) -> bool:
        """Whether every ``seq`` of a run is held."""
        if wanted.last < wanted.first:
            return True
        row = fetch_one(
            self._db,
            "SELECT 1 FROM held WHERE conversation_id = ? AND first <= ? AND last >= ?",
            conversation_id.bytes,
            wanted.first,
            wanted.last,
        )
        return row is not None

    def count_uncounted(self, conversation_id: UUID, above: int) -> int:
        """Deleted and system messages above a ``seq``."""
        return self._count("counts = 0", conversation_id, above)

    def count_mentions(self, conversation_id: UUID, above: int) -> int:
        """Messages above a ``seq`` that mention the user."""
        return self._count("mentions_me = 1", conversation_id, above)

    def count_others(self, conversation_id: UUID, above: int) -> int:
        """Others' messages above a ``seq`` that can be unread."""
        row = fetch_one(
            self._db,
            "SELECT count(*) FROM messages WHERE conversation_id = ? AND seq > ? AND counts = 1 AND sender_id <> ?",
            conversation_id.bytes,
            above,
            self._me.bytes,
        )
        return row[0]

    def _count(self, condition: str, conversation_id: UUID, above: int) -> int:
        sql = f"SELECT count(*) FROM messages WHERE conversation_id = ? AND seq > ? AND {condition}"  # noqa: S608 - ours
        return fetch_one(self._db, sql, conversation_id.bytes, above)[0]

    def _hold(self, conversation_id: UUID, added: Held) -> None:
        key = conversation_id.bytes
        near = fetch(
            self._db,
            "SELECT first, last FROM held WHERE conversation_id = ? AND first <= ? AND last >= ?",
            key,
            added.last + 1,
            added.first - 1,
        )
        grown, swallowed = merged((Held(first, last) for first, last in near), added)
        if swallowed == [grown]:
            return
        for run in swallowed:
            self._db.execute("DELETE FROM held WHERE conversation_id = ? AND first = ?", (key, run.first))
        self._db.execute("INSERT INTO held VALUES (?, ?, ?)", (key, grown.first, grown.last))
