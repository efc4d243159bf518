"""Text that is selected across messages: where it begins and ends, what of a row is in it, and its words."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QTextLine

from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.theme.shaping import utf16_length
from chinwag_desktop.ui.timeline.parts import RowLayout

MOST: Final = 5_000
"""Messages that can be copied at once."""
_WORD: Final = re.compile(r"\w+|[^\w\s]+|\s+")


class Place(NamedTuple):
    """A place in the talk: a message by its `seq`, and UTF-16 units from the beginning of its shown text."""

    seq: int
    offset: int


class Piece(NamedTuple):
    """A part of a `TextPart`, in UTF-16 units."""

    part: int
    start: int
    length: int


END: Final = 1 << 30
"""An offset behind every text."""


class TextSelection:
    """From `anchor`, where it was begun, to `head`; either way round. The parts of a row count as lines of one text."""

    def __init__(self) -> None:
        self.anchor: Place | None = None
        self.head: Place | None = None
        self._shown: dict[int, str] = {}
        """How the messages read in which an end was set: places in them count in these texts."""

    def __bool__(self) -> bool:
        return self.anchor is not None and self.head is not None and self.anchor != self.head

    def ends(self) -> tuple[Place, Place]:
        """The upper and the lower end; only while there is a selection."""
        if self.anchor is None or self.head is None:
            raise ValueError("nothing is selected")
        return min(self.anchor, self.head), max(self.anchor, self.head)

    def of_row(self, seq: int, length: int) -> tuple[int, int]:
        """What of a text of this length is selected: start and length."""
        if not self or not seq:
            return 0, 0
        first, last = self.ends()
        start = 0 if seq > first.seq else first.offset if seq == first.seq else length
        end = length if seq < last.seq else last.offset if seq == last.seq else 0
        return min(start, length), max(0, min(end, length) - min(start, length))

    def pieces(self, seq: int, layout: RowLayout) -> list[Piece]:
        """The same for each part of a row."""
        if not self or not layout.texts:
            return []
        start, length = self.of_row(seq, text_length(layout))
        return list(_pieces(layout, start, start + length)) if length else []

    def words(self, model: TimelineModel) -> str:
        """What is selected as plain text: one message's words alone, several each under who wrote it and when."""
        if not self:
            return ""
        first, last = self.ends()
        seqs = range(first.seq, min(last.seq, first.seq + MOST - 1) + 1)
        said: list[tuple[str, str]] = []
        for seq in seqs:
            row = model.row_at(model.row_of_seq(seq)) if model.row_of_seq(seq) >= 0 else None
            if row is None or row.message.kind == "system":
                continue
            text = row.message.text
            if seq in (first.seq, last.seq):
                text = self._part_of(seq, text, model.words(model.row_of_seq(seq), spoken=False))
            if text:
                said.append((model.caption(row), text))
        if len(said) == 1:
            return said[0][1]
        return "\n\n".join(f"{caption}\n{text}" for caption, text in said)

    def _part_of(self, seq: int, text: str, shown: str) -> str:
        """Of the first and the last message: all of it as it was typed, or a part as it is shown."""
        shown = self._shown.get(seq, shown)
        start, length = self.of_row(seq, utf16_length(shown))
        if length >= utf16_length(shown):
            return text
        return shown.encode("utf-16-le")[2 * start : 2 * (start + length)].decode("utf-16-le", "ignore")

    def remember(self, seq: int, layout: RowLayout) -> None:
        """An end is set in this message, which reads as laid out here."""
        if seq not in self._shown:
            self._shown[seq] = shown_text(layout)


def shown_text(layout: RowLayout) -> str:
    """The parts of a row as lines, the mark of a list before its item."""
    said = "".join(part.layout.text() + (" " if part.marker else "\n") for part in layout.texts)
    return said[:-1].replace("\u2028", "\n")


def text_length(layout: RowLayout) -> int:
    """Of `shown_text`, UTF-16 units."""
    return utf16_length(shown_text(layout))


def offset_at(layout: RowLayout, at: QPointF, *, on_character: bool = False) -> int:
    """The place in the shown text that is nearest to a point of the row: between two characters, or `on_character` before the one under it."""
    how = (
        QTextLine.CursorPosition.CursorOnCharacter if on_character else QTextLine.CursorPosition.CursorBetweenCharacters
    )
    base, best, found = 0, float("inf"), 0
    for part in layout.texts:
        local = at - part.at
        for number in range(part.layout.lineCount()):
            line = part.layout.lineAt(number)
            away = max(line.y() - local.y(), local.y() - line.y() - line.height(), 0.0)
            sideways = max(line.x() - local.x(), local.x() - line.x() - line.naturalTextWidth(), 0.0)
            if away * 1_000 + sideways < best:
                best, found = away * 1_000 + sideways, base + line.xToCursor(local.x(), how)
        base += utf16_length(part.layout.text()) + 1
    bottom = max((part.at.y() + part.layout.boundingRect().bottom() for part in layout.texts), default=0.0)
    if layout.texts and at.y() > bottom:
        return max(0, base - 1)
    return found


def is_on_text(layout: RowLayout, at: QPointF) -> bool:
    """Whether a point of the row is on a line of its text."""
    return any(part.layout.boundingRect().translated(part.at).contains(at) for part in layout.texts)


def word_around(text: str, offset: int) -> tuple[int, int]:
    """Start and end of the word at an offset, UTF-16 units."""
    at = 0
    for match in _WORD.finditer(text):
        length = utf16_length(match.group())
        if at <= offset < at + length:
            return at, at + length
        at += length
    return offset, offset


def _pieces(layout: RowLayout, start: int, end: int) -> Iterator[Piece]:
    base = 0
    for number, part in enumerate(layout.texts):
        length = utf16_length(part.layout.text())
        first, last = max(start - base, 0), min(end - base, length)
        if last > first:
            yield Piece(number, first, last - first)
        base += length + 1
