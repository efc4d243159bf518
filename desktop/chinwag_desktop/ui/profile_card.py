"""The card of somebody: who they are, whether they are here, and what can be done: write to them, or block them."""

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from chinwag_desktop.core.entities import Person
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.models.person_words import here_words, status_text
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog
from chinwag_desktop.ui.widgets.mark import Avatar
from chinwag_desktop.ui.widgets.note import Note
from chinwag_desktop.ui.widgets.text import Paragraph, Text

MESSAGE, BLOCK = "message", "block"
AVATAR = 96
_CENTRE = Qt.AlignmentFlag.AlignHCenter


class ProfileCard(Dialog):
    """`show_person` fills it and is called again when the person changes. Answers MESSAGE, BLOCK (or its opposite) or ""."""

    def __init__(self, themes: ThemeSource, window: QWidget) -> None:
        body = QWidget()
        choices = (
            Choice("", translate("Profile", "Close")),
            Choice(BLOCK, translate("Profile", "Unblock")),  # the longer word has to find room
            Choice(MESSAGE, translate("Profile", "Message"), "primary"),
        )
        super().__init__(themes, window, translate("Profile", "Profile"), body=body, choices=choices)
        self.avatar = Avatar(themes, AVATAR, ground="raised")
        self.name = Paragraph(themes, "title", "text", width=self.inner_width, centred=True)
        self.username = Text(themes, "small", "text_2", align=_CENTRE)
        self.here = Text(themes, "small", "text_2", align=_CENTRE)
        self.status = Paragraph(themes, "body", "text", width=self.inner_width, centred=True)
        self.note = Note(themes, width=self.inner_width, centred=True)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, Space.XS, 0, 0)
        column.setSpacing(Space.XXS)
        column.addWidget(self.avatar, 0, _CENTRE)
        column.addSpacing(Space.XS)
        for part in (self.name, self.username, self.here, self.status, self.note):
            column.addWidget(part)
        self._bad = False
        """What went wrong stands there: it is not talked over."""
        self.set_blocked(None)

    def show_person(self, person: Person, now: datetime) -> None:
        """Who it is, as they are now."""
        name = shown_name(person)
        self.avatar.show_owner(person.id, name, presence=None if person.disabled else person.presence)
        self.name.set_text(name)
        self.username.setText(f"@{person.username}")
        self.here.setText(here_words(person, now))
        words = status_text(person)
        self.status.set_text(words)
        self.status.setVisible(bool(words))
        self.buttons[MESSAGE].setEnabled(not person.disabled)
        self._refit()

    def set_blocked(self, blocked: bool | None) -> None:
        """Whether the person is blocked; None while that is not known, or cannot be changed."""
        button = self.buttons[BLOCK]
        button.setText(translate("Profile", "Unblock") if blocked else translate("Profile", "Block…"))
        button.setEnabled(blocked is not None)
        button.updateGeometry()
        if blocked and not self._bad:
            self.say(translate("Profile", "You block this person: neither of you can write to the other."))

    def say(self, words: str, *, bad: bool = False) -> None:
        """A line under the rest."""
        self._bad = bad and bool(words)
        self.note.say(words, bad=bad)
        self._refit()

    def _refit(self) -> None:
        if self.isVisible():
            self._centre()


def block_question(themes: ThemeSource, window: QWidget, name: str) -> Dialog:
    """Block somebody. Answers BLOCK or ""."""
    text = translate(
        "Profile",
        "Neither of you can write to the other, and {name} cannot add you to groups. In groups that you share you go on "
        "seeing each other. {name} is not told.",
        name=name,
    )
    choices = (
        Choice("", translate("Dialog", "Cancel")),
        Choice(BLOCK, translate("Profile", "Block"), "danger"),
    )
    return Dialog(themes, window, translate("Profile", "Block {name}?", name=name), text=text, choices=choices)
