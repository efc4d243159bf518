"""The gallery: every state of the interface, in both themes, three sizes, at one and at two device pixels per logical one.

    python3 dev.py gallery [--only WORD] [--out FOLDER]     pictures and an index page, by default in .gallery

It fails on a blank picture, on a label that is cut in a size that should have room for it, and on any warning of Qt.
"""

from __future__ import annotations

import argparse
import html
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent))

from grab_states import is_blank, shoot
from pseudo_locale import watch
from PySide6.QtCore import QTranslator, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from ui_states import STATES, State

from chinwag_desktop.ui.theme.theme import ThemeChoice, ThemeSource, dress
from chinwag_desktop.ui.theme.typography import load_fonts

ROOT = Path(__file__).resolve().parent.parent
MARK = "\u2063"
"""Behind every text of ours: invisible, and what names and messages do not have."""
LEAST = (480, 360)
"""The smallest window there can be."""
_OFFSCREEN = "This plugin does not support"


class Marking(QTranslator):
    """English, with `MARK` behind."""

    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:
        words = sourceText.replace("%n", str(n)) if n >= 0 else sourceText
        return words if disambiguation == "date pattern" or "(*" in words else words + MARK

    def isEmpty(self) -> bool:
        return False


def sizes(state: State) -> dict[str, tuple[int, int]]:
    """Width and height by name; what is smaller than the least window keeps its own size."""
    width, height = state.width, state.height
    small = (min(width, max(LEAST[0], width * 3 // 4)), min(height, max(LEAST[1], height * 3 // 4)))
    return {"own": (width, height), "small": small, "large": (width * 4 // 3, height * 5 // 4)}


def file_name(state: str, *, size: str, dark: bool, ratio: int) -> str:
    return f"{state}-{size}-{'dark' if dark else 'light'}@{ratio}x.png"


def take(state: State, *, size: str, dark: bool, ratio: int, folder: Path) -> list[str]:
    """One picture; returns what is wrong with it."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    themes = ThemeSource(ThemeChoice.DARK if dark else ThemeChoice.LIGHT, still=True)
    dress(app, themes)
    width, height = sizes(state)[size]
    name = file_name(state.name, size=size, dark=dark, ratio=ratio)
    with watch() as seen:
        image: QImage = shoot(state._replace(width=width, height=height), themes)
    image.save(str(folder / name))
    faults = [f"{name} is blank"] if is_blank(image) else []
    if size != "small" and not any(word in state.name for word in ("narrow", "small")):
        faults += [f"{name}: cut: {words.replace(MARK, '')}" for words in sorted(seen.cut) if words.endswith(MARK)]
    return faults


def index(names: list[str]) -> str:
    """The page that shows all of them."""
    rows: list[str] = []
    for state in names:
        pictures = "".join(
            f'<a href="{file_name(state, size=size, dark=dark, ratio=2)}">'
            f'<img loading="lazy" src="{file_name(state, size=size, dark=dark, ratio=1)}" alt="{size}"></a>'
            for dark in (False, True)
            for size in ("own", "small", "large")
        )
        rows.append(f"<h2>{html.escape(state)}</h2><div>{pictures}</div>")
    style = "body{font:14px sans-serif;background:#888;margin:24px}img{height:220px;margin:4px}h2{font-size:15px}"
    return f"<!doctype html><meta charset=utf-8><title>Chinwag</title><style>{style}</style>{''.join(rows)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="only states with this word in their name")
    parser.add_argument("--out", type=Path, default=ROOT / ".gallery")
    chosen = parser.parse_args()
    ratio = 2 if os.environ.get("QT_SCALE_FACTOR") == "2" else 1
    chosen.out.mkdir(parents=True, exist_ok=True)
    warnings: list[str] = []
    qInstallMessageHandler(lambda _, __, words: None if words.startswith(_OFFSCREEN) else warnings.append(words))
    app = QApplication(sys.argv[:1])
    load_fonts()
    marking = Marking(app)
    app.installTranslator(marking)
    states = [state for state in STATES if chosen.only in state.name]
    faults = [] if states else [f"no state has {chosen.only!r} in its name"]
    for number, state in enumerate(states, 1):
        for dark in (False, True):
            for size in sizes(state):
                faults += take(state, size=size, dark=dark, ratio=ratio, folder=chosen.out)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number} of {len(states)} at {ratio}x ")
    for fault in [*faults, *(f"Qt: {words}" for words in warnings)]:
        sys.stderr.write(f"{fault}\n")
    failed = bool(faults or warnings)
    if ratio == 1:
        again = subprocess.run([sys.executable, *sys.argv], env=os.environ | {"QT_SCALE_FACTOR": "2"}, check=False)
        failed = failed or again.returncode != 0
        (chosen.out / "index.html").write_text(index([state.name for state in states]), encoding="utf-8")
        sys.stdout.write(f"{len(states)} states: {chosen.out / 'index.html'}\n")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
