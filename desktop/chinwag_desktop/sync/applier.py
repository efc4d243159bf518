"""Applier: the rules by which one batch of inputs changes the cache. Runs inside a transaction, on the writer thread.

The rules are those of PROTOCOL.md, "Three kinds of data": facts by contiguous ``rev``, marks by maximum, whole
objects by the newer ``rev``. What it collects on the way becomes the changes that are told after the commit.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.core.changes import Change, Origin
from chinwag_desktop.core.entities import Mark
from chinwag_desktop.sync.collector import Collector
from chinwag_desktop.sync.inputs import (
    Acked,
    ConversationsRead,
    Fact,
    HistoryRead,
    Input,
    MarkConfirmed,
    MarkHeard,
    MarkMade,
    Nothing,
    Synced,
    UsersRead,
)
from chinwag_desktop.sync.sync_page import SyncPageApplier
from chinwag_protocol.events import (
    ConversationLeft,
    ConversationUpdated,
    FactSkipped,
    MembersChanged,
    SettingsUpdated,
    UserOffline,
    UserUpdated,
)
from chinwag_protocol.objects import Conversation, Member, Message


def mark_of(conversation_id: UUID, member: Member) -> Mark:
    """The mark that stands in a Member object."""
    return Mark(
        conversation_id=conversation_id,
        user_id=member.user_id,
        delivered_seq=member.delivered_seq,
        read_seq=member.read_seq,
    )


class Applier:
    """One batch, one transaction. ``early`` are the facts that came before their predecessors."""

    def __init__(self, tx: CacheWriter, *, pending: frozenset[UUID]) -> None:
        self._tx = tx
        self._told = Collector(tx, pending=pending)
        self.early: list[Fact] = []
        self.ahead: dict[UUID, int] = {}
        """Revs of acks that came before facts below them: if those do not follow soon, they are missing."""

    def apply(self, inputs: Sequence[Input]) -> None:
        """Apply a batch: what stands alone in the order it came, then the facts by conversation and ``rev``."""
        facts: dict[UUID, list[Fact]] = defaultdict(list)
        for item in inputs:
            match item:
                case Fact():
                    facts[item.conversation_id].append(item)
                case Nothing():
                    pass
                case ConversationLeft():
                    facts.pop(item.conversation_id, None)
                    self._leave(item.conversation_id)
                case _:
                    self._single(item)
        for conversation_id, rows in facts.items():
            self._facts(conversation_id, sorted(rows, key=lambda fact: fact.rev))

    def changes(self) -> list[Change]:
        """What is to be told once this is committed."""
        return self._told.changes()

    def unknown_people(self) -> frozenset[UUID]:
        """Members and senders of whom there is no profile yet."""
        return self._told.unknown()

    def _single(self, item: Input) -> None:
        match item:
            case Acked():
                self._acked(item.message)
            case MarkHeard():
                self._mark(item.mark, moved=self._tx.marks.advance(item.mark))
            case MarkMade():
                self._made(item.mark)
            case MarkConfirmed():
                self._tx.marks.confirm(item.mark)
            case HistoryRead():
                self._history(item)
            case Synced():
                SyncPageApplier(self._tx, self._told).apply(item.answer)
            case ConversationsRead():
                self._conversations(item.conversations)
            case UsersRead():
                self._told.people |= self._tx.people.put(item.users)
            case UserUpdated():
                self._told.people |= self._tx.people.put([item.user])
            case UserOffline():
                if self._tx.people.seen(item.user_id, item.last_seen_at):
                    self._told.people.add(item.user_id)
            case SettingsUpdated():
                self._settings(item)
            case _:
                raise TypeError(f"nothing applies {type(item).__name__}")

    def _facts(self, conversation_id: UUID, facts: list[Fact]) -> None:
        cursor = self._tx.conversations.cursor(conversation_id)
        known = self._tx.conversations.known(conversation_id)
        before = cursor
        for number, fact in enumerate(facts):
            if fact.rev <= cursor:
                continue
            if fact.rev > cursor + 1 or not (known or isinstance(fact.event, ConversationUpdated)):
                self.early += facts[number:]
                break
            self._fact(fact)
            cursor, known = fact.rev, True
        if cursor > before:
            self._tx.conversations.set_cursor(conversation_id, cursor)

    def _fact(self, fact: Fact) -> None:
        match fact.event:
            case Message():
                self._message(fact.event, Origin.LIVE)
            case ConversationUpdated():
                self._store(fact.event.conversation)
            case MembersChanged():
                self._members_changed(fact.event)
            case FactSkipped():
                pass

    def _message(self, message: Message, origin: Origin) -> None:
        """A message that was just made or changed; the sender's own mark stands over it."""
        conversation_id = message.conversation_id
        is_news = message.seq > self._tx.conversations.last_seq(conversation_id)
        changed = self._tx.messages.put([message])
        self._tx.conversations.note_last(message)
        over = Mark(conversation_id=conversation_id, user_id=message.sender_id, read_seq=message.seq)
        if self._tx.marks.advance(over):
            self._told.marks.add((conversation_id, message.sender_id))
        self._told.rows(conversation_id, changed, origin)
        if is_news and message.sender_id != self._tx.me and message.kind != "system" and message.deleted_at is None:
            self._told.arrived[conversation_id] += 1
        self._told.touched.add(conversation_id)

    def _acked(self, message: Message) -> None:
        conversation_id = message.conversation_id
        self._message(message, Origin.LOCAL)
        self._told.rows(conversation_id, [message], Origin.LOCAL)
        cursor = self._tx.conversations.cursor(conversation_id)
        if message.rev == cursor + 1 and self._tx.conversations.known(conversation_id):
            self._tx.conversations.set_cursor(conversation_id, message.rev)
        elif message.rev > cursor:
            self.ahead[conversation_id] = message.rev

    def _store(self, conversation: Conversation) -> None:
        self._tx.conversations.put(conversation)
        for member in conversation.members:
            self._told.mentioned.add(member.user_id)
            self._tx.marks.merge(mark_of(conversation.id, member))
        if conversation.members and len(conversation.members) == conversation.member_count:
            self._tx.marks.keep_only(conversation.id, frozenset(member.user_id for member in conversation.members))
        self._tx.refresh_upto(conversation.id)
        self._told.touched.add(conversation.id)

    def _conversations(self, conversations: Iterable[Conversation]) -> None:
        for conversation in conversations:
            known = self._tx.conversations.known(conversation.id)
            if known and conversation.rev < self._tx.conversations.cursor(conversation.id):
                continue  # overtaken by events while the answer was on its way
            self._store(conversation)
            if not known and conversation.unread_count is not None:
                self._tx.conversations.set_counts(
                    conversation.id, unread=conversation.unread_count, mentions=conversation.mention_count or 0
                )

    def _members_changed(self, event: MembersChanged) -> None:
        conversation = self._tx.conversations.find(event.conversation_id)
        if conversation is None:
            return
        complete = len(conversation.members) == conversation.member_count
        changed = {member.user_id: member for member in (*event.changed, *event.joined)}
        members = [changed.pop(old.user_id, old) for old in conversation.members if old.user_id not in event.left]
        if complete:
            members += changed.values()
        self._tx.conversations.put(
            msgspec.structs.replace(conversation, members=tuple(members), member_count=event.member_count)
        )
        for member in members:
            self._told.mentioned.add(member.user_id)
            self._tx.marks.merge(mark_of(conversation.id, member))
        for user_id in event.left:
            self._tx.marks.drop(conversation.id, user_id)
        self._tx.refresh_upto(conversation.id)
        self._told.touched.add(conversation.id)

    def _leave(self, conversation_id: UUID) -> None:
        if self._tx.forget(conversation_id):
            self._told.leave(conversation_id)

    def _mark(self, mark: Mark, *, moved: bool) -> None:
        if moved:
            self._told.marks.add((mark.conversation_id, mark.user_id))
            if mark.user_id == self._tx.me:
                self._told.touched.add(mark.conversation_id)

    def _made(self, mark: Mark) -> None:
        self._mark(mark, moved=self._tx.marks.raise_own(mark))
        if not mark.read_seq:
            return
        conversation = self._tx.conversations.find(mark.conversation_id)
        if conversation and conversation.settings and conversation.settings.unread_from_seq is not None:
            # Reading takes *mark unread* back; the server does the same when it hears of it.
            settings = msgspec.structs.replace(conversation.settings, unread_from_seq=None)
            self._tx.conversations.put(msgspec.structs.replace(conversation, settings=settings))
            self._tx.marks.tell_again(mark.conversation_id)
            self._told.touched.add(mark.conversation_id)

    def _settings(self, event: SettingsUpdated) -> None:
        conversation = self._tx.conversations.find(event.conversation_id)
        if conversation is not None:
            self._tx.conversations.put(msgspec.structs.replace(conversation, settings=event.settings))
            self._told.touched.add(event.conversation_id)

    def _history(self, item: HistoryRead) -> None:
        if not self._tx.conversations.known(item.conversation_id):
            return  # left while the page was on its way
        rows = [message for message in item.page.messages if message.conversation_id == item.conversation_id]
        self._tx.messages.put(rows)
        if rows:
            self._tx.conversations.note_last(rows[-1])
        self._told.rows(item.conversation_id, rows, Origin.HISTORY)
        self._told.touched.add(item.conversation_id)
