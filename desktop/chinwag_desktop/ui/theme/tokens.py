"""The one token table: every colour, space, radius, size, type step and duration the desktop draws with.

Knows no Qt. `theme.py` turns it into QColor and QPalette, `typography.py` into fonts. `PAIRS` names every ink and ground that meet on the
screen with the contrast they must keep; `tests/ui/test_theme.py` fails when one drops under it.
"""

import colorsys
from typing import Final

# name: (light, dark), "#RRGGBB" or "#AARRGGBB"
COLOURS: Final[dict[str, tuple[str, str]]] = {
    # grounds, from the back to the front
    "sidebar": ("#F2EFE9", "#131516"),
    "canvas": ("#FBFAF7", "#191B1D"),
    "surface": ("#FFFFFF", "#25282B"),  # other people's bubbles, fields, cards
    "raised": ("#FFFFFF", "#2C3034"),  # menus, dialogs, toasts
    "hover": ("#E9E5DD", "#1F2224"),  # a row or an icon button under the pointer
    "hover_raised": ("#F1EEE8", "#383D42"),  # the same on a raised card
    "selected": ("#DCEAE9", "#1F3A3D"),  # the open conversation
    "well": ("#F4F1EC", "#1E2123"),  # file inset in a light bubble, chips in the composer
    # lines
    "line": ("#E6E2DA", "#2B2F32"),  # hairlines
    "line_raised": ("#E6E2DA", "#43494E"),  # hairlines on a raised card
    "field_line": ("#8D877C", "#71787D"),  # the edge of an input, 3:1
    # ink
    "text": ("#1D2123", "#ECEEEE"),
    "text_2": ("#555B5F", "#AAB1B5"),
    "text_3": ("#666C70", "#949B9F"),  # times, captions, placeholders
    # accent
    "accent": ("#0E6770", "#1B7781"),  # fills under on_accent
    "accent_hover": ("#0A565E", "#1F808A"),
    "on_accent": ("#FFFFFF", "#FFFFFF"),
    "accent_ink": ("#0B5F68", "#74C9D0"),  # accent as text, icon, focus ring
    # own bubble
    "own": ("#D9EBE9", "#1C4449"),
    "own_well": ("#C8E0DE", "#15383C"),
    "own_text": ("#12292B", "#EAF4F4"),
    "own_meta": ("#3B5D60", "#A3C6C8"),
    "own_tick": ("#648284", "#7FA3A6"),  # sent and delivered; read is accent_ink and a heavier stroke
    "selection": ("#B5D9DC", "#2A5C63"),  # under text that is selected
    # meaning
    "danger": ("#B3261E", "#F2998F"),
    "danger_fill": ("#B3261E", "#B23A31"),
    "danger_hover": ("#97201A", "#BE463D"),
    "danger_soft": ("#FBE8E5", "#3B2221"),
    "warn": ("#7A4B00", "#EBC06D"),
    "warn_soft": ("#FCF0D4", "#372C16"),
    "ok": ("#1B6B3C", "#83D3A0"),
    "ok_soft": ("#E0F2E6", "#1B3324"),
    "info_soft": ("#E8E6E1", "#2A2D30"),
    # presence dots
    "online": ("#23864B", "#4CC07A"),
    "away": ("#B9770E", "#E0A33E"),
    "offline": ("#857F75", "#767D82"),
    # over pictures, behind dialogs, under what floats
    "scrim": ("#99000000", "#99000000"),
    "on_scrim": ("#FFFFFF", "#FFFFFF"),
    "viewer": ("#0F1112", "#0B0C0D"),
    "veil": ("#591D2123", "#99000000"),
    "shadow": ("#1A2A2620", "#66000000"),
}

# Avatar grounds: white initials stand on all of them at 4.5:1 or better, in both themes. A sender's name is the same hue, lightened in the
# dark theme to NAME_LIGHTNESS_DARK.
AVATARS: Final = ("#8A4B2F", "#2F6B52", "#3C5E94", "#7A4A86", "#86591B", "#A03E53", "#2B6C78", "#5B5F3A")
NAME_LIGHTNESS_DARK: Final = 0.76
NAME_SATURATION_DARK: Final = 0.55

# name: (pixels, weight, line height in pixels)
TYPE: Final[dict[str, tuple[int, int, int]]] = {
    "meta": (11, 400, 16),
    "meta_strong": (11, 600, 16),
    "caption": (12, 400, 16),
    "caption_strong": (12, 600, 16),
    "small": (13, 400, 18),
    "small_strong": (13, 600, 18),
    "code": (13, 400, 18),
    "body": (14, 400, 20),
    "body_strong": (14, 600, 20),
    "title": (15, 600, 20),
    "heading": (20, 600, 28),
    "display": (26, 600, 32),
    "jumbo": (40, 400, 48),
}


