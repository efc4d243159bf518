"""LinkMaker: one attempt to connect, from the access token to ``register-user``, under one deadline."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from chinwag_desktop.core.clock import Clock, deadline
from chinwag_desktop.core.errors import SignedOut, TimedOut, TokenExpired
from chinwag_desktop.core.link import AccessToken, Inbound
from chinwag_desktop.sync.live_link import LiveLink
from chinwag_desktop.sync.ports import LinkUser, Socket, Tokens
from chinwag_protocol.events import ConnectAuth, RegisterUser
from chinwag_protocol.limits import PROTOCOL_VERSION

ATTEMPT_S: Final = 10.0
"""The deadline of a whole attempt."""


class LinkMaker:
    """Makes links; each attempt has a socket of its own, two when the first token turned out to be stale."""

    def __init__(
        self, *, user_id: UUID, open_socket: Callable[[], Socket], tokens: Tokens, user: LinkUser, clock: Clock
    ) -> None:
        self._user_id = user_id
        self._open_socket = open_socket
        self._tokens = tokens
        self._user = user
        self._clock = clock

    async def make(
        self,
        *,
        on_events: Callable[[Sequence[Inbound]], None],
        on_latency: Callable[[float], None],
        after_sleep: bool = False,
    ) -> LiveLink:
        """Connect and register, and let HTTP begin on new connections as well: what was open may be dead, and after a sleep
        it is. Raises a ClientError; then no socket is left open.
        """
        try:
            async with deadline(self._clock, ATTEMPT_S):
                await self._tokens.renew_connections(at_once=after_sleep)
                socket, access = await self._connect()
        except TimeoutError:
            raise TimedOut(f"not connected within {ATTEMPT_S:g} s") from None
        return LiveLink(
            socket,
            access=access,
            tokens=self._tokens,
            clock=self._clock,
            on_events=on_events,
            on_latency=on_latency,
        )

    async def _connect(self) -> tuple[Socket, AccessToken]:
        access = await self._tokens.access_token()
        try:
            return await self._register(access), access
        except (TokenExpired, SignedOut) as error:
            if error.code == "session_revoked":
                raise
        # Expired on the way, or made with a key that the server has since changed: a fresh one decides.
        access = await self._tokens.access_token(renew=True)
        return await self._register(access), access

    async def _register(self, access: AccessToken) -> Socket:
        socket = self._open_socket()
        try:
            await socket.connect(ConnectAuth(token=access.token, user_id=self._user_id, protocol=PROTOCOL_VERSION))
            ack = await socket.call("register-user", RegisterUser(user_id=self._user_id), timeout_s=ATTEMPT_S)
            await self._user.registered(ack)
        except BaseException:
            await socket.close()
            raise
        return socket
