"""What a transaction of the cache can do: the tables side by side, and the steps that touch several of them."""

from uuid import UUID

import apsw

from chinwag_desktop.cache.conversations import ConversationTable
from chinwag_desktop.cache.marks import MarkTable
from chinwag_desktop.cache.messages import MessageTable
from chinwag_desktop.cache.people import MetaTable, PeopleTable
from chinwag_desktop.core.entities import Held


class CacheWriter:
    """Handed to the work of ``CacheDb.write``; good only inside it, on the writer thread."""

    def __init__(self, connection: apsw.Connection, *, me: UUID) -> None:
        self.me = me
        self.messages = MessageTable(connection, me=me)
        self.conversations = ConversationTable(connection, me=me)
        self.marks = MarkTable(connection, me=me)
        self.people = PeopleTable(connection)
        self.meta = MetaTable(connection)

    def forget(self, conversation_id: UUID) -> bool:
        """Drop everything of a conversation. Whether it was known."""
        known = self.conversations.known(conversation_id)
        self.messages.drop(conversation_id)
        self.marks.drop(conversation_id)
        self.conversations.delete(conversation_id)
        return known

    def refresh_upto(self, conversation_id: UUID) -> tuple[int, int]:
        """Work out how far everybody else has received and read; store and return it.

        In conversations of over 100 members others' marks are not told: own messages stay *sent*.
        """
        conversation = self.conversations.find(conversation_id)
        if conversation is None or len(conversation.members) < conversation.member_count:
            upto = (0, 0)
        else:
            upto = self.marks.by_all_others(conversation_id)
        self.conversations.set_upto(conversation_id, delivered=upto[0], read=upto[1])
        return upto

    def refresh_unread(self, conversation_id: UUID, *, arrived: int = 0) -> None:
        """Count what is unread, from the rows held.

        ``arrived`` others' messages came new in this transaction. Where rows between the read mark and the newest
        are not held, the server's last count is carried on with it.
        """
        conversation = self.conversations.find(conversation_id)
        if conversation is None:
            return
        read_seq = self.marks.find(conversation_id, self.me).read_seq
        marked = conversation.settings.unread_from_seq if conversation.settings else None
        above = read_seq if marked is None else min(read_seq, marked - 1)
        last_seq = self.conversations.last_seq(conversation_id)
        whole = self.messages.covers(conversation_id, Held(above + 1, last_seq))
        if not whole:
            bound = max(last_seq - above - self.messages.count_uncounted(conversation_id, above), 0)
            unread = min(self.conversations.unread(conversation_id) + arrived, bound)
        elif marked is None:
            # Sending moves the sender's own mark, so none of the user's own messages lies above it.
            unread = max(last_seq - read_seq - self.messages.count_uncounted(conversation_id, read_seq), 0)
        else:
            unread = self.messages.count_others(conversation_id, above)
        mentions = self.messages.count_mentions(conversation_id, above)
        if not whole:
            mentions = max(mentions, self.conversations.mentions(conversation_id))
        mentions = min(mentions, unread)
        self.conversations.set_counts(conversation_id, unread=unread, mentions=mentions)
