"""The menu of the account: who is signed in, the look, and what else belongs to no conversation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.theme import ThemeChoice
from chinwag_desktop.ui.widgets.menu import Menu

if TYPE_CHECKING:
    from chinwag_desktop.ui.main_window import MainWindow


def account_menu(window: MainWindow, account: str) -> Menu:
    """`account` is the name of who is signed in, or empty."""
    menu = Menu(window.themes, window)
    if account:
        menu.add_note(account)
        menu.addSeparator()
        menu.add(translate("Main", "Your profile…"), window.profile_requested.emit, icon="user")
        menu.addSeparator()
    for choice, icon, label in (
        (ThemeChoice.SYSTEM, "monitor", translate("Main", "Look of the system")),
        (ThemeChoice.LIGHT, "sun", translate("Main", "Light")),
        (ThemeChoice.DARK, "moon", translate("Main", "Dark")),
    ):
        chosen = window.themes.choice is choice
        menu.add(label, partial(window.choose_theme, choice), icon=icon, checked=chosen)
    menu.addSeparator()
    menu.add(translate("Main", "New conversation"), window.open_new_conversation, icon="compose")
    menu.add(translate("Main", "Mentions of you"), window.mentions_requested.emit, icon="user")
    menu.add(translate("Main", "Connection"), window.open_connection_panel, icon="pulse")
    menu.add(translate("Main", "Keyboard shortcuts"), window.open_shortcuts, icon="keyboard")
    menu.add(translate("Main", "Settings"), window.open_settings, icon="settings")
    menu.addSeparator()
    menu.add(translate("Main", "Sign out…"), window.sign_out_requested.emit, icon="sign-out")
    return menu
