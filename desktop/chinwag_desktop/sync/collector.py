"""Collector: what one batch changed, gathered inside the transaction and told after it, each thing once."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from uuid import UUID

from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.cache.rows import row_of
from chinwag_desktop.core.changes import (
    Change,
    ConversationLeft,
    ConversationReset,
    ConversationsChanged,
    MarksChanged,
    Origin,
    PeopleChanged,
    RowPlaced,
    RowsChanged,
)
from chinwag_desktop.core.entities import TimelineRow
from chinwag_protocol.objects import Message


class Collector:
    """Filled by the appliers; ``changes`` also works out the counts that the list shows."""

    def __init__(self, tx: CacheWriter, *, pending: frozenset[UUID]) -> None:
        self._tx = tx
        self._pending = pending
        self._rows: dict[tuple[UUID, Origin], dict[int, Message]] = defaultdict(dict)
        self.touched: set[UUID] = set()
        """Conversations whose row of the list may look different."""
        self.arrived: Counter[UUID] = Counter()
        """New messages of others."""
        self.marks: set[tuple[UUID, UUID]] = set()
        """(conversation, member) whose mark moved."""
        self.people: set[UUID] = set()
        self.mentioned: set[UUID] = set()
        """People who are needed to show something: members and senders."""
        self.resets: set[UUID] = set()
        self._left: set[UUID] = set()

    def rows(self, conversation_id: UUID, messages: Iterable[Message], origin: Origin) -> None:
        """Rows that are new or look different."""
        gathered = self._rows[conversation_id, origin]
        for message in messages:
            gathered[message.seq] = message
            self.mentioned.add(message.sender_id)

    def unknown(self) -> frozenset[UUID]:
        """Those who are needed and of whom there is no profile."""
        return frozenset(self._tx.people.unknown(self.mentioned))

    def leave(self, conversation_id: UUID) -> None:
        """The conversation is gone, and so is whatever was gathered of it."""
        self._left.add(conversation_id)
        self.touched.discard(conversation_id)
        self.resets.discard(conversation_id)
        self.marks = {pair for pair in self.marks if pair[0] != conversation_id}
        for key in [key for key in self._rows if key[0] == conversation_id]:
            del self._rows[key]

    def changes(self) -> list[Change]:
        """Everything that is to be told, in an order in which a listener may apply it."""
        for conversation_id in self.touched:
            self._tx.refresh_unread(conversation_id, arrived=self.arrived[conversation_id])
        marks = [self._moved(*pair) for pair in sorted(self.marks)]
        told: list[Change] = [ConversationLeft(conversation_id=id_) for id_ in sorted(self._left)]
        told += [ConversationReset(conversation_id=id_) for id_ in sorted(self.resets)]
        if self.people:
            told.append(PeopleChanged(ids=frozenset(self.people)))
        for (conversation_id, origin), messages in self._rows.items():
            told += self._row_changes(conversation_id, origin, [messages[seq] for seq in sorted(messages)])
        told += marks
        shown = self.touched | {conversation_id for conversation_id, _ in self.marks}
        if shown:
            told.append(ConversationsChanged(ids=frozenset(shown)))
        return told

    def _moved(self, conversation_id: UUID, user_id: UUID) -> MarksChanged:
        delivered, read = self._tx.refresh_upto(conversation_id)
        mark = self._tx.marks.find(conversation_id, user_id)
        return MarksChanged(
            conversation_id=conversation_id,
            user_id=user_id,
            delivered_seq=mark.delivered_seq,
            read_seq=mark.read_seq,
            delivered_upto=delivered,
            read_upto=read,
        )

    def _row_changes(self, conversation_id: UUID, origin: Origin, messages: list[Message]) -> list[Change]:
        delivered, read = self._tx.conversations.upto(conversation_id)
        placed: list[Change] = []
        others: list[TimelineRow] = []
        for message in messages:
            row = row_of(message, me=self._tx.me, delivered_upto=delivered, read_upto=read)
            if row.key in self._pending:
                placed.append(RowPlaced(conversation_id=conversation_id, key=row.key, row=row))
            else:
                others.append(row)
        if others:
            placed.append(RowsChanged(conversation_id=conversation_id, rows=tuple(others), origin=origin))
        return placed
