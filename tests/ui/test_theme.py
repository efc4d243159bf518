"""The look: contrast of every pair that meets on the screen, switching at run time, fonts, icons."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication

from chinwag_desktop.ui.theme import icons, theme, tokens
from chinwag_desktop.ui.theme.avatars import initials
from chinwag_desktop.ui.theme.shaping import is_few_emoji, runs_right_to_left, shape, shape_balanced, utf16_length
from chinwag_desktop.ui.theme.theme import Theme, ThemeChoice, ThemeSource, dress
from chinwag_desktop.ui.theme.typography import advance, font
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_resources import icon_names, icon_svg


@pytest.mark.parametrize(("ink", "ground", "least"), tokens.PAIRS)
@pytest.mark.parametrize("dark", [0, 1])
def test_ink_reads_on_its_ground(ink: str, ground: str, least: float, dark: int) -> None:
    assert tokens.contrast(tokens.COLOURS[ink][dark], tokens.COLOURS[ground][dark]) >= least


@pytest.mark.parametrize("ground", tokens.AVATARS)
def test_initials_and_names_read_in_every_hue(ground: str) -> None:
    assert tokens.contrast("#FFFFFF", ground) >= 4.5
    for dark in (False, True):
        assert tokens.contrast(tokens.name_ink(ground, dark=dark), tokens.COLOURS["surface"][dark]) >= 4.5


def test_contrast_is_wcags() -> None:
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert tokens.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_a_name_that_is_no_token_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(KeyError):
        Theme(dark=False)["turquoise"]


def test_choosing_and_following_the_system(qapp: QApplication) -> None:
    source = ThemeSource()
    told: list[bool] = []
    source.changed.connect(lambda: told.append(source.now.dark))
    source.set_system_dark(True)
    source.choose(ThemeChoice.DARK)  # dark already: nothing to tell
    source.set_system_dark(False)  # not followed any more
    source.choose(ThemeChoice.SYSTEM)
    source.choose(ThemeChoice.DARK)
    source.choose(ThemeChoice.LIGHT)
    assert told == [True, False, True, False]


def test_a_switch_repaints_and_changes_the_palette(themes: ThemeSource, show, qapp: QApplication) -> None:
    strip = Strip(themes, "canvas")
    show(strip, 40, 40)
    assert strip.grab().toImage().pixelColor(5, 5) == QColor(tokens.COLOURS["canvas"][0])
    themes.choose(ThemeChoice.DARK)
    assert strip.grab().toImage().pixelColor(5, 5) == QColor(tokens.COLOURS["canvas"][1])
    assert qapp.palette().window().color() == QColor(tokens.COLOURS["canvas"][1])


class Hints(QObject):
    """What the desktop says of its look, moved by a test: without a screen Qt's own never change."""

    colorSchemeChanged = Signal(Qt.ColorScheme)

    def __init__(self, scheme: Qt.ColorScheme) -> None:
        super().__init__()
        self.scheme = scheme

    def colorScheme(self) -> Qt.ColorScheme:
        return self.scheme

    def become(self, scheme: Qt.ColorScheme) -> None:
        self.scheme = scheme
        self.colorSchemeChanged.emit(scheme)


def dressed(qapp: QApplication, monkeypatch: pytest.MonkeyPatch, hints: Hints, choice: ThemeChoice) -> ThemeSource:
    monkeypatch.setattr(theme, "QGuiApplication", SimpleNamespace(styleHints=lambda: hints))
    source = ThemeSource(choice)
    dress(qapp, source)
    return source


def test_the_look_of_the_desktop_is_followed_from_the_start_and_at_every_change(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, show: Callable[..., None]
) -> None:
    hints = Hints(Qt.ColorScheme.Dark)
    source = dressed(qapp, monkeypatch, hints, ThemeChoice.SYSTEM)
    strip = Strip(source, "canvas")
    show(strip, 40, 40)

    def looks() -> tuple[bool, str, str]:
        return source.now.dark, qapp.palette().window().color().name(), strip.grab().toImage().pixelColor(5, 5).name()

    light, dark = ((bool(n), *[tokens.COLOURS["canvas"][n].lower()] * 2) for n in (0, 1))
    assert looks() == dark
    for scheme, expected in (
        (Qt.ColorScheme.Light, light),
        (Qt.ColorScheme.Unknown, light),  # bare X11 does not know
        (Qt.ColorScheme.Dark, dark),
        (Qt.ColorScheme.Unknown, dark),
    ):
        hints.become(scheme)
        assert looks() == expected


