"""Change the password."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog, cancel
from chinwag_desktop.ui.widgets.field import PasswordField
from chinwag_desktop.ui.widgets.note import Note
from chinwag_desktop.ui.widgets.text import Text
from chinwag_protocol.limits import Limits

CHANGE: Final = "change"


class PasswordDialog(Dialog):
    """`submitted` carries the present and the new one; then `end`, or `show_problem` with the field that is at fault."""

    submitted = Signal(str, str)

    def __init__(self, themes: ThemeSource, window: QWidget) -> None:
        body = QWidget()
        super().__init__(
            themes,
            window,
            translate("Password", "Change the password"),
            text=translate("Password", "Your other devices are signed out, and sign in with the new one."),
            body=body,
            choices=(cancel(), Choice(CHANGE, translate("Password", "Change"), "primary")),
        )
        self.current = PasswordField(themes, translate("Password", "Present password"))
        self.new = PasswordField(themes, translate("Password", "New password"))
        self.note = Note(themes, width=self.inner_width)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XXS + 2)
        for label, field in (
            (translate("Password", "Present password"), self.current),
            (translate("Password", "New password"), self.new),
        ):
            column.addWidget(Text(themes, "caption", "text_2", label))
            column.addWidget(field)
        column.addWidget(self.note)
        self.current.entered.connect(self.new.setFocus)
        self.new.entered.connect(self._submit)
        for field in (self.current, self.new):
            field.changed.connect(lambda: self._say(""))

    def choose(self, key: str) -> None:
        """*Change* waits for the server: `end` closes the dialog."""
        if key == CHANGE:
            self._submit()
        else:
            super().choose(key)

    def end(self) -> None:
        """The password is the new one."""
        super().choose(CHANGE)

    def set_busy(self, busy: bool) -> None:
        """The server is being asked."""
        for part in (self.current, self.new, self.buttons[CHANGE]):
            part.setEnabled(not busy)
        self._say(translate("Password", "Changing…") if busy else "")

    def show_problem(self, words: str, field: PasswordField | None = None) -> None:
        """What is wrong, and where."""
        self._say(words, bad=True)
        if field is not None:
            field.set_error(True)
            field.setFocus()

    def _submit(self) -> None:
        limits = Limits()
        if not self.current.text():
            self.show_problem(translate("Password", "Type your present password."), self.current)
        elif not limits.password_min <= len(self.new.text()) <= limits.password_max:
            words = translate(
                "Password",
                "A password has {least} to {most} characters.",
                least=limits.password_min,
                most=limits.password_max,
            )
            self.show_problem(words, self.new)
        else:
            self.submitted.emit(self.current.text(), self.new.text())

    def _say(self, words: str, *, bad: bool = False) -> None:
        self.note.say(words, bad=bad)
        if self.isVisible():
            self._centre()
