"""TimelineReader: what the interface reads from disk, at once, on its own thread.

A page of 100 rows takes under a millisecond, so models call it from ``data`` and ``doItemsLayout`` without waiting.
It sees what is committed; changes are announced by ``EventPipeline`` after the commit.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import apsw
import msgspec

from chinwag_desktop.cache.connection import fetch, open_reader, storage_errors
from chinwag_desktop.cache.outbox_db import decode_draft, decode_entry
from chinwag_desktop.cache.people import LAST_OPENED
from chinwag_desktop.cache.rows import decode_message, pending_row, row_of
from chinwag_desktop.cache.summaries import SUMMARY_COLUMNS, SummaryContext, person_of, summary_of
from chinwag_desktop.core.entities import (
    ConversationSummary,
    Draft,
    Extent,
    Held,
    Mark,
    OutboxEntry,
    Person,
    TimelineRow,
)
from chinwag_desktop.core.errors import DatabaseDamaged, StorageError
from chinwag_protocol.objects import Conversation, Message, User

_decode_conversation = msgspec.json.Decoder(Conversation).decode
_decode_user = msgspec.json.Decoder(User).decode
_T = TypeVar("_T")

logger = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TimelineReader:
    """Reads cache.db and outbox.db through connections of its own; use it on one thread only.

    A file that is missing, damaged or just being rebuilt reads as empty, and a row that makes no sense is left out: it
    never raises for the disk. ``on_damage`` is called when it is the cache that is damaged, once for each file.
    """

    def __init__(
        self,
        cache_path: Path,
        outbox_path: Path,
        *,
        me: UUID,
        now: Callable[[], datetime] = _utc_now,
        on_damage: Callable[[], None] | None = None,
    ) -> None:
        self.me = me
        self._now = now
        self._cache = _File(cache_path, on_damage)
        self._outbox = _File(outbox_path, None)

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
        return self._cache.read(rows, lambda row: summary_of(row[:-1], read_seq=row[-1] or 0, context=context))

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
        found = self._cache.read(rows, lambda row: summary_of(row[:-1], read_seq=row[-1] or 0, context=context))
        return found[0] if found else None

    def conversation(self, conversation_id: UUID) -> Conversation | None:
        """The whole object, for headers and member lists."""
        rows = self._cache.rows("SELECT body FROM conversations WHERE id = ?", conversation_id.bytes)
        found = self._cache.read(rows, lambda row: _decode_conversation(row[0]))
        return found[0] if found else None

    def direct_with(self, user_id: UUID) -> UUID | None:
        """The direct conversation with somebody, if there is one."""
        rows = self._cache.rows(
            "SELECT body FROM conversations WHERE json_extract(body, '$.kind') = 'direct' AND instr(body, ?)",
            str(user_id).encode(),
        )
        for conversation in self._cache.read(rows, lambda row: _decode_conversation(row[0])):
            if {member.user_id for member in conversation.members} == {user_id, self.me}:
                return conversation.id
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
        return self._cache.read(
            bodies,
            lambda row: row_of(decode_message(row[0]), me=self.me, delivered_upto=delivered_upto, read_upto=read_upto),
        )

    def pinned(self, conversation_id: UUID) -> list[Message]:
        """What is pinned of that which is held, the newest pin first."""
        rows = self._cache.rows(
            "SELECT body FROM messages WHERE conversation_id = ? AND pinned_at IS NOT NULL ORDER BY pinned_at DESC, seq DESC",
            conversation_id.bytes,
        )
        return self._cache.read(rows, lambda row: decode_message(row[0]))

    def marks(self, conversation_id: UUID) -> list[Mark]:
        """How far everybody in a conversation has received and read it, as far as this device has heard."""
        rows = self._cache.rows(
            "SELECT user_id, delivered_seq, read_seq FROM marks WHERE conversation_id = ?", conversation_id.bytes
        )
        return [
            Mark(conversation_id=conversation_id, user_id=UUID(bytes=user), delivered_seq=delivered, read_seq=read)
            for user, delivered, read in rows
        ]

    def mentioning(self, most: int) -> list[Message]:
        """The newest messages of all conversations that mean the user."""
        rows = self._cache.rows("SELECT body FROM messages WHERE mentions_me = 1 ORDER BY id DESC LIMIT ?", most)
        return self._cache.read(rows, lambda row: decode_message(row[0]))

    def find_seq(self, conversation_id: UUID, message_id: UUID) -> int | None:
        """Where a message stands, if it is held."""
        rows = self._cache.rows(
            "SELECT seq FROM messages WHERE id = ? AND conversation_id = ?", message_id.bytes, conversation_id.bytes
        )
        return rows[0][0] if rows else None

    def pending(self, lane: UUID) -> list[TimelineRow]:
        """Unsent rows of a conversation (or of a receiver without one yet), in the order of the key presses."""
        rows = self._outbox.rows(
            "SELECT temp_id, body, state, error FROM outbox WHERE lane = ? ORDER BY position", lane.bytes
        )
        return [pending_row(entry, me=self.me) for entry in self._unsent(rows)]

    def draft(self, conversation_id: UUID) -> Draft | None:
        """What stands unsent in the composer."""
        rows = self._outbox.rows("SELECT body FROM drafts WHERE conversation_id = ?", conversation_id.bytes)
        found = self._outbox.read(rows, lambda row: decode_draft(row[0]))
        return found[0] if found else None

    def people(self) -> list[Person]:
        """Everybody who is known, offline as far as the disk can say."""
        return [person_of(user) for user in self._users()]

    def person(self, user_id: UUID) -> Person | None:
        """Somebody who is known."""
        user = self.user(user_id)
        return person_of(user) if user else None

    def user(self, user_id: UUID) -> User | None:
        """A whole profile."""
        found = self._users("WHERE id = ?", user_id.bytes)
        return found[0] if found else None

    def last_opened(self) -> UUID | None:
        """The conversation that was open when the app ended."""
        rows = self._cache.rows("SELECT value FROM meta WHERE key = ?", LAST_OPENED)
        found = self._cache.read(rows, lambda row: UUID(row[0]))
        return found[0] if found else None

    def release(self) -> None:
        """Let go of cache.db, which is about to be replaced; the next read opens the new one."""
        self._cache.release()

    def close(self) -> None:
        """Close both files."""
        self._cache.close()
        self._outbox.close()

    def _users(self, where: str = "", *bindings: bytes) -> list[User]:
        rows = self._cache.rows(f"SELECT body FROM people {where}", *bindings)  # noqa: S608 - our own words
        return self._cache.read(rows, lambda row: _decode_user(row[0]))

    def _pending_rows(self) -> list[tuple[UUID, TimelineRow]]:
        rows = self._outbox.rows("SELECT temp_id, body, state, error FROM outbox ORDER BY position")
        return [(entry.lane, pending_row(entry, me=self.me)) for entry in self._unsent(rows)]

    def _unsent(self, rows: Iterable[Any]) -> list[OutboxEntry]:
        """Without those that the cache knows the server to have: they are about to be taken out of the outbox."""
        waiting = [row[1:] for row in rows if not self._cache.rows("SELECT 1 FROM messages WHERE temp_id = ?", row[0])]
        return self._outbox.read(waiting, lambda row: decode_entry(*row))

    def _draft_texts(self) -> dict[UUID, str]:
        rows = self._outbox.rows("SELECT body FROM drafts")
        return {
            draft.conversation_id: draft.text for draft in self._outbox.read(rows, lambda row: decode_draft(row[0]))
        }


class _File:
    """One database, opened on the first read and again after it was released."""

    def __init__(self, path: Path, on_damage: Callable[[], None] | None) -> None:
        self._path = path
        self._on_damage = on_damage
        self._damaged = False
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
            if isinstance(error, DatabaseDamaged):
                self._tell_damage()
            return []

    def read(self, rows: Iterable[Any], decode: Callable[[Any], _T]) -> list[_T]:
        """What the rows say; those that make no sense are left out."""
        found: list[_T] = []
        for row in rows:
            try:
                found.append(decode(row))
            except (DatabaseDamaged, ValueError) as error:  # msgspec's errors are ValueErrors
                logger.info("a row of %s makes no sense: %s", self._path.name, error)
                self._tell_damage()
        return found

    def release(self) -> None:
        """The file is about to be another one."""
        self.close()
        self._damaged = False

    def _tell_damage(self) -> None:
        if self._on_damage is not None and not self._damaged:
            self._damaged = True
            self._on_damage()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
