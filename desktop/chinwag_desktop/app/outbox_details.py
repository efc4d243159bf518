"""The outbox as the connection panel lists it, and what its buttons do."""

from collections.abc import Callable
from uuid import UUID

from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.unsent import Unsent, unsent_of
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.questions import DISCARD, discard_question


class OutboxDetails:
    """Made for a session; `close` when it ends."""

    def __init__(
        self, window: MainWindow, chat: ChatStore, *, title_of: Callable[[UUID], str], show: Callable[[UUID], None]
    ) -> None:
        self._window, self._chat, self._title_of = window, chat, title_of
        self._tasks = TaskOwner("outbox details")
        window.outbox = self._unsent
        window.unsent_retried.connect(chat.retry)
        window.unsent_discarded.connect(self._discard)
        window.unsent_shown.connect(show)

    async def close(self) -> None:
        """The session ends."""
        self._window.outbox = tuple
        await self._tasks.close()

    def _unsent(self) -> list[Unsent]:
        chat = self._chat
        return [unsent_of(one, self._title_of(one.lane), tries=chat.tries(one.temp_id)) for one in chat.unsent()]

    def _discard(self, one: Unsent) -> None:
        self._tasks.spawn(self._ask_and_discard(one), "discard")

    async def _ask_and_discard(self, one: Unsent) -> None:
        question = discard_question(self._window.themes, self._window, one.words)
        if await self._window.ask(question) == DISCARD:
            self._chat.discard(one.key)
        self._window.open_connection_panel()  # the question took its place
