"""The inside of a bubble: name, pictures, files, text and time, placed from its top left corner and then moved to where it stands."""

from PySide6.QtCore import QPointF, QRectF

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.row_words import attachment_detail, attachment_title, is_picture
from chinwag_desktop.models.timeline_context import RowContext
from chinwag_desktop.ui.theme.shapes import rounded
from chinwag_desktop.ui.theme.shaping import is_few_emoji
from chinwag_desktop.ui.theme.tokens import Radius, Size
from chinwag_desktop.ui.theme.typography import advance, baseline, elide, elide_middle, line_height
from chinwag_desktop.ui.timeline.message_text import MessageText, lay_out_text
from chinwag_desktop.ui.timeline.parts import (
    FilePart,
    MetaPart,
    PicturePart,
    QuotePart,
    RowLayout,
    Words,
)
from chinwag_protocol.objects import Attachment

PAD_X, PAD_Y = 13, 8
PAD_JUMBO = 2
PICTURE_INSET = 4
_NAME_ROOM, _FORWARDED_ROOM = 20, 18
_TICK_ROOM = 20
_META_GAP = 12  # between the last word and the time
_FILE, _FILE_GAP = 40, 12
_PART_GAP = 6
_QUOTE, _QUOTE_TOP, _QUOTE_PAD = 42, 5, 10
_LEAST_PICTURE = 64
_LEAST_TEXT = 180  # text under a narrow picture may be this wide
_PILL_PAD, _PILL_EDGE, _PILL_HEIGHT = 8, 8, 22
_WAITING = (DeliveryState.SAVING, DeliveryState.SENDING, DeliveryState.FAILED)


def lay_out_bubble(
    layout: RowLayout,
    row: TimelineRow,
    context: RowContext,
    words: Words,
    *,
    top: float,
    left: float,
    right: float,
    limit: float,
) -> None:
    """Place everything in a bubble at most `limit` wide: own ones end at `right`, others start at `left`."""
    _Composer(layout, row, context, words, limit).compose(top=top, left=left, right=right)


def picture_size(attachment: Attachment, limit: float) -> tuple[int, int]:
    """Pixels of a picture on the screen: never enlarged, never so thin that it cannot be hit."""
    width, height = attachment.width or 1, attachment.height or 1
    scale = min(min(Size.PICTURE_WIDTH, limit) / width, Size.PICTURE_HEIGHT / height, 1)
    return max(_LEAST_PICTURE, round(width * scale)), max(_LEAST_PICTURE, round(height * scale))


