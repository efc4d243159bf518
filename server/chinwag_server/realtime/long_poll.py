"""Long polling as the carrier of a session: what cannot be sent waits for the next GET."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from chinwag_server.realtime.encoding import CLOSE, NOOP
from chinwag_server.realtime.engine import Engine
from chinwag_server.realtime.link import CloseCode, Link, State

_UPGRADING_POLL_S: Final = 0.1
_log: Final = logging.getLogger(__name__)


class LongPoll:
    """Carries a session whose client polls."""

    polls = True
    __slots__ = ("_engine", "_get", "_held", "_link", "_pending", "_pending_bytes", "_posting", "_since")

    def __init__(self, engine: Engine, link: Link) -> None:
        self._engine = engine
        self._link = link
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._since: float | None = None
        self._get: asyncio.Future[None] | None = None
        self._held = False
        self._posting = False

    def send(self, packets: list[bytes]) -> None:
        self._pending += packets
        self._pending_bytes += sum(map(len, packets))
        if self._get is not None and not self._held:
            self._wake()
        else:
            self._watch()

    def take_back(self) -> list[bytes]:
        pending, self._pending = self._pending, []
        self._pending_bytes = 0
        self._since = None
        self._wake()
        return pending

    def pause(self) -> None:
        """Nothing to do: the answer to the POST waits."""

    resume = pause

    def hold(self) -> None:
        self._held = True
        self._wake()

    def let_go(self) -> None:
        self._held = False
        if self._pending:
            self._since = asyncio.get_running_loop().time()
            self._wake()

    def close(self, code: CloseCode) -> None:
        self.send([CLOSE])

    def abort(self) -> None:
        self._pending.clear()
        self._wake()

    async def get(self, still_there: Callable[[], bool]) -> list[bytes] | None:
        """Wait for packets, for a GET; None when the session is over, or was carried elsewhere meanwhile.

        A second GET sends the first away with a NOOP. While the session moves to a WebSocket there is nothing but
        NOOPs. What there is stays for the next GET when the client of this one has gone.
        """
        self._wake()
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._get = waiting
        if self._pending and not self._held:
            self._wake()
        elif self._held:
            asyncio.get_running_loop().call_later(_UPGRADING_POLL_S, _resolve, waiting)
        try:
            await waiting
        finally:
            mine = self._get in (waiting, None)
            if self._get is waiting:
                self._get = None
        if self._link.state is State.CLOSED or not still_there():
            return None
        if not mine or self._held or self._link.carrier is not self:
            self._link.note_noise()
            return [NOOP]
        packets = self.take_back()
        if self._link.state is State.CLOSING:
            self._link.gone()
        return packets or [NOOP]

    def begin_post(self) -> bool:
        """Take the one POST there may be at a time: two would have no order."""
        free = not self._posting
        self._posting = True
        return free

    def end_post(self) -> None:
        """The POST was answered."""
        self._posting = False

    def check_backlog(self, now: float) -> bool:
        if self._since is None or self._link.carrier is not self or self._link.state is not State.OPEN:
            return False
        limits = self._engine.limits
        in_time = self._held or now - self._since <= limits.backlog_ms / 1_000  # who is held back is not late
        if in_time and self._pending_bytes <= limits.backlog_bytes:
            return True
        _log.info("a client that polls is too far behind: cut off")
        self._link.cut("slow reader")
        return False

    def _watch(self) -> None:
        if self._since is None:
            self._since = asyncio.get_running_loop().time()
            self._engine.watch(self)
        if self._pending_bytes > self._engine.limits.backlog_bytes:
            self.check_backlog(self._since)

    def _wake(self) -> None:
        waiting, self._get = self._get, None
        if waiting is not None:
            _resolve(waiting)


def _resolve(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
