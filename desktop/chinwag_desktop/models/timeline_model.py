"""`TimelineModel`: every message of one conversation as a row, of which only a few pages are in memory.

`seq` is gapless, so row = seq - first_seq: any row is found without reading those before it. Messages that the server has not numbered
yet follow the last stored row; when their echo comes they change in place. Rows that the cache lacks are there and blank, and `missing`
asks for them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from chinwag_desktop.core.entities import TimelineRow
from chinwag_desktop.core.markup import plain
from chinwag_desktop.core.mentions import EVERYBODY
from chinwag_desktop.models.dates import day_label, local_time, utc_now
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_source import PeopleSource, name_of
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.row_rights import Rights, can_change, is_own
from chinwag_desktop.models.row_words import content_words, spoken_words
from chinwag_desktop.models.system_words import system_words
from chinwag_desktop.models.timeline_context import RowContext, context_of
from chinwag_desktop.models.timeline_pages import PAGE, TimelinePages, TimelineReader
from chinwag_protocol.objects import ReplyTo

RowRole = Qt.ItemDataRole.UserRole + 1
_ROOT = QModelIndex()


class TimelineModel(QAbstractListModel):
    """Rows are `TimelineRow`, or None where the message is not here yet.

    `me` is the signed-in user, `names` tells a group. `unread_from` is the `seq` under the "new messages" bar, as it was on opening.
    """

    missing = Signal(int, int)
    """First and last `seq` of rows that were looked at and are not in the cache: fetch them, then `apply_rows`."""

    def __init__(
        self,
        reader: TimelineReader,
        people: PeopleSource,
        *,
        conversation_id: UUID,
        me: UUID,
        names: bool,
        first_seq: int = 1,
        last_seq: int = 0,
        pending: Sequence[TimelineRow] = (),
        delivered_upto: int = 0,
        read_upto: int = 0,
        unread_from: int = 0,
        unread_count: int = 0,
        now: Callable[[], datetime] = utc_now,
        zone: tzinfo | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._now = now
        self.conversation_id = conversation_id
        self.people, self.me, self.names = people, me, names
        self.rights = Rights(me)
        self.zone = zone
        self._pages = TimelinePages(reader, conversation_id, delivered_upto=delivered_upto, read_upto=read_upto)
        self._first, self._last = first_seq, max(last_seq, first_seq - 1)
        self._pending = list(pending)
        self._unread_from, self._unread_count = unread_from, unread_count
        self._today = self._current_day()
        self._asked: set[tuple[int, int]] = set()
        self._ask = QTimer(self)
        self._ask.setSingleShot(True)
        self._ask.setInterval(0)
        self._ask.timeout.connect(self._ask_for_holes)

    # reading

    @property
    def stored_count(self) -> int:
        return self._last - self._first + 1

    @property
    def last_seq(self) -> int:
        return self._last

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else self.stored_count + len(self._pending)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        if role == RowRole:
            return self.row_at(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.words(index.row(), spoken=role == Qt.ItemDataRole.AccessibleTextRole)
        return None

    def row_at(self, row: int) -> TimelineRow | None:
        if row >= self.stored_count:
            return self._pending[row - self.stored_count]
        found = self._pages.get(self._first + row)
        if found is None and not self._ask.isActive():
            self._ask.start()  # not from within a paint
        return found

    def seq_at(self, row: int) -> int:
        """The `seq` of a row without reading it; 0 for one that is pending."""
        return self._first + row if row < self.stored_count else 0

    def row_of_seq(self, seq: int) -> int:
        return seq - self._first if self._first <= seq <= self._last else -1

    @property
    def first_unread_row(self) -> int:
        """The row under the "new messages" bar, or -1."""
        return self.row_of_seq(self._unread_from) if self._unread_count else -1

    def row_of_key(self, key: UUID) -> int:
        """The row of a message that is pending or in memory, or -1."""
        for number, pending in enumerate(self._pending):
            if pending.key == key:
                return self.stored_count + number
        for seq in range(self._last, max(self._first - 1, self._last - PAGE), -1):
            stored = self._pages.loaded(seq)
            if stored is not None and stored.key == key:
                return seq - self._first
        return -1

    def context_at(self, row: int) -> RowContext:
        """What the row's neighbours make of it. The row must be there."""
        this = self.row_at(row)
        if this is None:
            return RowContext(names=self.names)
        seq = self.seq_at(row)
        unread = self._unread_count if seq and seq == self._unread_from else 0
        return context_of(
            self.row_at(row - 1) if row else None,
            this,
            self.row_at(row + 1) if row + 1 < self.rowCount() else None,
            is_first=row == 0,
            unread=unread,
            after_is_unread=self._unread_count > 0 and self.seq_at(row + 1) == self._unread_from,
            names=self.names,
            today=self._today,
            zone=self.zone,
        )

    def sender_name(self, row: TimelineRow) -> str:
        return name_of(self.people, row.message.sender_id)

    def name_of(self, user_id: UUID) -> str:
        """What somebody is called, "You" for me."""
        return translate("Row", "You") if user_id == self.me else name_of(self.people, user_id)

    def caption(self, row: TimelineRow) -> str:
        """Who sent it and when, on one line."""
        when = local_time(row.message.created_at, self.zone)
        return f"{self.name_of(row.message.sender_id)} · {day_label(when.day, self._today)}, {when.clock}"

    def quoted(self, reply: ReplyTo) -> tuple[str, str]:
        """Who wrote the message that is answered, and a line of it: as it is now where it is in memory, else as it was."""
        known = self._pages.loaded(reply.seq)
        words = content_words(known) if known is not None else one_line(plain(reply.excerpt))
        return self.name_of(reply.sender_id), words or translate("Row", "Message")

    def forwarded_words(self, row: TimelineRow) -> str:
        """Whose message it was first; empty for one that was written here."""
        first = row.message.forwarded_from
        if first is None:
            return ""
        if first.sender_id == self.me:
            return translate("Row", "Forwarded from yourself")
        return translate("Row", "Forwarded from {name}", name=self.name_of(first.sender_id))

    def mentioned(self, row: TimelineRow) -> dict[str, bool]:
        """User names (small letters) of those whom a message means, and whether that is the person here."""
        people = {user_id: self.people.get(user_id) for user_id in row.message.mentions}
        found = {
            person.username.lower(): user_id == self.me for user_id, person in people.items() if person is not None
        }
        return {**found, EVERYBODY: not self.is_own(row)} if row.message.mentions_all else found

    def person_meant(self, row: TimelineRow, username: str) -> UUID:
        """Who is called so among those whom a message means; its sender without a name."""
        people = {user_id: self.people.get(user_id) for user_id in row.message.mentions}
        found = (key for key, person in people.items() if person is not None and person.username.lower() == username)
        return next(found, row.message.sender_id)

    def my_emoji(self, row: TimelineRow) -> frozenset[str]:
        """What I have reacted with."""
        return frozenset(one.emoji for one in row.message.reactions if self.me in one.user_ids)

    def who_reacted(self, row: TimelineRow, emoji: str) -> str:
        """Names of those who gave it, on one line."""
        found = next((one for one in row.message.reactions if one.emoji == emoji), None)
        names = [self.name_of(user_id) for user_id in found.user_ids] if found is not None else []
        more = found.count - len(names) if found is not None else 0
        return ", ".join(names) + (translate("Row", " and {n} more", n=more) if more > 0 else "")

    def rows_in_memory(self) -> list[TimelineRow]:
        """Every row that is here without reading the disk, oldest first."""
        stored = (self._pages.loaded(seq) for seq in self._pages.loaded_seqs(self._first, self._last))
        return [row for row in stored if row is not None] + self._pending

    def last_own(self) -> TimelineRow | None:
        """The newest message that I could change, among those in memory at the end."""
        for seq in range(self._last, max(self._first - 1, self._last - PAGE), -1):
            row = self._pages.loaded(seq)
            if row is not None and can_change(row, self.me):
                return row
        return None

    def is_own(self, row: TimelineRow) -> bool:
        return is_own(row, self.me)

    def system_words(self, row: TimelineRow) -> str:
        return system_words(row.message.system, self.people, me=self.me)

    def words(self, row: int, *, spoken: bool) -> str:
        this = self.row_at(row)
        if this is None:
            return translate("Row", "Loading")
        if this.message.kind == "system":
            return self.system_words(this)
        if not spoken:
            return content_words(this)
        reply = this.message.reply_to
        return spoken_words(
            this,
            name=self.name_of(this.message.sender_id),
            clock=local_time(this.message.created_at, self.zone).clock,
            answers=": ".join(self.quoted(reply)) if reply is not None else "",
            forwarded=self.forwarded_words(this),
        )

    # changing: called by the store, after the change is true

    def apply_rows(self, rows: Iterable[TimelineRow]) -> None:
        """Rows that are new or look different now, in any order."""
        self._today = self._current_day()
        rows = tuple(rows)
        stored = [row for row in rows if row.message.seq >= self._first and self._pending_index(row.key) < 0]
        for row in stored:
            self._pages.put(row)  # before the row exists: whoever hears of it finds it there
        for row in rows:
            if self._pending_index(row.key) >= 0:
                if row.message.seq:
                    self.place(row.key, row)
                else:
                    self._change_pending(row)
            elif not row.message.seq:
                self._insert_pending(row)
        if stored:
            self._extend(max(row.message.seq for row in stored))  # all at once: each insertion is a layout
        self._tell([row.message.seq - self._first for row in stored])

    def place(self, key: UUID, row: TimelineRow) -> None:
        """The pending row `key` got its `seq`: the row stays, its content changes."""
        number, seq = self._pending_index(key), row.message.seq
        if number < 0:
            self.apply_rows([row])
            return
        self._pages.put(row)
        if seq <= self._last:  # its number stands among the stored rows already
            self._remove_pending(number)
        else:
            self._extend(seq - 1)
            self._lift_pending(number)
            del self._pending[0]
            self._last = seq
        self._tell([seq - self._first])

    def set_uploaded(self, key: UUID, share: float) -> None:
        """So much of the files of a pending row has been uploaded, 0..1."""
        if (number := self._pending_index(key)) >= 0:
            self._change_pending(msgspec.structs.replace(self._pending[number], uploaded=share))

    def discard(self, key: UUID) -> None:
        """The pending row is gone: the user discarded it."""
        if (number := self._pending_index(key)) >= 0:
            self._remove_pending(number)

    def set_marks(self, *, delivered_upto: int, read_upto: int) -> None:
        """Everybody else received and read up to these."""
        changed = self._pages.set_marks(delivered_upto, read_upto)
        self._tell([seq - self._first for seq in changed if self._first <= seq <= self._last])

    def people_changed(self) -> None:
        """Names changed."""
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))  # no role: more than the rows changed

    def reset_to(self, *, first_seq: int, last_seq: int, pending: Sequence[TimelineRow]) -> None:
        """What was held of the conversation was dropped and begins anew."""
        self.beginResetModel()
        self._pages.clear()
        self._asked.clear()
        self._first, self._last = first_seq, max(last_seq, first_seq - 1)
        self._pending = list(pending)
        self.endResetModel()

    def ask_again(self) -> None:
        """What could not be fetched is asked for once more (the link is back)."""
        self._asked.clear()
        self._ask.start()

    # how

    def _pending_index(self, key: UUID) -> int:
        return next((number for number, row in enumerate(self._pending) if row.key == key), -1)

    def _insert_pending(self, row: TimelineRow) -> None:
        at = self.rowCount()
        self.beginInsertRows(_ROOT, at, at)
        self._pending.append(row)
        self.endInsertRows()

    def _change_pending(self, row: TimelineRow) -> None:
        number = self._pending_index(row.key)
        self._pending[number] = row
        self._tell([self.stored_count + number])

    def _remove_pending(self, number: int) -> None:
        at = self.stored_count + number
        self.beginRemoveRows(_ROOT, at, at)
        del self._pending[number]
        self.endRemoveRows()

    def _lift_pending(self, number: int) -> None:
        """Make it the first of the pending rows."""
        if number:
            at = self.stored_count
            self.beginMoveRows(_ROOT, at + number, at + number, _ROOT, at)
            self._pending.insert(0, self._pending.pop(number))
            self.endMoveRows()

    def _extend(self, last_seq: int) -> None:
        """Make room for stored rows up to `last_seq`, before the pending ones."""
        if last_seq > self._last:
            at = self.stored_count
            self.beginInsertRows(_ROOT, at, at + last_seq - self._last - 1)
            self._last = last_seq
            self.endInsertRows()

    def _tell(self, rows: list[int]) -> None:
        """One `dataChanged` for each unbroken run of rows."""
        rows = sorted(set(rows))
        start = 0
        for i in range(1, len(rows) + 1):
            if i == len(rows) or rows[i] != rows[i - 1] + 1:
                self.dataChanged.emit(self.index(rows[start]), self.index(rows[i - 1]), [RowRole])
                start = i

    def _current_day(self) -> date:
        return self._now().astimezone(self.zone).date()

    def _ask_for_holes(self) -> None:
        for hole in self._pages.holes(self._first, self._last):
            if hole not in self._asked:
                self._asked.add(hole)
                self.missing.emit(*hole)
