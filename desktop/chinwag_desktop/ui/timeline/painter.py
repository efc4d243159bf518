"""Layout to pixels: `RowPainter.paint(painter, layout, row)`. Colours come from the theme here and nowhere earlier."""

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTextCharFormat, QTextLayout

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.avatars import avatar, hue
from chinwag_desktop.ui.theme.faces import Faces
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import Theme
from chinwag_desktop.ui.theme.tokens import Radius, Size
from chinwag_desktop.ui.theme.typography import advance, baseline, font, line_height
from chinwag_desktop.ui.timeline.layout import discard_label, retry_label
from chinwag_desktop.ui.timeline.parts import (
    FailurePart,
    FilePart,
    MetaPart,
    PicturePart,
    QuotePart,
    RowLayout,
    Rule,
    SystemPart,
    TextPart,
    Tint,
)
from chinwag_desktop.ui.timeline.pictures import Pictures
from chinwag_desktop.ui.timeline.reactions import paint_reaction
from chinwag_desktop.ui.timeline.selection import Piece

_RULE_GAP = 12
_SOFT = 0.45  # opacity of the unread bar's line
_UNDERLINE = 0.5
_FOCUS_GAP = 3
_STATE_ICON, _TICK = 12, 18
_RING_RADIUS, _RING_PEN, _RING_FAINT = 4.5, 1.5, 0.3
_QUOTE_RULE = 3
_FILE_TEXT = 12  # between a file's well and its words

_TICKS = {DeliveryState.SENT: "tick-sent", DeliveryState.DELIVERED: "tick-delivered", DeliveryState.READ: "tick-read"}


class _Inks:
    """Colours of one bubble."""

    __slots__ = ("fill", "meta", "text", "well")

    def __init__(self, theme: Theme, layout: RowLayout, row: TimelineRow) -> None:
        self.fill, self.text, self.meta, self.well = theme["surface"], theme["text"], theme["text_3"], theme["well"]
        if layout.own:
            self.fill, self.text, self.meta, self.well = (
                theme["own"],
                theme["own_text"],
                theme["own_meta"],
                theme["own_well"],
            )
        if row.message.deleted_at is not None:
            self.fill, self.text, self.meta = theme["canvas"], theme["text_3"], theme["text_3"]
        elif row.state is DeliveryState.FAILED:
            self.fill, self.text, self.meta = theme["danger_soft"], theme["text"], theme["danger"]
            self.well = theme["surface"]
        elif layout.bare:
            self.text, self.meta = theme["text"], theme["text_3"]


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    piece = QTextLayout.FormatRange()
    piece.start, piece.length, piece.format = start, length, look
    return piece


