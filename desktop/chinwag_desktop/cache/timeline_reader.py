"""TimelineReader: what the interface reads from disk, at once, on its own thread.

A page of 100 rows takes under a millisecond, so models call it from ``data`` and ``doItemsLayout`` without waiting.
It sees what is committed; changes are announced by ``EventPipeline`` after the commit.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import apsw
import msgspec

from chinwag_desktop.cache.connection import fetch, open_reader, storage_errors
from chinwag_desktop.cache.outbox_db import decode_entry
from chinwag_desktop.cache.people import LAST_OPENED
from chinwag_desktop.cache.rows import decode_message, pending_row, row_of
from chinwag_desktop.cache.summaries import SUMMARY_COLUMNS, SummaryContext, person_of, summary_of
from chinwag_desktop.core.entities import ConversationSummary, Draft, Extent, Held, Person, TimelineRow
from chinwag_desktop.core.errors import StorageError
from chinwag_protocol.objects import Conversation, User

_decode_conversation = msgspec.json.Decoder(Conversation).decode
_decode_user = msgspec.json.Decoder(User).decode
_decode_draft = msgspec.json.Decoder(Draft).decode

logger = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TimelineReader:
    """Reads cache.db and outbox.db through connections of its own; use it on one thread only.

    A file that is missing, damaged or just being rebuilt reads as empty: it never raises for the disk.
    """

    def __init__(
        self, cache_path: Path, outbox_path: Path, *, me: UUID, now: Callable[[], datetime] = _utc_now
    ) -> None:
        self.me = me
        self._now = now
        self._cache = _File(cache_path)
        self._outbox = _File(outbox_path)

    def summaries(self) -> list[ConversationSummary]:
        """The whole conversation list, in no particular order."""
        people = {user.id: user for user in self._users()}
        pending = {row[0]: row[1] for row in self._pending_rows()}
        context = SummaryContext(
            me=self.me, now=self._now(), people=people, pending=pending, drafts=self._draft_texts()
        )
        rows = self._cache.rows(
            f"SELECT {SUMMARY_COLUMNS}, m.read_seq FROM conversations c LEFT JOIN marks m "  # noqa: S608 - our names
            "ON m.conversation_id = c.id AND m.user_id = ?",
            self.me.bytes,
        )
        return [summary_of(row[:-1], read_seq=row[-1] or 0, context=context) for row in rows]

    def summary(self, conversation_id: UUID) -> ConversationSummary | None:
        """One row of the conversation list."""
        rows = self._cache.rows(
            f"SELECT {SUMMARY_COLUMNS}, m.read_seq FROM conversations c LEFT JOIN marks m "  # noqa: S608 - our names
            "ON m.conversation_id = c.id AND m.user_id = ? WHERE c.id = ?",
            self.me.bytes,
            conversation_id.bytes,
        )
        if not rows:
            return None
        conversation = self.conversation(conversation_id)
        ids = (
            [member.user_id for member in conversation.members]
            if conversation and conversation.kind == "direct"
            else []
        )
        pending = self.pending(conversation_id)
        context = SummaryContext(
            me=self.me,
            now=self._now(),
            people={user.id: user for user_id in ids if (user := self.user(user_id)) is not None},
            pending={conversation_id: pending[-1]} if pending else {},
            drafts=self._draft_texts(),
        )
        return summary_of(rows[0][:-1], read_seq=rows[0][-1] or 0, context=context)

    def conversation(self, conversation_id: UUID) -> Conversation | None:
        """The whole object, for headers and member lists."""
        rows = self._cache.rows("SELECT body FROM conversations WHERE id = ?", conversation_id.bytes)
        return _decode_conversation(rows[0][0]) if rows else None

    def direct_with(self, user_id: UUID) -> UUID | None:
        """The direct conversation with somebody, if there is one."""
        for key, body in self._cache.rows(
            "SELECT id, body FROM conversations WHERE json_extract(body, '$.kind') = 'direct' AND instr(body, ?)",
            str(user_id).encode(),
        ):
            members = {member.user_id for member in _decode_conversation(body).members}
            if members == {user_id, self.me}:
                return UUID(bytes=key)
        return None

    def extent(self, conversation_id: UUID) -> Extent:
        """Which ``seq`` there are, and which of them are held."""
        rows = self._cache.rows(
            """SELECT c.first_seq, c.last_seq, c.delivered_upto, c.read_upto,
                      json_extract(c.body, '$.settings.unreadFromSeq'), m.read_seq
               FROM conversations c LEFT JOIN marks m ON m.conversation_id = c.id AND m.user_id = ? WHERE c.id = ?""",
            self.me.bytes,
            conversation_id.bytes,
        )
        if not rows:
            return Extent()
        first_seq, last_seq, delivered_upto, read_upto, unread_from, read_seq = rows[0]
        held = self._cache.rows(
            "SELECT first, last FROM held WHERE conversation_id = ? ORDER BY first", conversation_id.bytes
        )
        return Extent(
            first_seq=first_seq,
            last_seq=last_seq,
            read_seq=read_seq or 0,
            unread_from_seq=unread_from,
            delivered_upto=delivered_upto,
            read_upto=read_upto,
            held=tuple(Held(first, last) for first, last in held),
        )

    def page(self, conversation_id: UUID, first: int, last: int) -> list[TimelineRow]:
        """The rows held with ``first`` <= ``seq`` <= ``last``, in order; there may be holes."""
        key = conversation_id.bytes
        rows = self._cache.rows("SELECT delivered_upto, read_upto FROM conversations WHERE id = ?", key)
        if not rows:
            return []
        delivered_upto, read_upto = rows[0]
        bodies = self._cache.rows(
            "SELECT body FROM messages WHERE conversation_id = ? AND seq BETWEEN ? AND ? ORDER BY seq", key, first, last
        )
        return [
            row_of(decode_message(body), me=self.me, delivered_upto=delivered_upto, read_upto=read_upto)
            for (body,) in bodies
        ]

    def find_seq(self, conversation_id: UUID, message_id: UUID) -> int | None:
        """Where a message stands, if it is held."""
        rows = self._cache.rows(
            "SELECT seq FROM messages WHERE id = ? AND conversation_id = ?", message_id.bytes, conversation_id.bytes
        )
        return rows[0][0] if rows else None

    def pending(self, lane: UUID) -> list[TimelineRow]:
        """Unsent rows of a conversation (or of a receiver without one yet), in the order of the key presses."""
        rows = self._outbox.rows("SELECT body, state, error FROM outbox WHERE lane = ? ORDER BY position", lane.bytes)
        return [pending_row(decode_entry(*row), me=self.me) for row in rows]

    def draft(self, conversation_id: UUID) -> Draft | None:
        """What stands unsent in the composer."""
        rows = self._outbox.rows("SELECT body FROM drafts WHERE conversation_id = ?", conversation_id.bytes)
        return _decode_draft(rows[0][0]) if rows else None

    def people(self) -> list[Person]:
        """Everybody who is known, offline as far as the disk can say."""
        return [person_of(user) for user in self._users()]

    def person(self, user_id: UUID) -> Person | None:
        """Somebody who is known."""
        user = self.user(user_id)
        return person_of(user) if user else None

    def user(self, user_id: UUID) -> User | None:
        """A whole profile."""
        rows = self._cache.rows("SELECT body FROM people WHERE id = ?", user_id.bytes)
        return _decode_user(rows[0][0]) if rows else None

    def last_opened(self) -> UUID | None:
        """The conversation that was open when the app ended."""
        rows = self._cache.rows("SELECT value FROM meta WHERE key = ?", LAST_OPENED)
        return UUID(rows[0][0]) if rows else None

    def release(self) -> None:
        """Let go of cache.db, which is about to be replaced; the next read opens the new one."""
        self._cache.close()

    def close(self) -> None:
        """Close both files."""
        self._cache.close()
        self._outbox.close()

    def _users(self) -> list[User]:
        return [_decode_user(body) for (body,) in self._cache.rows("SELECT body FROM people")]

    def _pending_rows(self) -> list[tuple[UUID, TimelineRow]]:
        rows = self._outbox.rows("SELECT lane, body, state, error FROM outbox ORDER BY position")
        return [(UUID(bytes=lane), pending_row(decode_entry(*rest), me=self.me)) for lane, *rest in rows]

    def _draft_texts(self) -> dict[UUID, str]:
        drafts = (_decode_draft(body) for (body,) in self._outbox.rows("SELECT body FROM drafts"))
        return {draft.conversation_id: draft.text for draft in drafts}


class _File:
    """One database, opened on the first read and again after it was released."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: apsw.Connection | None = None

    def rows(self, sql: str, *bindings: str | bytes | int) -> list[Any]:
        """All rows of a query; none when the file cannot be read."""
        try:
            with storage_errors():
                if self._connection is None:
                    self._connection = open_reader(self._path)
                return fetch(self._connection, sql, *bindings)
        except StorageError as error:
            logger.info("%s cannot be read: %s", self._path.name, error)
            self.close()
            return []

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
