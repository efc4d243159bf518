"""`Notifier`: tells of messages that come in while nobody looks, and takes it back when they are read, here or on another device."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from chinwag_desktop.core.changes import ConversationLeft, ConversationsChanged, RowsChanged
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.notices import Notice, notice_of
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.stores.settings_store import SettingsStore


class Desk(Protocol):
    """Where notifications stand: `platform.notifications.Notifications`."""

    async def show(
        self,
        key: str,
        title: str,
        words: str,
        *,
        clicked: Callable[[], None],
        replied: Callable[[str], None],
        reply: tuple[str, str],
    ) -> None: ...
    async def withdraw(self, key: str) -> None: ...
    async def withdraw_all(self) -> None: ...


class Notifier(QObject):
    """Lives as long as the session. `looking_at` gives the conversation that stands before the person's eyes, if any."""

    opened = Signal(object)
    """The conversation whose notification was clicked."""

    def __init__(
        self,
        desk: Desk,
        *,
        window: QWidget,
        chat: ChatStore,
        presence: PresenceStore,
        settings: SettingsStore,
        looking_at: Callable[[], UUID | None],
        title_of: Callable[[UUID], str],
    ) -> None:
        super().__init__(window)
        self._desk, self._window, self._chat, self._presence = desk, window, chat, presence
        self._settings, self._looking_at, self._title_of = settings, looking_at, title_of
        self._shown: set[UUID] = set()
        self._tasks = TaskOwner("notifier")
        chat.rows_changed.connect(self._rows_changed)
        chat.conversations_changed.connect(self._conversations_changed)
        chat.conversation_left.connect(self._left)

    async def close(self) -> None:
        """The session ends: nothing of it stays on the desktop."""
        await self._tasks.close()
        await self._desk.withdraw_all()

    def _rows_changed(self, change: RowsChanged) -> None:
        if not self._settings.notifies or self._is_quiet() or change.conversation_id == self._looking_at():
            return
        summary = self._chat.reader.summary(change.conversation_id)
        if summary is None:
            return
        notice = notice_of(
            change,
            summary,
            self._presence,
            me=self._chat.me,
            title=self._title_of(summary.id),
            excerpts=self._settings.shows_excerpts,
        )
        if notice is not None:
            self._shown.add(summary.id)
            self._tasks.spawn(self._show(notice), "show")
            QApplication.alert(self._window)

    def _is_quiet(self) -> bool:
        """*Do not disturb*, set on whichever device."""
        me = self._presence.get(self._chat.me)
        return me is not None and me.status is not None and me.status.dnd

    async def _show(self, notice: Notice) -> None:
        where = notice.conversation_id
        await self._desk.show(
            str(where),
            notice.title,
            notice.words,
            clicked=lambda: self.opened.emit(where),
            replied=lambda text: self._reply(where, text),
            reply=(translate("Notice", "Reply"), translate("Notice", "Send")),
        )

    def _reply(self, where: UUID, text: str) -> None:
        summary = self._chat.reader.summary(where)
        if text.strip() and summary is not None:
            self._chat.send_message(where, text.strip())
            self._chat.mark_read(where, summary.last_seq)

    def _conversations_changed(self, change: ConversationsChanged) -> None:
        for where in self._shown & change.ids:
            summary = self._chat.reader.summary(where)
            if summary is None or not summary.unread_count:
                self._withdraw(where)

    def _left(self, change: ConversationLeft) -> None:
        if change.conversation_id in self._shown:
            self._withdraw(change.conversation_id)

    def _withdraw(self, where: UUID) -> None:
        self._shown.discard(where)
        self._tasks.spawn(self._desk.withdraw(str(where)), "withdraw")
