"""`SignInWindow`: server, user name and password; with an invitation also a name and a code. Everything works from the keyboard."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.core.errors import ClientError
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.sign_in_words import Complaint, SignInForm, base_url, complaint_about, complaint_before
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.theme.typography import line_height
from chinwag_desktop.ui.widgets.button import Button
from chinwag_desktop.ui.widgets.field import Field, PasswordField
from chinwag_desktop.ui.widgets.mark import Mark
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_desktop.ui.widgets.text import Paragraph, Text

_FORM = 342  # width of the form, a button's ring included
_RING = 3  # a button keeps it: the fields stand on its visible edge
_LABEL_GAP = 6  # between a label, its field and what is wrong with it
_MARK = 56
_SMALLEST, _EDGE = QSize(400, 560), QSize(Space.L, Space.L)


class SignInWindow(Strip):
    """`set_busy` while the server is asked, then `show_error` or close. The password is never kept after `submitted`."""

    submitted = Signal(object, bool)
    """A `SignInForm`, and whether it is a registration."""
    cancelled = Signal()
    """Escape or *Cancel* while busy: stop asking."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, "sidebar")
        self.registering = self.busy = False
        self.fields: dict[str, Field] = {
            "server": Field(themes, translate("SignIn", "Server"), placeholder="chat.example.org", icon="server"),
            "invite": Field(
                themes, translate("SignIn", "Invitation code"), placeholder=translate("SignIn", "If you were given one")
            ),
            "username": Field(themes, translate("SignIn", "User name")),
            "displayName": Field(themes, translate("SignIn", "Your name, as others see it")),
            "password": PasswordField(themes, translate("SignIn", "Password")),
        }
        self._labels: dict[str, QWidget] = {}
        self._slot = QWidget()
        """Room for two lines of complaint, whether there are any or not: the window keeps its height wherever they stand."""
        self.title = Text(themes, "display", "text")
        words = translate("SignIn", "Your team’s own server, your team’s own talk.")
        self.subtitle = Paragraph(themes, "body", "text_2", words, width=_FORM - 2 * _RING)
        self.error = Paragraph(themes, "caption", "danger", width=_FORM - 2 * _RING)
        self.error.setParent(self._slot)
        self.button = Button(themes, "", "primary", height=46)
        self.switch_words = Text(themes, "small", "text_2", stretch=False)
        self.switch = Button(themes, "", "link", height=36)
        self._lay_out()
        for field in self.fields.values():
            field.entered.connect(self.submit)
        self.button.clicked.connect(self.submit)
        self.switch.clicked.connect(self._switch)
        self.show_mode(registering=False)

    def _lay_out(self) -> None:
        form = self._form = QWidget()
        form.setFixedWidth(_FORM)
        whole = QVBoxLayout(form)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        column = QVBoxLayout()
        column.setContentsMargins(_RING, 0, _RING, 0)
        column.setSpacing(0)
        column.addWidget(Mark(self.themes, _MARK, ground="sidebar"), 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(Space.L)
        column.addWidget(self.title)
        column.addSpacing(6)
        column.addWidget(self.subtitle)
        column.addSpacing(Space.XL)
        for key, field in self.fields.items():
            column.addWidget(self._labelled(key, field))
        self._foot = QVBoxLayout()
        column.addLayout(self._foot)
        column.addSpacing(Space.XS)
        whole.addLayout(column)
        whole.addWidget(self.button)
        whole.addSpacing(Space.XS)
        foot = QHBoxLayout()
        foot.setSpacing(0)
        foot.addStretch(1)
        foot.addWidget(self.switch_words)
        foot.addWidget(self.switch)
        foot.addStretch(1)
        whole.addLayout(foot)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(form, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)

    def _labelled(self, key: str, field: Field) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 6 if key == "password" else Space.M)
        column.setSpacing(_LABEL_GAP)
        column.addWidget(Text(self.themes, "small_strong", "text", field.edit.accessibleName()))
        column.addWidget(field)
        self._labels[key] = holder
        return holder

    # what is shown

    def show_mode(self, *, registering: bool) -> None:
        """Sign in to an account, or make one."""
        self.registering = registering
        self._labels["invite"].setVisible(registering)
        self._labels["displayName"].setVisible(registering)
        title = translate("SignIn", "Join a server") if registering else translate("SignIn", "Sign in to Chinwag")
        self.title.setText(title)
        self.setWindowTitle(translate("SignIn", "{title} · Chinwag", title=title))
        self._show_words()
        self.show_complaint(None)
        self._fit()

    def _fit(self) -> None:
        """More fields make the window higher, fewer give that back; one that the person made larger stays."""
        before, layout = self.minimumHeight(), self._form.layout()
        assert layout is not None
        layout.activate()
        self.setMinimumSize(_SMALLEST.expandedTo(layout.totalMinimumSize() + _EDGE * 2))
        if self.height() == before:
            self.resize(self.width(), self.minimumHeight())

    def _show_words(self) -> None:
        if self.busy:
            self.button.setText(translate("SignIn", "One moment…"))
            self.switch_words.setText("")
            self.switch.setText(translate("SignIn", "Cancel"))
        elif self.registering:
            self.button.setText(translate("SignIn", "Create account"))
            self.switch_words.setText(translate("SignIn", "Have an account?"))
            self.switch.setText(translate("SignIn", "Sign in"))
        else:
            self.button.setText(translate("SignIn", "Sign in"))
            self.switch_words.setText(translate("SignIn", "New here?"))
            # true on any server: whether it wants an invitation is known once its address is typed, and is said by the form
            self.switch.setText(translate("SignIn", "Create an account"))
        self.switch.updateGeometry()
        self.switch_words.updateGeometry()

    def fill(self, *, server: str = "", username: str = "", invite: str = "") -> None:
        """What is known already; the first empty field gets the keyboard."""
        for key, text in (("server", server), ("username", username), ("invite", invite)):
            self.fields[key].set_text(text)
        shown = [key for key in self.fields if not self._labels[key].isHidden()]
        empty = next((key for key in shown if not self.fields[key].text()), "password")
        self.fields[empty].setFocus(Qt.FocusReason.OtherFocusReason)

    def set_busy(self, busy: bool) -> None:
        """The server is being asked: nothing can be typed, *Cancel* can be pressed."""
        self.busy = busy
        for field in self.fields.values():
            field.setEnabled(not busy)
        self.button.setEnabled(not busy)
        self._show_words()
        if busy:
            self.show_complaint(None)
            self.switch.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_error(self, error: ClientError) -> None:
        """It failed: say why, by code, at the field that is at fault."""
        self.set_busy(False)
        self.show_complaint(complaint_about(error, registering=self.registering))

    def show_complaint(self, complaint: Complaint | None) -> None:
        """Under the field that is at fault; under all of them where none is."""
        self.error.set_text(complaint.words if complaint is not None else "")
        holder = self._labels.get(complaint.field) if complaint is not None else None
        layout = holder.layout() if holder is not None else self._foot
        assert layout is not None
        room = 2 * line_height("caption")
        self._slot.setFixedHeight(room + _LABEL_GAP if layout is self._foot else room)
        layout.addWidget(self._slot)
        for key, field in self.fields.items():
            field.set_error(complaint is not None and key == complaint.field)
        if complaint is not None:
            place = self.fields.get(complaint.field) or self.fields["password"]
            place.setFocus(Qt.FocusReason.OtherFocusReason)
            place.edit.selectAll()

    # what a person does

    def submit(self) -> None:
        """Enter in any field, or the button."""
        if self.busy:
            return
        typed = {key: field.text() for key, field in self.fields.items()}
        complaint = complaint_before(typed, registering=self.registering)
        self.show_complaint(complaint)
        address = base_url(typed["server"])
        if complaint is not None or address is None:
            return
        form = SignInForm(
            address=address,
            username=typed["username"].strip().lower(),
            password=typed["password"],
            display_name=(typed["displayName"].strip() or None) if self.registering else None,
            invite_code=(typed["invite"].strip() or None) if self.registering else None,
        )
        self.set_busy(True)
        self.submitted.emit(form, self.registering)

    def _switch(self) -> None:
        if self.busy:
            self._cancel()
        else:
            self.show_mode(registering=not self.registering)
            self.fields["server" if not self.fields["server"].text() else "username"].setFocus()

    def _cancel(self) -> None:
        self.set_busy(False)
        self.cancelled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.busy:
            self._cancel()
        else:
            super().keyPressEvent(event)
