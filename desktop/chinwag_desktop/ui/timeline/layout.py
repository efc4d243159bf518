"""State to layout: `lay_out(row, context, width, words)` gives a `RowLayout`; painting, sizes and hit-testing read it.

Pure: no widget, no theme, no clock. Colours come later, so a theme switch lays out nothing again.
"""

from PySide6.QtCore import QPointF, QRectF

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.timeline_context import RowContext
from chinwag_desktop.ui.theme.shapes import rounded
from chinwag_desktop.ui.theme.shaping import shape_balanced
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, elide, line_height
from chinwag_desktop.ui.timeline.bubble import lay_out_bubble
from chinwag_desktop.ui.timeline.parts import AvatarPart, FailurePart, RowLayout, Rule, SystemPart, Words
from chinwag_desktop.ui.timeline.reactions import place_reactions

AVATAR_SLOT = 40  # an avatar and the air right of it
_GAPS, _GAPS_COMPACT = (12, 6, 2), (6, 3, 1)  # between people, between minutes, within a minute
_DATE_ROOM, _UNREAD_ROOM = 40, 32
_RULE_TOP, _UNREAD_TOP = 16, 12
_LEAST_AIR, _AIR = 32, 56  # what a bubble leaves free on the other side, in narrow and in wide columns
_AIR_FROM = 520
_ACTION_PAD = 8  # left and right of a word under a failed message
_FAILURE_GAP = 4


def column_of(width: int) -> tuple[int, int]:
    """Left edge and width of the column of talk in a viewport `width` pixels wide."""
    gutter = Space.XL if width >= Size.NARROW_UNDER else Space.S
    column = max(120, min(width - 2 * gutter, Size.COLUMN))
    return round((width - column) / 2), column


def lay_out(
    row: TimelineRow | None,
    context: RowContext,
    width: int,
    words: Words,
    *,
    own: bool,
    seq: int = 0,
    compact: bool = False,
) -> RowLayout:
    """Rectangles of one row; `row` is None while the message `seq` is not here yet. `compact` rows stand closer together."""
    layout = RowLayout(width=width, own=own)
    left, column = column_of(width)
    y = _lay_out_rules(layout, context, left, column)
    if row is not None and row.message.kind == "system":
        return _lay_out_system(layout, words.system, left, column, y)
    run, group, within = _GAPS_COMPACT if compact else _GAPS
    y += run if context.run_first else group if context.first else within
    slot = AVATAR_SLOT if context.names and not own else 0
    limit = min(Size.BUBBLE, column - slot - (_AIR if column > _AIR_FROM else _LEAST_AIR))
    if row is None:
        return _lay_out_blank(layout, seq, x=left + slot, y=y, limit=limit)
    lay_out_bubble(layout, row, context, words, top=y, left=left + slot, right=left + column, limit=limit)
    if layout.bubble is None:  # for the type checker: the line above made it
        return layout
    bottom = layout.bubble.bottom()
    if slot and context.run_last:
        place = QRectF(left, bottom - Size.AVATAR_TALK, Size.AVATAR_TALK, Size.AVATAR_TALK)
        layout.avatar = AvatarPart(place, words.sender)
    if row.message.reactions:
        layout.reactions, bottom = place_reactions(
            row.message.reactions,
            words.my_emoji,
            left=layout.bubble.left() if not own else left,
            right=layout.bubble.right() if own else left + column,
            top=bottom,
            from_right=own,
        )
    if row.state is DeliveryState.FAILED:
        bottom = _lay_out_failure(layout, words.failure, right=layout.bubble.right(), left=left, top=bottom)
    layout.height = bottom
    return layout


def _lay_out_rules(layout: RowLayout, context: RowContext, left: int, column: int) -> float:
    """Date separator and unread bar; returns where the row itself begins."""
    y = 0.0
    if context.date:
        layout.date = Rule(QRectF(left, _RULE_TOP, column, line_height("caption")), context.date)
        y += _DATE_ROOM
    if context.unread:
        label = translate("Timeline", "%n new message(s)", "", context.unread)
        layout.unread = Rule(QRectF(left, y + _UNREAD_TOP, column, line_height("caption_strong")), label)
        y += _UNREAD_ROOM
    return y


def _lay_out_system(layout: RowLayout, words: str, left: int, column: int, y: float) -> RowLayout:
    shaped = shape_balanced(words, "caption", min(column, Size.BUBBLE))
    layout.system = SystemPart(shaped.layout, QRectF(left, y + 10, column, shaped.height))
    layout.height = y + 10 + shaped.height + 8
    return layout


def _lay_out_blank(layout: RowLayout, seq: int, *, x: float, y: float, limit: float) -> RowLayout:
    """A bubble without words, of a size that its number decides."""
    width, height = min(140 + seq * 97 % 260, limit), 36 + 20 * (seq % 3 == 0)
    layout.blank = True
    layout.bubble = QRectF(x, y, width, height)
    r = Radius.BUBBLE
    layout.outline = rounded(layout.bubble, tl=r, tr=r, br=r, bl=r)
    layout.height = y + height
    return layout


def _lay_out_failure(layout: RowLayout, reason: str, *, right: float, left: float, top: float) -> float:
    """ "Not sent. Why.  Retry  Discard" under the bubble, the reason on a line of its own where there is no room. Returns the bottom."""
    words = translate("Timeline", "Not sent. {reason}", reason=reason) if reason else translate("Timeline", "Not sent")
    retry_w = advance("caption_strong", retry_label()) + 2 * _ACTION_PAD
    discard_w = advance("caption_strong", discard_label()) + 2 * _ACTION_PAD
    edge = right + _ACTION_PAD  # the last word ends where the bubble ends
    line = line_height("caption") + 4
    y = top + _FAILURE_GAP
    words_w = advance("caption", words)
    if words_w + retry_w + discard_w <= right - left:
        words_x, actions_y = edge - discard_w - retry_w - words_w - 4, y
    else:
        words = elide("caption", words, right - left)
        words_x, actions_y = right - advance("caption", words), y + line
    discard = QRectF(edge - discard_w, actions_y - 2, discard_w, line)
    layout.failure = FailurePart(
        words_at=QPointF(round(words_x), y + baseline("caption")),
        words=words,
        retry=QRectF(discard.left() - retry_w, actions_y - 2, retry_w, line),
        discard=discard,
    )
    return actions_y + line


def retry_label() -> str:
    return translate("Timeline", "Retry")


def discard_label() -> str:
    return translate("Timeline", "Discard")
