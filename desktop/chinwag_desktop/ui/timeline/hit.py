"""What lies under a point of a row. Reads the same layout that was painted."""

from enum import Enum
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF

from chinwag_desktop.ui.theme.typography import advance, baseline, line_height
from chinwag_desktop.ui.timeline.parts import RowLayout, TextLink, TextPart
from chinwag_desktop.ui.timeline.reactions import ReactionPart
from chinwag_protocol.objects import Attachment

_DATE_HALF = 80  # pixels on either side of the middle of a date


class Target(Enum):
    """Things a person can point at."""

    NOTHING = "nothing"
    BUBBLE = "bubble"
    RETRY = "retry"
    DISCARD = "discard"
    LINK = "link"
    ATTACHMENT = "attachment"
    QUOTE = "quote"
    REACTION = "reaction"
    PERSON = "person"
    DATE = "date"


class Hit(NamedTuple):
    """A target, with the link's address, the attachment, the reaction, or the user name that is meant ("" for the sender)."""

    target: Target
    url: str = ""
    attachment: Attachment | None = None
    reaction: ReactionPart | None = None
    username: str = ""

    @property
    def pressable(self) -> bool:
        return self.target not in (Target.NOTHING, Target.BUBBLE)


def hit(layout: RowLayout, at: QPointF) -> Hit:
    """What is at `at`, in the row's coordinates."""
    if layout.failure is not None:
        if layout.failure.retry.contains(at):
            return Hit(Target.RETRY)
        if layout.failure.discard.contains(at):
            return Hit(Target.DISCARD)
    if layout.date is not None and _on_label(layout.date.rect, at):
        return Hit(Target.DATE)
    for reaction in layout.reactions:
        if reaction.rect.contains(at):
            return Hit(Target.REACTION, reaction=reaction)
    if layout.avatar is not None and layout.avatar.rect.contains(at):
        return Hit(Target.PERSON)
    if layout.bubble is None or not layout.bubble.contains(at):
        return Hit(Target.NOTHING)
    if layout.name is not None and _on_name(layout.name, at):
        return Hit(Target.PERSON)
    if layout.quote is not None and layout.quote.rect.contains(at):
        return Hit(Target.QUOTE)
    for picture in layout.pictures:
        if picture.rect.contains(at):
            return Hit(Target.ATTACHMENT, attachment=picture.attachment)
    for file in layout.files:
        if file.rect.adjusted(0, 0, layout.bubble.right() - file.rect.right(), 0).contains(at):
            return Hit(Target.ATTACHMENT, attachment=file.attachment)
    url = next((url for part in layout.texts if (url := _link_at(part, part.links, at))), "")
    if url:
        return Hit(Target.LINK, url=url)
    username = next((name for part in layout.texts if (name := _link_at(part, part.mentions, at))), "")
    return Hit(Target.PERSON, username=username) if username else Hit(Target.BUBBLE)


def _on_label(rule: QRectF, at: QPointF) -> bool:
    beside = abs(at.x() - rule.center().x())
    return beside <= _DATE_HALF and rule.top() <= at.y() <= rule.bottom()


def _on_name(name: tuple[QPointF, str], at: QPointF) -> bool:
    base, words = name
    top = base.y() - baseline("small_strong")
    right = base.x() + advance("small_strong", words)
    return base.x() <= at.x() <= right and top <= at.y() <= top + line_height("small_strong")


def _link_at(part: TextPart, links: tuple[TextLink, ...], at: QPointF) -> str:
    if not links:
        return ""
    local = at - part.at
    for i in range(part.layout.lineCount()):
        line = part.layout.lineAt(i)
        inside = line.y() <= local.y() < line.y() + line.height()
        if inside and line.x() <= local.x() <= line.x() + line.naturalTextWidth():
            position = line.xToCursor(local.x())
            return next((link.url for link in links if link.start <= position <= link.start + link.length), "")
    return ""
