"""How far each member has received and read, and the user's own receipts that the server has not confirmed yet."""

from uuid import UUID

import apsw

from chinwag_desktop.cache.connection import fetch, fetch_one
from chinwag_desktop.core.entities import Mark


class MarkTable:
    """Marks only grow. The user's own stand in ``receipts`` as well, beside what the server has confirmed."""

    def __init__(self, connection: apsw.Connection, *, me: UUID) -> None:
        self._db = connection
        self._me = me

    def find(self, conversation_id: UUID, user_id: UUID) -> Mark:
        """A member's mark; zeros when nothing was heard of it."""
        row = fetch_one(
            self._db,
            "SELECT delivered_seq, read_seq FROM marks WHERE conversation_id = ? AND user_id = ?",
            conversation_id.bytes,
            user_id.bytes,
        )
        delivered, read = row or (0, 0)
        return Mark(conversation_id=conversation_id, user_id=user_id, delivered_seq=delivered, read_seq=read)

    def merge(self, mark: Mark) -> bool:
        """Move a mark forward as the server told it. Whether it moved."""
        moved = self._raise(mark)
        if mark.user_id == self._me:
            self._db.execute(
                """INSERT INTO receipts VALUES (:c, :d, :r, :d, :r) ON CONFLICT DO UPDATE SET
                   delivered_seq = max(delivered_seq, :d), read_seq = max(read_seq, :r),
                   acked_delivered = max(acked_delivered, :d),
                   acked_read = iif(acked_read < 0, acked_read, max(acked_read, :r))""",
                _bindings(mark),
            )
        return moved

    def advance(self, mark: Mark) -> bool:
        """Like ``merge``, but only for somebody whose mark is known: ex-members are not brought back."""
        if mark.user_id == self._me:
            return self.merge(mark)
        self._db.execute(
            """UPDATE marks SET delivered_seq = max(delivered_seq, :d), read_seq = max(read_seq, :r)
               WHERE conversation_id = :c AND user_id = :u AND (:d > delivered_seq OR :r > read_seq)""",
            _bindings(mark),
        )
        return self._db.changes() > 0

    def raise_own(self, mark: Mark) -> bool:
        """Move the user's own mark forward, which the server does not know yet. Whether it moved."""
        moved = self._raise(mark)
        if moved:
            self._db.execute(
                """INSERT INTO receipts VALUES (:c, :d, :r, 0, 0) ON CONFLICT DO UPDATE SET
                   delivered_seq = max(delivered_seq, :d), read_seq = max(read_seq, :r)""",
                _bindings(mark),
            )
        return moved

    def tell_again(self, conversation_id: UUID) -> None:
        """The user's read mark is to be told even if the server knows it: that takes *mark unread* back there."""
        self._db.execute("UPDATE receipts SET acked_read = -1 WHERE conversation_id = ?", (conversation_id.bytes,))

    def is_told_again(self, conversation_id: UUID) -> bool:
        """Whether ``tell_again`` was called and the server has not answered since."""
        row = fetch_one(
            self._db, "SELECT 1 FROM receipts WHERE conversation_id = ? AND acked_read < 0", conversation_id.bytes
        )
        return row is not None

    def confirm(self, mark: Mark) -> None:
        """The server has answered: up to here it knows, and repeating it would change nothing."""
        self._db.execute(
            """UPDATE receipts SET acked_delivered = max(acked_delivered, :d), acked_read = max(acked_read, :r)
               WHERE conversation_id = :c""",
            _bindings(mark),
        )

    def unconfirmed(self) -> list[Mark]:
        """The user's own marks that the server has not confirmed; 0 where there is nothing to tell."""
        rows = fetch(
            self._db,
            """SELECT conversation_id, iif(delivered_seq > acked_delivered, delivered_seq, 0),
                      iif(read_seq > acked_read, read_seq, 0) FROM receipts
               WHERE delivered_seq > acked_delivered OR read_seq > acked_read""",
        )
        return [
            Mark(conversation_id=UUID(bytes=key), user_id=self._me, delivered_seq=delivered, read_seq=read)
            for key, delivered, read in rows
        ]

    def by_all_others(self, conversation_id: UUID) -> tuple[int, int]:
        """Up to which ``seq`` everybody else has received and read; (0, 0) when there is nobody else."""
        row = fetch_one(
            self._db,
            "SELECT min(delivered_seq), min(read_seq) FROM marks WHERE conversation_id = ? AND user_id <> ?",
            conversation_id.bytes,
            self._me.bytes,
        )
        delivered, read = row or (None, None)
        return delivered or 0, read or 0

    def keep_only(self, conversation_id: UUID, user_ids: frozenset[UUID]) -> None:
        """Forget the marks of all who are not among ``user_ids``."""
        for (key,) in fetch(self._db, "SELECT user_id FROM marks WHERE conversation_id = ?", conversation_id.bytes):
            if UUID(bytes=key) not in user_ids:
                self.drop(conversation_id, UUID(bytes=key))

    def drop(self, conversation_id: UUID, user_id: UUID | None = None) -> None:
        """Forget a member's mark, or all of a conversation and the user's receipts in it."""
        key = conversation_id.bytes
        if user_id is not None:
            self._db.execute("DELETE FROM marks WHERE conversation_id = ? AND user_id = ?", (key, user_id.bytes))
            return
        self._db.execute("DELETE FROM marks WHERE conversation_id = ?", (key,))
        self._db.execute("DELETE FROM receipts WHERE conversation_id = ?", (key,))

    def _raise(self, mark: Mark) -> bool:
        self._db.execute(
            """INSERT INTO marks VALUES (:c, :u, :d, :r) ON CONFLICT DO UPDATE SET
               delivered_seq = max(delivered_seq, :d), read_seq = max(read_seq, :r)
               WHERE :d > delivered_seq OR :r > read_seq""",
            _bindings(mark),
        )
        return self._db.changes() > 0


def _bindings(mark: Mark) -> dict[str, int | bytes]:
    # What was read was received: read_seq pulls delivered_seq along, on the server as here.
    return {
        "c": mark.conversation_id.bytes,
        "u": mark.user_id.bytes,
        "d": max(mark.delivered_seq, mark.read_seq),
        "r": mark.read_seq,
    }
