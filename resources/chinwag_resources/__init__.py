"""Files that ship with the desktop app: icons as SVG strokes, translations, the emoji with their names, and the two weights of the Inter typeface (SIL OFL 1.1, `fonts/OFL.txt`).

Plain bytes, no Qt: `chinwag_desktop` turns them into pixmaps, fonts and translators.
"""

from collections.abc import Iterator
from pathlib import Path

_HERE = Path(__file__).resolve().parent

__all__ = ["emoji_table", "icon_names", "icon_svg", "list_fonts", "translation", "translations"]


def icon_svg(name: str) -> bytes:
    """The SVG text of an icon; its ink is the word `currentColor`. Raises FileNotFoundError for a name that is not there."""
    return (_HERE / "icons" / f"{name}.svg").read_bytes()


def icon_names() -> list[str]:
    """Names of all icons, sorted. Those that start with `tick-` stand on a 20 x 12 grid, the others on 20 x 20."""
    return sorted(path.stem for path in (_HERE / "icons").glob("*.svg"))


def list_fonts() -> Iterator[bytes]:
    """The font files, regular weight first."""
    for name in ("Inter-Regular.otf", "Inter-SemiBold.otf"):
        yield (_HERE / "fonts" / name).read_bytes()


def translations() -> list[str]:
    """Codes of the languages besides English that the app speaks, sorted."""
    return sorted(path.stem for path in (_HERE / "translations").glob("*.qm"))


def translation(language: str) -> bytes:
    """A compiled translation, for QTranslator. Raises FileNotFoundError for a language that is not there."""
    return (_HERE / "translations" / f"{language}.qm").read_bytes()


def emoji_table() -> str:
    """The emoji to choose from, as `scripts/emoji_table.py` says: a line each, with its group and its names."""
    return (_HERE / "emoji.tsv").read_text(encoding="utf-8")
