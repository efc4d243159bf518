"""The type scale as Qt fonts, and measuring in it. Styles are the names of `tokens.TYPE`.

`load_fonts()` is called once by the composition root after the QApplication exists: with it a machine without any font still shows text.
"""

import sys
from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

from chinwag_desktop.ui.theme import tokens
from chinwag_resources import list_fonts

_LARGE_FROM = 20  # pixels; larger type is set a little tighter


def _families() -> list[str]:
    """Inter, then the platform's emoji font. Families that cannot exist are not named: macOS searches for each of them."""
    emoji = {"win32": "Segoe UI Emoji", "darwin": "Apple Color Emoji"}.get(sys.platform, "Noto Color Emoji")
    return ["Inter", emoji]


def _code_families() -> list[str]:
    """What the system has of equal width; its own choice last."""
    known = {"win32": ["Cascadia Mono", "Consolas"], "darwin": ["SF Mono", "Menlo"]}
    here = known.get(sys.platform, ["JetBrains Mono", "DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono"])
    return [*here, QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family(), *_families()[1:]]


def load_fonts() -> None:
    """Make the shipped typeface known to Qt."""
    for data in list_fonts():
        QFontDatabase.addApplicationFontFromData(QByteArray(data))


@cache
def font(style: str) -> QFont:
    """The font of a step of the scale. Shared: copy it before changing it."""
    pixels, weight, _ = tokens.TYPE[style]
    made = QFont()
    made.setFamilies(_code_families() if style == "code" else _families())
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if pixels >= _LARGE_FROM:
        made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 98)
    return made


@cache
def metrics(style: str) -> QFontMetricsF:
    return QFontMetricsF(font(style))


def line_height(style: str) -> int:
    """Height of a line box, pixels."""
    return tokens.TYPE[style][2]


@cache
def baseline(style: str) -> float:
    """Pixels from the top of a line box to the baseline that centres the capitals in it."""
    return float(round((line_height(style) + metrics(style).capHeight()) / 2))


@lru_cache(maxsize=4096)
def advance(style: str, text: str) -> float:
    """Width of `text` on one line, pixels."""
    return metrics(style).horizontalAdvance(text)


def elide(style: str, text: str, width: float) -> str:
    """`text`, cut at the end to fit `width` pixels."""
    return metrics(style).elidedText(text, Qt.TextElideMode.ElideRight, width)


def elide_middle(style: str, text: str, width: float) -> str:
    """`text`, cut in the middle: for names of files, whose end says what they are."""
    return metrics(style).elidedText(text, Qt.TextElideMode.ElideMiddle, width)
