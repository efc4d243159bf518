"""SocketMonitor: keeps one registered connection to the server, or says why there is none.

It supervises what python-socketio leaves to chance: a new socket for each attempt, a deadline on everything, waits of
1, 2, 4, 8, 16, then 30 s. It never gives up by itself; after ten attempts it only says so.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from chinwag_desktop.core.backoff import LONGEST_S, wait_before
from chinwag_desktop.core.clock import Clock, deadline, pause
from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState, Phase
from chinwag_desktop.core.errors import ClientError, LinkLost, RetryNever
from chinwag_desktop.core.link import Inbound
from chinwag_desktop.core.subscribers import Subscribers
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.sync.link_maker import LinkMaker
from chinwag_desktop.sync.link_metrics import LinkMetrics
from chinwag_desktop.sync.live_link import LiveLink
from chinwag_desktop.sync.ports import LinkUser, Socket, Tokens

MAX_ATTEMPTS: Final = 10
STABLE_S: Final = 10.0
"""A link that lived so long ends the counting of attempts; a shorter one was one more failure."""
NETWORK_PROOF_S: Final = 1.0
"""How long a link may take to prove that it has survived a change of network."""
CLIENT_DISCONNECT: Final = "client disconnect"

logger = logging.getLogger(__name__)


class _BegunAnew(Exception):
    """The attempt was cut short: the network is another one now."""


class _Lived(Struct, frozen=True):
    """How a link ended."""

    error: ClientError
    seconds: float
    shutdown_after_s: float | None


class SocketMonitor:
    """The state machine of the connection. Nothing else opens, pings or closes a socket."""

    def __init__(
        self,
        *,
        user_id: UUID,
        open_socket: Callable[[], Socket],
        tokens: Tokens,
        user: LinkUser,
        clock: Clock,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._maker = LinkMaker(user_id=user_id, open_socket=open_socket, tokens=tokens, user=user, clock=clock)
        self._user = user
        self._clock = clock
        self._draw = draw
        self._state = ConnectionState(max_attempts=MAX_ATTEMPTS)
        self._listeners = Subscribers[ConnectionState]("connection state")
        self._metrics = LinkMetrics(clock)
        self._owner: TaskOwner | None = None
        self._link: LiveLink | None = None
        self._nudge = asyncio.Event()
        self._hurry = self._by_hand = False
        self._hurry_until = 0.0
        self._slept = False
        """Since the last attempt began."""
        self._system_online = True

    @property
    def state(self) -> ConnectionState:
        """The state now."""
        return self._state

    @property
    def online(self) -> bool:
        """Whether ``call`` can be used: registered and caught up."""
        return self._state.phase is Phase.ONLINE and self._link is not None and self._link.alive

    @property
    def metrics(self) -> ConnectionMetrics:
        """Everything counted so far."""
        socket = self._link.socket if self._link is not None else None
        return self._metrics.snapshot(
            sent=socket.bytes_sent if socket else 0, received=socket.bytes_received if socket else 0
        )

    def subscribe(self, listener: Callable[[ConnectionState], None]) -> Callable[[], None]:
        """Call ``listener`` on each change of state; returns what ends the subscription."""
        return self._listeners.add(listener)

    def start(self) -> None:
        """Begin to connect; needs a running loop. A stopped monitor may be started again."""
        if self._owner is None:
            self._owner = TaskOwner("socket-monitor")
            self._owner.spawn(self._run(self._owner), "run")

    async def stop(self) -> None:
        """The user logs out or quits: *client disconnect*, never reconnects."""
        owner, self._owner = self._owner, None
        if owner is None:
            return
        await owner.close()
        link, self._link = self._link, None
        if link is not None:
            await link.close(polite=True)
            self._count_down(link, CLIENT_DISCONNECT)
            self._user.lost()
        self._set(ConnectionState(max_attempts=MAX_ATTEMPTS, reason=CLIENT_DISCONNECT))

    def retry_now(self) -> None:
        """*Retry now*: the present wait ends at once; also leaves REFUSED."""
        if self._state.phase not in (Phase.STOPPED, Phase.CONNECTING, Phase.SYNCING, Phase.ONLINE):
            self._by_hand = True
            self._be_quick()

    def woke(self) -> None:
        """The machine slept: whatever link there is is replaced at once."""
        self._slept = True
        if self._link is not None:
            self._link.end(LinkLost("transport close"))
        self._be_quick()

    def network_changed(self, *, online: bool) -> None:
        """The system reports another network, or none (``online=False``)."""
        self._system_online = online
        if self._link is not None:
            # What the system says need not concern this link (a server on this machine): let it prove itself.
            self._link.prove(NETWORK_PROOF_S)
        if online:
            self._be_quick()
        elif self._state.phase in (Phase.WAITING, Phase.RETRYING_SLOWLY):
            self._nudge.set()  # to be shown

    async def call(self, event: str, payload: Struct, *, timeout_s: float = 12.0) -> Any:
        """Send on the present link and wait for the ack; raises LinkLost at once when there is none."""
        link = self._link
        if link is None or not self.online:
            raise LinkLost("transport close")  # nothing was sent: nobody is to blame for the end of the last link
        return await link.call(event, payload, timeout_s=timeout_s)

    def _be_quick(self) -> None:
        """End the wait or the attempt there is; if the link ends in the next moments, replace it without a wait."""
        self._hurry_until = self._clock.monotonic() + NETWORK_PROOF_S + 0.5
        if self._link is None:
            self._hurry = True
            self._nudge.set()

    async def _run(self, owner: TaskOwner) -> None:
        failures = 0  # since the last link that lived
        while True:
            self._nudge.clear()
            self._announce_attempt(failures)
            self._hurry = self._by_hand = False
            try:
                link = await self._attempt(owner)
            except _BegunAnew:
                continue
            except RetryNever as error:
                await self._stay_refused(error)
                failures = 0
                continue
            except ClientError as error:
                logger.info("attempt %d failed: %s: %s", failures, type(error).__name__, error)
                self._metrics.failures[error.problem.value] += 1
                failures += 1
                await self._wait(failures, error, None)
                continue
            lived = await self._live(owner, link)
            if isinstance(lived.error, RetryNever):
                await self._stay_refused(lived.error)
                failures = 0
            elif self._clock.monotonic() <= self._hurry_until:
                failures, self._hurry_until = 0, 0.0
            else:
                failures = 1 if lived.seconds >= STABLE_S else failures + 1
                await self._wait(failures, lived.error, lived.shutdown_after_s)

    async def _attempt(self, owner: TaskOwner) -> LiveLink:
        """One attempt. Raises a ClientError, or _BegunAnew when a signal says that it is on the wrong network."""
        self._metrics.attempts += 1
        after_sleep, self._slept = self._slept, False
        outcome: list[LiveLink | ClientError] = []

        async def connect() -> None:
            try:
                outcome.append(
                    await self._maker.make(on_events=self._received, on_latency=self._measured, after_sleep=after_sleep)
                )
            except ClientError as error:
                outcome.append(error)

        tasks = {owner.spawn(connect(), "attempt"), owner.spawn(self._nudged(), "nudge")}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._owner is not owner and outcome and isinstance(outcome[0], LiveLink):
                await outcome[0].close()  # stopped at the very moment
        match outcome:
            case [LiveLink() as link]:
                return link
            case [ClientError() as error]:
                raise error
            case _:
                raise _BegunAnew

    async def _nudged(self) -> None:
        await self._nudge.wait()

    async def _live(self, owner: TaskOwner, link: LiveLink) -> _Lived:
        """Use a link until it ends."""
        begun = self._clock.monotonic()
        self._link = link
        self._metrics.up()
        self._set(
            ConnectionState(
                phase=Phase.SYNCING,
                max_attempts=MAX_ATTEMPTS,
                reason=self._state.reason,
                transport=link.socket.transport,
            )
        )
        link.start()
        syncing = owner.spawn(self._catch_up(link), "catch-up")
        try:
            error = await link.ended()
        finally:
            syncing.cancel()
            await asyncio.gather(syncing, return_exceptions=True)
        self._link = None
        await link.close()
        self._user.lost()
        self._count_down(link, error.reason if isinstance(error, LinkLost) else "io server disconnect")
        return _Lived(error, self._clock.monotonic() - begun, link.shutdown_after_s)

    async def _catch_up(self, link: LiveLink) -> None:
        tries = 0
        while True:
            try:
                await self._user.catch_up()
            except RetryNever as error:
                link.end(error)
                return
            except ClientError as error:
                tries += 1
                logger.info("the sync failed: %s: %s", type(error).__name__, error)
                await pause(self._clock, max(wait_before(tries, self._draw), error.retry_after_s or 0.0))
            except Exception:
                # Whatever it is, it must not leave the app syncing for ever.
                tries += 1
                logger.exception("the sync failed in a way that nobody thought of")
                await pause(self._clock, wait_before(tries, self._draw))
            else:
                self._set(msgspec.structs.replace(self._state, phase=Phase.ONLINE))
                return

    async def _wait(self, attempt: int, error: ClientError, shutdown_after_s: float | None) -> None:
        """Wait before attempt number ``attempt``, until a signal ends it; show the wait, and *Offline* while it lasts."""
        scheduled_s = max(wait_before(attempt, self._draw), error.retry_after_s or 0.0)
        if shutdown_after_s is not None:
            scheduled_s = self._draw() * shutdown_after_s
        while True:
            phase, wait_s = Phase.WAITING if attempt <= MAX_ATTEMPTS else Phase.RETRYING_SLOWLY, scheduled_s
            if not self._system_online:
                phase, wait_s = Phase.OFFLINE, LONGEST_S
            self._set(
                ConnectionState(
                    phase=phase,
                    attempt=attempt,
                    max_attempts=MAX_ATTEMPTS,
                    retry_at=self._clock.monotonic() + wait_s,
                    wait_s=wait_s,
                    reason=error.reason if isinstance(error, LinkLost) else self._state.reason,
                    problem=error.problem,
                    detail=str(error),
                    server_restarting=shutdown_after_s is not None,
                )
            )
            try:
                async with deadline(self._clock, wait_s):
                    await self._nudge.wait()
            except TimeoutError:
                return
            if self._hurry:
                return
            self._nudge.clear()  # the network has gone

    async def _stay_refused(self, error: RetryNever) -> None:
        """Say so, and wait for the user."""
        logger.info("the server refuses this session: %s", error.code)
        self._set(
            ConnectionState(
                phase=Phase.REFUSED,
                max_attempts=MAX_ATTEMPTS,
                reason=self._state.reason,
                problem=error.problem,
                detail=str(error),
                refused_code=error.code,
            )
        )
        self._by_hand = False
        while not self._by_hand:
            self._nudge.clear()
            await self._nudge.wait()

    def _announce_attempt(self, failures: int) -> None:
        # Quiet attempts: while the banner says *Connection lost* or *Offline* it does not flicker.
        if self._state.phase in (Phase.RETRYING_SLOWLY, Phase.OFFLINE) and not self._by_hand:
            self._set(msgspec.structs.replace(self._state, retry_at=None))
            return
        self._set(
            ConnectionState(
                phase=Phase.CONNECTING,
                attempt=failures,
                max_attempts=MAX_ATTEMPTS,
                reason=self._state.reason,
                problem=self._state.problem,
                detail=self._state.detail,
            )
        )

    def _received(self, events: Sequence[Inbound]) -> None:
        if events:
            self._user.receive(events)

    def _measured(self, latency_ms: float) -> None:
        self._metrics.round_trip(latency_ms)
        self._set(msgspec.structs.replace(self._state, latency_ms=latency_ms, slow=self._metrics.slow))

    def _count_down(self, link: LiveLink, reason: str) -> None:
        self._metrics.down(reason, sent=link.socket.bytes_sent, received=link.socket.bytes_received)

    def _set(self, state: ConnectionState) -> None:
        if state != self._state:
            self._state = state
            self._listeners.tell(state)
