"""What is asked before something happens to a group that cannot be taken back by oneself."""

from PySide6.QtWidgets import QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog, cancel

YES = "yes"


def leave_question(themes: ThemeSource, window: QWidget, title: str, *, last: bool) -> Dialog:
    """Leave a group; the `last` one ends it. Answers YES or ""."""
    if last:
        text = translate("Group", "You are the last one here: the group and its messages are gone for good.")
    else:
        text = translate(
            "Group",
            "Its messages are removed from your devices and you hear no more of it. The others see that you left; one of them has "
            "to add you again if you want to come back.",
        )
    choices = (cancel(), Choice(YES, translate("Group", "Leave"), "danger"))
    heading = translate("Group", "Leave “{title}”?", title=one_line(title, 40))
    return Dialog(themes, window, heading, text=text, choices=choices)


def owner_stays_notice(themes: ThemeSource, window: QWidget) -> Dialog:
    """The owner cannot leave yet."""
    text = translate(
        "Group",
        "You own this group. Hand it over to somebody first: choose them among the members, then “Hand the group over…”.",
    )
    choices = (Choice("", translate("Group", "Back"), "primary"),)
    return Dialog(themes, window, translate("Group", "Who shall own it?"), text=text, choices=choices)


def hand_over_question(themes: ThemeSource, window: QWidget, name: str) -> Dialog:
    """Pass the ownership on. Answers YES or ""."""
    text = translate(
        "Group", "{name} will own the group, and you will be an admin. Only {name} can give it back.", name=name
    )
    choices = (cancel(), Choice(YES, translate("Group", "Hand over"), "danger"))
    return Dialog(themes, window, translate("Group", "Hand the group over?"), text=text, choices=choices)


def remove_question(themes: ThemeSource, window: QWidget, name: str) -> Dialog:
    """Take somebody out. Answers YES or ""."""
    text = translate("Group", "{name} loses this group and its messages on all devices.", name=name)
    choices = (cancel(), Choice(YES, translate("Group", "Remove"), "danger"))
    return Dialog(themes, window, translate("Group", "Remove from the group?"), text=text, choices=choices)
