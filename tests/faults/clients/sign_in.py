"""A person's session as the sync layer needs it: tokens and HTTP calls, kept over restarts as the app keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chinwag_desktop.core.errors import SignedOut
from chinwag_desktop.net.credentials import FileTokens, key_of
from chinwag_desktop.net.http_client import ApiClient
from chinwag_protocol.http import LoginRequest, MessagePage, Session, SyncAnswer, SyncRequest

if TYPE_CHECKING:
    import ssl
    from uuid import UUID

    from chinwag_desktop.core.clock import Clock
    from chinwag_desktop.core.link import AccessToken
    from chinwag_protocol.objects import Attachment, User

PASSWORD: Final = "correct horse battery"


class SignIn:
    """`sync.ports.Tokens` and `SyncApi`. Signs in once, then goes on with the refresh token that is kept in the profile.

    A session that the server has ended is noted, and begun anew as a person would.
    """

    def __init__(
        self,
        *,
        url: str,
        username: str,
        user_id: UUID,
        profile: Path,
        tls: ssl.SSLContext,
        clock: Clock,
        note: Callable[[str], None],
    ) -> None:
        self._username = username
        self._key = key_of(url, user_id)
        self._vault = FileTokens(profile / "tokens")
        self._note = note
        self._api = ApiClient(url, ssl_context=tls, clock=clock, on_session=self._keep, use_system_proxy=False)
        self._signed_in = False
        self._entering = asyncio.Lock()

    async def access_token(self, *, valid_s: float = 0.0, renew: bool = False) -> AccessToken:
        """A token; raises a ClientError."""
        return await (await self._client()).access_token(valid_s=valid_s, renew=renew)

    async def renew_connections(self, *, at_once: bool = False) -> None:
        await self._api.renew_connections(at_once=at_once)

    async def sync(self, request: SyncRequest) -> SyncAnswer:
        return await (await self._client()).sync(request)

    async def user(self, user_id: UUID) -> User:
        return await (await self._client()).user(user_id)

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

    async def upload(
        self,
        path: Path,
        *,
        name: str,
        idempotency_key: str,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Attachment:
        client = await self._client()
        return await client.upload(path, name=name, idempotency_key=idempotency_key, on_progress=on_progress)

    def begin_anew(self, code: str | None) -> None:
        """The server has ended the session: sign in again at the next call."""
        self._note(f"signed out: {code}")
        self._signed_in = False
        self._vault.forget(self._key)

    async def close(self) -> None:
        """Close all connections."""
        await self._api.close()

    async def _client(self) -> ApiClient:
        async with self._entering:
            if not self._signed_in:
                await self._enter()
                self._signed_in = True
        return self._api

    async def _enter(self) -> None:
        token = self._vault.load(self._key)
        if token is not None:
            try:
                await self._api.resume(token)
                return
            except SignedOut as error:
                self.begin_anew(error.code)
        await self._api.login(LoginRequest(username=self._username, password=PASSWORD))

    async def _keep(self, session: Session) -> None:
        await asyncio.to_thread(self._vault.save, self._key, session.refresh_token)
