"""A language that nobody speaks: every text longer by a third, with accents and in brackets. What has no brackets is not translated,
and what has no room for it would have none for German.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QTranslator
from PySide6.QtGui import QFontMetricsF, QPainter, QTextLayout

OPEN, CLOSE = "⟦", "⟧"
_ACCENTS = str.maketrans("aeiouyAEIOUYcnszCNSZ", "àéîõüýÀÉÎÕÜÝçñšžÇÑŠŽ")
_KEPT = re.compile(r"(\{\w*\}|%n)")
_AS_IT_IS = re.compile(r"\(\*")  # the patterns of a file dialog


def pseudo(text: str) -> str:
    """`text` in brackets, with accents, a third longer; places for values stay."""
    parts = _KEPT.split(text.replace("(s)", "s"))
    words = "".join(part if number % 2 else part.translate(_ACCENTS) for number, part in enumerate(parts))
    return f"{OPEN}{words}{'·' * max(1, len(text) // 3)}{CLOSE}"


class PseudoTranslator(QTranslator):
    """Install it on the application."""

    def translate(self, context: str, sourceText: str, disambiguation: Any = None, n: int = -1) -> str:
        if disambiguation == "date pattern" or _AS_IT_IS.search(sourceText):
            return sourceText
        return pseudo(sourceText).replace("%n", str(n))

    def isEmpty(self) -> bool:
        return False


class Seen:
    """What was painted: `drawn` texts, and those that were `cut` to fit."""

    def __init__(self) -> None:
        self.drawn: set[str] = set()
        self.cut: set[str] = set()


@contextmanager
def watch() -> Generator[Seen]:
    """Notes every text that goes through Qt's painting meanwhile."""
    seen = Seen()
    draw: Any = QPainter.drawText  # its overloads are too many to be named
    elide, begin = QFontMetricsF.elidedText, QTextLayout.beginLayout

    def note_drawn(painter: QPainter, *arguments: Any) -> object:
        seen.drawn.update(argument for argument in arguments if isinstance(argument, str))
        return draw(painter, *arguments)

    def note_elided(metrics: QFontMetricsF, text: str, *arguments: Any) -> str:
        shown = elide(metrics, text, *arguments)
        if shown != text:
            seen.cut.add(text)
        return shown

    def note_shaped(layout: QTextLayout) -> None:
        seen.drawn.add(layout.text())
        begin(layout)

    QPainter.drawText, QFontMetricsF.elidedText, QTextLayout.beginLayout = note_drawn, note_elided, note_shaped  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        QPainter.drawText, QFontMetricsF.elidedText, QTextLayout.beginLayout = draw, elide, begin  # type: ignore[method-assign]
