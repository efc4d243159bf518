"""`KeyedListModel`: a flat list whose items have keys. `show()` turns the old list into the new one with the smallest honest signals.

A row that changes place moves and a row that changes its content tells so; there is never a reset, so selection and scroll position stay.
"""

from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

ItemT = TypeVar("ItemT")

ItemRole = Qt.ItemDataRole.UserRole + 1
_TEXT_ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class KeyedListModel(QAbstractListModel, Generic[ItemT]):
    """Subclasses say what the key of an item is and what it is called. `shown` comes once after each change."""

    shown = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[ItemT] = []

    def key_of(self, item: ItemT) -> Hashable:
        raise NotImplementedError

    def words_of(self, item: ItemT, *, spoken: bool) -> str:
        """What stands on the row, or (`spoken`) what a screen reader says."""
        raise NotImplementedError

    def items(self) -> Sequence[ItemT]:
        return self._items

    def item(self, row: int) -> ItemT:
        return self._items[row]

    def row_of(self, key: Hashable) -> int:
        """The row of the item with this key, or -1."""
        return next((row for row, item in enumerate(self._items) if self.key_of(item) == key), -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        if role == ItemRole:
            return item
        if role in _TEXT_ROLES:
            return self.words_of(item, spoken=role == Qt.ItemDataRole.AccessibleTextRole)
        return None

    def show(self, wanted: Sequence[ItemT]) -> None:
        """Become the list `wanted`; keys must be unique. What is alike above and below costs nothing but a look."""
        top, below = _alike(self._items, wanted)
        if top == len(self._items) == len(wanted):
            return
        end = len(wanted) - below
        keys: list[Hashable] = [None] * top + [self.key_of(item) for item in wanted[top:end]]
        self._remove_all_but(set(keys[top:]), top, len(self._items) - below)
        held = {self.key_of(item) for item in self._items[top : len(self._items) - below]}
        row = top
        while row < end:
            if keys[row] in held:
                self._lift(row, keys)
                row += 1
                continue
            after = row + 1
            while after < end and keys[after] not in held:
                after += 1
            self.beginInsertRows(QModelIndex(), row, after - 1)
            self._items[row:row] = wanted[row:after]
            self.endInsertRows()
            row = after
        self._update(wanted, top, end)
        self.shown.emit()

    def _remove_all_but(self, kept: set[Hashable], top: int, end: int) -> None:
        last = end - 1
        while last >= top:
            if self.key_of(self._items[last]) in kept:
                last -= 1
                continue
            first = last
            while first > top and self.key_of(self._items[first - 1]) not in kept:
                first -= 1
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._items[first : last + 1]
            self.endRemoveRows()
            last = first - 1

    def _lift(self, row: int, keys: Sequence[Hashable]) -> None:
        """Make the item with `keys[row]` stand at `row`; the rows above are in their places already."""
        if self.key_of(self._items[row]) == keys[row]:
            return
        found = next(i for i in range(row + 1, len(self._items)) if self.key_of(self._items[i]) == keys[row])
        if found != row + 1 or not self._sinks(row, keys):
            self._move(found, row)

    def _sinks(self, row: int, keys: Sequence[Hashable]) -> bool:
        """Move the item at `row` down to where it belongs instead of lifting all that follow it, if it has a place below."""
        goal = keys.index(self.key_of(self._items[row]), row)
        present = {self.key_of(item) for item in self._items[row : goal + 1]}
        below = sum(1 for key in keys[row:goal] if key in present)
        if below < 1 or row + below >= len(self._items):
            return False
        self._move(row, row + below)
        return True

    def _move(self, source: int, target: int) -> None:
        """Move one item so that it stands at `target` afterwards."""
        self.beginMoveRows(QModelIndex(), source, source, QModelIndex(), target + 1 if target > source else target)
        self._items.insert(target, self._items.pop(source))
        self.endMoveRows()

    def _update(self, wanted: Sequence[ItemT], top: int, end: int) -> None:
        first = -1
        for row in range(top, end + 1):
            changed = row < end and self._items[row] != wanted[row]
            if changed:
                self._items[row] = wanted[row]
                first = row if first < 0 else first
            elif first >= 0:
                self.dataChanged.emit(self.index(first), self.index(row - 1), [ItemRole, *_TEXT_ROLES])
                first = -1


def _alike(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """How many items at the beginning and, beyond those, at the end are the same in both."""
    shorter = min(len(old), len(new))
    top = 0
    while top < shorter and (old[top] is new[top] or old[top] == new[top]):
        top += 1
    below = 0
    while below < shorter - top and (old[-1 - below] is new[-1 - below] or old[-1 - below] == new[-1 - below]):
        below += 1
    return top, below
