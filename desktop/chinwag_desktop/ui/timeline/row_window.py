"""`RowWindow`: which rows a viewport shows and where, from one anchored row. Pure arithmetic: no widget, no model.

Only the rows on the screen are ever laid out. The scroll position is a fraction: at fraction f the content point f x rows stands at
f x height, so both ends are exact, no height is guessed, and a drag to the middle of 100,000 rows costs what any frame costs.
"""

from collections.abc import Callable
from typing import NamedTuple

from chinwag_desktop.ui.timeline.parts import RowLayout

TOP, BOTTOM = 8, 16  # air over the first row, under the last


class Placed(NamedTuple):
    """A row on the screen and where its top stands in the viewport."""

    row: int
    top: float
    layout: RowLayout

    @property
    def bottom(self) -> float:
        return self.top + self.layout.height


class RowWindow:
    """`fill` after every change of anchor, size or rows; `layout_of` lays out one row."""

    def __init__(self, layout_of: Callable[[int], RowLayout]) -> None:
        self._layout_of = layout_of
        self.count = 0
        self.height = 0
        self.placed: list[Placed] = []  # from the top
        self.at_end = True
        self._anchor, self._offset = 0, 0.0  # the row that stays put, and its top

    # moving the anchor

    def anchor_end(self) -> None:
        """The last row stands at the bottom."""
        self._anchor = max(0, self.count - 1)
        self._offset = float(self.height - BOTTOM) - (self._layout_of(self._anchor).height if self.count else 0)

    def anchor_row(self, row: int, top: float) -> None:
        self._anchor, self._offset = row, top

    def anchor_fraction(self, fraction: float) -> None:
        """The scroll bar's thumb was put there."""
        point = fraction * self.count
        row = min(int(point), self.count - 1)
        # on a whole pixel, or every glyph is blurred
        self.anchor_row(row, float(round(fraction * self.height - (point - row) * self._layout_of(row).height)))

    def move(self, pixels: float) -> None:
        """Move the content up by `pixels`."""
        self._offset -= pixels

    def rows_inserted(self, first: int, count: int) -> None:
        """Rows came: the anchor keeps its place on the screen."""
        if first <= self._anchor:
            self._anchor += count

    def rows_removed(self, first: int, count: int) -> None:
        if first + count <= self._anchor:
            self._anchor -= count
        elif first <= self._anchor:
            self._anchor = max(0, first - 1)

    # laying out

    def fill(self) -> None:
        """Lay out what the viewport shows around the anchor, and close gaps at the two ends."""
        if not self.count:
            self.placed, self.at_end = [], True
            return
        row = min(self._anchor, self.count - 1)
        placed = [Placed(row, self._offset, self._layout_of(row))]
        self._extend(placed)
        gap = self.height - BOTTOM - placed[-1].bottom
        if placed[-1].row == self.count - 1 and gap > 0:  # air under the last row
            placed = _shifted(placed, gap)
            self._extend(placed)
        whole = placed[0].row == 0 and placed[-1].row == self.count - 1 and placed[0].top >= 0 and gap >= 0
        if placed[0].row == 0 and placed[0].top > TOP and not whole:  # air over the first row
            placed = _shifted(placed, TOP - placed[0].top)
            self._extend(placed)
        while len(placed) > 1 and placed[0].bottom <= 0:
            placed.pop(0)
        while len(placed) > 1 and placed[-1].top >= self.height:
            placed.pop()
        self.placed = placed
        self._anchor, self._offset = placed[-1].row, placed[-1].top
        self.at_end = placed[-1].row == self.count - 1 and placed[-1].bottom <= self.height - BOTTOM + 1

    def _extend(self, placed: list[Placed]) -> None:
        """Add rows at both ends until the viewport is covered or the conversation ends."""
        while placed[0].top > 0 and placed[0].row > 0:
            row = placed[0].row - 1
            layout = self._layout_of(row)
            placed.insert(0, Placed(row, placed[0].top - layout.height, layout))
        while placed[-1].bottom < self.height and placed[-1].row < self.count - 1:
            row = placed[-1].row + 1
            placed.append(Placed(row, placed[-1].bottom, self._layout_of(row)))

    # asking

    @property
    def fits(self) -> bool:
        """Everything is on the screen: there is nothing to scroll."""
        if not self.placed:
            return True
        first, last = self.placed[0], self.placed[-1]
        return first.row == 0 and first.top >= 0 and last.row == self.count - 1 and last.bottom <= self.height

    def fraction(self) -> float:
        """Where the scroll bar's thumb belongs, 0..1."""
        if self.fits or self.at_end:
            return 1.0
        for row, top, layout in self.placed:  # the f for which content point f x count stands at f x height
            slope = self.height / layout.height - self.count
            f = (top / layout.height - row) / slope if slope else 0.0
            if top <= f * self.height <= top + layout.height:
                return f
        return 1.0 if self.placed[-1].row == self.count - 1 else 0.0

    def at(self, y: float) -> Placed | None:
        return next((p for p in self.placed if p.top <= y < p.bottom), None)

    def find(self, row: int) -> Placed | None:
        return next((p for p in self.placed if p.row == row), None)


def _shifted(placed: list[Placed], pixels: float) -> list[Placed]:
    return [p._replace(top=p.top + pixels) for p in placed]