class RowPainter:
    """Paints rows in one theme at one pixel ratio; made anew when either changes."""

    def __init__(self, theme: Theme, faces: Faces, ratio: float, pictures: Pictures) -> None:
        self.theme, self.faces, self.ratio, self.pictures = theme, faces, ratio, pictures
        self._link = QTextCharFormat()
        self._link.setForeground(theme["accent_ink"])
        self._chosen = QTextCharFormat()
        self._chosen.setBackground(theme["selection"])
        self._underline = theme.faded("accent_ink", _UNDERLINE)
        self._rule_soft = theme.faded("accent_ink", _SOFT)

    def paint(
        self,
        painter: QPainter,
        layout: RowLayout,
        row: TimelineRow | None,
        *,
        focused: bool = False,
        selected: Sequence[Piece] = (),
    ) -> None:
        """Paint at the painter's origin; antialiasing is expected to be on."""
        theme = self.theme
        if layout.date is not None:
            self._rule(painter, layout.date, "caption", theme["text_2"], theme["line"])
        if layout.unread is not None:
            self._rule(painter, layout.unread, "caption_strong", theme["accent_ink"], self._rule_soft)
        if layout.system is not None:
            self._system(painter, layout.system, focused=focused)
        elif layout.blank and layout.outline is not None:
            painter.setPen(NO_PEN)
            painter.setBrush(theme["info_soft"])
            painter.drawPath(layout.outline)
            if focused and layout.bubble is not None:
                self._focus(painter, layout.bubble)
        elif row is not None:
            self._message(painter, layout, row, focused=focused, selected=selected)

    def _message(
        self, painter: QPainter, layout: RowLayout, row: TimelineRow, *, focused: bool, selected: Sequence[Piece]
    ) -> None:
        inks = _Inks(self.theme, layout, row)
        sender = row.message.sender_id
        if layout.avatar is not None:
            face = avatar(self.faces, sender, layout.avatar.name, Size.AVATAR_TALK, ratio=self.ratio)
            painter.drawPixmap(layout.avatar.rect.topLeft(), face)
        if not layout.bare:
            self._ground(painter, layout, inks.fill, deleted=row.message.deleted_at is not None)
        if focused and layout.bubble is not None:
            self._focus(painter, layout.bubble)
        if layout.name is not None:
            painter.setFont(font("small_strong"))
            painter.setPen(self.theme.name_inks[hue(sender)])
            painter.drawText(*layout.name)
        if layout.forwarded is not None:
            painter.setFont(font("caption"))
            painter.setPen(inks.meta)
            painter.drawText(*layout.forwarded)
        if layout.quote is not None and row.message.reply_to is not None:
            self._quote(painter, layout.quote, inks, sender=row.message.reply_to.sender_id)
        for part in layout.pictures:
            self._picture(painter, row, part)
        for file in layout.files:
            self._file(painter, file, inks)
        if layout.texts:
            self._texts(painter, layout, inks, selected)
        if layout.meta is not None:
            self._meta(painter, layout, layout.meta, row, inks.meta)
        for reaction in layout.reactions:
            paint_reaction(painter, reaction, self.theme)
        if layout.failure is not None:
            self._failure(painter, layout.failure)

    def _ground(self, painter: QPainter, layout: RowLayout, fill: QColor, *, deleted: bool) -> None:
        if layout.outline is None:
            return
        painter.setPen(NO_PEN)
        if layout.inside is not None and (deleted or not self.theme.dark):
            painter.setBrush(self.theme["line"])
            painter.drawPath(layout.outline)
            painter.setBrush(fill)
            painter.drawPath(layout.inside)
        else:
            painter.setBrush(fill)
            painter.drawPath(layout.outline)

    def _focus(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(QPen(self.theme["accent_ink"], 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        gap, radius = _FOCUS_GAP, Radius.BUBBLE + _FOCUS_GAP
        painter.drawRoundedRect(rect.adjusted(-gap, -gap, gap, gap), radius, radius)

    def _rule(self, painter: QPainter, rule: Rule, style: str, ink: QColor, line: QColor) -> None:
        """A label between two hairlines."""
        rect = rule.rect
        half = advance(style, rule.label) / 2 + _RULE_GAP
        middle, centre = round(rect.center().y()), rect.center().x()
        painter.fillRect(QRectF(rect.left(), middle, centre - half - rect.left(), 1), line)
        painter.fillRect(QRectF(centre + half, middle, rect.right() - centre - half, 1), line)
        painter.setFont(font(style))
        painter.setPen(ink)
        painter.drawText(QPointF(round(centre - half + _RULE_GAP), rect.top() + baseline(style)), rule.label)

    def _system(self, painter: QPainter, part: SystemPart, *, focused: bool) -> None:
        painter.setPen(self.theme["text_3"])
        widest = 0.0
        for i in range(part.layout.lineCount()):
            line = part.layout.lineAt(i)
            widest = max(widest, line.naturalTextWidth())
            line.draw(painter, QPointF(round(part.rect.center().x() - line.naturalTextWidth() / 2), part.rect.top()))
        if focused:
            room = QRectF(part.rect.center().x() - widest / 2 - 8, part.rect.top(), widest + 16, part.rect.height())
            self._focus(painter, room)

    def _texts(self, painter: QPainter, layout: RowLayout, inks: _Inks, selected: Sequence[Piece]) -> None:
        painter.setPen(NO_PEN)
        painter.setBrush(inks.well)
        for well in layout.wells:
            painter.drawRoundedRect(well, Radius.INSET, Radius.INSET)
        for bar in layout.bars:
            painter.fillRect(bar, self._rule_soft)
        painter.setPen(inks.text)
        for number, part in enumerate(layout.texts):
            chosen = [piece for piece in selected if piece.part == number] if selected else []
            self._text(painter, part, inks, chosen)

    def _text(self, painter: QPainter, part: TextPart, inks: _Inks, chosen: Sequence[Piece]) -> None:
        if not (part.links or part.tints or chosen):
            part.layout.draw(painter, part.at)
            return
        ranges = [_range(piece.start, piece.length, self._chosen) for piece in chosen]
        ranges += [_range(tint.start, tint.length, self._tint(tint, inks, wells=not chosen)) for tint in part.tints]
        ranges += [_range(link.start, link.length, self._link) for link in part.links]
        part.layout.draw(painter, part.at, ranges)
        for rule in part.underlines:
            painter.fillRect(rule.translated(part.at), self._underline)

    def _tint(self, tint: Tint, inks: _Inks, *, wells: bool) -> QTextCharFormat:
        """Without `wells` nothing covers what is selected."""
        made = QTextCharFormat()
        if tint.ink:
            made.setForeground(inks.meta if tint.ink == "meta" else self.theme[tint.ink])
        if tint.well and wells:
            made.setBackground(inks.well)
        return made

    def _quote(self, painter: QPainter, part: QuotePart, inks: _Inks, *, sender: UUID) -> None:
        rect, ink = part.rect, self.theme.name_inks[hue(sender)]
        painter.setPen(NO_PEN)
        painter.setBrush(inks.well)
        painter.drawRoundedRect(rect, Radius.INSET, Radius.INSET)
        painter.setBrush(ink)
        painter.drawRoundedRect(QRectF(rect.left(), rect.top() + 8, _QUOTE_RULE, rect.height() - 16), 1, 1)
        painter.setFont(font("caption_strong"))
        painter.setPen(ink)
        painter.drawText(part.sender_at, part.sender)
        painter.setFont(font("caption"))
        painter.setPen(inks.text)
        painter.drawText(part.words_at, part.words)

    def _picture(self, painter: QPainter, row: TimelineRow, part: PicturePart) -> None:
        made = self.pictures.get(row, part, self.ratio)
        if made is not None:
            painter.drawPixmap(part.rect.topLeft(), made)
            return
        painter.setPen(NO_PEN)
        painter.setBrush(self.theme["info_soft"])
        painter.drawRoundedRect(part.rect, part.radius, part.radius)
        if self.pictures.failed(row, part, self.ratio):
            corner = part.rect.center() - QPointF(Size.ICON / 2, Size.ICON / 2)
            painter.drawPixmap(corner, icons.pixmap("image", self.theme["text_3"], Size.ICON, self.ratio))

    def _file(self, painter: QPainter, part: FilePart, inks: _Inks) -> None:
        rect = part.rect
        painter.setPen(NO_PEN)
        painter.setBrush(inks.well)
        painter.drawRoundedRect(rect, Radius.CONTROL, Radius.CONTROL)
        corner = rect.topLeft() + QPointF((rect.width() - Size.ICON) / 2, (rect.height() - Size.ICON) / 2)
        painter.drawPixmap(corner, icons.pixmap(part.icon, self.theme["accent_ink"], Size.ICON, self.ratio))
        x = rect.right() + _FILE_TEXT
        painter.setFont(font("small_strong"))
        painter.setPen(inks.text)
        painter.drawText(QPointF(x, rect.top() + 4 + baseline("small_strong")), part.title)
        painter.setFont(font("caption"))
        painter.setPen(inks.meta)
        painter.drawText(QPointF(x, rect.bottom() - line_height("caption") + baseline("caption")), part.detail)

    def _meta(self, painter: QPainter, layout: RowLayout, part: MetaPart, row: TimelineRow, ink: QColor) -> None:
        theme = self.theme
        if part.pill is not None:
            painter.setPen(NO_PEN)
            painter.setBrush(theme["scrim"])
            painter.drawRoundedRect(part.pill, part.pill.height() / 2, part.pill.height() / 2)
            ink = theme["on_scrim"]
        painter.setFont(font("meta"))
        painter.setPen(ink)
        painter.drawText(part.at, part.stamp)
        if not layout.own or row.message.deleted_at is not None:
            return
        x, middle = part.at.x() + advance("meta", part.stamp) + 4, part.at.y() - 4
        tick = _TICKS.get(row.state)
        if tick is None and row.uploaded is not None:
            self._progress(painter, QPointF(x + 2 + _STATE_ICON / 2, middle), row.uploaded, ink)
            return
        if tick is None:
            name = "alert" if row.state is DeliveryState.FAILED else "clock"
            painter.drawPixmap(QPointF(x + 2, middle - 6), icons.pixmap(name, ink, _STATE_ICON, self.ratio))
            return
        if part.pill is None:
            read, bare = row.state is DeliveryState.READ, layout.bare
            ink = theme["accent_ink"] if read else ink if bare else theme["own_tick"]
        painter.drawPixmap(QPointF(x - 2, middle - 5), icons.pixmap(tick, ink, _TICK, self.ratio))

    def _progress(self, painter: QPainter, centre: QPointF, share: float, ink: QColor) -> None:
        """A ring in the clock's place that closes as the files go up."""
        ring = QRectF(centre.x() - _RING_RADIUS, centre.y() - _RING_RADIUS, 2 * _RING_RADIUS, 2 * _RING_RADIUS)
        faint = QColor(ink)
        faint.setAlphaF(ink.alphaF() * _RING_FAINT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(faint, _RING_PEN))
        painter.drawEllipse(ring)
        painter.setPen(QPen(ink, _RING_PEN, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(ring, 90 * 16, -round(share * 360 * 16))  # from the top, clockwise, in sixteenths of a degree

    def _failure(self, painter: QPainter, part: FailurePart) -> None:
        theme = self.theme
        painter.setFont(font("caption"))
        painter.setPen(theme["danger"])
        painter.drawText(part.words_at, part.words)
        painter.setFont(font("caption_strong"))
        painter.setPen(theme["accent_ink"])
        for rect, label in ((part.retry, retry_label()), (part.discard, discard_label())):
            x = rect.center().x() - advance("caption_strong", label) / 2
            painter.drawText(QPointF(x, rect.top() + 2 + baseline("caption_strong")), label)
