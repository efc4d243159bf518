"""`WindowPresenter`: joins the main window to the stores of one signed-in session, and lets go of both when the session ends."""

import logging
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from chinwag_desktop.app.avatar_loader import AvatarLoader
from chinwag_desktop.app.failure_words import failure_words, storage_words
from chinwag_desktop.app.group_details import GroupDetails
from chinwag_desktop.app.message_actions import MessageActions
from chinwag_desktop.app.open_conversation import OpenConversation
from chinwag_desktop.app.outbox_details import OutboxDetails
from chinwag_desktop.app.own_account import OwnAccount
from chinwag_desktop.app.people_cards import PeopleCards
from chinwag_desktop.core.changes import ConversationLeft, ConversationsChanged, StorageProblem, StorageTroubled
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.entities import ConversationSummary, Presence
from chinwag_desktop.core.errors import ClientError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.conversation_list_model import ConversationListModel
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.models.sidebar_model import SidebarModel
from chinwag_desktop.stores.account_store import AccountStore
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.stores.connection_store import ConnectionStore
from chinwag_desktop.stores.group_store import GroupStore
from chinwag_desktop.stores.journey_log import JourneyLog
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.stores.settings_store import Account
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.storage_notice import outbox_closed_notice, outbox_salvaged_notice

logger = logging.getLogger(__name__)

_MUTES_MS = 30_000
_PAUSE_MS = 50


