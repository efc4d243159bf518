"""Grabs every state of the interface in both themes into docs/images. Run it after a change of looks, and look at what it made.

    python scripts/grab_states.py [--only WORD] [--out FOLDER] [--fonts FOLDER]

A picture shows light and dark side by side (wide ones below each other). It fails on a blank picture and on any Qt warning. Names that end
in @2x are painted at two device pixels per logical pixel. `--fonts` adds fonts for scripts that the machine has none for.
"""

import argparse
import io
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent))

from PIL import Image
from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QEvent,
    QIODevice,
    QPointF,
    QThreadPool,
    qInstallMessageHandler,
)
from PySide6.QtGui import QFontDatabase, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from ui_states import STATES, State

from chinwag_desktop.ui.theme.theme import ThemeChoice, ThemeSource, dress
from chinwag_desktop.ui.theme.typography import load_fonts

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
LARGEST = 250_000  # bytes a picture
GROUND = "#8A8A8A"
_OFFSCREEN = "This plugin does not support"  # the platform without a screen says so about window managers

# picture: (names of states, columns; 0 puts all in one column, themes beside each other)
SHEETS: dict[str, tuple[list[str], int]] = {
    "selection": (["bubbles-selected"], 1),
    "day-picker": (["day-picker"], 1),
    "pins": (["pin-bars", "bubbles-pinned", "pins", "mentions", "mentions-none"], 3),
    "message-details": (
        ["message-details", "message-details-direct", "message-details-small", "message-details-old"],
        4,
    ),
    "emoji": (["emoji-picker", "emoji-recent", "emoji-found", "emoji-none", "emoji-completion"], 5),
    "profiles": (
        [
            "profile-card",
            "profile-card-busy",
            "profile-card-blocked",
            "profile-card-disabled",
            "profile-card-long",
            "block-question",
        ],
        3,
    ),
    "own-account": (
        [
            "own-profile",
            "own-profile-offline",
            "own-profile-refused",
            "password",
            "password-refused",
            "devices",
            "blocks-none",
        ],
        4,
    ),
    "banners": (
        ["connecting", "disconnected", "waiting", "trying", "restarting", "lost", "connected", "offline", "slow"],
        0,
    ),
    "banners-refused": (
        [
            "signed-out-elsewhere",
            "password-changed",
            "used-twice",
            "disabled",
            "run-out",
            "protocol",
            "blocked",
            "not-chinwag",
            "certificate-nobody",
            "certificate-changed",
            "waiting-tls",
            "waiting-keyring",
            "waiting-name",
        ],
        0,
    ),
    "banners-narrow": (["narrow-waiting", "narrow-protocol", "narrow-certificate"], 0),
    "bubbles@2x": (["bubbles-states"], 0),
    "bubbles-blank": (["bubbles-blank"], 0),
    "bubbles-files": (["bubbles-files"], 0),
    "bubbles-uploading": (["bubbles-uploading"], 0),
    "bubbles-answers": (["bubbles-answers"], 0),
    "bubbles-hover": (["bubbles-hover", "bubbles-hover-own"], 0),
    "bubbles-markup": (["bubbles-markup"], 0),
    "forwarding": (["bubbles-forwarded", "dialog-forward"], 0),
    "mentions": (["bubbles-mentions", "mention-list"], 0),
    "bubbles-scripts": (["bubbles-scripts"], 0),
    "message-actions": (["composer-reply", "composer-edit", "reaction-picker", "row-menu"], 0),
    "talk": (["talk"], 0),
    "composer": (
        [
            "composer-empty",
            "composer-writing",
            "composer-lines",
            "composer-eight-lines",
            "composer-files",
            "composer-too-long",
        ],
        0,
    ),
    "sign-in": (["sign-in", "sign-in-new"], 2),
    "sign-in-busy": (["sign-in-busy"], 0),
    "sign-in-certificate": (["sign-in-certificate"], 0),
    "register": (["register"], 0),
    "empty-states": (["empty-unopened", "empty-beginning", "empty-search", "empty-sidebar"], 4),
    "components": (["components"], 0),
    "sidebar": (
        [
            "sidebar",
            "sidebar-found",
            "sidebar-unread",
            "sidebar-mentions-none",
            "sidebar-archive-empty",
            "sidebar-rail",
        ],
        6,
    ),
    "conversation-menu": (["conversation-menu"], 0),
    "account-menu": (["account-menu"], 0),
    "dialogs": (
        [
            "dialog-keyring",
            "dialog-sign-out",
            "dialog-sign-out-unsent",
            "dialog-link",
            "dialog-delete",
        ],
        2,
    ),
    "dialogs-storage": (["dialog-outbox-closed", "dialog-outbox-salvaged", "dialog-trouble", "dialog-notes"], 2),
    "certificates": (
        [f"dialog-certificate-{name}" for name in ("nobody", "expired", "wrong-name", "changed", "vouched")],
        3,
    ),
    "new-conversation": (["dialog-new-conversation", "dialog-new-group"], 2),
    "group": (["group-owner", "group-member", "group-rename-refused", "group-offline"], 2),
    "group-questions": (
        [
            "group-leave",
            "group-owner-stays",
            "group-hand-over",
            "group-remove",
            "group-member-menu",
            "dialog-add-people",
        ],
        2,
    ),
    "settings": (["dialog-settings", "dialog-settings-small"], 0),
    "shortcuts": (["dialog-shortcuts", "dialog-shortcuts-small"], 0),
    "connection-panel": (["dialog-connection", "dialog-connection-lost"], 2),
    "connection-unsent": (["dialog-connection-unsent"], 0),
    "main-light": (["main"], 0),
    "main-dark-reconnecting": (["main-reconnecting"], 0),
    "main-certificate": (["main-certificate", "main-certificate-compared"], 1),
    "main-compact": (["main-compact"], 0),
    "main-large": (["main-large"], 0),
    "main-small": (["main-small", "main-small-scrolled"], 2),
    "main-viewer": (["main-viewer"], 0),
    "main-unopened": (["main-unopened"], 0),
}
ONE_THEME = {"main-light": False, "main-dark-reconnecting": True, "main-certificate": False, "main-large": False}
_BANNERS = ("banners", "banners-refused", "banners-narrow")