def test_who_chose_a_look_keeps_it_whatever_the_desktop_does(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = Hints(Qt.ColorScheme.Light)
    source = dressed(qapp, monkeypatch, hints, ThemeChoice.LIGHT)
    hints.become(Qt.ColorScheme.Dark)
    assert not source.now.dark
    source.choose(ThemeChoice.SYSTEM)
    assert source.now.dark


def test_the_shipped_typeface_is_in_use(qapp: QApplication) -> None:
    for style, weight in (("body", 400), ("title", 600), ("display", 600)):
        info = QFontInfo(font(style))
        assert (info.family(), info.weight(), info.pixelSize()) == ("Inter", weight, tokens.TYPE[style][0])


_BARE = """
from PySide6.QtGui import QImage, QPainter, QColor
from PySide6.QtWidgets import QApplication
app = QApplication([])
from chinwag_desktop.ui.theme.typography import font, load_fonts
load_fonts()
image = QImage(200, 40, QImage.Format.Format_RGB32)
image.fill(QColor("white"))
painter = QPainter(image)
painter.setFont(font("body"))
painter.drawText(4, 24, "Still readable")
painter.end()
dark = sum(image.pixelColor(x, y).lightness() < 128 for x in range(200) for y in range(40))
# boxes for missing glyphs would all be the same: an i is much narrower than an m
from chinwag_desktop.ui.theme.typography import advance
raise SystemExit(0 if dark > 100 and advance("body", "iii") * 2 < advance("body", "mmm") else 1)
"""


def test_a_machine_without_any_font_still_shows_text(tmp_path: Path) -> None:
    (tmp_path / "fonts.conf").write_text(f"<fontconfig><cachedir>{tmp_path}/cache</cachedir></fontconfig>")
    bare = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", _BARE], env=bare, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("name", icon_names())
def test_every_icon_is_drawn_in_its_ink(name: str, qapp: QApplication) -> None:
    assert b"currentColor" in icon_svg(name)
    image = icons.pixmap(name, QColor("#ff0000"), 20, 2.0).toImage()
    inked = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 250
    }
    assert inked <= {"#ff0000", "#fe0000"}
    assert inked, "the icon is empty"


def test_text_keeps_its_rhythm_whatever_it_is_made_of(qapp: QApplication) -> None:
    assert shape("one\ntwo\n👩🏽‍🔧 three", "body", 300).height == 60
    assert shape("", "body", 300).height in (0, 20)
    wide = shape("Donaudampfschifffahrt" * 4, "body", 120)
    assert wide.width <= 121
    assert wide.height > 100


def test_balanced_lines_need_no_more_of_them(qapp: QApplication) -> None:
    text = "When someone writes to you, it shows up here."
    balanced = shape_balanced(text, "small", 260)
    assert balanced.height == shape(text, "small", 260).height
    assert balanced.width < shape(text, "small", 260).width


@pytest.mark.parametrize(
    ("text", "few"),
    [
        ("👏", True),
        ("🎉🎉", True),
        ("🇳🇱", True),
        ("👩🏽‍🔧 ✅ ⚓", True),
        ("1️⃣", True),
        ("🎉🎉🎉🎉", False),
        ("ok 👏", False),
        ("12", False),
        ("", False),
    ],
)
def test_few_emoji_alone_are_big(text: str, few: bool) -> None:
    assert is_few_emoji(text) is few


def test_right_to_left_goes_by_the_first_strong_letter() -> None:
    assert runs_right_to_left("123 שלום hello")
    assert not runs_right_to_left("hello שלום")
    assert not runs_right_to_left("")


def test_qt_counts_utf16_units() -> None:
    assert utf16_length("a🎉b") == 4
    assert utf16_length("\ud800") == 1


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Robin Okafor", "RO"),
        ("maya", "M"),
        ("Anneke de Wit", "AW"),
        ("🎉 party", "P"),
        ("", "•"),
        ("…", "•"),
        ("図面 田中", "図田"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_widths_are_those_of_the_style(qapp: QApplication) -> None:
    assert advance("title", "Chinwag") > advance("meta", "Chinwag")
