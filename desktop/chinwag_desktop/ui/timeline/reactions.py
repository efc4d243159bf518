"""Reactions under a bubble: where their chips stand, and how they look."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import Theme
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.theme.typography import advance, font, metrics
from chinwag_protocol.objects import Reaction

CHIP = 26
GAP = Space.XS
_TOP = 4  # under the bubble
_PAD, _BETWEEN = 9, 5


class ReactionPart(NamedTuple):
    """A chip. `mine` says that I gave this one, too."""

    rect: QRectF
    emoji: str
    number: str
    mine: bool


def place_reactions(
    reactions: Sequence[Reaction], mine: frozenset[str], *, left: float, right: float, top: float, from_right: bool
) -> tuple[list[ReactionPart], float]:
    """Chips in lines between `left` and `right`, starting at one of them; and the bottom of the last line."""
    lines: list[list[tuple[Reaction, int]]] = [[]]
    used = 0
    for reaction in reactions:
        width = round(
            2 * _PAD + _BETWEEN + advance("body", reaction.emoji) + advance("caption_strong", f"{reaction.count}")
        )
        if lines[-1] and used + GAP + width > right - left:
            lines.append([])
            used = 0
        used += width + (GAP if lines[-1] else 0)
        lines[-1].append((reaction, width))
    placed: list[ReactionPart] = []
    y = top + _TOP
    for line in lines:
        x = right - sum(width for _, width in line) - GAP * (len(line) - 1) if from_right else left
        for reaction, width in line:
            rect = QRectF(x, y, width, CHIP)
            placed.append(ReactionPart(rect, reaction.emoji, f"{reaction.count}", reaction.emoji in mine))
            x += width + GAP
        y += CHIP + GAP
    return placed, y - GAP


def paint_reaction(painter: QPainter, part: ReactionPart, theme: Theme) -> None:
    """My own have an edge and a ground of their own: not by colour alone."""
    rect = part.rect
    painter.setPen(QPen(theme["accent_ink"], 1) if part.mine else NO_PEN)
    painter.setBrush(theme["selected" if part.mine else "info_soft"])
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5) if part.mine else rect, CHIP / 2, CHIP / 2)
    base = round(rect.top() + (CHIP + metrics("body").capHeight()) / 2)
    painter.setFont(font("body"))
    painter.setPen(theme["text"])
    painter.drawText(QPointF(rect.left() + _PAD, base), part.emoji)
    painter.setFont(font("caption_strong"))
    painter.setPen(theme["accent_ink" if part.mine else "text_2"])
    count_x = rect.right() - _PAD - advance("caption_strong", part.number)
    painter.drawText(QPointF(count_x, base), part.number)
