"""`TimelinePages`: the few hundred stored messages of a conversation that are in memory, in pages by `seq`. Knows no Qt."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Protocol
from uuid import UUID

from msgspec.structs import replace

from chinwag_desktop.core.entities import DeliveryState, TimelineRow

PAGE = 100  # messages a page
PAGES = 8  # pages kept, the least recently used goes first

_TICKS = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)


class TimelineReader(Protocol):
    """Synchronous reads from the cache, by primary key (0.2 ms a page). `cache.timeline_reader.TimelineReader` is one."""

    def page(self, conversation_id: UUID, first: int, last: int, /) -> Sequence[TimelineRow]:
        """The rows held with `first <= seq <= last`, in order; those that are not held are left out."""
        ...


class TimelinePages:
    """Rows by `seq`. `holes` says what the server must be asked for."""

    def __init__(
        self, reader: TimelineReader, conversation_id: UUID, *, delivered_upto: int = 0, read_upto: int = 0
    ) -> None:
        self._reader, self._conversation_id = reader, conversation_id
        self._pages: OrderedDict[int, list[TimelineRow | None]] = OrderedDict()
        self._delivered_upto, self._read_upto = delivered_upto, read_upto

    def get(self, seq: int) -> TimelineRow | None:
        """The row, or None when the cache does not hold it."""
        number, offset = divmod(seq, PAGE)
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = self._load(number)
            if len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page[offset]

    def loaded(self, seq: int) -> TimelineRow | None:
        """The row if it is in memory already."""
        page = self._pages.get(seq // PAGE)
        return page[seq % PAGE] if page is not None else None

    def loaded_seqs(self, first: int, last: int) -> list[int]:
        """Numbers between these whose pages are in memory, in order."""
        pages = sorted(self._pages)
        return [seq for page in pages for seq in range(page * PAGE, (page + 1) * PAGE) if first <= seq <= last]

    def put(self, row: TimelineRow) -> None:
        """A row is new or changed; one whose page is not in memory will be read when it is wanted."""
        page = self._pages.get(row.message.seq // PAGE)
        if page is not None:
            page[row.message.seq % PAGE] = self._ticked(row)

    def clear(self) -> None:
        self._pages.clear()

    def holes(self, first_seq: int, last_seq: int) -> list[tuple[int, int]]:
        """Runs of `seq` within the bounds that loaded pages lack, one a page, oldest first."""
        found: list[tuple[int, int]] = []
        for number in sorted(self._pages):
            page = self._pages[number]
            low, high = max(first_seq, number * PAGE), min(last_seq, number * PAGE + PAGE - 1)
            lacking = [seq for seq in range(low, high + 1) if page[seq - number * PAGE] is None]
            if lacking:
                found.append((lacking[0], lacking[-1]))
        return found

    def set_marks(self, delivered_upto: int, read_upto: int) -> list[int]:
        """Everybody else received and read so far. Marks only grow. Returns the `seq` of rows in memory that look different now."""
        self._delivered_upto = max(self._delivered_upto, delivered_upto)
        self._read_upto = max(self._read_upto, read_upto)
        changed: list[int] = []
        for seq, row in self._rows():
            ticked = self._ticked(row)
            if ticked is not row:
                self._pages[seq // PAGE][seq % PAGE] = ticked
                changed.append(seq)
        return sorted(changed)

    def _rows(self) -> Iterator[tuple[int, TimelineRow]]:
        for number, page in list(self._pages.items()):
            for offset, row in enumerate(page):
                if row is not None:
                    yield number * PAGE + offset, row

    def _load(self, number: int) -> list[TimelineRow | None]:
        page: list[TimelineRow | None] = [None] * PAGE
        first = number * PAGE
        for row in self._reader.page(self._conversation_id, first, first + PAGE - 1):
            page[row.message.seq - first] = self._ticked(row)
        return page

    def _ticked(self, row: TimelineRow) -> TimelineRow:
        """The row with the furthest of its own state and what the marks say."""
        if row.state not in _TICKS:
            return row
        seq = row.message.seq
        told = (
            DeliveryState.READ
            if seq <= self._read_upto
            else DeliveryState.DELIVERED
            if seq <= self._delivered_upto
            else row.state
        )
        return replace(row, state=told) if told > row.state else row
