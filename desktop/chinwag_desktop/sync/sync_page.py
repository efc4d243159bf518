"""SyncPageApplier: how one page of ``/sync`` changes the cache."""

from collections import defaultdict
from uuid import UUID

import msgspec

from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.cache.people import EPOCH, MARKS_CURSOR, USERS_CURSOR
from chinwag_desktop.core.changes import Origin
from chinwag_desktop.core.entities import Mark
from chinwag_desktop.sync.collector import Collector
from chinwag_protocol.http import SyncAnswer
from chinwag_protocol.objects import Conversation, MemberChanges, Message, SettingsRow


class SyncPageApplier:
    """Applies a page inside the transaction that also moves the cursors."""

    def __init__(self, tx: CacheWriter, told: Collector) -> None:
        self._tx = tx
        self._told = told

    def apply(self, answer: SyncAnswer) -> None:
        """One page; the last one also ends what an earlier epoch left over."""
        if self._tx.meta.get(EPOCH) != answer.epoch:
            self._begin_epoch(answer.epoch)
        self._told.people |= self._tx.people.put(answer.users)
        for conversation_id in answer.left:
            self._leave(conversation_id)
        messages: dict[UUID, list[Message]] = defaultdict(list)
        for message in answer.messages:
            messages[message.conversation_id].append(message)
        reset = set(answer.reset)
        for conversation in answer.conversations:
            self._conversation(conversation, messages[conversation.id], reset=conversation.id in reset)
        for row in answer.marks:
            self._mark(
                Mark(
                    conversation_id=row.conversation_id,
                    user_id=row.user_id,
                    delivered_seq=row.delivered_seq,
                    read_seq=row.read_seq,
                )
            )
        for changes in answer.members:
            self._members(changes)
        for settings in answer.settings:
            self._settings(settings)
        if not answer.more:
            self._tx.meta.set(MARKS_CURSOR, answer.marks_cursor)
            self._tx.meta.set(USERS_CURSOR, answer.users_cursor)
            for conversation_id in self._tx.conversations.stale():
                self._leave(conversation_id)

    def _begin_epoch(self, epoch: str) -> None:
        """The database was restored, or this is the first sync: nothing that cursors counted holds any more."""
        for conversation_id in self._tx.conversations.mark_stale():
            self._tx.messages.drop(conversation_id)
            self._tx.marks.drop(conversation_id)
            self._told.resets.add(conversation_id)
            self._told.touched.add(conversation_id)
        self._tx.meta.set(EPOCH, epoch)
        self._tx.meta.set(MARKS_CURSOR, None)
        self._tx.meta.set(USERS_CURSOR, None)

    def _conversation(self, conversation: Conversation, messages: list[Message], *, reset: bool) -> None:
        tx = self._tx
        mine, again = tx.marks.find(conversation.id, tx.me), tx.marks.is_told_again(conversation.id)
        if reset or tx.conversations.cursor(conversation.id) <= 0:
            self._told.resets.add(conversation.id)
            tx.messages.drop(conversation.id)
            tx.marks.drop(conversation.id)
            tx.conversations.restart(conversation.id, last_seq=conversation.last_seq)
        tx.conversations.put(conversation)
        for member in conversation.members:
            self._told.mentioned.add(member.user_id)
            self._mark(
                Mark(
                    conversation_id=conversation.id,
                    user_id=member.user_id,
                    delivered_seq=member.delivered_seq,
                    read_seq=member.read_seq,
                )
            )
        if mine.delivered_seq:
            # What was read here and not told yet outlives the rows; it never passes what there is.
            upto = conversation.last_seq
            delivered_seq, read_seq = min(mine.delivered_seq, upto), min(mine.read_seq, upto)
            tx.marks.raise_own(msgspec.structs.replace(mine, delivered_seq=delivered_seq, read_seq=read_seq))
            if again:
                tx.marks.tell_again(conversation.id)
        if len(conversation.members) == conversation.member_count:
            tx.marks.keep_only(conversation.id, frozenset(member.user_id for member in conversation.members))
        tx.refresh_upto(conversation.id)
        changed = tx.messages.put(sorted(messages, key=lambda message: message.seq))
        if changed:
            tx.conversations.note_last(changed[-1])
        self._told.rows(conversation.id, changed, Origin.CATCH_UP)
        tx.conversations.set_cursor(conversation.id, conversation.rev)
        if conversation.unread_count is not None:
            tx.conversations.set_counts(
                conversation.id, unread=conversation.unread_count, mentions=conversation.mention_count or 0
            )
        self._told.touched.add(conversation.id)

    def _mark(self, mark: Mark) -> None:
        if self._tx.conversations.known(mark.conversation_id) and self._tx.marks.merge(mark):
            self._told.marks.add((mark.conversation_id, mark.user_id))
            if mark.user_id == self._tx.me:
                self._told.touched.add(mark.conversation_id)

    def _members(self, changes: MemberChanges) -> None:
        for user_id in changes.left:
            self._tx.marks.drop(changes.conversation_id, user_id)
        if changes.left:
            self._tx.refresh_upto(changes.conversation_id)

    def _settings(self, row: SettingsRow) -> None:
        conversation = self._tx.conversations.find(row.conversation_id)
        if conversation is not None:
            self._tx.conversations.put(msgspec.structs.replace(conversation, settings=row.settings))
            self._told.touched.add(row.conversation_id)

    def _leave(self, conversation_id: UUID) -> None:
        if self._tx.forget(conversation_id):
            self._told.leave(conversation_id)