class Space:
    """Distances between things, pixels."""

    XXS: Final = 4
    XS: Final = 8
    S: Final = 12
    M: Final = 16
    L: Final = 20
    XL: Final = 24
    XXL: Final = 32
    HUGE: Final = 40


class Radius:
    """Corner radii, pixels."""

    JOINT: Final = 5  # the corner where two bubbles of a group meet
    INSET: Final = 8
    CONTROL: Final = 10
    ROW: Final = 12
    BUBBLE: Final = 16
    CARD: Final = 16


class Size:
    """Fixed measures of the window's parts, pixels."""

    HEADER: Final = 60
    BANNER: Final = 44
    COMPOSER: Final = 48
    COMPOSER_LINES: Final = 8
    COLUMN: Final = 880  # the widest column of talk
    BUBBLE: Final = 520  # the widest bubble
    PICTURE_WIDTH: Final = 340
    PICTURE_HEIGHT: Final = 300
    SIDEBAR: Final = 304
    SIDEBAR_RAIL: Final = 76
    RAIL_UNDER: Final = 800  # windows narrower than this show the rail
    NARROW_UNDER: Final = 640  # conversation panes narrower than this get small gutters
    ROW, ROW_COMPACT = 64, 52
    PERSON_ROW, PERSON_ROW_COMPACT = 48, 40
    HEADING_ROW, HEADING_ROW_COMPACT = 40, 34
    AVATAR_ROW, AVATAR_ROW_COMPACT = 44, 36
    AVATAR_PERSON: Final = 32
    AVATAR_HEADER: Final = 36
    AVATAR_TALK: Final = 32
    DIALOG: Final = 400
    ICON: Final = 20
    SCROLL_RAIL: Final = 12
    LATENCY_PILL: Final = 24


class MotionMs:
    """Durations, milliseconds. Nothing else in the app moves."""

    SLIDE: Final = 180
    SCROLL: Final = 220


# (ink, ground, least contrast ratio)
PAIRS: Final[tuple[tuple[str, str, float], ...]] = (
    *(
        ("text", ground, 4.5)
        for ground in ("canvas", "surface", "sidebar", "selected", "hover", "raised", "hover_raised")
    ),
    *((ink, "selection", 4.5) for ink in ("text", "own_text")),
    ("accent_ink", "selection", 3.0),  # links and mentions, while they are selected
    *(("text", ground, 4.5) for ground in ("warn_soft", "danger_soft", "ok_soft", "info_soft")),
    *(
        ("text_2", ground, 4.5)
        for ground in ("canvas", "sidebar", "selected", "surface", "hover", "well", "info_soft", "raised")
    ),
    *(("text_3", ground, 4.5) for ground in ("canvas", "sidebar", "surface", "well")),
    *(
        ("accent_ink", ground, 4.5)
        for ground in ("canvas", "surface", "sidebar", "selected", "own", "own_well", "well", "hover", "raised")
    ),
    *(("accent_ink", ground, 4.5) for ground in ("warn_soft", "danger_soft")),
    *(
        ("danger", ground, 4.5)
        for ground in ("canvas", "surface", "sidebar", "hover", "selected", "danger_soft", "raised")
    ),
    ("on_accent", "accent", 4.5),
    ("on_accent", "accent_hover", 4.5),
    ("on_accent", "danger_fill", 4.5),
    ("on_accent", "danger_hover", 4.5),
    ("own_text", "own", 4.5),
    ("own_text", "own_well", 4.5),
    ("own_meta", "own", 4.5),
    ("own_meta", "own_well", 4.5),
    *((ink, ground, 4.5) for ink in ("ok", "warn") for ground in ("well", "own_well")),  # code
    ("text", "well", 4.5),
    ("own_tick", "own", 3.0),
    ("sidebar", "text_2", 4.5),  # a muted badge
    ("own", "text", 4.5),  # the action of a toast in the light theme
    ("warn", "warn_soft", 4.5),
    ("warn", "canvas", 4.5),
    ("ok", "ok_soft", 4.5),
    ("ok", "canvas", 4.5),
    ("field_line", "surface", 3.0),
    ("field_line", "canvas", 3.0),
    *(("online", ground, 3.0) for ground in ("sidebar", "selected", "canvas")),
    ("away", "sidebar", 3.0),
    ("offline", "sidebar", 3.0),
)


def luminance(colour: str) -> float:
    """Relative luminance of "#RRGGBB", 0..1 (WCAG 2.2, definition of relative luminance)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two opaque colours, 1..21 (WCAG 2.2)."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def name_ink(avatar: str, *, dark: bool) -> str:
    """A sender's name in the hue of the avatar `avatar` ("#RRGGBB"), readable on `surface`."""
    if not dark:
        return avatar
    red, green, blue = (int(avatar[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    light = colorsys.hls_to_rgb(hue, NAME_LIGHTNESS_DARK, min(NAME_SATURATION_DARK, saturation))
    return "#" + "".join(f"{round(channel * 255):02X}" for channel in light)
