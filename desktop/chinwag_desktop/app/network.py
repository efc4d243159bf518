"""The network stack, loaded on a thread after the first paint; until then its clients wait for it."""

import asyncio
import gc
import ssl
import weakref
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from chinwag_desktop.core.certificates import CertificateFacts
from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.link import AccessToken
from chinwag_protocol.http import (
    GroupRequest,
    MessageList,
    MessagePage,
    ServerInfo,
    Session,
    SettingsPatch,
    SyncAnswer,
    SyncRequest,
    UserList,
)
from chinwag_protocol.objects import Attachment, Conversation, Settings, User

if TYPE_CHECKING:  # importing them is what must wait
    from chinwag_desktop.net.account_calls import AccountCalls
    from chinwag_desktop.net.group_calls import GroupCalls
    from chinwag_desktop.net.http_client import ApiClient
    from chinwag_desktop.net.socket_client import SocketClient, TransportMemory

Progress = Callable[[int, int], None]
_T = TypeVar("_T")


class Network:
    """Makes the clients of servers; one SSLContext a server, for HTTP and the socket.

    `pins` is the folder of the certificates that the person has confirmed.
    """

    def __init__(self, clock: Clock, *, pins: Path) -> None:
        self._clock, self._pins = clock, pins
        self._loading: asyncio.Future[float] | None = None
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._clients: weakref.WeakKeyDictionary[ApiClient, str] = weakref.WeakKeyDictionary()
        self._memory: TransportMemory | None = None

    async def load(self) -> None:
        """Import the stack on a thread, once; the GUI stands still for some ten milliseconds of it."""
        from chinwag_desktop.net import preload

        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, preload.load)
        await asyncio.shield(self._loading)
        if self._memory is None:
            from chinwag_desktop.net.socket_client import TransportMemory

            self._memory = TransportMemory()
            gc.freeze()  # 80,000 objects that stay: the first collection would look through them for 25 ms

    async def open_api(self, server_url: str, on_session: Callable[[Session], Awaitable[None]]) -> "ApiClient":
        """The HTTP client of a server."""
        await self.load()
        from chinwag_desktop.net.http_client import ApiClient

        if server_url not in self._contexts:
            self._contexts[server_url] = await self._make_context(server_url)
        context = self._contexts[server_url]
        client = ApiClient(server_url, ssl_context=context, clock=self._clock, on_session=on_session)
        self._clients[client] = server_url
        return client

    def open_socket(self, server_url: str) -> "SocketClient":
        """A socket for one attempt. The stack is loaded by then: an access token was fetched with it."""
        from chinwag_desktop.net.socket_client import SocketClient

        return SocketClient(server_url, ssl_context=self._contexts[server_url], memory=self._memory)

    async def look(self, server_url: str) -> CertificateFacts:
        """The certificate that a server shows, and what speaks for it. Raises a ClientError: TlsFailed when it has none."""
        await self.load()
        from chinwag_desktop.net.pins import PinnedCertificates, place_of
        from chinwag_desktop.net.tls import inspect

        host, port = place_of(server_url)
        pinned = await _on_thread(lambda: PinnedCertificates(self._pins).find(server_url))
        return await inspect(host, port, name=urlsplit(server_url).netloc, pinned_pem=pinned)

    async def trust(self, server_url: str, facts: CertificateFacts) -> None:
        """The person has confirmed what a look has shown: hold on to it, with all that is open to that server.

        What an authority vouches for is left to authorities again, or each renewal would be asked about. Raises OSError.
        """
        from chinwag_desktop.net.pins import PinnedCertificates

        pins = PinnedCertificates(self._pins)
        if facts.doubt is None:
            await _on_thread(lambda: pins.forget(server_url))
        else:
            await _on_thread(lambda: pins.keep(server_url, facts.shown.pem))
        context = self._contexts[server_url] = await self._make_context(server_url)
        for client in [client for client, url in self._clients.items() if url == server_url]:
            await client.trust(context)

    async def _make_context(self, server_url: str) -> ssl.SSLContext:
        from chinwag_desktop.net.pins import PinnedCertificates
        from chinwag_desktop.net.tls import make_ssl_context

        return await _on_thread(lambda: make_ssl_context(pinned_pem=PinnedCertificates(self._pins).find(server_url)))


async def _on_thread(work: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(None, work)


class SessionApi:
    """The HTTP calls of one signed-in session; each waits until the stack is loaded and the session goes on. Raises ClientError."""

    def __init__(
        self, client: Callable[[], Awaitable["ApiClient"]], *, opened: Callable[[], "ApiClient | None"]
    ) -> None:
        self._client, self._opened = client, opened

    async def access_token(self, *, valid_s: float = 0.0, renew: bool = False) -> AccessToken:
        return await (await self._client()).access_token(valid_s=valid_s, renew=renew)

    async def renew_connections(self, *, at_once: bool = False) -> None:
        client = self._opened()  # without one there are no connections, and nothing to wait for
        if client is not None:
            await client.renew_connections(at_once=at_once)

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

    async def pins(self, conversation_id: UUID) -> MessageList:
        return await (await self._client()).pins(conversation_id)

    async def direct(self, user_id: UUID) -> Conversation:
        return await (await self._client()).direct(user_id)

    async def create_group(self, request: GroupRequest, *, idempotency_key: str) -> Conversation:
        return await (await self._client()).create_group(request, idempotency_key=idempotency_key)

    async def account(self) -> "AccountCalls":
        return (await self._client()).account

    async def groups(self) -> "GroupCalls":
        return (await self._client()).groups

    async def configure(self, conversation_id: UUID, patch: SettingsPatch) -> Settings:
        return await (await self._client()).configure(conversation_id, patch)

    async def user(self, user_id: UUID) -> User:
        return await (await self._client()).user(user_id)

    async def users(self, *, query: str | None = None, cursor: str | None = None, limit: int | None = None) -> UserList:
        return await (await self._client()).users(query=query, cursor=cursor, limit=limit)

    async def upload(
        self, path: Path, *, name: str, idempotency_key: str, on_progress: Progress | None = None
    ) -> Attachment:
        client = await self._client()
        return await client.upload(path, name=name, idempotency_key=idempotency_key, on_progress=on_progress)

    async def download(self, url: str, target: Path, *, at_most: int, on_progress: Progress | None = None) -> None:
        await (await self._client()).download(url, target, at_most=at_most, on_progress=on_progress)