class WindowPresenter(QObject):
    """Fills the lists, opens conversations, passes intents down and changes up."""

    def __init__(
        self,
        window: MainWindow,
        *,
        account: Account,
        chat: ChatStore,
        groups: GroupStore,
        account_store: AccountStore,
        journeys: JourneyLog,
        presence: PresenceStore,
        connection: ConnectionStore,
        pictures: Callable[[str, Callable[[bytes | None], None]], None],
    ) -> None:
        super().__init__(window)
        self._window, self._account = window, account
        self._chat, self._presence, self._connection = chat, presence, connection
        self._tasks = TaskOwner("window")
        self._open: OpenConversation | None = None
        self._linked = self._online = self._closed = False
        self._group_pictures: dict[UUID, str | None] = {}
        self._conversations = ConversationListModel(presence, me=account.user_id, parent=self)
        self._people = PeopleModel(me=account.user_id, parent=self)
        self._directory = PeopleModel(me=account.user_id, parent=self)
        self._sidebar = SidebarModel(self._conversations, self._people, parent=self)
        self._details = GroupDetails(
            window, me=account.user_id, groups=groups, chat=chat, presence=presence, connection=connection
        )
        own = self._own = OwnAccount(
            window, me=account.user_id, account=account_store, presence=presence, connection=connection
        )
        self._cards = PeopleCards(
            window,
            me=account.user_id,
            account=account_store,
            presence=presence,
            connection=connection,
            open_own=own.open_profile,
        )
        self._messages = MessageActions(
            window,
            me=account.user_id,
            chat=chat,
            presence=presence,
            journeys=journeys,
            show=self.show_message,
            conversations=self._conversations,
            title_of=self.title_of,
        )
        self._unsent = OutboxDetails(window, chat, title_of=self.title_of, show=self.show_unsent)
        self._avatars = AvatarLoader(self._avatar_url, pictures, self)
        self._avatars.loaded.connect(window.repaint_avatars)
        window.themes.faces.show_from(self._avatars.picture)
        self._fill()
        self._listen()
        self._changed: frozenset[UUID] = frozenset()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._show_changed)
        self._mutes = QTimer(self)
        self._mutes.setInterval(_MUTES_MS)
        self._mutes.timeout.connect(self._look_at_mutes)
        self._mutes.start()

    @property
    def opened(self) -> UUID | None:
        """The conversation on the right."""
        return self._open.id if self._open is not None else None

    def open(self, conversation_id: UUID) -> None:
        """Show a conversation; the one that is open stays as it is."""
        if self.opened == conversation_id:
            self._window.pane.composer.focus()
            return
        summary = self._chat.reader.summary(conversation_id)
        if summary is None:
            logger.info("no conversation %s here", conversation_id)
            return
        if self._open is not None:
            self._open.close()
        self._open = OpenConversation(
            self._window.pane, summary, me=self._account.user_id, chat=self._chat, presence=self._presence
        )
        self._window.show_conversation(
            self._open.model,
            owner=summary.peer_id or summary.id,
            title=self._title_of(summary),
            group=summary.kind == "group",
            draft=self._chat.draft(conversation_id),
        )
        self._open.show_status()
        if self._online:
            self._chat.fetch_pins(conversation_id)
        self._chat.remember_opened(conversation_id)

    def show_message(self, conversation_id: UUID, seq: int) -> None:
        """Open a conversation at a message."""
        self.open(conversation_id)
        if self.opened == conversation_id:
            self._window.pane.timeline.show_seq(seq)

    def show_unsent(self, conversation_id: UUID) -> None:
        """Open a conversation at its end, where what is unsent stands."""
        self.open(conversation_id)
        if self.opened == conversation_id:
            self._window.pane.timeline.to_end()

    async def close(self) -> None:
        """The session ends: show nothing of it any more."""
        if self._open is not None:
            self._open.close()
            self._open = None
        self._closed = True
        self._mutes.stop()
        self._pause.stop()
        self._window.show_nothing()
        self._window.show_unread(0)
        self._window.themes.faces.show_from(None)
        await self._details.close()
        await self._cards.close()
        await self._own.close()
        await self._messages.close()
        await self._unsent.close()
        await self._tasks.close()

    def _avatar_url(self, owner: UUID) -> str | None:
        person = self._presence.get(owner)
        if person is not None:
            return person.avatar_url
        return self._group_pictures.get(owner)

    # at the start

    def _fill(self) -> None:
        reader, window = self._chat.reader, self._window
        self._presence.learn(reader.people())
        summaries = reader.summaries()
        self._conversations.set_all(summaries)
        self._group_pictures = {summary.id: summary.avatar_url for summary in summaries}
        self._people.set_all(self._presence.everybody())
        self._directory.set_all(self._presence.everybody())
        window.show_sidebar(self._sidebar)
        window.show_unread(self._conversations.unread_total())
        window.directory = self._directory
        window.facts = self._connection
        self._show_connection(self._connection.connection_state())
        if (last := reader.last_opened()) is not None and reader.summary(last) is not None:
            self.open(last)

    def _listen(self) -> None:
        window, chat, sidebar = self._window, self._chat, self._window.sidebar
        # up: what has happened
        chat.conversations_changed.connect(self._conversations_changed)
        self._conversations.refreshed.connect(lambda: window.show_unread(self._conversations.unread_total()))
        chat.conversation_left.connect(self._conversation_left)
        chat.conversation_opened.connect(self.open)
        chat.people_learned.connect(self._people_learned)
        chat.storage_troubled.connect(self._storage_troubled)
        chat.archived.connect(self._archived)
        chat.failed.connect(self._failed)
        self._presence.people_changed.connect(self._people_changed)
        self._connection.state_changed.connect(self._show_connection)
        # down: what the person wants
        sidebar.conversation_opened.connect(self.open)
        sidebar.person_opened.connect(chat.open_direct)
        sidebar.read_requested.connect(chat.mark_read)
        sidebar.change_requested.connect(chat.configure)
        window.direct_requested.connect(chat.open_direct)
        self._details.message_requested.connect(chat.open_direct)
        window.pane.header.details_requested.connect(self._show_details)
        window.group_requested.connect(chat.create_group)
        window.people_query_changed.connect(self._search_people)
        window.retry_requested.connect(self._retry_now)
        window.link_opened.connect(_open_in_browser)
        window.pane.timeline.person_activated.connect(self._cards.open)
        sidebar.profile_requested.connect(self._cards.open)
        self._cards.message_requested.connect(chat.open_direct)
        self._details.profile_requested.connect(self._cards.open)

    # what has happened

    def _conversations_changed(self, change: ConversationsChanged) -> None:
        """The list shows a change at once, and what follows on its heels together: each change lays all of the list out."""
        self._changed |= change.ids
        if not self._closed and not self._pause.isActive():
            self._show_changed()

    def _show_changed(self) -> None:
        ids, self._changed = self._changed, frozenset()
        if not ids:
            return
        self._pause.start()
        found = [summary for key in ids if (summary := self._chat.reader.summary(key)) is not None]
        self._conversations.update(found)
        self._group_pictures.update({summary.id: summary.avatar_url for summary in found})
        if self._open is not None:
            for summary in found:
                if summary.id == self._open.id:
                    self._open.summary = summary
                    self._open.conversation_changed()
                    self._open.show_status()
                    self._show_title(summary)

    def _conversation_left(self, change: ConversationLeft) -> None:
        self._conversations.remove(change.conversation_id)
        if self.opened == change.conversation_id and self._open is not None:
            self._open.close()
            self._open = None
            self._window.show_nothing()

    def _people_learned(self, ids: frozenset[UUID]) -> None:
        self._presence.learn([person for key in ids if (person := self._chat.reader.person(key)) is not None])

    def _people_changed(self, ids: frozenset[UUID]) -> None:
        people = [person for key in ids if (person := self._presence.get(key)) is not None]
        self._people.update(people)
        self._directory.update(people)
        self._conversations.people_changed(ids)
        if self._open is not None:
            self._open.people_changed()
            self._show_title(self._open.summary)
        if self._account.user_id in ids:
            self._show_presence()
        if unknown := self._presence.unknown_online():
            self._chat.learn_people(list(unknown))

    def _show_title(self, summary: ConversationSummary) -> None:
        group = summary.kind == "group"
        self._window.show_title(summary.peer_id or summary.id, self._title_of(summary), group=group)

    def title_of(self, conversation_id: UUID) -> str:
        """What the list calls a conversation."""
        summary = self._chat.reader.summary(conversation_id)
        return self._title_of(summary) if summary is not None else ""

    def _title_of(self, summary: ConversationSummary) -> str:
        item = self._conversations.item_of(summary.id)
        return item.title if item is not None else summary.title

    def _show_connection(self, state: ConnectionState) -> None:
        self._window.pane.show_connection(state)
        came, self._online = state.phase is Phase.ONLINE and not self._online, state.phase is Phase.ONLINE
        self._linked = state.phase in (Phase.ONLINE, Phase.SYNCING)
        self._show_presence()
        if state.phase is Phase.ONLINE:
            self._avatars.try_again()
            if came and self._open is not None:
                self._open.ask_again()

    def _show_presence(self) -> None:
        """How others see the person; and by what name, which another device may have changed."""
        me = self._presence.get(self._account.user_id)
        busy = me is not None and me.status is not None and me.status.dnd
        presence = Presence.OFFLINE if not self._linked else Presence.BUSY if busy else Presence.ONLINE
        self._window.sidebar.top.account.set_presence(presence)
        name = shown_name(me) if me is not None else self._account.display_name
        self._window.show_account(self._account.user_id, name, place=self._account.server_name)

    def _storage_troubled(self, change: StorageTroubled) -> None:
        match change:
            case StorageTroubled(problem=StorageProblem.OUTBOX_CLOSED, path=Path() as path):
                notice = outbox_closed_notice(self._window.themes, self._window, path)
            case StorageTroubled(problem=StorageProblem.OUTBOX_SALVAGED, path=Path() as path):
                notice = outbox_salvaged_notice(self._window.themes, self._window, path)
            case _:
                self._window.pane.toast(storage_words(change.problem))
                return
        self._tasks.spawn(self._window.ask(notice), "storage notice")

    def _failed(self, what: str, error: Exception) -> None:
        if what != "fetch":  # it comes again by itself
            self._window.pane.toast(failure_words(what, error))

    def _look_at_mutes(self) -> None:
        """A silence and a status end by the clock, and nobody says so."""
        self._presence.end_statuses()
        muted = [item.id for item in self._conversations.items() if item.summary.muted]
        found = (self._chat.reader.summary(conversation_id) for conversation_id in muted)
        self._conversations.update([summary for summary in found if summary is not None])

    # what the person wants

    def _show_details(self) -> None:
        """What the name in the header leads to: the group, or the other person."""
        if self._open is None:
            return
        if self._open.summary.kind == "group":
            self._details.open(self._open.id)
        else:
            self._cards.open(self._open.summary.peer_id or self._account.user_id)

    def _archived(self, _: object) -> None:
        self._window.pane.toast(translate("App", "Archived. A new message brings it back."), icon="archive")

    def _retry_now(self) -> None:
        self._connection.retry_now()
        self._window.pane.composer.focus()  # the button goes away: the keyboard goes back to writing

    def _search_people(self, query: str) -> None:
        self._tasks.spawn(self._find_people(query), "find people")

    async def _find_people(self, query: str) -> None:
        try:
            found = await self._chat.find_people(query)
        except ClientError as error:
            logger.info("the directory could not be searched: %s", error)
            self._window.pane.toast(
                translate("App", "The server cannot be asked now: only people known here are shown.")
            )
            return
        self._directory.update([person for key in found if (person := self._chat.reader.person(key)) is not None])


def _open_in_browser(url: str) -> None:
    QDesktopServices.openUrl(QUrl(url))
