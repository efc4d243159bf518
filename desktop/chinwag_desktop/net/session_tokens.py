"""SessionTokens: the tokens of a signed-in session. One refresh at a time, whoever asks; access tokens in memory only."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from chinwag_desktop.core.clock import Clock, deadline
from chinwag_desktop.core.errors import ClientError, SignedOut, Unreachable
from chinwag_desktop.core.link import AccessToken
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_protocol.http import Session

EARLY_S: Final = 5.0
"""A token that has less left is refreshed before it is used."""

LAND_S: Final = 0.25
"""What has come during a sleep is there within this time."""

logger = logging.getLogger(__name__)


class SessionTokens:
    """Holds the present session; ``on_session`` hears of each new one before its tokens are used."""

    def __init__(
        self,
        refresh: Callable[[str], Awaitable[Session]],
        *,
        clock: Clock,
        on_session: Callable[[Session], Awaitable[None]] | None = None,
    ) -> None:
        self._refresh = refresh
        self._clock = clock
        self._on_session = on_session
        self._tasks = TaskOwner("session-tokens")
        self._refresh_token: str | None = None
        self._access: AccessToken | None = None
        self._flight: asyncio.Future[Session] | None = None
        self._flying: asyncio.Task[None] | None = None

    async def adopt(self, session: Session) -> None:
        """Go on with this session. A keeper that fails is logged: the session itself is good."""
        self._refresh_token = session.refresh_token
        self._access = AccessToken(session.access_token, self._clock.monotonic() + session.expires_in_ms / 1000)
        if self._on_session is not None:
            try:
                await self._on_session(session)
            except Exception:
                logger.exception("the refresh token could not be kept")

    async def resume(self, refresh_token: str) -> Session:
        """Go on with the session of an earlier run. Raises a ClientError; the token can then be tried again."""
        self._refresh_token = refresh_token
        self._access = None
        return await self._renewed()

    async def access(self, *, valid_s: float = 0.0, renew: bool = False, instead_of: str | None = None) -> AccessToken:
        """A token that is good for ``valid_s`` more seconds; a new one with ``renew``, or if it is ``instead_of``.

        Raises SignedOut when the session is over, or another ClientError.
        """
        access = self._access
        good_until = self._clock.monotonic() + max(valid_s, EARLY_S)
        if access is None or renew or access.token == instead_of or access.expires_at < good_until:
            await self._renewed()
            access = self._access
        if access is None:
            raise SignedOut("nobody is signed in", code="unauthorized")
        return access

    async def land(self) -> None:
        """The machine slept: take in the answer to a refresh if it has come, else give that refresh up (Unreachable)."""
        flying = self._flying
        if flying is None or flying.done():
            return
        try:
            async with deadline(self._clock, LAND_S):
                await asyncio.shield(flying)
        except TimeoutError:
            flying.cancel()
            await asyncio.gather(flying, return_exceptions=True)

    def forget(self) -> None:
        """The session is over."""
        self._refresh_token = self._access = None

    async def close(self) -> None:
        """Stop refreshing."""
        await self._tasks.close()

    async def _renewed(self) -> Session:
        if self._flight is None:
            self._flight = asyncio.get_running_loop().create_future()
            self._flying = self._tasks.spawn(self._fly(self._flight), "refresh")
        # Shielded: whoever gives up waiting must not lose the answer, which replaces the old token.
        return await asyncio.shield(self._flight)

    async def _fly(self, flight: asyncio.Future[Session]) -> None:
        try:
            if self._refresh_token is None:
                raise SignedOut("nobody is signed in", code="unauthorized")
            session = await self._refresh(self._refresh_token)
            await self.adopt(session)
            flight.set_result(session)
        except ClientError as error:
            flight.set_exception(error)
        except asyncio.CancelledError:
            flight.set_exception(Unreachable("the refresh was given up"))
            raise
        finally:
            self._flight = None
            flight.cancel()  # changes nothing when it is done
            if not flight.cancelled():
                flight.exception()  # heard, whether or not anybody waits
