"""Files that ship with the desktop app: icons as SVG strokes and the two weights of the Inter typeface (SIL OFL 1.1, `fonts/OFL.txt`).

Plain bytes, no Qt: `chinwag_desktop.ui.theme` turns them into pixmaps and fonts.
"""

from collections.abc import Iterator
from pathlib import Path

_HERE = Path(__file__).resolve().parent

__all__ = ["icon_names", "icon_svg", "list_fonts"]


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
