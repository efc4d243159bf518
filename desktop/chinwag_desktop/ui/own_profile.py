"""One's own profile: picture, name, and what one says about oneself."""

from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.core.entities import Person
from chinwag_desktop.models.dates import short_when
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.models.person_words import status_text
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.widgets.button import Button
from chinwag_desktop.ui.widgets.choice_button import ChoiceButton
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog, cancel
from chinwag_desktop.ui.widgets.field import Field
from chinwag_desktop.ui.widgets.mark import Avatar
from chinwag_desktop.ui.widgets.note import Note
from chinwag_desktop.ui.widgets.switch import Switch
from chinwag_desktop.ui.widgets.text import Paragraph, Text
from chinwag_protocol.limits import STATUS_LENGTH, Limits
from chinwag_protocol.times import parse_time

SAVE: Final = "save"
AVATAR = 72
KEEP, HOUR, TODAY, FOR_GOOD = "keep", "hour", "today", "for good"


class OwnProfileDialog(Dialog):
    """It changes nothing itself: `saved`, `picture_wanted` and `picture_removed` say what is wanted; `end` closes it once it is done."""

    saved = Signal()
    picture_wanted = Signal()
    picture_removed = Signal()

    def __init__(self, themes: ThemeSource, window: QWidget, person: Person, now: datetime) -> None:
        body = QWidget()
        choices = (cancel(), Choice(SAVE, translate("Profile", "Save"), "primary"))
        super().__init__(themes, window, translate("Profile", "Your profile"), body=body, choices=choices)
        self._person, self._opened_with, self._opened_at = person, person, now
        self._problem = ""
        self._online, self._busy = True, False
        self._parts(themes, person)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addLayout(self._top())
        for label, field in (
            (translate("Profile", "Name"), self.name),
            (translate("Profile", "What you say about yourself"), self.status),
        ):
            column.addWidget(Text(themes, "caption", "text_2", label))
            column.addWidget(field)
        column.addLayout(_beside(Text(themes, "small", "text", translate("Profile", "Ends")), self.until))
        column.addLayout(_beside(self._quiet_words(themes), self.quiet))
        column.addWidget(self.note)
        self._wire()
        self._refresh()

    def _parts(self, themes: ThemeSource, person: Person) -> None:
        self.avatar = Avatar(themes, AVATAR, ground="raised")
        self.choose_picture = Button(themes, translate("Profile", "Choose a picture…"), "quiet")
        self.remove_picture = Button(themes, translate("Profile", "Remove"), "link")
        self.name = Field(themes, translate("Profile", "Name"))
        self.name.edit.setMaxLength(Limits().display_name_length)
        self.name.set_text(person.display_name)
        self.status = Field(
            themes,
            translate("Profile", "What you say about yourself"),
            placeholder=translate("Profile", "On holiday, at the harbour…"),
        )
        self.status.edit.setMaxLength(STATUS_LENGTH)
        self.status.set_text(status_text(person))
        self.until = ChoiceButton(themes, translate("Profile", "Ends"), self._ends(), self._first_end())
        self.quiet = Switch(themes, translate("Profile", "Do not disturb"), on=_is_quiet(person))
        self.note = Note(themes, width=self.inner_width)

    def _ends(self) -> list[tuple[object, str]]:
        found: list[tuple[object, str]] = [
            (FOR_GOOD, translate("Profile", "when I change it")),
            (HOUR, translate("Profile", "in an hour")),
            (TODAY, translate("Profile", "at midnight")),
        ]
        status = self._person.status
        if status is not None and status.until is not None:
            when = short_when(parse_time(status.until), self._opened_at)
            found.insert(0, (KEEP, translate("Profile", "as it is: {when}", when=when)))
        return found

    def _first_end(self) -> str:
        status = self._opened_with.status
        return KEEP if status is not None and status.until is not None else FOR_GOOD

    def _quiet_words(self, themes: ThemeSource) -> QWidget:
        box = QWidget()
        words = QVBoxLayout(box)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        width = self.inner_width - self.quiet.width() - Space.S
        words.addWidget(Paragraph(themes, "small", "text", translate("Profile", "Do not disturb"), width=width))
        note = translate("Profile", "No notifications on any of your devices; others see it.")
        words.addWidget(Paragraph(themes, "caption", "text_2", note, width=width))
        return box

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.avatar)
        row.addWidget(self.choose_picture)
        row.addWidget(self.remove_picture)
        row.addStretch(1)
        return row

    def _wire(self) -> None:
        self.name.entered.connect(self._submit)
        self.status.entered.connect(self._submit)
        self.name.changed.connect(lambda: self._refresh())
        self.choose_picture.clicked.connect(self.picture_wanted)
        self.remove_picture.clicked.connect(self.picture_removed)

    def choose(self, key: str) -> None:
        """*Save* waits for the server: `end` closes the dialog."""
        if key == SAVE:
            self._submit()
        else:
            super().choose(key)

    def end(self) -> None:
        """All is saved."""
        super().choose(SAVE)

    def _submit(self) -> None:
        if self.buttons[SAVE].isEnabled():
            self.saved.emit()

    # what is wanted

    def new_name(self) -> str | None:
        """Another name, or None."""
        name = self.name.text().strip()
        return name if name != self._opened_with.display_name else None

    def new_status(self, now: datetime) -> tuple[str, datetime | None, bool] | None:
        """Words, when they end, and whether not to disturb; None where nothing of it changed."""
        text, quiet, until = self.status.text().strip(), self.quiet.isChecked(), self.until.now
        if (text, quiet, until) == (status_text(self._opened_with), _is_quiet(self._opened_with), self._first_end()):
            return None
        return text, self._end_of(until, now), quiet

    def _end_of(self, until: object, now: datetime) -> datetime | None:
        match until:
            case "hour":
                return now + timedelta(hours=1)
            case "today":
                midnight = now.astimezone() + timedelta(days=1)
                return midnight.replace(hour=0, minute=0, second=0, microsecond=0)
            case "keep" if self._opened_with.status is not None and self._opened_with.status.until is not None:
                return parse_time(self._opened_with.status.until)
            case _:
                return None

    # what is shown

    def show_person(self, person: Person) -> None:
        """The profile as others see it now; what is being written stays."""
        self._person = person
        self._refresh()

    def set_online(self, online: bool) -> None:
        """Without a connection it can be looked at only."""
        if online != self._online:
            self._online = online
            self._refresh()

    def set_busy(self, busy: bool) -> None:
        """The server is being asked for a change."""
        self._busy = busy
        self._problem = "" if busy else self._problem
        self._refresh()

    def show_problem(self, words: str) -> None:
        """What did not work."""
        self._problem = words
        self._refresh()

    def _refresh(self) -> None:
        able = self._online and not self._busy
        self.avatar.show_owner(self._person.id, shown_name(self._person))
        self.remove_picture.setVisible(self._person.avatar_url is not None)
        for part in (self.choose_picture, self.remove_picture, self.name, self.status, self.until, self.quiet):
            part.setEnabled(able)
        self.buttons[SAVE].setEnabled(able and bool(self.name.text().strip()))
        if not self._online:
            self.note.say(translate("Profile", "You are offline: this can be changed once the connection is back."))
        else:
            self.note.say(translate("Profile", "Saving…") if self._busy else self._problem, bad=not self._busy)
        if self.isVisible():
            self._centre()


def _is_quiet(person: Person) -> bool:
    return person.status is not None and person.status.dnd


def _beside(words: QWidget, control: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(Space.S)
    row.addWidget(words, 1)
    row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
    return row
