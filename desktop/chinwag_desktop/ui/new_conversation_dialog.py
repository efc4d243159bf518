"""*New conversation*: find people and write to one of them, or make a group of several. *Add people* to a group is the same choice."""

from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.ui.people_picker import LIST_HEIGHT, PeoplePicker
from chinwag_desktop.ui.person_delegate import ROW
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog, cancel
from chinwag_desktop.ui.widgets.field import Field

TITLE_MOST = 128
_WIDTH = 440
_START, _ADD = "start", "add"


class NewConversationDialog(Dialog):
    """`model` is a `PeopleModel` of this dialog's own. While a person types, `query_changed` asks for more people to be put into it."""

    direct_requested = Signal(object)
    """The UUID of the one chosen."""
    group_requested = Signal(str, object)
    """Title and the list of UUIDs."""
    query_changed = Signal(str)

    def __init__(self, themes: ThemeSource, window: QWidget, model: PeopleModel) -> None:
        picker = self.picker = PeoplePicker(themes, model)
        start = Choice(_START, translate("NewConversation", "Start"), "primary")
        title = translate("NewConversation", "New conversation")
        super().__init__(themes, window, title, body=picker, choices=(cancel(), start), width=_WIDTH, overhangs=True)
        self.model, self.search, self.list, self.none = model, picker.search, picker.list, picker.none
        name = translate("NewConversation", "Name of the group")
        self.group_title = Field(themes, name, placeholder=name)
        self.group_title.edit.setMaxLength(TITLE_MOST)
        picker.add_row(self.group_title)
        picker.query_changed.connect(self.query_changed)
        picker.changed.connect(self._refresh)
        picker.submitted.connect(self._submit)
        self.group_title.changed.connect(self._refresh)
        self.group_title.entered.connect(self._submit)
        self.let_give_way(self.list, height=LIST_HEIGHT, least=ROW)
        self._refresh()

    @property
    def chosen(self) -> list[UUID]:
        return self.list.delegate.chosen

    def choose(self, key: str) -> None:
        if key == _START:
            self._submit()
        else:
            super().choose(key)

    def _refresh(self) -> None:
        several = len(self.chosen) > 1
        self.group_title.setVisible(several)
        button = self.buttons[_START]
        button.setText(
            translate("NewConversation", "Create group") if several else translate("NewConversation", "Start")
        )
        button.setEnabled(bool(self.chosen) and (not several or bool(self.group_title.text().strip())))
        button.updateGeometry()
        if self.isVisible():
            self._centre()

    def _submit(self) -> None:
        if len(self.chosen) == 1:
            self.direct_requested.emit(self.chosen[0])
        elif len(self.chosen) > 1 and self.group_title.text().strip():
            self.group_requested.emit(self.group_title.text().strip(), list(self.chosen))
        elif len(self.chosen) > 1:
            self.group_title.set_error(True)
            self.group_title.setFocus(Qt.FocusReason.TabFocusReason)
            return
        else:
            return
        super().choose(_START)


class AddPeopleDialog(Dialog):
    """Choose people to add to a group; answers ADD when `chosen` are to come in."""

    query_changed = Signal(str)

    def __init__(self, themes: ThemeSource, window: QWidget, model: PeopleModel) -> None:
        self.picker = PeoplePicker(themes, model)
        add = Choice(_ADD, translate("Group", "Add"), "primary")
        title = translate("Group", "Add people")
        super().__init__(themes, window, title, body=self.picker, choices=(cancel(), add), width=_WIDTH, overhangs=True)
        self.picker.query_changed.connect(self.query_changed)
        self.picker.changed.connect(self._refresh)
        self.picker.submitted.connect(lambda: self.choose(_ADD))
        self.let_give_way(self.picker.list, height=LIST_HEIGHT, least=ROW)
        self._refresh()

    @property
    def chosen(self) -> list[UUID]:
        return self.picker.chosen

    def _refresh(self) -> None:
        self.buttons[_ADD].setEnabled(bool(self.chosen))
        if self.isVisible():
            self._centre()