class _Composer:
    """Puts the parts below each other, remembering the widest. Used once a row."""

    def __init__(self, layout: RowLayout, row: TimelineRow, context: RowContext, words: Words, limit: float) -> None:
        message = row.message
        self.layout, self.row, self.context = layout, row, context
        self.deleted = message.deleted_at is not None
        self.text = translate("Timeline", "Message deleted") if self.deleted else message.text
        attachments = [] if self.deleted else list(enumerate(message.attachments))
        self.pictures = [(number, item) for number, item in attachments if is_picture(item)]
        self.files = [(number, item) for number, item in attachments if not is_picture(item)]
        self.limit, self.inner = limit, limit - 2 * PAD_X
        self.name = words.sender if context.names and context.run_first and not layout.own else ""
        self.quote = None if self.deleted or message.reply_to is None else (words.quoted_sender, words.quoted)
        self.forwarded = "" if self.deleted else words.forwarded
        plain = not (self.deleted or self.quote or self.pictures or self.files or self.forwarded)
        self.jumbo = plain and is_few_emoji(self.text)
        self.bare_picture = len(self.pictures) == 1 and not (
            self.text or self.files or self.name or self.quote or self.forwarded
        )
        self.stamp = self._stamp(words.clock)
        self.meta_width = (
            advance("meta", self.stamp) + (_TICK_ROOM if layout.own and not self.deleted else 0) if self.stamp else 0.0
        )
        self.mentions = words.mentions
        self.wide = 0.0  # the widest content
        self.y = 0.0

    def _stamp(self, clock: str) -> str:
        attached = bool(self.pictures or self.files)
        pinned = self.row.message.pinned_at is not None
        if not (self.context.last or attached or pinned or (self.layout.own and self.row.state in _WAITING)):
            return ""
        if self.row.message.edited_at is not None and not self.deleted:
            clock = translate("Timeline", "edited {clock}", clock=clock)
        if self.row.message.pinned_at is not None and not self.deleted:
            clock = translate("Timeline", "pinned · {clock}", clock=clock)
        return clock

    def compose(self, *, top: float, left: float, right: float) -> None:
        self.y = 0.0 if self.jumbo or self.bare_picture else float(PAD_Y)
        if self.name:
            self.wide = min(int(advance("small_strong", self.name)) + 1, self.inner)  # rounded up, or it is elided
            self.y += _NAME_ROOM
        forwarded_y = self.y
        if self.forwarded:
            self.wide = max(self.wide, min(int(advance("caption", self.forwarded)) + 1, self.inner))
            self.y += _FORWARDED_ROOM
        quote_y = self._place_quote()
        pictures = self._place_pictures(bare=self.bare_picture)
        files = self._place_files()
        shaped = self._shape_text()
        text_y = self.y
        own_line = self._place_text(shaped) if shaped else False
        self._close()
        self._settle(top=top, left=left, right=right)
        self._move(pictures, files, shaped, text_y)
        self._move_quote(quote_y)
        self._move_forwarded(forwarded_y)
        self._place_meta(own_line=own_line)

    # each part from the bubble's top left corner

    def _place_quote(self) -> float:
        """Make room for it; returns its top."""
        top = self.y
        if self.quote is not None:
            wanted = max(advance("caption_strong", self.quote[0]), advance("caption", self.quote[1]))
            room = self.inner
            if self.pictures and not self.text:  # a picture is not stretched for it
                widest = max(picture_size(item, self.limit - 2 * PICTURE_INSET)[0] for _, item in self.pictures)
                room = min(room, max(widest - 2 * (PAD_X - PICTURE_INSET), _LEAST_TEXT))
            self.wide = max(self.wide, min(int(wanted) + 1 + 2 * _QUOTE_PAD, room))
            self.y += _QUOTE + _PART_GAP
        return top

    def _place_pictures(self, *, bare: bool) -> list[PicturePart]:
        placed: list[PicturePart] = []
        inset = 0 if bare else PICTURE_INSET
        under_something = bool(self.name or self.quote or self.forwarded)
        if self.pictures and not bare and not under_something:
            self.y = float(inset)
        for order, (number, item) in enumerate(self.pictures):
            width, height = picture_size(item, self.limit - 2 * PICTURE_INSET)
            radius = (
                Radius.BUBBLE if bare else Radius.CONTROL if order or under_something else Radius.BUBBLE - PICTURE_INSET
            )
            placed.append(PicturePart(QRectF(inset, self.y, width, height), radius, number, item))
            self.wide = max(self.wide, width + 2 * inset - 2 * PAD_X)
            self.y += height + (0 if bare else PICTURE_INSET)
        if self.pictures and (self.text or self.files):
            self.y += _PART_GAP - PICTURE_INSET
            self.inner = min(self.inner, max(self.wide, _LEAST_TEXT))
        return placed

    def _place_files(self) -> list[FilePart]:
        placed: list[FilePart] = []
        for order, (number, item) in enumerate(self.files):
            title, detail = attachment_title(item), attachment_detail(item)
            room = advance("caption", detail)
            if order == len(self.files) - 1 and not self.text:
                room += 2 * _META_GAP + self.meta_width
            wanted = int(max(advance("small_strong", title), room)) + 1
            width = min(self.inner - _FILE - _FILE_GAP, wanted)
            rect, short = QRectF(PAD_X, self.y, _FILE, _FILE), elide_middle("small_strong", title, width)
            placed.append(FilePart(rect, _icon_of(item), short, detail, number, item))
            self.wide = max(self.wide, _FILE + _FILE_GAP + width)
            self.y += _FILE + (_PART_GAP if order < len(self.files) - 1 or self.text else 0)
        return placed

    def _shape_text(self) -> MessageText | None:
        if not self.text:
            return None
        return lay_out_text(
            self.text, "jumbo" if self.jumbo else "body", self.inner, marked=not self.deleted, mentions=self.mentions
        )

    def _place_text(self, shaped: MessageText) -> bool:
        """Returns whether the time needs a line of its own."""
        self.y += shaped.height
        self.wide = max(self.wide, shaped.width)
        if not self.stamp:
            return False
        beside = shaped.last + _META_GAP + self.meta_width
        if self.jumbo or beside > max(self.inner, self.wide):
            self.y += line_height("meta")
            self.wide = max(self.wide, self.meta_width)
            return True
        self.wide = max(self.wide, beside)
        return False

    def _close(self) -> None:
        if self.pictures and not self.text and not self.files:
            return  # the last picture ends the bubble, its inset is counted
        if not self.bare_picture:
            self.y += PAD_Y

    # where the bubble stands

    def _settle(self, *, top: float, left: float, right: float) -> None:
        layout, context = self.layout, self.context
        width = round(self.wide) + 2 * (PAD_JUMBO if self.jumbo else PAD_X)
        x = right - width if layout.own else left
        rect = QRectF(x, top, width, self.y)
        layout.bubble = rect
        layout.bare = self.jumbo or self.bare_picture
        tl = tr = br = bl = min(float(Radius.BUBBLE), rect.height() / 2)
        if layout.own:
            tr, br = (tr if context.first else Radius.JOINT), (br if context.last else Radius.JOINT)
        else:
            tl, bl = (tl if context.first else Radius.JOINT), (bl if context.last else Radius.JOINT)
        layout.outline = rounded(rect, tl=tl, tr=tr, br=br, bl=bl)
        if not layout.own or self.deleted:
            layout.inside = rounded(rect.adjusted(1, 1, -1, -1), tl=tl - 1, tr=tr - 1, br=br - 1, bl=bl - 1)

    def _move(
        self, pictures: list[PicturePart], files: list[FilePart], shaped: MessageText | None, text_y: float
    ) -> None:
        layout = self.layout
        rect = layout.bubble or QRectF()
        x, y = rect.left(), rect.top()
        if self.name:
            base = y + PAD_Y + baseline("small_strong")
            layout.name = (QPointF(x + PAD_X, base), elide("small_strong", self.name, max(self.wide, 1)))
        layout.pictures = [part._replace(rect=self._across(part.rect).translated(x, y)) for part in pictures]
        layout.files = [part._replace(rect=part.rect.translated(x, y)) for part in files]
        if shaped is not None:
            pad = PAD_JUMBO if self.jumbo else PAD_X
            indent = rect.width() - pad - shaped.width if self.jumbo and layout.own else pad
            at = QPointF(x + indent, y + text_y)
            layout.texts = [part._replace(at=part.at + at) for part in shaped.parts]
            right = rect.right() - pad
            layout.wells = [_reaching(well.translated(at), right) for well in shaped.wells]
            layout.bars = [bar.translated(at) for bar in shaped.bars]

    def _move_quote(self, top: float) -> None:
        bubble = self.layout.bubble
        if self.quote is None or bubble is None:
            return
        rect = QRectF(bubble.left() + PAD_X, bubble.top() + top, bubble.width() - 2 * PAD_X, _QUOTE)
        sender, words = self.quote
        x, room = rect.left() + _QUOTE_PAD, rect.width() - 2 * _QUOTE_PAD + 1
        self.layout.quote = QuotePart(
            rect,
            QPointF(x, rect.top() + _QUOTE_TOP + baseline("caption_strong")),
            elide("caption_strong", sender, room),
            QPointF(x, rect.top() + _QUOTE_TOP + line_height("caption_strong") + baseline("caption")),
            elide("caption", words, room),
        )

    def _move_forwarded(self, top: float) -> None:
        bubble = self.layout.bubble
        if self.forwarded and bubble is not None:
            words = elide("caption", self.forwarded, max(self.wide, 1))
            at = QPointF(bubble.left() + PAD_X, bubble.top() + top + baseline("caption"))
            self.layout.forwarded = (at, words)

    def _across(self, rect: QRectF) -> QRectF:
        """A picture in a bubble goes from side to side, whatever else made the bubble wider."""
        width = round(self.wide) + 2 * (PAD_X - PICTURE_INSET)
        return QRectF(rect.left(), rect.top(), max(rect.width(), width), rect.height()) if rect.left() else rect

    def _place_meta(self, *, own_line: bool) -> None:
        layout = self.layout
        rect = layout.bubble or QRectF()
        if not self.stamp:
            return
        if layout.pictures and not self.text and not self.files:
            last = layout.pictures[-1].rect
            width = self.meta_width + 2 * _PILL_PAD
            pill = QRectF(
                last.right() - width - _PILL_EDGE, last.bottom() - _PILL_HEIGHT - _PILL_EDGE, width, _PILL_HEIGHT
            )
            layout.meta = MetaPart(
                QPointF(pill.left() + _PILL_PAD, pill.top() + 3 + baseline("meta")), self.stamp, pill
            )
            return
        small = own_line or (bool(self.files) and not self.text)
        line, base = (line_height("meta"), baseline("meta")) if small else (line_height("body"), baseline("body"))
        bottom = rect.bottom() - PAD_Y + (2 if own_line else 0)
        pad = PAD_JUMBO if self.jumbo else PAD_X
        x = rect.right() - pad - self.meta_width + (2 if layout.own and not self.deleted else 0)
        layout.meta = MetaPart(QPointF(x, bottom - line + base), self.stamp, None)


def _reaching(well: QRectF, right: float) -> QRectF:
    """A well goes to the right edge of what stands in the bubble."""
    return QRectF(well.left(), well.top(), max(0.0, right - well.left()), well.height())


def _icon_of(item: Attachment) -> str:
    kind = item.media_type.partition("/")[0]
    return {"audio": "mic", "image": "image"}.get(kind, "file")
