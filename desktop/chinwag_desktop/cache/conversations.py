"""The conversations the user is in: the object itself, its cursor, and what the list shows of it."""

from uuid import UUID

import apsw
import msgspec

from chinwag_desktop.cache.connection import fetch, fetch_one
from chinwag_desktop.cache.rows import encode_json
from chinwag_protocol.objects import Conversation, Message

_decode = msgspec.json.Decoder(Conversation).decode

STALE = -1
"""Cursor of a conversation that was known in an earlier epoch and has not been seen in this one."""


class ConversationTable:
    """Conversations by id. Members' marks live in MarkTable; those in the stored body are as of its arrival."""

    def __init__(self, connection: apsw.Connection, *, me: UUID) -> None:
        self._db = connection
        self._me = me

    def find(self, conversation_id: UUID) -> Conversation | None:
        """The conversation as last stored, without its last message."""
        row = fetch_one(self._db, "SELECT body FROM conversations WHERE id = ?", conversation_id.bytes)
        return _decode(row[0]) if row else None

    def cursor(self, conversation_id: UUID) -> int:
        """The ``rev`` that is applied; 0 for one that is not known."""
        row = fetch_one(self._db, "SELECT cursor FROM conversations WHERE id = ?", conversation_id.bytes)
        return max(row[0], 0) if row else 0

    def known(self, conversation_id: UUID) -> bool:
        """Whether there is a row for it."""
        row = fetch_one(self._db, "SELECT 1 FROM conversations WHERE id = ?", conversation_id.bytes)
        return row is not None

    def cursors(self) -> dict[UUID, int]:
        """What ``/sync`` is asked with: all conversations of which facts were applied."""
        rows = fetch(self._db, "SELECT id, cursor FROM conversations WHERE cursor > 0")
        return {UUID(bytes=key): cursor for key, cursor in rows}

    def set_cursor(self, conversation_id: UUID, rev: int) -> None:
        """Everything up to ``rev`` is applied."""
        self._db.execute("UPDATE conversations SET cursor = ? WHERE id = ?", (rev, conversation_id.bytes))

    def put(self, conversation: Conversation) -> None:
        """Store the object; the caller's own view in it, where it lacks one, stays as it was.

        The cursor does not move: an object says nothing about the facts before it.
        """
        known = self.find(conversation.id)
        if known is not None and conversation.settings is None:
            conversation = msgspec.structs.replace(
                conversation,
                settings=known.settings,
                unread_count=known.unread_count,
                mention_count=known.mention_count,
                members=conversation.members or known.members,
            )
        last = conversation.last_message
        body = encode_json(msgspec.structs.replace(conversation, last_message=None))
        self._db.execute(
            """INSERT INTO conversations(id, cursor, first_seq, last_seq, body) VALUES (?, 0, ?, ?, ?)
               ON CONFLICT DO UPDATE SET first_seq = excluded.first_seq, body = excluded.body,
               last_seq = max(last_seq, excluded.last_seq)""",
            (conversation.id.bytes, self._first_visible(conversation), conversation.last_seq, body),
        )
        if last is not None:
            self.note_last(last)

    def note_last(self, message: Message) -> None:
        """A message that may be the newest: the list shows it, and ``last_seq`` grows."""
        self._db.execute(
            """UPDATE conversations SET last_seq = max(last_seq, :seq), last_message = :body
               WHERE id = :id AND (last_message IS NULL OR json_extract(last_message, '$.seq') <= :seq)""",
            {"seq": message.seq, "body": encode_json(message), "id": message.conversation_id.bytes},
        )

    def restart(self, conversation_id: UUID, *, last_seq: int) -> None:
        """Begin anew with what the server says now: ``last_seq`` may be lower than it was."""
        self._db.execute(
            "UPDATE conversations SET last_seq = ?, last_message = NULL WHERE id = ?",
            (last_seq, conversation_id.bytes),
        )

    def last_seq(self, conversation_id: UUID) -> int:
        """The newest ``seq`` that was heard of."""
        row = fetch_one(self._db, "SELECT last_seq FROM conversations WHERE id = ?", conversation_id.bytes)
        return row[0] if row else 0

    def unread(self, conversation_id: UUID) -> int:
        """What the list shows now."""
        row = fetch_one(self._db, "SELECT unread FROM conversations WHERE id = ?", conversation_id.bytes)
        return row[0] if row else 0

    def mentions(self, conversation_id: UUID) -> int:
        """How many mentions the list shows now."""
        row = fetch_one(self._db, "SELECT mentions FROM conversations WHERE id = ?", conversation_id.bytes)
        return row[0] if row else 0

    def set_counts(self, conversation_id: UUID, *, unread: int, mentions: int) -> None:
        """Set what the list shows."""
        self._db.execute(
            "UPDATE conversations SET unread = ?, mentions = ? WHERE id = ?", (unread, mentions, conversation_id.bytes)
        )

    def set_upto(self, conversation_id: UUID, *, delivered: int, read: int) -> None:
        """Set how far everybody else has come."""
        self._db.execute(
            "UPDATE conversations SET delivered_upto = ?, read_upto = ? WHERE id = ?",
            (delivered, read, conversation_id.bytes),
        )

    def upto(self, conversation_id: UUID) -> tuple[int, int]:
        """How far everybody else has received and read, as stored."""
        row = fetch_one(
            self._db, "SELECT delivered_upto, read_upto FROM conversations WHERE id = ?", conversation_id.bytes
        )
        return (row[0], row[1]) if row else (0, 0)

    def delete(self, conversation_id: UUID) -> None:
        """Forget the conversation; its messages and marks are the caller's to drop."""
        self._db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id.bytes,))

    def mark_stale(self) -> list[UUID]:
        """Another epoch has begun: all cursors are void. Returns the conversations that were known."""
        known = [UUID(bytes=key) for (key,) in fetch(self._db, "SELECT id FROM conversations")]
        self._db.execute("UPDATE conversations SET cursor = ?", (STALE,))
        return known

    def stale(self) -> list[UUID]:
        """Conversations of an earlier epoch that this one has not named."""
        return [UUID(bytes=key) for (key,) in fetch(self._db, "SELECT id FROM conversations WHERE cursor = ?", STALE)]

    def _first_visible(self, conversation: Conversation) -> int:
        own = next((member for member in conversation.members if member.user_id == self._me), None)
        if conversation.history == "joined" and own is not None:
            return max(conversation.first_seq, own.first_seq)
        return conversation.first_seq
