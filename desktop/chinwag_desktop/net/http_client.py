"""ApiClient: the HTTP half of the protocol. Import it on a thread after the first paint: it loads httpx."""

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.link import AccessToken
from chinwag_protocol.http import (
    ConversationList,
    InviteInfo,
    LoginRequest,
    MessagePage,
    RegisterRequest,
    ServerInfo,
    Session,
    SessionList,
    SyncAnswer,
    SyncRequest,
    UserList,
)
from chinwag_protocol.objects import Attachment, Conversation, User


class ApiClient:
    """All calls of the HTTP contract that the app makes. Every call has a deadline and raises a ClientError."""

    def __init__(
        self,
        server_url: str,
        *,
        ssl_context: ssl.SSLContext,
        clock: Clock,
        on_session: Callable[[Session], Awaitable[None]] | None = None,
        use_system_proxy: bool = True,
    ) -> None: ...

    async def server(self) -> ServerInfo:
        """What the server is: registration, limits, versions."""
        raise NotImplementedError

    async def invite(self, code: str) -> InviteInfo:
        """Whether an invite code is good."""
        raise NotImplementedError

    async def register(self, request: RegisterRequest) -> Session:
        """Make an account and sign in."""
        raise NotImplementedError

    async def login(self, request: LoginRequest) -> Session:
        """Sign in; raises Refused (unauthorized, forbidden, invalid) or a RetryLater."""
        raise NotImplementedError

    async def resume(self, refresh_token: str) -> Session:
        """Go on with the session of an earlier run; raises SignedOut when it is over."""
        raise NotImplementedError

    async def logout(self) -> None:
        """End this session on the server."""
        raise NotImplementedError

    async def access_token(self, *, valid_s: float = 0.0, renew: bool = False) -> AccessToken:
        """A token good for ``valid_s`` more seconds, or a new one; one refresh at a time."""
        raise NotImplementedError

    async def sessions(self) -> SessionList:
        """The user's signed-in devices."""
        raise NotImplementedError

    async def revoke_session(self, session_id: UUID) -> None:
        """Sign one of the user's devices out."""
        raise NotImplementedError

    async def users(self, *, query: str | None = None, cursor: str | None = None, limit: int | None = None) -> UserList:
        """A page of the directory."""
        raise NotImplementedError

    async def user(self, user_id: UUID) -> User:
        """One profile."""
        raise NotImplementedError

    async def conversations(self, *, cursor: str | None = None, limit: int | None = None) -> ConversationList:
        """A page of the user's conversations."""
        raise NotImplementedError

    async def conversation(self, conversation_id: UUID) -> Conversation:
        """One conversation."""
        raise NotImplementedError

    async def direct(self, user_id: UUID) -> Conversation:
        """Find or make the direct conversation with somebody."""
        raise NotImplementedError

    async def messages(
        self,
        conversation_id: UUID,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int | None = None,
    ) -> MessagePage:
        """A stretch of history."""
        raise NotImplementedError

    async def sync(self, request: SyncRequest) -> SyncAnswer:
        """One page of catch-up."""
        raise NotImplementedError

    async def upload(
        self, path: Path, *, name: str, idempotency_key: str, on_progress: Callable[[int, int], None] | None = None
    ) -> Attachment:
        """Upload a file; ``on_progress(sent, total)`` in bytes."""
        raise NotImplementedError

    async def download(self, url: str, target: Path, *, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Fetch an attachment, thumbnail or avatar by its path on the server into ``target``."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close all connections."""
        raise NotImplementedError
