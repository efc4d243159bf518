"""Tokens as Qt colours. `Theme` is one of the two looks, `ThemeSource` tells everyone who paints which one is in use.

There is no style sheet: Fusion with a palette, and widgets that paint from tokens. Switching is one palette and one repaint.
"""

from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from chinwag_desktop.ui.theme import tokens
from chinwag_desktop.ui.theme.faces import Faces
from chinwag_desktop.ui.theme.typography import font

_ROLES: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "canvas",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "well",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.PlaceholderText: "text_3",
    QPalette.ColorRole.Link: "accent_ink",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Accent: "accent",
}


class Theme:
    """One look: `theme["canvas"]` is the QColor of a token. Raises KeyError for a name that is no token."""

    def __init__(self, *, dark: bool) -> None:
        self.dark = dark
        self._colours = {name: QColor(pair[dark]) for name, pair in tokens.COLOURS.items()}
        self.avatars = [QColor(ground) for ground in tokens.AVATARS]
        self.name_inks = [QColor(tokens.name_ink(ground, dark=dark)) for ground in tokens.AVATARS]

    def __getitem__(self, name: str) -> QColor:
        return self._colours[name]

    def faded(self, name: str, opacity: float) -> QColor:
        """A token at `opacity` (0..1)."""
        colour = QColor(self._colours[name])
        colour.setAlphaF(opacity)
        return colour

    def palette(self) -> QPalette:
        palette = QPalette()
        for role, name in _ROLES.items():
            palette.setColor(role, self._colours[name])
        return palette


class ThemeChoice(StrEnum):
    """What the person chose; `system` follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class ThemeSource(QObject):
    """Holds the theme in use. One per application, handed to every widget that paints; `changed` comes after it was replaced."""

    changed = Signal()
    density_changed = Signal()
    """`compact` was switched: lay out anew."""

    def __init__(
        self, choice: ThemeChoice = ThemeChoice.SYSTEM, *, system_dark: bool = False, still: bool = False
    ) -> None:
        super().__init__()
        self.choice = choice
        self.compact = False
        """Whether rows stand closer together."""
        self.still = still
        """Whether nothing moves that need not: who animates asks at the moment it would."""
        self._system_dark = system_dark
        self.now = Theme(dark=self._wants_dark())
        self.faces = Faces()
        """The pictures of people and groups, for whoever paints avatars."""

    def choose(self, choice: ThemeChoice) -> None:
        """The person chose a look."""
        self.choice = choice
        self._renew()

    def set_system_dark(self, dark: bool) -> None:
        """The desktop's own look changed."""
        self._system_dark = dark
        self._renew()

    def set_compact(self, compact: bool) -> None:
        """The person chose how close rows stand."""
        if compact != self.compact:
            self.compact = compact
            self.density_changed.emit()

    def _wants_dark(self) -> bool:
        return self._system_dark if self.choice is ThemeChoice.SYSTEM else self.choice is ThemeChoice.DARK

    def _renew(self) -> None:
        if self._wants_dark() != self.now.dark:
            self.now = Theme(dark=self._wants_dark())
            self.changed.emit()


def dress(app: QApplication, themes: ThemeSource) -> None:
    """Give the application its style, font and palette, follow the desktop's colour scheme and every later switch."""
    app.setStyle("Fusion")
    app.setFont(font("body"))
    hints = QGuiApplication.styleHints()

    def repaint() -> None:
        app.setPalette(themes.now.palette())

    def follow(scheme: Qt.ColorScheme) -> None:
        if scheme is not Qt.ColorScheme.Unknown:  # bare X11 does not know
            themes.set_system_dark(scheme is Qt.ColorScheme.Dark)

    follow(hints.colorScheme())
    hints.colorSchemeChanged.connect(follow)
    themes.changed.connect(repaint)
    repaint()
