"""What the sync layer needs from below and from beside, as Protocols: tests hand in fakes, and importing this
layer loads no network library."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from chinwag_desktop.core.connection import ConnectionState
from chinwag_desktop.core.link import AccessToken, Inbound
from chinwag_protocol.events import ConnectAuth, RegisterAck
from chinwag_protocol.http import MessagePage, SyncAnswer, SyncRequest
from chinwag_protocol.objects import Attachment, User


class Socket(Protocol):
    """One connection, used for one attempt and then thrown away (``net.socket_client.SocketClient``)."""

    @property
    def transport(self) -> str | None:
        """``websocket`` or ``polling`` while connected."""
        ...

    @property
    def bytes_sent(self) -> int: ...

    @property
    def bytes_received(self) -> int: ...

    async def connect(self, auth: ConnectAuth) -> None:
        """Connect and wait for the server's CONNECT; raises a ClientError."""
        ...

    async def receive(self) -> Sequence[Inbound]:
        """The next events in order, all that have come by now; raises LinkLost after the last one."""
        ...

    async def call(self, event: str, payload: Struct, *, timeout_s: float) -> Any:
        """Send, and wait for the ack: of the type that ``CLIENT_EVENTS`` names. Raises a ClientError."""
        ...

    async def close(self, *, polite: bool = False) -> None:
        """End the link at once, or after telling the server; may be called twice."""
        ...


class Tokens(Protocol):
    """Where access tokens come from (``net.http_client.ApiClient``)."""

    async def access_token(self, *, valid_s: float = 0.0, renew: bool = False) -> AccessToken:
        """A token that is good for ``valid_s`` more seconds, or a new one; raises a ClientError."""
        ...

    async def renew_connections(self, *, at_once: bool = False) -> None:
        """Use none of the present HTTP connections again; with ``at_once`` what is under way over them fails."""
        ...


class SyncApi(Protocol):
    """The HTTP calls of the sync layer."""

    async def sync(self, request: SyncRequest) -> SyncAnswer: ...

    async def user(self, user_id: UUID) -> User: ...

    async def messages(
        self,
        conversation_id: UUID,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int | None = None,
    ) -> MessagePage: ...

    async def upload(
        self, path: Path, *, name: str, idempotency_key: str, on_progress: Callable[[int, int], None] | None = None
    ) -> Attachment: ...


class Link(Protocol):
    """The registered connection, as those who send see it (``SocketMonitor``)."""

    @property
    def online(self) -> bool: ...

    def subscribe(self, listener: Callable[[ConnectionState], None]) -> Callable[[], None]:
        """Call ``listener`` on each change of state; returns what ends the subscription."""
        ...

    async def call(self, event: str, payload: Struct, *, timeout_s: float = 12.0) -> Any:
        """Send on the present link and wait for the ack; raises LinkLost at once when there is none."""
        ...


class PickedFile(Protocol):
    """A file that a person chose, on the disk (``path``) or in memory (``data``); measures only for pictures."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def path(self) -> str | None: ...
    @property
    def data(self) -> bytes | None: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...


class LinkUser(Protocol):
    """What happens on every new link, and on each of its events (``sync.session_link.SessionLink``)."""

    async def registered(self, ack: RegisterAck) -> None:
        """After ``register-user``: the list of people online, the epoch."""
        ...

    async def catch_up(self) -> None:
        """Fetch what was missed; raises a ClientError. Afterwards the phase is ONLINE."""
        ...

    def receive(self, events: Sequence[Inbound]) -> None:
        """Events in order, as many as came at once."""
        ...

    def lost(self) -> None:
        """The link is gone: nobody is known to be online any more."""
        ...