def sheets() -> dict[str, tuple[list[str], int]]:
    """The table with the banners' full names, and the errors of the sign-in six a picture."""
    table = {
        name: ([f"banner-{state}" for state in states] if name in _BANNERS else states, columns)
        for name, (states, columns) in SHEETS.items()
    }
    errors = [state.name for state in STATES if state.name.startswith("sign-in-error-")]
    for number in range(0, len(errors), 5):
        table[f"sign-in-errors-{number // 5 + 1}"] = (errors[number : number + 5], 5)
    return table


def settle() -> None:
    """Let pictures be decoded, events be handled and deleted widgets go."""
    for _ in range(3):
        QThreadPool.globalInstance().waitForDone()
        QCoreApplication.sendPostedEvents()
        QApplication.processEvents()


def shoot(state: State, themes: ThemeSource) -> QImage:
    themes.set_compact(False)
    widget = state.make(themes)
    widget.resize(state.width, state.height or 60)
    widget.show()
    settle()
    if state.prepare is not None:
        state.prepare(widget)
    if not state.height:
        widget.resize(state.width, widget.sizeHint().height())
    settle()
    widget.grab()  # the first paint asks for pictures
    settle()
    image = widget.grab().toImage()
    put_away(widget)
    return image


def put_away(widget: QWidget) -> None:
    widget.hide()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def is_blank(image: QImage) -> bool:
    """One colour only."""
    small = image.scaled(64, 64)
    return len({small.pixel(x, y) for x in range(64) for y in range(64)}) < 3


def beside(rows: list[list[QImage]], *, gap: int) -> QImage:
    ratio = rows[0][0].devicePixelRatio()
    sizes = [[(image.width() / ratio, image.height() / ratio) for image in row] for row in rows]
    width = max(sum(w for w, _ in row) + gap * (len(row) - 1) for row in sizes)
    height = sum(max(h for _, h in row) for row in sizes) + gap * (len(rows) - 1)
    sheet = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    sheet.setDevicePixelRatio(ratio)
    sheet.fill(GROUND)
    painter = QPainter(sheet)
    y = 0.0
    for row, measures in zip(rows, sizes, strict=True):
        x = 0.0
        for image, (w, _) in zip(row, measures, strict=True):
            painter.drawImage(QPointF(x, y), image)
            x += w + gap
        y += max(h for _, h in measures) + gap
    painter.end()
    return sheet


