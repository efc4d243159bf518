"""EventPipeline: the one door in. Acks, echoes, live events, sync and history pages become cache rows and changes."""

from collections.abc import Callable, Sequence
from uuid import UUID

from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.core.changes import Change
from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.link import Inbound
from chinwag_protocol.http import MessagePage, SyncAnswer
from chinwag_protocol.objects import Conversation, Message, User


class EventPipeline:
    """Applies everything that comes from the server, in one transaction a batch, then tells the listeners."""

    def __init__(self, *, me: UUID, cache: CacheDb, clock: Clock) -> None: ...

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` on the loop with every change, after its commit; returns what ends it."""
        raise NotImplementedError

    def publish(self, change: Change) -> None:
        """Tell the listeners of a change that was made elsewhere (outbox, uploads)."""
        raise NotImplementedError

    def receive(self, events: Sequence[Inbound]) -> None:
        """Live events in order."""
        raise NotImplementedError

    async def acknowledged(self, message: Message) -> None:
        """The ack of an own ``sendMessage``, edit, deletion, reaction or pin; returns once stored."""
        raise NotImplementedError

    async def apply_history(self, conversation_id: UUID, page: MessagePage) -> None:
        """A page of older messages, fetched by the timeline."""
        raise NotImplementedError

    async def apply_sync(self, answer: SyncAnswer) -> None:
        """One page of ``/sync``."""
        raise NotImplementedError

    async def apply_conversations(self, conversations: Sequence[Conversation]) -> None:
        """Conversations that an HTTP call returned (a direct one opened, a group made)."""
        raise NotImplementedError

    async def apply_users(self, users: Sequence[User]) -> None:
        """Profiles that an HTTP call returned."""
        raise NotImplementedError

    async def close(self) -> None:
        """Apply what came in so far, then end."""
        raise NotImplementedError
