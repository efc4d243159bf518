"""OutboxQueue: the unsent messages in memory, in the order of the key presses, by lane."""

from uuid import UUID

from chinwag_desktop.core.entities import OutboxEntry, OutboxState


class OutboxQueue:
    """What the worker knows of its entries; a position never changes, whatever becomes of the entry."""

    def __init__(self) -> None:
        self._entries: dict[UUID, OutboxEntry] = {}
        self._positions: dict[UUID, int] = {}
        self._saved: set[UUID] = set()
        self._lanes: dict[UUID, dict[UUID, None]] = {}
        self._count = 0
        self._tries: dict[UUID, int] = {}

    def add(self, entry: OutboxEntry, *, saved: bool) -> None:
        """Put an entry at the end; one that is not saved yet is not sent yet."""
        self._count += 1
        self._entries[entry.temp_id] = entry
        self._positions[entry.temp_id] = self._count
        self._lanes.setdefault(entry.lane, {})[entry.temp_id] = None
        if saved:
            self._saved.add(entry.temp_id)

    def find(self, temp_id: UUID) -> OutboxEntry | None:
        """An entry as it stands now."""
        return self._entries.get(temp_id)

    def position(self, temp_id: UUID) -> int:
        """The number of an entry, growing with time; 0 for one that is gone."""
        return self._positions.get(temp_id, 0)

    def replace(self, entry: OutboxEntry) -> None:
        """Change an entry in its place; one that is gone stays gone."""
        if entry.temp_id in self._entries:
            self._entries[entry.temp_id] = entry

    def remove(self, temp_id: UUID) -> OutboxEntry | None:
        """Take an entry out."""
        entry = self._entries.pop(temp_id, None)
        if entry is not None:
            del self._positions[temp_id]
            self._tries.pop(temp_id, None)
            self._saved.discard(temp_id)
            lane = self._lanes[entry.lane]
            del lane[temp_id]
            if not lane:
                del self._lanes[entry.lane]
        return entry

    def count_try(self, temp_id: UUID) -> None:
        """The entry goes over the link once more."""
        if temp_id in self._entries:
            self._tries[temp_id] = self.tries(temp_id) + 1

    def tries(self, temp_id: UUID) -> int:
        """How many times it went over a link in this run."""
        return self._tries.get(temp_id, 0)

    def mark_saved(self, temp_id: UUID) -> bool:
        """The entry is on the disk, its files too. Whether it is still wanted."""
        if temp_id not in self._entries:
            return False
        self._saved.add(temp_id)
        return True

    def hold(self, temp_id: UUID) -> None:
        """The entry, as it stands now, is not on the disk: it is not sent yet."""
        self._saved.discard(temp_id)

    def is_saved(self, temp_id: UUID) -> bool:
        """Whether the entry is on the disk, its files too."""
        return temp_id in self._saved

    def next_in(self, lane: UUID) -> OutboxEntry | None:
        """The oldest entry of a lane that is to be sent; failed ones are passed over, unsaved ones not."""
        for temp_id in self._lanes.get(lane, ()):
            entry = self._entries[temp_id]
            if entry.state is OutboxState.FAILED:
                continue
            return entry if temp_id in self._saved else None
        return None

    def in_lane(self, lane: UUID) -> list[OutboxEntry]:
        """All entries of a lane, oldest first."""
        return [self._entries[temp_id] for temp_id in self._lanes.get(lane, ())]

    def lanes_with_work(self) -> list[UUID]:
        """Lanes that have something to send."""
        return [lane for lane in self._lanes if self.next_in(lane) is not None]

    def entries(self) -> tuple[OutboxEntry, ...]:
        """All entries, oldest first."""
        return tuple(self._entries.values())
