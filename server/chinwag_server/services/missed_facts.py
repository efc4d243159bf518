"""Facts that a node did not hear of, made of what the database says today (`storage/missed.py`). Pure.

Every `rev` gets its fact again, so that whoever hears them sees no gap, and messages come in `seq` order:
- a message whose last change it is: `newMessage` if it was made behind `after` and was not told yet, else `messageUpdated`;
- who joined, left or got a role;
- where neither is known, because something later covered it: a message that was made then and changed later comes at the first
  such `rev`, as it is now; otherwise it is a change of the conversation, or may be one, and the conversation is told as it is now.
"""

from collections import deque
from collections.abc import Mapping
from uuid import UUID

import msgspec

from chinwag_protocol.notices import ConversationLeft, ConversationUpdated, FactSkipped, MembersChanged
from chinwag_protocol.objects import Message
from chinwag_protocol.wire import Record
from chinwag_server.services.telling import Telling
from chinwag_server.storage.missed import Missed, MissedMessage

Instead = Mapping[UUID, tuple[str, Record]]


def make_facts(missed: Missed, *, last_seq: int | None) -> list[Telling]:
    """One telling for each `rev` behind `missed.after`, in order.

    `last_seq` is that of the last message told here, None when it is not known: then a message that has been changed counts
    as told unless one before it is not.
    """
    return _Facts(missed, last_seq=last_seq).make()


class _Facts:
    def __init__(self, missed: Missed, *, last_seq: int | None) -> None:
        self._missed = missed
        self._by_rev = {row.message.rev: row for row in missed.messages}
        if last_seq is None:
            made = [row.message.seq for row in missed.messages if not row.changed]
            last_seq = min(made, default=missed.conversation.last_seq + 1) - 1
        self._untold = deque(row for row in missed.messages if row.message.seq > last_seq)
        self._told_seq = self._untold[0].message.seq - 1 if self._untold else missed.conversation.last_seq

    def make(self) -> list[Telling]:
        return [self._fact(rev) for rev in range(self._missed.after + 1, self._missed.conversation.rev + 1)]

    def _fact(self, rev: int) -> Telling:
        row = self._by_rev.get(rev)
        if row is not None:
            return self._changed(row) if row.message.seq <= self._told_seq else self._made(row, rev)
        if rev > 1 and any(rev in kind for kind in (self._missed.joined, self._missed.changed, self._missed.left)):
            return self._membership(rev)
        if rev > 1 and self._untold and self._untold[0].changed:
            return self._made(self._untold[0], rev)
        return Telling(rev=rev, event="conversationUpdated", payload=self._conversation(rev))

    def _made(self, row: MissedMessage, rev: int) -> Telling:
        while self._untold and self._untold[0].message.seq <= row.message.seq:
            self._untold.popleft()
        self._told_seq = row.message.seq
        return Telling(rev=rev, event="newMessage", payload=msgspec.structs.replace(row.message, rev=rev))

    def _changed(self, row: MissedMessage) -> Telling:
        message: Message = row.message
        skipped = FactSkipped(conversation_id=message.conversation_id, rev=message.rev)
        blind = [user_id for user_id, first_seq in self._missed.first_seqs.items() if first_seq > message.seq]
        return Telling(
            rev=message.rev,
            event="messageUpdated",
            payload=message,
            instead=dict.fromkeys(blind, ("factSkipped", skipped)),
        )

    def _membership(self, rev: int) -> Telling:
        conversation = self._missed.conversation
        joined, left = self._missed.joined.get(rev, ()), self._missed.left.get(rev, ())
        notice = MembersChanged(
            conversation_id=conversation.id,
            rev=rev,
            joined=tuple(joined),
            left=tuple(left),
            changed=tuple(self._missed.changed.get(rev, ())),
            member_count=conversation.member_count,
        )
        view, gone = self._conversation(rev), ConversationLeft(conversation_id=conversation.id)
        instead: dict[UUID, tuple[str, Record]] = {member.user_id: ("conversationUpdated", view) for member in joined}
        instead |= dict.fromkeys(left, ("conversationLeft", gone))
        return Telling(rev=rev, event="membersChanged", payload=notice, instead=instead)

    def _conversation(self, rev: int) -> ConversationUpdated:
        """The conversation as it is now, but for how far it had come."""
        now = self._missed.conversation
        return ConversationUpdated(conversation=msgspec.structs.replace(now, rev=rev, last_seq=self._told_seq))
