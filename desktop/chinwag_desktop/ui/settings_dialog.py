"""*Settings*: what this person chose for this device. Each choice is kept at once; what needs a new start says so."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.stores.settings_store import SIZES, SettingsStore
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.widgets.button import RING, Button
from chinwag_desktop.ui.widgets.choice_button import ChoiceButton
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog
from chinwag_desktop.ui.widgets.scroll_page import ScrollPage
from chinwag_desktop.ui.widgets.switch import Switch
from chinwag_desktop.ui.widgets.text import Paragraph, Text
from chinwag_protocol import __version__

_WIDTH = 520
_ROOM = 84  # of the dialog's width, at the window's edges


class SettingsDialog(Dialog):
    """Reads and changes a `SettingsStore`. `languages` are the codes and names to choose from."""

    profile_requested = Signal()
    password_requested = Signal()
    devices_requested = Signal()
    blocks_requested = Signal()
    restart_requested = Signal()
    log_requested = Signal()

    def __init__(
        self, themes: ThemeSource, window: QWidget, settings: SettingsStore, languages: Mapping[str, str]
    ) -> None:
        self._settings, self._window = settings, window
        self.area = ScrollPage(themes)
        super().__init__(
            themes,
            window,
            translate("Settings", "Settings"),
            body=self.area,
            choices=(Choice("", translate("Settings", "Close"), "primary"),),
            width=min(_WIDTH, window.width() - _ROOM),
            overhangs=True,
        )
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 0, 0, Space.XXS)
        self._column.setSpacing(Space.S)
        self._account()
        self._appearance(languages)
        self._notifications()
        self._privacy()
        self._advanced()
        self.area.verticalScrollBar().setFixedWidth(Size.SCROLL_RAIL - RING)  # the rings of the controls hang over, too
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.show_page(page)
        self.area.fit(window)

    def _account(self) -> None:
        self._heading(translate("Settings", "Account"))
        self.profile = self._button(
            translate("Settings", "Your picture, name and status"),
            translate("Settings", "Profile…"),
            self.profile_requested,
        )
        self.password = self._button(
            translate("Settings", "Your password"), translate("Settings", "Change…"), self.password_requested
        )
        self.devices = self._button(
            translate("Settings", "Where you are signed in"), translate("Settings", "Devices…"), self.devices_requested
        )

    def _appearance(self, languages: Mapping[str, str]) -> None:
        settings = self._settings
        self._heading(translate("Settings", "Appearance"))
        self.theme = self._choice(
            translate("Settings", "Look"),
            (
                ("system", translate("Settings", "As the system")),
                ("light", translate("Settings", "Light")),
                ("dark", translate("Settings", "Dark")),
            ),
            settings.theme,
            settings.set_theme,
        )
        self.size_choice = self._choice(
            translate("Settings", "Size of text and everything else"),
            [(percent, translate("Settings", "{percent} %", percent=percent)) for percent in SIZES],
            settings.size,
            self._kept_for_the_next_start(settings.set_size),
        )
        self.language = self._choice(
            translate("Settings", "Language"),
            (("", translate("Settings", "As the system")), *languages.items()),
            settings.language,
            self._kept_for_the_next_start(settings.set_language),
        )
        self.restart = Button(self.themes, translate("Settings", "Start again now"), "quiet")
        self.restart.clicked.connect(self.restart_requested)
        self._restart_row = self._row(translate("Settings", "This changes at the next start."), self.restart)
        self._restart_row.setVisible(settings.awaits_start)
        self.compact = self._switch(
            translate("Settings", "Compact"),
            translate("Settings", "Messages and conversations stand closer together."),
            on=settings.compact,
            then=settings.set_compact,
        )
        self.still = self._switch(
            translate("Settings", "Less motion"),
            translate("Settings", "Nothing slides or glides."),
            on=settings.still,
            then=settings.set_still,
        )

    def _notifications(self) -> None:
        settings = self._settings
        self._heading(translate("Settings", "Notifications"))
        self.notifies = self._switch(
            translate("Settings", "Tell me of new messages"),
            translate("Settings", "By the desktop’s own notifications, while I do not look at the conversation."),
            on=settings.notifies,
            then=settings.set_notifies,
        )
        self.excerpts = self._switch(
            translate("Settings", "Show what was written"),
            "",
            on=settings.shows_excerpts,
            then=settings.set_shows_excerpts,
        )

    def _privacy(self) -> None:
        self._heading(translate("Settings", "Privacy"))
        self.typing = self._switch(
            translate("Settings", "Show others when I am typing"),
            "",
            on=self._settings.tells_typing,
            then=self._settings.set_tells_typing,
        )
        self.blocks = self._button(
            translate("Settings", "People who cannot write to you"),
            translate("Settings", "Blocked people…"),
            self.blocks_requested,
        )

    def _advanced(self) -> None:
        self._heading(translate("Settings", "Advanced"))
        self.log = Button(self.themes, translate("Settings", "Show the log"), "quiet")
        self.log.clicked.connect(self.log_requested)
        version = translate("Settings", "Version {version}", version=__version__)
        self._row(translate("Settings", "What the app noted for when something goes wrong"), self.log, note=version)

    # rows

    def _heading(self, words: str) -> None:
        if self._column.count():
            self._column.addSpacing(Space.XS)
        self._column.addWidget(Text(self.themes, "caption_strong", "accent_ink", words))

    def _row(self, label: str, control: QWidget, *, note: str = "") -> QWidget:
        box, words = QWidget(), QVBoxLayout()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        words.setSpacing(0)
        width = self.inner_width + RING - control.sizeHint().width() - Space.S
        words.addStretch(1)
        words.addWidget(Paragraph(self.themes, "small", "text", label, width=width))
        if note:
            words.addWidget(Paragraph(self.themes, "caption", "text_2", note, width=width))
        words.addStretch(1)
        row.addLayout(words, 1)
        row.addWidget(control)
        self._column.addWidget(box)
        return box

    def _button(self, label: str, words: str, then: SignalInstance) -> Button:
        button = Button(self.themes, words, "quiet")
        button.clicked.connect(then)
        self._row(label, button)
        return button

    def _switch(self, label: str, note: str, *, on: bool, then: Callable[[bool], object]) -> Switch:
        switch = Switch(self.themes, label, on=on)
        switch.setAccessibleDescription(note)
        switch.toggled.connect(then)
        self._row(label, switch, note=note)
        return switch

    def _choice(
        self, label: str, choices: Sequence[tuple[object, str]], now: object, then: Callable[[Any], object]
    ) -> ChoiceButton:
        button = ChoiceButton(self.themes, label, choices, now)
        button.chosen.connect(then)
        self._row(label, button)
        return button

    def _kept_for_the_next_start(self, keep: Callable[[Any], object]) -> Callable[[Any], None]:
        def choose(key: object) -> None:
            keep(key)
            self._restart_row.setVisible(self._settings.awaits_start)
            self.area.fit(self._window)
            self._centre()

        return choose
