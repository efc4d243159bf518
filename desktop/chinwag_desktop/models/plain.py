"""Text that came from other people, made safe to stand on one line. It is never interpreted: no HTML, no markup, no direction tricks."""

import re
import unicodedata
from html import escape

# Overrides, embeddings, isolates and marks: they could make a name swallow or reverse the words of ours that follow it.
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str, limit: int = 200) -> str:
    """`text` as one line of at most `limit` characters: breaks and controls become a space, bidi controls go, lone surrogates become U+FFFD."""
    line = _BREAKS.sub(" ", _BIDI_CONTROLS.sub("", text[: limit * 4])).strip()
    line = "".join("\ufffd" if unicodedata.category(ch) == "Cs" else ch for ch in line) if not line.isascii() else line
    return line if len(line) <= limit else line[: limit - 1] + "…"


def tooltip(text: str) -> str:
    """`text` for `setToolTip`, which would read HTML out of a hostile name: escaped inside a tag, so that Qt need not guess.

    Nothing for no text: the tag alone would be shown, as an empty bubble.
    """
    line = one_line(text)
    return f"<span>{escape(line)}</span>" if line else ""
