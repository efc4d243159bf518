"""LiveLink: one registered connection while it lives. It takes events in, pings, renews the token, and notices death.

``SocketMonitor`` makes one after ``register-user`` and waits for its end; a link that has ended is never used again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from chinwag_desktop.core.clock import Clock, deadline, pause
from chinwag_desktop.core.errors import ClientError, LinkLost, RetryNever, SignedOut, TimedOut
from chinwag_desktop.core.link import AccessToken, Inbound
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.inputs import decode
from chinwag_desktop.sync.ports import Socket, Tokens
from chinwag_protocol.events import Ping, RenewToken, ServerShutdown, SessionRevoked
from chinwag_protocol.limits import CLIENT_PING_MS

PING_EVERY_S: Final = CLIENT_PING_MS / 1000
PING_DEADLINE_S: Final = 8.0
UNACKED_S: Final = 3.0
"""A message unacknowledged for so long makes the link prove that it lives …"""
PROOF_S: Final = 2.0
"""… within this time."""
RENEW_BEFORE_S: Final = 60.0
RENEW_AGAIN_S: Final = 5.0

logger = logging.getLogger(__name__)


class LiveLink:
    """Owns the socket until ``ended``; ``close`` must follow."""

    def __init__(
        self,
        socket: Socket,
        *,
        access: AccessToken,
        tokens: Tokens,
        clock: Clock,
        on_events: Callable[[Sequence[Inbound]], None],
        on_latency: Callable[[float], None],
    ) -> None:
        self.socket = socket
        self._access = access
        self._tokens = tokens
        self._clock = clock
        self._on_events = on_events
        self._on_latency = on_latency
        self._owner = TaskOwner("live-link")
        self._end: asyncio.Future[ClientError] = asyncio.get_running_loop().create_future()
        self.shutdown_after_s: float | None = None
        """What ``serverShutdown`` said, if it came."""

    def start(self) -> None:
        """Begin to take in events and to ping."""
        self._owner.spawn(self._pump(), "events")
        self._owner.spawn(self._ping_regularly(), "pings")
        self._owner.spawn(self._renew_in_time(), "token")

    async def ended(self) -> ClientError:
        """Wait for the end: LinkLost, or a RetryNever when the session is over."""
        return await asyncio.shield(self._end)

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return not self._end.done()

    def end(self, error: ClientError) -> None:
        """End the link; the first reason counts."""
        if not self._end.done():
            self._end.set_result(error)

    async def close(self, *, polite: bool = False) -> None:
        """Stop all work on the link and close the socket."""
        self.end(LinkLost("client disconnect"))
        await self._owner.close()
        await self.socket.close(polite=polite)

    async def call(self, event: str, payload: Struct, *, timeout_s: float) -> Any:
        """Send and wait for the ack; a message that waits too long makes the link prove itself."""
        if not self.alive:
            raise LinkLost("transport close")
        watch = None
        if event == "sendMessage":
            watch = self._clock.call_later(UNACKED_S, self.prove)
        try:
            async with deadline(self._clock, timeout_s):
                return await self.socket.call(event, payload, timeout_s=timeout_s)
        except TimeoutError:
            raise TimedOut(f"no answer to {event} within {timeout_s:g} s") from None
        except LinkLost as lost:
            self.end(lost)  # whoever hears of it finds the monitor knowing it too
            announced = self.shutdown_after_s is not None
            raise LinkLost(lost.reason, close_code=lost.close_code, announced=announced) from None
        finally:
            if watch is not None:
                watch.cancel()

    def prove(self, within_s: float = PROOF_S) -> None:
        """Ping now; without an answer in time the link is dead."""
        if self.alive:
            self._owner.spawn(self._ping(within_s), "proof")

    async def _pump(self) -> None:
        try:
            while True:
                events = await self.socket.receive()
                self._on_events([inbound for inbound in events if not self._is_ours(inbound)])
        except LinkLost as lost:
            self.end(lost)

    def _is_ours(self, inbound: Inbound) -> bool:
        """Whether an event is about the link itself."""
        if inbound.name not in ("sessionRevoked", "serverShutdown"):
            return False
        match decode(inbound):
            case SessionRevoked(reason=reason):
                self.end(SignedOut(f"the session was revoked: {reason}", code=reason))
            case ServerShutdown(reconnect_after_ms=milliseconds):
                self.shutdown_after_s = milliseconds / 1000
            case _:
                pass
        return True

    async def _ping_regularly(self) -> None:
        while True:
            await self._ping(PING_DEADLINE_S)
            await pause(self._clock, PING_EVERY_S)

    async def _ping(self, within_s: float) -> None:
        begun = self._clock.monotonic()
        try:
            async with deadline(self._clock, within_s):
                await self.socket.call("ping", Ping(), timeout_s=within_s + 1)
        except (TimeoutError, TimedOut):
            logger.info("no answer to a ping within %g s", within_s)
            self.end(LinkLost("ping timeout"))
            return
        except LinkLost as lost:
            self.end(lost)
            return
        except ClientError as error:
            logger.info("a ping was answered with an error: %s", error)  # an answer all the same
        self._on_latency((self._clock.monotonic() - begun) * 1000)

    async def _renew_in_time(self) -> None:
        """Renew the token in band before it runs out, so that the server need not close the socket."""
        while True:
            left = self._access.expires_at - self._clock.monotonic()
            await pause(self._clock, max(left - min(RENEW_BEFORE_S, left * 0.2), 0.0))
            while True:
                try:
                    await self._renew()
                    break
                except LinkLost as lost:
                    self.end(lost)
                    return
                except RetryNever as error:
                    self.end(error)
                    return
                except ClientError as error:
                    logger.info("the token could not be renewed yet: %s", error)
                    await pause(self._clock, RENEW_AGAIN_S)

    async def _renew(self) -> None:
        left = max(self._access.expires_at - self._clock.monotonic(), 0.0)
        access = await self._tokens.access_token(valid_s=left + 1)
        ack = await self.call("renewToken", RenewToken(token=access.token), timeout_s=10)
        self._access = AccessToken(access.token, self._clock.monotonic() + ack.expires_in_ms / 1000)
