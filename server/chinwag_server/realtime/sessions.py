"""The events that are about the connection itself: `register-user`, `renewToken`, `ping`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from chinwag_protocol.commands import Ping, PingAck, RegisterAck, RegisterUser, RenewAck, RenewToken
from chinwag_protocol.notices import OnlineUsers
from chinwag_protocol.times import format_time, to_ms
from chinwag_server.domain.errors import Forbidden, Unauthorized, Unavailable
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.dispatch import Reply, Route
from chinwag_server.services.presence import Presence
from chinwag_server.services.sessions import Sessions
from chinwag_server.services.users import Users


class SessionEvents:
    """Handlers; `routes` lists them."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        users: Users,
        presence: Presence,
        epoch: Callable[[], Awaitable[str]],
        follow: Callable[[UUID], Awaitable[None]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = sessions
        self._users = users
        self._presence = presence
        self._epoch = epoch
        self._follow = follow
        self._now = now

    def routes(self) -> dict[str, Route]:
        """The events handled here."""
        return {
            "register-user": Route(RegisterUser, self.register),
            "renewToken": Route(RenewToken, self.renew),
            "ping": Route(Ping, self.ping, inline=True),
        }

    async def register(self, connection: Connection, payload: RegisterUser) -> RegisterAck:
        """Map the user to this socket and mark them online. The list of who is comes right behind the ack.

        Raises Forbidden for another user's id.
        """
        principal = connection.principal
        if payload.user_id != principal.user_id:
            raise Forbidden("the token is another user's", field="userId")
        epoch, user = await self._epoch(), await self._users.get(principal.user_id)
        await self._follow(principal.user_id)
        if not connection.open:
            raise Unavailable("the socket is closed")
        self._presence.connected(principal, connection.sid)
        user = msgspec.structs.replace(user, online=True)
        online = tuple(await self._presence.online_users(principal.user_id))
        connection.register()
        asyncio.get_running_loop().call_soon(connection.send, "onlineUsers", OnlineUsers(user_ids=online))
        return RegisterAck(user=user, online_users=online, epoch=epoch, server_time=format_time(self._now()))

    async def renew(self, connection: Connection, payload: RenewToken) -> RenewAck:
        """Take over a new access token. Raises what `authenticate` raises, Unauthorized for another session's."""
        principal = await self._sessions.authenticate(payload.token, address=connection.address)
        try:
            connection.renew(principal)
        except ValueError:
            raise Unauthorized("the token is of another session") from None
        return RenewAck(expires_in_ms=max(0, to_ms(principal.expires_at - self._now())))

    def ping(self, connection: Connection, _payload: Ping, reply: Reply) -> None:
        """Answer at once."""
        reply(PingAck(server_time=format_time(self._now())))