def save(image: QImage, path: Path) -> int:
    """A PNG of at most LARGEST bytes: with fewer colours where it would be larger, these are flat pictures."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    picture = Image.open(io.BytesIO(bytes(buffer.data().data()))).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    for colours in (256, 128, 64):
        if out.tell() <= LARGEST:
            break
        out = io.BytesIO()
        fewer = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        fewer.save(out, "PNG", optimize=True)
    path.write_bytes(out.getvalue())
    return out.tell()


def grab(name: str, states: list[str], columns: int, folder: Path) -> list[str]:
    """Make one picture; returns what is wrong with it."""
    table = {state.name: state for state in STATES}
    dark_first = ONE_THEME.get(name)
    looks = [dark_first] if dark_first is not None else [False, True]
    shots: dict[bool, list[QImage]] = {}
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for dark in looks:
        themes = ThemeSource(ThemeChoice.DARK if dark else ThemeChoice.LIGHT, still=True)
        dress(app, themes)
        shots[dark] = [shoot(table[state], themes) for state in states]
    faults = [
        f"{state} is blank"
        for images in shots.values()
        for state, image in zip(states, images, strict=True)
        if is_blank(image)
    ]
    if columns:
        rows = [images[i : i + columns] for images in shots.values() for i in range(0, len(images), columns)]
    else:
        rows = [list(pair) for pair in zip(*shots.values(), strict=True)]
    size = save(beside(rows, gap=8 if columns else 0), folder / f"{name}.png")
    if size > LARGEST:
        faults.append(f"{name} has {size} bytes")
    print(f"{name}.png {size // 1024} KB")
    return faults


def page() -> str:
    """docs/looks.md: every picture."""
    head = (
        "# How it looks\n\nEvery state of the app, as `scripts/grab_states.py` painted it, in light and dark where both are shown. "
        "The art direction and its numbers are in `ui/theme/tokens.py`.\n"
    )
    parts = [
        f"\n## {name.partition('@')[0].replace('-', ' ').capitalize()}\n\n![{', '.join(states)}](images/{name}.png)\n"
        for name, (states, _) in sheets().items()
    ]
    return head + "".join(parts)


def main() -> int:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--only", default="", help="only pictures with this word in their name")
    args.add_argument("--out", type=Path, default=FOLDER)
    args.add_argument("--fonts", type=Path)
    options = args.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    warnings: list[str] = []
    qInstallMessageHandler(
        lambda _kind, _context, words: None if words.startswith(_OFFSCREEN) else warnings.append(words)
    )
    _app = QApplication(sys.argv[:1])
    load_fonts()
    for path in sorted(options.fonts.glob("**/*.[ot]t[fc]")) if options.fonts else ():
        QFontDatabase.addApplicationFont(str(path))
    if options.out == FOLDER:
        (FOLDER.parent / "looks.md").write_text(page(), encoding="utf-8")
    doubled = os.environ.get("QT_SCALE_FACTOR") == "2"
    faults: list[str] = []
    chosen = {name: sheet for name, sheet in sheets().items() if options.only in name}
    for name, (states, columns) in chosen.items():
        if name.endswith("@2x") == doubled:
            faults += grab(name, states, columns, options.out)
    if not doubled and any(name.endswith("@2x") for name in chosen):
        done = subprocess.run([sys.executable, *sys.argv], env=dict(os.environ, QT_SCALE_FACTOR="2"), check=False)
        faults += ["a picture @2x failed"] if done.returncode else []
    for fault in [*faults, *(f"Qt: {words}" for words in warnings)]:
        print(fault, file=sys.stderr)
    return int(bool(faults or warnings))


if __name__ == "__main__":
    raise SystemExit(main())
