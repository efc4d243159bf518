"""Whether Qt can show a window here. Qt itself answers by aborting the process; this looks first, on Linux only."""

import ctypes
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

APT_LINE: Final = (
    "sudo apt-get install --no-install-recommends libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 "
    "libglib2.0-0 libbrotli1 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-randr0 libxcb-shape0 libxcb-xkb1 "
    "libxkbcommon-x11-0 libwayland-cursor0 fonts-noto-color-emoji"
)
"""What Qt needs and Debian and Ubuntu do not have by default. dev.py and the README say the same."""


def why_no_window(environment: Mapping[str, str] = os.environ) -> str | None:
    """Say in one line why no window can be shown; None when nothing speaks against it. Costs a millisecond or two."""
    if sys.platform != "linux":
        return None
    if wanted := environment.get("QT_QPA_PLATFORM", "").partition(";")[0].partition(":")[0]:
        look = {"xcb": _look_at_x11, "wayland": _look_at_wayland}.get(wanted)
        return look(environment) if look else None
    over_wayland = _look_at_wayland(environment)
    over_x11 = over_wayland and _look_at_x11(environment)  # Qt, too, tries the one and then the other
    return over_x11 if environment.get("DISPLAY") else over_wayland


def _look_at_x11(environment: Mapping[str, str]) -> str | None:
    display = environment.get("DISPLAY")
    if not display:
        return "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    if missing := _missing_library("libqxcb.so"):
        return _words(missing)
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        xcb.xcb_connect.restype = ctypes.c_void_p
        connection = ctypes.c_void_p(xcb.xcb_connect(display.encode(), None))
        failed = xcb.xcb_connection_has_error(connection)
        xcb.xcb_disconnect(connection)
    except (OSError, AttributeError) as error:
        return _words(str(error))
    return f"the display {display} cannot be opened" if failed else None


def _look_at_wayland(environment: Mapping[str, str]) -> str | None:
    display = environment.get("WAYLAND_DISPLAY")
    if not display:
        return "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    if missing := _missing_library("libqwayland.so"):
        return _words(missing)
    socket = Path(environment.get("XDG_RUNTIME_DIR", "/"), display)
    return None if socket.exists() else f"the Wayland display {display} cannot be opened"


def _missing_library(plugin: str) -> str | None:
    """Load a platform plugin of Qt, as Qt will in a moment, and say which library it lacks."""
    found = find_spec("PySide6")
    path = Path(found.origin or "").parent / "Qt" / "plugins" / "platforms" / plugin if found else None
    if path is None or not path.exists():
        return None  # a Qt of the distribution's own, whose packages see to that
    try:
        ctypes.CDLL(str(path))
    except OSError as error:
        return str(error)
    return None


def _words(missing: str) -> str:
    return f"Qt lacks a library of the system ({missing}); on Debian or Ubuntu: {APT_LINE}"
