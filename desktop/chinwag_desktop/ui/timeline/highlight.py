"""Colours of code: which token of the theme each piece is painted with. Pygments reads it, imported with the first code that names its language."""

from functools import lru_cache
from typing import Any, Final

_LONGEST: Final = 8_000  # characters; longer code is one colour
_KEPT: Final = 256
_INKS: Final = {
    "Keyword": "accent_ink",
    "Name.Tag": "accent_ink",
    "Literal.String": "ok",
    "Literal.Number": "warn",
    "Comment": "meta",
}


@lru_cache(maxsize=_KEPT)
def highlight(language: str, code: str) -> list[tuple[int, int, str]]:
    """Start, length (in characters) and ink of the pieces that have one; nothing for a language that nobody knows."""
    if not language or len(code) > _LONGEST:
        return []
    from pygments import lexers
    from pygments.util import ClassNotFound

    known: Any = lexers  # typed only in part
    try:
        lexer = known.get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return []
    found: list[tuple[int, int, str]] = []
    for start, kind, words in lexer.get_tokens_unprocessed(code):
        if (ink := _ink_of(kind)) and words.strip():
            found.append((start, len(words), ink))
    return found


def _ink_of(kind: object) -> str:
    name = str(kind).removeprefix("Token.")
    return next((ink for prefix, ink in _INKS.items() if name == prefix or name.startswith(f"{prefix}.")), "")
