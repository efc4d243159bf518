"""Breaking text into lines on the type scale's own rhythm, for bubbles and paragraphs. Pure: no widget, no colour.

Qt counts UTF-16 units where Python counts code points: `utf16_length` stands between the two.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QTextCharFormat, QTextLayout, QTextOption

from chinwag_desktop.core.markup import Span, Style
from chinwag_desktop.ui.theme.typography import baseline, font, line_height

EMOJI_SCALE = 1.2  # emoji in text: at text size their detail is lost

_PICTURE = "[\U0001f1e6-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b05-\u2b55\u3030\u303d]"
_EXTRA = "(?:\ufe0f|[\U0001f3fb-\U0001f3ff]|[\U000e0020-\U000e007f])"
_ONE = f"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}{_EXTRA}*(?:\u200d{_PICTURE}{_EXTRA}*)*)"
EMOJI_RUN = re.compile(f"{_ONE}+")
_JUMBO = re.compile(f"(?:{_ONE}\\s?){{1,3}}")
_JUMBO_CHARACTERS = 48


class Shaped(NamedTuple):
    """Broken text. Widths and heights in pixels; `width` is rounded up."""

    layout: QTextLayout
    width: int
    last: float  # width of the last line
    height: float


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_few_emoji(text: str) -> bool:
    """True for one to three emoji and nothing else: they are shown big."""
    return not text.isascii() and len(text) <= _JUMBO_CHARACTERS and _JUMBO.fullmatch(text) is not None


def runs_right_to_left(text: str) -> bool:
    """True when the first strong character is Hebrew, Arabic or the like."""
    if text.isascii():
        return False
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False


@cache
def _emoji_format(style: str) -> QTextCharFormat:
    larger = QFont(font(style))
    larger.setPixelSize(round(larger.pixelSize() * EMOJI_SCALE))
    made = QTextCharFormat()
    made.setFont(larger)
    return made


def _emoji_ranges(text: str, style: str) -> list[QTextLayout.FormatRange]:
    ranges: list[QTextLayout.FormatRange] = []
    for match in EMOJI_RUN.finditer(text):
        piece = QTextLayout.FormatRange()
        piece.start = utf16_length(text[: match.start()])
        piece.length = utf16_length(match.group())
        piece.format = _emoji_format(style)
        ranges.append(piece)
    return ranges


def _break(layout: QTextLayout, style: str, limit: float) -> tuple[float, float, float]:
    """Widest line, last line, height."""
    step, base = line_height(style), baseline(style)
    widest = last = y = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(limit)
        last = line.naturalTextWidth()
        widest = max(widest, last)
        line.setPosition(
            QPointF(0, y + base - line.ascent())
        )  # a fixed step: emoji and CJK fonts cannot push the next line
        y += step
    layout.endLayout()
    return widest, last, y


def utf16_ranges(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Starts and lengths in characters, in order and apart, as starts and lengths in UTF-16 units."""
    if text.isascii():
        return list(places)
    found: list[tuple[int, int]] = []
    characters = units = 0
    for start, length in places:
        units += utf16_length(text[characters:start])
        long = utf16_length(text[start : start + length])
        found.append((units, long))
        characters, units = start + length, units + long
    return found


@cache
def _span_format(style: str, look: Style) -> QTextCharFormat:
    made = QTextCharFormat()
    letters = QFont(font("code" if look & Style.CODE else style))
    if look & Style.BOLD:
        letters.setWeight(QFont.Weight.DemiBold)
    letters.setItalic(bool(look & Style.ITALIC))
    letters.setStrikeOut(bool(look & Style.STRIKE))
    made.setFont(letters)
    return made


def _span_ranges(text: str, style: str, spans: Sequence[Span]) -> list[QTextLayout.FormatRange]:
    ranges: list[QTextLayout.FormatRange] = []
    for (start, length), span in zip(utf16_ranges(text, [(s.start, s.length) for s in spans]), spans, strict=True):
        piece = QTextLayout.FormatRange()
        piece.start, piece.length, piece.format = start, length, _span_format(style, span.style)
        ranges.append(piece)
    return ranges


def shape(text: str, style: str, width: float, *, spans: Sequence[Span] = ()) -> Shaped:
    """Break `text` at `width`. Line feeds break; everything else is text, of which `spans` look otherwise."""
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout = QTextLayout(text.replace("\n", "\u2028"), font(style))
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    ranges = _span_ranges(text, style, spans) if spans else []
    if style == "body" and not text.isascii():
        ranges += _emoji_ranges(text, style)
    if ranges:
        layout.setFormats(ranges)
    widest, last, height = _break(layout, style, width)
    if runs_right_to_left(text):  # again, so that the right edge is the text's and not the column's
        _break(layout, style, int(widest) + 1)
    return Shaped(layout=layout, width=int(widest) + 1, last=last, height=height)


def shape_balanced(text: str, style: str, width: int) -> Shaped:
    """Even lines: the narrowest measure that needs no line more than `width` does."""
    best = shape(text, style, width)
    low, high = width // 2, width
    while high - low > 4:
        middle = (low + high) // 2
        tried = shape(text, style, middle)
        if tried.height == best.height:
            best, high = tried, middle
        else:
            low = middle
    return best
