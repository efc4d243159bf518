"""`PeopleCards`: the card of a person, joined to what this device knows of them and to the list of blocks on the server."""

import logging
from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from chinwag_desktop.app.failure_words import failure_words
from chinwag_desktop.core.connection import Phase
from chinwag_desktop.core.errors import ClientError, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.dates import utc_now
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.stores.account_store import AccountStore
from chinwag_desktop.stores.connection_store import ConnectionStore
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.profile_card import BLOCK, MESSAGE, ProfileCard, block_question

logger = logging.getLogger(__name__)


class PeopleCards(QObject):
    """One card at a time. `open_own` is called for the person's own."""

    message_requested = Signal(object)
    """The UUID of somebody to write to."""

    def __init__(
        self,
        window: MainWindow,
        *,
        me: UUID,
        account: AccountStore,
        presence: PresenceStore,
        connection: ConnectionStore,
        open_own: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._window, self._me, self._account = window, me, account
        self._presence, self._connection, self._open_own = presence, connection, open_own
        self._tasks = TaskOwner("people cards")
        self._card: ProfileCard | None = None
        self._id: UUID | None = None
        self._blocked: bool | None = None
        presence.people_changed.connect(self._people_changed)
        connection.state_changed.connect(lambda: self._look_at_blocks())

    def open(self, user_id: UUID, *, problem: str = "") -> None:
        """Show the card of somebody who is known here."""
        person = self._presence.get(user_id)
        if user_id == self._me:
            self._open_own()
            return
        if person is None:
            return
        card = self._card = ProfileCard(self._window.themes, self._window)
        self._id, self._blocked = user_id, None
        card.show_person(person, utc_now())
        card.say(problem, bad=True)

        def answered(key: str) -> None:
            self._answered(card, key)

        card.answered.connect(answered)
        self._window.present(card)
        self._look_at_blocks()

    async def close(self) -> None:
        """The session ends."""
        if self._card is not None:
            self._card.choose("")
        await self._tasks.close()

    def _people_changed(self, ids: frozenset[UUID]) -> None:
        if self._card is None or self._id is None or self._id not in ids:
            return
        if (person := self._presence.get(self._id)) is not None:
            self._card.show_person(person, utc_now())

    def _look_at_blocks(self) -> None:
        """Only the server knows; without it nothing can be changed."""
        if self._card is None or self._id is None:
            return
        if self._connection.connection_state().phase is not Phase.ONLINE:
            self._card.set_blocked(None)
        elif self._blocked is None:
            self._tasks.spawn(self._ask_for_blocks(self._card, self._id), "blocks")
        else:
            self._card.set_blocked(self._blocked)

    async def _ask_for_blocks(self, card: ProfileCard, user_id: UUID) -> None:
        try:
            blocked = user_id in await self._account.blocked()
        except (ClientError, StorageError) as error:
            logger.info("the list of blocks could not be fetched: %s", error)
            return
        if self._card is card:
            self._blocked = blocked
            card.set_blocked(blocked)

    def _answered(self, card: ProfileCard, key: str) -> None:
        user_id, blocked = self._id, self._blocked
        if self._card is card:
            self._card = self._id = None
        if user_id is None:
            return
        if key == MESSAGE:
            self.message_requested.emit(user_id)
        elif key == BLOCK:
            self._tasks.spawn(self._unblock(user_id) if blocked else self._ask_and_block(user_id), "block")

    async def _ask_and_block(self, user_id: UUID) -> None:
        name, problem = shown_name(self._presence.get(user_id)), ""
        if await self._window.ask(block_question(self._window.themes, self._window, name)) == BLOCK:
            try:
                await self._account.block(user_id)
            except ClientError as error:
                problem = failure_words("block", error)
        self._come_back(user_id, problem)

    async def _unblock(self, user_id: UUID) -> None:
        problem = ""
        try:
            await self._account.unblock(user_id)
        except ClientError as error:
            problem = failure_words("unblock", error)
        self._come_back(user_id, problem)

    def _come_back(self, user_id: UUID, problem: str) -> None:
        """The card again, unless something else has been opened meanwhile."""
        if not self._window.is_asking:
            self.open(user_id, problem=problem)
        elif problem:
            self._window.pane.toast(problem)
