"""The details of a group: name, what new members see, who is in it, and what the person may change of that."""

from functools import partial
from uuid import UUID

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate, translate_n
from chinwag_desktop.models.members_model import GroupMember, MembersModel
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.ui.member_list import HEIGHT, MemberList
from chinwag_desktop.ui.new_conversation_dialog import TITLE_MOST
from chinwag_desktop.ui.person_delegate import ROW
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.widgets.button import Button, IconButton
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog
from chinwag_desktop.ui.widgets.field import Field, SearchField
from chinwag_desktop.ui.widgets.mark import Avatar
from chinwag_desktop.ui.widgets.menu import Menu
from chinwag_desktop.ui.widgets.text import Paragraph, Text
from chinwag_protocol.objects import Conversation, History, MemberRole

LEAVE = "leave"
_WIDTH, _AVATAR, _QUERY_MS = 440, 52, 200


class GroupPanel(Dialog):
    """`show_group` fills it and is called again after each change. It changes nothing itself: its signals say what is wanted."""

    renamed = Signal(str)
    history_chosen = Signal(str)
    add_requested = Signal()
    searched = Signal(str)
    more_wanted = Signal()
    message_requested = Signal(object)
    profile_requested = Signal(object)
    role_requested = Signal(object, str)
    """A `GroupMember` and the role that they shall have; "owner" hands the group over."""
    remove_requested = Signal(object)
    picture_wanted = Signal()
    picture_removed = Signal()

    def __init__(self, themes: ThemeSource, window: QWidget, model: MembersModel, *, group_id: UUID) -> None:
        body = QWidget()
        choices = (Choice("", translate("Group", "Close")), Choice(LEAVE, translate("Group", "Leave group…")))
        super().__init__(
            themes, window, translate("Group", "Group"), body=body, choices=choices, width=_WIDTH, overhangs=True
        )
        self.model, self.group_id = model, group_id
        self._role: MemberRole = "member"
        self._history: History = "all"
        self._online, self._busy = True, False
        self._problem = ""
        self._parts(themes)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        for part in (self._name_row(), self.title_problem, self._history_row(), self._search_row()):
            line = QHBoxLayout()
            line.setContentsMargins(0, 0, Size.SCROLL_RAIL, 0)
            line.addWidget(part)
            column.addLayout(line)
        for part in (self.list, self.none, self.note):
            column.addWidget(part)
        self.let_give_way(self.list, height=HEIGHT, least=ROW // 2)
        self._wire()

    def _parts(self, themes: ThemeSource) -> None:
        self.avatar = Avatar(themes, _AVATAR, ground="raised")
        self.name = Text(themes, "title", "text")
        self.count = Text(themes, "caption", "text_2")
        self.title_field = Field(themes, translate("Group", "Name of the group"))
        self.title_field.edit.setMaxLength(TITLE_MOST)
        self.title_field.hide()
        self.title_problem = Paragraph(themes, "small", "danger", width=self.inner_width)
        self.title_problem.hide()
        self.edit = IconButton(themes, "edit", translate("Group", "Change the name"))
        self.picture = IconButton(themes, "image", translate("Group", "Change the picture"))
        self._has_picture = False
        self.history = Button(themes, "", "link")
        self.search = SearchField(themes, translate("Group", "Search members"))
        self.add = Button(themes, translate("Group", "Add people"), "quiet", icon="plus")
        self.list = MemberList(themes)
        self.list.setModel(self.model)
        self.none = Text(
            themes,
            "small",
            "text_2",
            translate("Group", "Nobody here has that name."),
            align=Qt.AlignmentFlag.AlignHCenter,
        )
        self.note = Paragraph(themes, "small", "text_2", width=self.inner_width)
        self._query = QTimer(self)
        self._query.setSingleShot(True)
        self._query.setInterval(_QUERY_MS)

    def _name_row(self) -> QWidget:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        for part in (self.name, self.title_field, self.count):
            words.addWidget(part)
        words.addStretch(1)
        return _line(self.avatar, words, self.picture, self.edit)

    def _history_row(self) -> QWidget:
        label = Text(self.themes, "small", "text_2", translate("Group", "New members see"))
        return _line(label, self.history)

    def _search_row(self) -> QWidget:
        return _line(self.search, self.add)

    def _wire(self) -> None:
        self.edit.clicked.connect(self._edit_title)
        self.title_field.entered.connect(self._submit_title)
        self.title_field.changed.connect(lambda: self._show_title_problem(""))
        self.picture.clicked.connect(self._open_picture_menu)
        self.history.clicked.connect(self._open_history_menu)
        self.add.clicked.connect(self.add_requested)
        self.search.changed.connect(self._ask_later)
        self.search.left.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        self._query.timeout.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.list.member_activated.connect(self._open_member_menu)
        self.list.more_wanted.connect(self.more_wanted)
        self.model.shown.connect(self._refresh)
        self.finished.connect(self._query.stop)

    def _ask_later(self, _needle: str) -> None:
        self._query.start()

    # what is shown

    def show_group(self, group: Conversation, role: MemberRole) -> None:
        """The group as it is now, and the person's own role."""
        title = one_line(group.title or "")
        self.avatar.show_owner(group.id, title, square=True)
        self.name.setText(title)
        self.count.setText(translate_n("Header", "%n member(s)", group.member_count))
        self._role, self._history, self._has_picture = role, group.history, group.avatar_url is not None
        self._refresh()

    def set_online(self, online: bool) -> None:
        """Without a connection the group can be looked at only."""
        self._online = online
        self._refresh()

    def set_busy(self, busy: bool) -> None:
        """The server is being asked for a change."""
        self._busy = busy
        if busy:
            self._problem = ""
            self._show_title_problem("")
        self._refresh()

    def show_problem(self, words: str) -> None:
        """What did not work, under the members."""
        self._problem = words
        self._refresh()

    def end_rename(self, problem: str = "") -> None:
        """The server has the new name; or `problem` says why not, and the field stays."""
        if problem:
            self.title_field.set_error(True)
            self._show_title_problem(problem)
            self.title_field.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._close_field()

    def note_words(self) -> str:
        """The line under the members."""
        if not self._online:
            return translate("Group", "You are offline: the group can be changed once the connection is back.")
        return translate("Group", "Saving…") if self._busy else self._problem

    def _refresh(self) -> None:
        able, manages = self._online and not self._busy, self._role != "member"
        editing = not self.title_field.isHidden()
        self.edit.setVisible(manages and not editing)
        self.picture.setVisible(manages and not editing)
        self.add.setVisible(manages)
        for part in (self.edit, self.picture, self.add, self.buttons[LEAVE], self.title_field):
            part.setEnabled(able)
        self.history.setEnabled(able and manages)
        self.history.setText(history_words(self._history))
        self.history.setAccessibleName(translate("Group", "New members see {what}", what=self.history.text()))
        self.history.updateGeometry()
        people = self.model.rowCount() > 0
        self.list.setVisible(people)
        self.none.setVisible(not people)
        words = self.note_words()
        self.note.ink = "danger" if self._online and not self._busy else "text_2"
        self.note.set_text(words)
        self.note.setVisible(bool(words))
        if self.isVisible():
            self._centre()

    # the name

    def _edit_title(self) -> None:
        self.title_field.set_text(self.name.text())
        self.name.hide()
        self.count.hide()
        self.title_field.show()
        self._refresh()
        self.title_field.edit.selectAll()
        self.title_field.setFocus(Qt.FocusReason.TabFocusReason)

    def _submit_title(self) -> None:
        title = self.title_field.text().strip()
        if not title:
            self.title_field.set_error(True)
            self._show_title_problem(translate("Group", "A group needs a name."))
        elif title == self.name.text():
            self._close_field()
        else:
            self.renamed.emit(title)

    def _close_field(self) -> None:
        self.title_field.hide()
        self.name.show()
        self.count.show()
        self._show_title_problem("")
        self._refresh()
        self.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def _show_title_problem(self, words: str) -> None:
        self.title_problem.set_text(words)
        self.title_problem.setVisible(bool(words))
        if self.isVisible():
            self._centre()

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        if arg__1.key() == Qt.Key.Key_Escape and not self.title_field.isHidden():
            self._close_field()
        else:
            super().keyPressEvent(arg__1)

    # menus

    def _open_history_menu(self) -> None:
        menu = Menu(self.themes, self)
        values: tuple[History, ...] = ("all", "joined")
        for value in values:
            menu.add(history_words(value), partial(self.history_chosen.emit, value), checked=value == self._history)
        menu.popup_under(self.history, right=True)

    def _open_picture_menu(self) -> None:
        if self._has_picture:
            self.build_picture_menu().popup_under(self.picture, right=True)
        else:
            self.picture_wanted.emit()

    def build_picture_menu(self) -> Menu:
        """What can be done with the picture of the group."""
        menu = Menu(self.themes, self)
        menu.add(translate("Group", "Choose a picture…"), self.picture_wanted.emit, icon="image")
        menu.add(translate("Group", "Remove the picture"), self.picture_removed.emit, icon="trash")
        return menu

    def _open_member_menu(self, member: GroupMember) -> None:
        menu = self.build_member_menu(member)
        if menu.actions():
            place = self.list.visualRect(self.model.index(self.model.row_of(member.id)))
            menu.popup(self.list.viewport().mapToGlobal(place.bottomLeft() + QPoint(Space.L, 0)))
        else:
            menu.deleteLater()

    def build_member_menu(self, member: GroupMember) -> Menu:
        """What may be done with somebody here."""
        menu = Menu(self.themes, self)
        if member.person is not None:
            menu.add(translate("Group", "Profile"), lambda: self.profile_requested.emit(member.id), icon="user")
        if member.me:
            return menu
        menu.add(translate("Group", "Message"), lambda: self.message_requested.emit(member), icon="send")
        if not self._online or self._busy:
            return menu
        if self._role == "owner":
            role: MemberRole = "member" if member.role == "admin" else "admin"
            label = translate("Group", "Make a member") if role == "member" else translate("Group", "Make an admin")
            menu.add(label, lambda: self.role_requested.emit(member, role), icon="shield")
            menu.add(
                translate("Group", "Hand the group over…"),
                lambda: self.role_requested.emit(member, "owner"),
                icon="key",
            )
        if self._role == "owner" or (self._role == "admin" and member.role == "member"):
            menu.addSeparator()
            label = translate("Group", "Remove {name}…", name=shown_name(member.person))
            menu.add(label, lambda: self.remove_requested.emit(member), icon="trash")
        return menu


def history_words(history: History) -> str:
    """What new members see."""
    return translate("Group", "everything") if history == "all" else translate("Group", "what comes after they joined")


def _line(*parts: QWidget | QVBoxLayout) -> QWidget:
    """Side by side; the words take the room that is left."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.S)
    for part in parts:
        if isinstance(part, QVBoxLayout):
            row.addLayout(part, 1)
        else:
            row.addWidget(part, 1 if isinstance(part, Text | SearchField) else 0)
    return box
