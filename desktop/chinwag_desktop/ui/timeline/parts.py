"""The pieces a row of the timeline is made of, as rectangles in the row's own coordinates: pixels, y downwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, cast

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QTextLayout

from chinwag_desktop.ui.timeline.reactions import ReactionPart
from chinwag_protocol.objects import Attachment


class Words(NamedTuple):
    """What the model says about a row, handed to the layout so that it stays pure."""

    sender: str = ""
    clock: str = ""
    system: str = ""
    failure: str = ""
    forwarded: str = ""
    quoted_sender: str = ""
    quoted: str = ""
    my_emoji: frozenset[str] = frozenset()
    mentions: Mapping[str, bool] = MappingProxyType({})
    """User names (small letters) that the message means, and whether it is one's own."""


class Rule(NamedTuple):
    """A label between two hairlines."""

    rect: QRectF
    label: str


class TextLink(NamedTuple):
    """A link in shaped text: `start` and `length` in UTF-16 units. For a mention `url` is the user name."""

    start: int
    length: int
    url: str


class Tint(NamedTuple):
    """A piece of shaped text, in UTF-16 units, with an ink of its own (a token, or "meta") or on a well."""

    start: int
    length: int
    ink: str
    well: bool = False


class TextPart(NamedTuple):
    """Shaped text and where it stands; `underlines` are relative to `at`."""

    layout: QTextLayout
    at: QPointF
    links: tuple[TextLink, ...] = ()
    underlines: tuple[QRectF, ...] = ()
    tints: tuple[Tint, ...] = ()
    mentions: tuple[TextLink, ...] = ()
    marker: bool = False
    """Whether it is the mark of a list, beside the part that follows."""


class SystemPart(NamedTuple):
    """A system message: balanced lines, centred in `rect`."""

    layout: QTextLayout
    rect: QRectF


class QuotePart(NamedTuple):
    """The message that is answered: its sender and one line of it, on a well."""

    rect: QRectF
    sender_at: QPointF  # left end of the baseline, as below
    sender: str
    words_at: QPointF
    words: str


class AvatarPart(NamedTuple):
    """The sender's avatar."""

    rect: QRectF
    name: str


class PicturePart(NamedTuple):
    """A picture: its place is known before it is loaded. `number` counts the message's attachments."""

    rect: QRectF
    radius: float
    number: int
    attachment: Attachment


class FilePart(NamedTuple):
    """A file: the well with its icon, and two lines right of it."""

    rect: QRectF
    icon: str
    title: str
    detail: str
    number: int
    attachment: Attachment


class MetaPart(NamedTuple):
    """Time and tick; over a picture they stand on a pill."""

    at: QPointF  # left end of the baseline
    stamp: str
    pill: QRectF | None


class FailurePart(NamedTuple):
    """The lines under a message that was not sent."""

    words_at: QPointF  # left end of the baseline
    words: str
    retry: QRectF
    discard: QRectF


@dataclass(slots=True)
class RowLayout:
    """The geometry of one row. A part that is absent is None or empty."""

    width: int
    own: bool = False
    height: float = 0.0
    date: Rule | None = None
    unread: Rule | None = None
    system: SystemPart | None = None
    avatar: AvatarPart | None = None
    bubble: QRectF | None = None
    outline: QPainterPath | None = None
    inside: QPainterPath | None = (
        None  # one pixel inside the outline: a hairline is two fills, a stroke costs 15 times a fill
    )
    bare: bool = False  # the bubble is not painted: big emoji, or a picture alone
    blank: bool = False  # the message is not here yet
    name: tuple[QPointF, str] | None = None  # left end of the baseline
    forwarded: tuple[QPointF, str] | None = None
    quote: QuotePart | None = None
    pictures: list[PicturePart] = field(default_factory=list["PicturePart"])
    files: list[FilePart] = field(default_factory=list["FilePart"])
    texts: list[TextPart] = field(default_factory=list["TextPart"])
    wells: list[QRectF] = field(default_factory=list["QRectF"])  # under code
    bars: list[QRectF] = field(default_factory=list["QRectF"])  # beside what is quoted in the text
    meta: MetaPart | None = None
    reactions: list[ReactionPart] = field(default_factory=list["ReactionPart"])
    failure: FailurePart | None = None


def x_at(answer: object) -> float:
    """`QTextLine.cursorToX` answers with the position and the cursor it belongs to."""
    position = cast("tuple[float, int]", answer)[0] if isinstance(answer, tuple) else answer
    return position if isinstance(position, float) else 0.0
