"""ApiClient: the HTTP half of the protocol. Import it on a thread after the first paint: it loads httpx."""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec

from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.errors import TokenExpired
from chinwag_desktop.core.link import AccessToken
from chinwag_desktop.net.account_calls import AccountCalls
from chinwag_desktop.net.group_calls import GroupCalls
from chinwag_desktop.net.http_transport import CALL_S, HttpTransport, Progress
from chinwag_desktop.net.session_tokens import SessionTokens
from chinwag_protocol.http import (
    ConversationList,
    GroupRequest,
    InviteInfo,
    LoginRequest,
    MessageList,
    MessagePage,
    RefreshRequest,
    RegisterRequest,
    ServerInfo,
    Session,
    SettingsPatch,
    SyncAnswer,
    SyncRequest,
    UserList,
)
from chinwag_protocol.objects import Attachment, Conversation, Settings, User

SYNC_S: Final = 30.0
"""The deadline of one page of ``/sync``, which may be a megabyte."""

_T = TypeVar("_T")
_NOTHING = type(None)


class ApiClient:
    """All calls of the HTTP contract that the app makes. Every call has a deadline and raises a ClientError.

    ``on_session`` hears of each new session (sign-in and every refresh), so that the refresh token can be kept.
    """

    def __init__(
        self,
        server_url: str,
        *,
        ssl_context: ssl.SSLContext,
        clock: Clock,
        on_session: Callable[[Session], Awaitable[None]] | None = None,
        use_system_proxy: bool = True,
    ) -> None:
        self._http = HttpTransport(server_url, ssl_context=ssl_context, use_system_proxy=use_system_proxy)
        self._tokens = SessionTokens(self._refresh, clock=clock, on_session=on_session)
        self.account, self.groups = AccountCalls(self._call), GroupCalls(self._call)

    async def server(self) -> ServerInfo:
        """What the server is: registration, limits, versions."""
        return await self._http.call("GET", "/server", ServerInfo)

    async def invite(self, code: str) -> InviteInfo:
        """Whether an invite code is good."""
        return await self._http.call("GET", f"/invites/{_segment(code)}", InviteInfo)

    async def register(self, request: RegisterRequest) -> Session:
        """Make an account and sign in."""
        session = await self._http.call("POST", "/auth/register", Session, body=request)
        await self._tokens.adopt(session)
        return session

    async def login(self, request: LoginRequest) -> Session:
        """Sign in; raises Refused (unauthorized, forbidden, invalid) or a RetryLater."""
        session = await self._http.call("POST", "/auth/login", Session, body=request)
        await self._tokens.adopt(session)
        return session

    async def resume(self, refresh_token: str) -> Session:
        """Go on with the session of an earlier run; raises SignedOut when it is over."""
        return await self._tokens.resume(refresh_token)

    async def logout(self) -> None:
        """End this session on the server; here it is over even if the server cannot be told."""
        try:
            await self._call("POST", "/auth/logout", _NOTHING)
        finally:
            self._tokens.forget()

    async def access_token(self, *, valid_s: float = 0.0, renew: bool = False) -> AccessToken:
        """A token good for ``valid_s`` more seconds, or a new one; one refresh at a time."""
        return await self._tokens.access(valid_s=valid_s, renew=renew)

    async def users(self, *, query: str | None = None, cursor: str | None = None, limit: int | None = None) -> UserList:
        """A page of the directory."""
        return await self._call("GET", "/users", UserList, query={"query": query, "cursor": cursor, "limit": limit})

    async def user(self, user_id: UUID) -> User:
        """One profile."""
        return await self._call("GET", f"/users/{user_id}", User)

    async def conversations(self, *, cursor: str | None = None, limit: int | None = None) -> ConversationList:
        """A page of the user's conversations."""
        return await self._call("GET", "/conversations", ConversationList, query={"cursor": cursor, "limit": limit})

    async def conversation(self, conversation_id: UUID) -> Conversation:
        """One conversation."""
        return await self._call("GET", f"/conversations/{conversation_id}", Conversation)

    async def direct(self, user_id: UUID) -> Conversation:
        """Find or make the direct conversation with somebody."""
        return await self._call("PUT", f"/conversations/direct/{user_id}", Conversation)

    async def create_group(self, request: GroupRequest, *, idempotency_key: str) -> Conversation:
        """Make a group; the same key makes it once, however often it is tried."""
        return await self._call(
            "POST", "/conversations", Conversation, body=request, headers={"Idempotency-Key": idempotency_key}
        )

    async def configure(self, conversation_id: UUID, patch: SettingsPatch) -> Settings:
        """Change the user's own settings of a conversation; its sessions are told by `settingsUpdated`."""
        return await self._call("PATCH", f"/conversations/{conversation_id}/settings", Settings, body=patch)

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
        query = {"before": before, "after": after, "around": around, "limit": limit}
        return await self._call("GET", f"/conversations/{conversation_id}/messages", MessagePage, query=query)

    async def pins(self, conversation_id: UUID) -> MessageList:
        """The pinned messages of a conversation, the newest pin first."""
        return await self._call("GET", f"/conversations/{conversation_id}/pins", MessageList)

    async def sync(self, request: SyncRequest) -> SyncAnswer:
        """One page of catch-up."""
        return await self._call("POST", "/sync", SyncAnswer, body=request, deadline_s=SYNC_S)

    async def upload(
        self, path: Path, *, name: str, idempotency_key: str, on_progress: Progress | None = None
    ) -> Attachment:
        """Upload a file; ``on_progress(sent, total)`` in bytes. Raises an OSError when it cannot be read."""

        async def attempt(authorization: Mapping[str, str]) -> Attachment:
            headers = {**authorization, "Idempotency-Key": idempotency_key}
            return await self._http.upload(
                "/attachments", path, Attachment, name=name, headers=headers, on_progress=on_progress
            )

        return await self._authorized(attempt)

    async def download(self, url: str, target: Path, *, at_most: int, on_progress: Progress | None = None) -> None:
        """Fetch an attachment, thumbnail or avatar of ``at_most`` bytes by its path on the server into ``target``.

        ``target`` appears when all of it is there. Raises an OSError when it cannot be written.
        """

        async def attempt(authorization: Mapping[str, str]) -> None:
            await self._http.download(url, target, at_most=at_most, headers=authorization, on_progress=on_progress)

        await self._authorized(attempt)

    async def trust(self, ssl_context: ssl.SSLContext) -> None:
        """From now on verify by this context: the person has confirmed another certificate."""
        await self._http.trust(ssl_context)

    async def renew_connections(self, *, at_once: bool = False) -> None:
        """Use none of the present connections again; with ``at_once`` (after a sleep) what is under way fails."""
        if at_once:
            await self._tokens.land()
        await self._http.renew_connections(at_once=at_once)

    async def close(self) -> None:
        """Close all connections."""
        await self._tokens.close()
        await self._http.close()

    async def _refresh(self, refresh_token: str) -> Session:
        return await self._http.call("POST", "/auth/refresh", Session, body=RefreshRequest(refresh_token=refresh_token))

    async def _call(
        self,
        method: str,
        path: str,
        answer: type[_T],
        *,
        body: msgspec.Struct | bytes | None = None,
        query: Mapping[str, str | int | None] | None = None,
        headers: Mapping[str, str] | None = None,
        deadline_s: float = CALL_S,
    ) -> _T:
        async def attempt(authorization: Mapping[str, str]) -> _T:
            return await self._http.call(
                method,
                path,
                answer,
                body=body,
                query=query,
                headers={**(headers or {}), **authorization},
                deadline_s=deadline_s,
            )

        return await self._authorized(attempt)

    async def _authorized(self, attempt: Callable[[Mapping[str, str]], Awaitable[_T]]) -> _T:
        """Make a call with the access token; once more with a new one when the server finds it expired."""
        access = await self._tokens.access()
        try:
            return await attempt({"Authorization": f"Bearer {access.token}"})
        except TokenExpired:
            access = await self._tokens.access(instead_of=access.token)
            return await attempt({"Authorization": f"Bearer {access.token}"})


def _segment(text: str) -> str:
    """A text as one segment of a path."""
    return quote(text, safe="")
