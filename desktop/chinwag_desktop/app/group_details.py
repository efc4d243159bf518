"""`GroupDetails`: the panel of one group joined to its store, with the questions that come before changes."""

import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from chinwag_desktop.app.failure_words import failure_words
from chinwag_desktop.app.picture_choice import ask_for_picture, send_picture
from chinwag_desktop.app.square_picture import NoPicture
from chinwag_desktop.core.changes import ConversationLeft, ConversationsChanged
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import ClientError, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.members_model import GroupMember, MembersModel
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.stores.connection_store import ConnectionStore
from chinwag_desktop.stores.group_store import GroupStore
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.ui.group_panel import LEAVE, GroupPanel
from chinwag_desktop.ui.group_questions import (
    YES,
    hand_over_question,
    leave_question,
    owner_stays_notice,
    remove_question,
)
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.new_conversation_dialog import AddPeopleDialog
from chinwag_protocol.objects import Conversation, History, MemberRole

logger = logging.getLogger(__name__)


class GroupDetails(QObject):
    """One panel at a time. A question takes its place and the panel comes back, with the reason where something was refused."""

    message_requested = Signal(object)
    """The UUID of somebody to write to; `profile_requested` that of somebody to look at."""
    profile_requested = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        *,
        me: UUID,
        groups: GroupStore,
        chat: ChatStore,
        presence: PresenceStore,
        connection: ConnectionStore,
    ) -> None:
        super().__init__(window)
        self._window, self._me = window, me
        self._groups, self._chat, self._presence, self._connection = groups, chat, presence, connection
        self._tasks = TaskOwner("group details")
        self._model = MembersModel(presence, me=me, parent=self)
        self._panel: GroupPanel | None = None
        self._id: UUID | None = None
        self._query, self._cursor, self._asked = "", "", 0
        self._listed = -1
        """How many members the group had when the server was asked for them."""
        chat.conversations_changed.connect(self._conversations_changed)
        chat.conversation_left.connect(self._left)
        presence.people_changed.connect(self._model.refresh)
        connection.state_changed.connect(self._connection_changed)

    def open(self, group_id: UUID, *, problem: str = "") -> None:
        """Show the panel of a group."""
        group = self._groups.group(group_id)
        if group is None or group.kind != "group":
            return
        if self._panel is not None:
            self._panel.choose("")
        self._id, self._query, self._cursor, self._listed = group_id, "", "", -1
        self._model.search("")
        panel = self._panel = GroupPanel(self._window.themes, self._window, self._model, group_id=group_id)
        panel.renamed.connect(self._rename)
        panel.history_chosen.connect(self._set_history)
        panel.add_requested.connect(lambda: self._ask(self._add(group)))
        panel.role_requested.connect(self._set_role)
        panel.remove_requested.connect(self._ask_and_remove)
        panel.message_requested.connect(self._message)
        panel.profile_requested.connect(self.profile_requested)
        panel.searched.connect(self._search)
        panel.more_wanted.connect(self._more)
        panel.picture_wanted.connect(lambda: ask_for_picture(self._window, self._send_picture))
        panel.picture_removed.connect(lambda: self._change(self._groups.remove_picture(group_id), "picture"))
        panel.answered.connect(self._answered)
        self._fill(group)
        panel.set_online(self._connection.connection_state().phase is Phase.ONLINE)
        panel.show_problem(problem)
        self._window.present(panel)

    async def close(self) -> None:
        """The session ends."""
        if self._panel is not None:
            self._panel.choose("")
        await self._tasks.close()

    # what is shown

    def _fill(self, group: Conversation) -> None:
        if self._panel is not None:
            self._panel.show_group(group, self._role_in(group))
        if _is_whole(group):
            self._model.set_all(group.members)
        elif self._listed != group.member_count:
            self._listed = group.member_count
            self._list("")

    def _role_in(self, group: Conversation) -> MemberRole:
        roles: list[MemberRole] = [member.role for member in group.members if member.user_id == self._me]
        return roles[0] if roles else "member"

    def _list(self, cursor: str) -> None:
        """A page from the server, of those with the wanted name; what an earlier question brings later is dropped."""
        if self._id is not None:
            self._asked += 1
            self._tasks.spawn(self._fetch(self._id, self._query, cursor, self._asked), "members")

    async def _fetch(self, group_id: UUID, query: str, cursor: str, asked: int) -> None:
        try:
            page = await self._groups.list_members(group_id, query=query, cursor=cursor or None)
        except (ClientError, StorageError) as error:
            if self._panel is not None and self._id == group_id:
                self._panel.show_problem(failure_words("members", error))
            return
        if asked == self._asked:
            self._cursor = page.next or ""
            (self._model.add if cursor else self._model.set_all)(page.members)

    def _search(self, query: str) -> None:
        group = self._groups.group(self._id) if self._id is not None else None
        if group is not None and _is_whole(group):
            self._model.search(query)
        else:
            self._query = query
            self._list("")

    def _more(self) -> None:
        if self._cursor:
            cursor, self._cursor = self._cursor, ""
            self._list(cursor)

    def _conversations_changed(self, change: ConversationsChanged) -> None:
        if self._panel is None or self._id is None or self._id not in change.ids:
            return
        if (group := self._groups.group(self._id)) is not None:
            self._fill(group)

    def _left(self, change: ConversationLeft) -> None:
        if self._panel is not None and change.conversation_id == self._id:
            self._panel.choose("")

    def _connection_changed(self, state: ConnectionState) -> None:
        if self._panel is not None:
            self._panel.set_online(state.phase is Phase.ONLINE)

    def _answered(self, key: str) -> None:
        group, self._panel = self._groups.group(self._id) if self._id is not None else None, None
        if key == LEAVE and group is not None:
            self._ask(self._leave(group))

    # what the person wants

    def _change(self, work: Coroutine[Any, Any, None], what: str) -> None:
        self._tasks.spawn(self._carry_out(work, what), what)

    def _ask(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.spawn(work, "question")

    async def _carry_out(self, work: Coroutine[Any, Any, None], what: str) -> str:
        """Do it while the panel, where there is one, waits; answers with what went wrong."""
        panel, problem = self._panel, ""
        if panel is not None:
            panel.set_busy(True)
        try:
            await work
        except (ClientError, StorageError, OSError, NoPicture) as error:
            logger.info("%s failed: %s", what, error)
            problem = failure_words(what, error)
        if panel is not None and self._panel is panel:
            panel.set_busy(False)
            if what == "rename":
                panel.end_rename(problem)
            else:
                panel.show_problem(problem)
            self._listed = -1  # a role that changed does not show in the number
            if (group := self._groups.group(panel.group_id)) is not None:
                self._fill(group)
        return problem

    def _rename(self, title: str) -> None:
        if self._id is not None:
            self._change(self._groups.rename(self._id, title), "rename")

    def _set_history(self, history: History) -> None:
        if self._id is not None:
            self._change(self._groups.set_history(self._id, history), "history")

    def _send_picture(self, path: Path) -> None:
        if (group_id := self._id) is not None and self._panel is not None:
            work = send_picture(path, lambda picture: self._groups.set_picture(group_id, picture))
            self._change(work, "picture")

    def _ask_and_remove(self, member: GroupMember) -> None:
        if self._id is not None:
            self._ask(self._remove(self._id, member))

    def _set_role(self, member: GroupMember, role: MemberRole) -> None:
        if self._id is not None and role == "owner":
            self._ask(self._hand_over(self._id, member))
        elif self._id is not None:
            self._change(self._groups.set_role(self._id, member.id, role), "role")

    def _message(self, member: GroupMember) -> None:
        if self._panel is not None:
            self._panel.choose("")
        self.message_requested.emit(member.id)

    async def _hand_over(self, group_id: UUID, member: GroupMember) -> None:
        question = hand_over_question(self._window.themes, self._window, shown_name(member.person))
        problem = ""
        if await self._window.ask(question) == YES:
            problem = await self._carry_out(self._groups.set_role(group_id, member.id, "owner"), "role")
        self.open(group_id, problem=problem)

    async def _remove(self, group_id: UUID, member: GroupMember) -> None:
        question = remove_question(self._window.themes, self._window, shown_name(member.person))
        problem = ""
        if await self._window.ask(question) == YES:
            problem = await self._carry_out(self._groups.remove(group_id, member.id), "remove")
        self.open(group_id, problem=problem)

    async def _leave(self, group: Conversation) -> None:
        themes, window, alone = self._window.themes, self._window, group.member_count == 1
        if self._role_in(group) == "owner" and not alone:
            await window.ask(owner_stays_notice(themes, window))
            self.open(group.id)
            return
        if await window.ask(leave_question(themes, window, group.title or "", last=alone)) != YES:
            self.open(group.id)
        elif problem := await self._carry_out(self._groups.leave(group.id), "leave"):
            self.open(group.id, problem=problem)

    async def _add(self, group: Conversation) -> None:
        model, inside = PeopleModel(me=self._me, parent=self), {member.user_id for member in group.members}
        model.set_all(person for person in self._presence.everybody() if person.id not in inside)
        dialog, problem = AddPeopleDialog(self._window.themes, self._window, model), ""

        def find(query: str) -> None:
            self._ask(self._find(query, model, inside))

        dialog.query_changed.connect(find)
        if await self._window.ask(dialog):
            problem = await self._carry_out(self._groups.add(group.id, dialog.chosen), "add")
        model.deleteLater()
        self.open(group.id, problem=problem)

    async def _find(self, query: str, model: PeopleModel, inside: set[UUID]) -> None:
        try:
            found = await self._chat.find_people(query)
        except ClientError as error:
            logger.info("the directory could not be searched: %s", error)
            return
        people = [self._chat.reader.person(key) for key in found if key not in inside]
        model.update([person for person in people if person is not None])


def _is_whole(group: Conversation) -> bool:
    """Whether this device has all members of it."""
    return len(group.members) == group.member_count
