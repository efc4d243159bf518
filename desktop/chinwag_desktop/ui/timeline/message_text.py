"""The text of a message below each other: paragraphs, quotes behind bars, lists behind marks, code on wells. Pure: no widget, no colour."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTextLayout

from chinwag_desktop.core.markup import Block, Style, parse
from chinwag_desktop.core.mentions import EVERYBODY, find_mentions
from chinwag_desktop.ui.links import find_links
from chinwag_desktop.ui.theme.shaping import Shaped, runs_right_to_left, shape, utf16_ranges
from chinwag_desktop.ui.timeline.highlight import highlight
from chinwag_desktop.ui.timeline.parts import TextLink, TextPart, Tint, x_at

BAR = 3
_QUOTE, _QUOTES_MOST = 12, 3  # a bar and the air right of it
_LIST, _LISTS_MOST = 20, 4
_CODE_X, _CODE_Y = 10, 6
_GAP, _ITEM_GAP = 8, 3  # between blocks, between the items of a list
_LEAST = 60  # however deep it is nested
_NEVER = 1e9
_NOBODY: Mapping[str, bool] = MappingProxyType({})


class MessageText(NamedTuple):
    """From the top left corner of the text. `last` is how far the last line reaches; time that ends beyond needs a line of its own."""

    parts: list[TextPart]
    wells: list[QRectF]
    bars: list[QRectF]
    width: int
    last: float
    height: float


def lay_out_text(
    text: str, style: str, width: float, *, marked: bool = True, mentions: Mapping[str, bool] = _NOBODY
) -> MessageText:
    """Break a message's text at `width`. Without `marked` it is words of ours: no markup and no links in it.

    `mentions` are user names that it means, and whether that is oneself: this is seen at once.
    """
    blocks = parse(text) if marked else (Block(text),)
    made = MessageText([], [], [], 0, 0.0, 0.0)
    before: Block | None = None
    for block in blocks:
        if before is not None:
            made = made._replace(height=made.height + (_ITEM_GAP if before.indent and block.indent else _GAP))
        made = _add(made, block, style, width, before, mentions)
        before = block
    return made


def _add(
    made: MessageText, block: Block, style: str, width: float, before: Block | None, mentions: Mapping[str, bool]
) -> MessageText:
    quotes, lists = min(block.quoted, _QUOTES_MOST), min(block.indent, _LISTS_MOST)
    left = min(float(quotes * _QUOTE + lists * _LIST), max(0.0, width - _LEAST))
    top = made.height
    if block.marker:
        mark = shape(block.marker, style, _LIST * 2)
        at = QPointF(max(0.0, left - max(mark.width + 3, _LIST - 4)), top)
        made.parts.append(TextPart(mark.layout, at, marker=True))
    if block.code:
        shaped = shape(block.text, "code", width - left - 2 * _CODE_X)
        at, height = QPointF(left + _CODE_X, top + _CODE_Y), shaped.height + 2 * _CODE_Y
        made.wells.append(
            QRectF(left, top, width - left, height)
        )  # as wide as it may be: the bubble cuts it to its own
        inks = [(*piece, False) for piece in highlight(block.language, block.text)]
        made.parts.append(TextPart(shaped.layout, at, tints=_tints_of(inks, block.text)))
        reach, last = left + shaped.width + 2 * _CODE_X, _NEVER
    else:
        shaped = shape(block.text, style, width - left, spans=block.spans)
        height = shaped.height
        made.parts.append(_paragraph(block, shaped, QPointF(left, top), mentions))
        reach = left + shaped.width
        last = _NEVER if runs_right_to_left(block.text) else left + shaped.last
    joined = _GAP if before is not None and before.quoted else 0
    for number in range(quotes):
        above = joined if before is not None and number < before.quoted else 0
        made.bars.append(QRectF(number * _QUOTE, top - above, BAR, height + above))
    return made._replace(width=max(made.width, int(reach) + (reach > int(reach))), last=last, height=top + height)


def _paragraph(block: Block, shaped: Shaped, at: QPointF, mentions: Mapping[str, bool]) -> TextPart:
    found = [link for link in find_links(block.text) if not _in_code(block, link.start)]
    ranges = utf16_ranges(block.text, [(link.start, link.length) for link in found])
    links = tuple(TextLink(*place, link.url) for place, link in zip(ranges, found, strict=True))
    pieces = [(span.start, span.length, "", True) for span in block.spans if span.style & Style.CODE]
    meant = find_mentions(block, mentions)
    pieces += [(one.start, one.length, "accent_ink", mentions[one.username]) for one in meant]
    places = utf16_ranges(block.text, [(one.start, one.length) for one in meant])
    named = tuple(
        TextLink(*place, one.username)
        for place, one in zip(places, meant, strict=True)
        if one.username != EVERYBODY  # there is no card of all
    )
    tints = _tints_of(sorted(pieces), block.text)
    return TextPart(shaped.layout, at, links, _underlines(shaped.layout, links), tints, named)


def _in_code(block: Block, at: int) -> bool:
    return any(span.style & Style.CODE and span.start <= at < span.start + span.length for span in block.spans)


def _tints_of(pieces: list[tuple[int, int, str, bool]], text: str) -> tuple[Tint, ...]:
    places = utf16_ranges(text, [(start, length) for start, length, _, _ in pieces])
    return tuple(Tint(*place, ink, well) for place, (_, _, ink, well) in zip(places, pieces, strict=True))


def _underlines(layout: QTextLayout, links: tuple[TextLink, ...]) -> tuple[QRectF, ...]:
    """Hairlines 3 px under the baseline of every link, line by line, relative to the text."""
    rules: list[QRectF] = []
    for link in links:
        first = layout.lineForTextPosition(link.start).lineNumber()
        last = layout.lineForTextPosition(link.start + link.length - 1).lineNumber()
        for line in map(layout.lineAt, range(first, last + 1)):
            start = max(link.start, line.textStart())
            end = min(link.start + link.length, line.textStart() + line.textLength())
            x1, x2 = x_at(line.cursorToX(start)), x_at(line.cursorToX(end))
            rules.append(QRectF(min(x1, x2), round(line.y() + line.ascent()) + 3, abs(x2 - x1), 1))
    return tuple(rules)
