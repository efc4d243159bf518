"""The network stack, loaded on a thread after the first paint; until then its clients wait for it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.link import AccessToken
from chinwag_protocol.http import GroupRequest, MessagePage, ServerInfo, Session, SyncAnswer, SyncRequest, UserList
from chinwag_protocol.objects import Attachment, Conversation, User

if TYPE_CHECKING:  # importing them is what must wait
    from chinwag_desktop.net.http_client import ApiClient
    from chinwag_desktop.net.socket_client import SocketClient, TransportMemory

Progress = Callable[[int, int], None]


class Network:
    """Makes the clients of servers; one SSLContext for HTTP and the socket."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loading: asyncio.Future[float] | None = None
        self._ssl: ssl.SSLContext | None = None
        self._memory: TransportMemory | None = None

    async def load(self) -> None:
        """Import the stack on a thread, once; the GUI stands still for some ten milliseconds of it."""
        from chinwag_desktop.net import preload

        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, preload.load)
        await asyncio.shield(self._loading)
        if self._ssl is None:
            from chinwag_desktop.net.socket_client import TransportMemory
            from chinwag_desktop.net.tls import make_ssl_context

            self._ssl, self._memory = make_ssl_context(), TransportMemory()

    async def open_api(self, server_url: str, on_session: Callable[[Session], Awaitable[None]]) -> "ApiClient":
        """The HTTP client of a server."""
        await self.load()
        from chinwag_desktop.net.http_client import ApiClient

        return ApiClient(server_url, ssl_context=self._loaded_ssl(), clock=self._clock, on_session=on_session)

    def open_socket(self, server_url: str) -> "SocketClient":
        """A socket for one attempt. The stack is loaded by then: an access token was fetched with it."""
        from chinwag_desktop.net.socket_client import SocketClient

        return SocketClient(server_url, ssl_context=self._loaded_ssl(), memory=self._memory)

    def _loaded_ssl(self) -> ssl.SSLContext:
        if self._ssl is None:
            raise RuntimeError("the network stack is not loaded")
        return self._ssl


class SessionApi:
    """The HTTP calls of one signed-in session; each waits until the stack is loaded and the session goes on. Raises ClientError."""

    def __init__(self, client: Callable[[], Awaitable["ApiClient"]]) -> None:
        self._client = client

    async def access_token(self, *, valid_s: float = 0.0, renew: bool = False) -> AccessToken:
        return await (await self._client()).access_token(valid_s=valid_s, renew=renew)

    async def server(self) -> ServerInfo:
        return await (await self._client()).server()

    async def sync(self, request: SyncRequest) -> SyncAnswer:
        return await (await self._client()).sync(request)

    async def messages(
        self,
        conversation_id: UUID,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int | None = None,
    ) -> MessagePage:
        client = await self._client()
        return await client.messages(conversation_id, before=before, after=after, around=around, limit=limit)

    async def direct(self, user_id: UUID) -> Conversation:
        return await (await self._client()).direct(user_id)

    async def create_group(self, request: GroupRequest, *, idempotency_key: str) -> Conversation:
        return await (await self._client()).create_group(request, idempotency_key=idempotency_key)

    async def user(self, user_id: UUID) -> User:
        return await (await self._client()).user(user_id)

    async def users(self, *, query: str | None = None, cursor: str | None = None, limit: int | None = None) -> UserList:
        return await (await self._client()).users(query=query, cursor=cursor, limit=limit)

    async def upload(
        self, path: Path, *, name: str, idempotency_key: str, on_progress: Progress | None = None
    ) -> Attachment:
        client = await self._client()
        return await client.upload(path, name=name, idempotency_key=idempotency_key, on_progress=on_progress)

    async def download(self, url: str, target: Path, *, on_progress: Progress | None = None) -> None:
        await (await self._client()).download(url, target, on_progress=on_progress)
