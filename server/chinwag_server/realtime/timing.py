"""How long things may take on a socket, and the one timer that watches over all sockets."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import msgspec

from chinwag_protocol.limits import ACK_TIMEOUT_MS, CONNECT_TIMEOUT_MS, PING_INTERVAL_MS, PING_TIMEOUT_MS

_log: Final = logging.getLogger(__name__)


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Deadlines in seconds. The defaults are the contract; tests have less patience."""

    ping_interval_s: float = PING_INTERVAL_MS / 1_000
    ping_timeout_s: float = PING_TIMEOUT_MS / 1_000
    request_s: float = 10.0
    """To send the head of an HTTP request, and each further kilobyte of its body."""
    read_s: float = 30.0
    """For the peer to take anything more of an HTTP answer that waits for it."""
    connect_s: float = CONNECT_TIMEOUT_MS / 1_000
    authenticate_s: float = 8.0
    register_s: float = CONNECT_TIMEOUT_MS / 1_000
    tokens_s: float = 1.0
    """How late it may be noticed that an access token has run out."""
    upgrade_s: float = 10.0
    answer_s: float = ACK_TIMEOUT_MS / 1_000
    hung_s: float = 60.0
    """After this a handler is cancelled. Its event was answered long ago."""
    throttled_s: float = 10.0
    """How far a client may be behind that sends more events than it may."""
    invalid_window_s: float = 60.0
    close_s: float = 0.5
    """From saying goodbye to closing the transport whatever the peer does."""
    drain_s: float = 1.5
    tick_s: float = 0.25
    """How late a deadline may be noticed."""


Deadline = tuple[int, int]
"""Tick and number of something that is due: what `Sweeper.cancel` takes."""
_NOTHING_DUE: Final[dict[int, Callable[[], None]]] = {}


class Sweeper:
    """Calls things when they are due, to within one tick: thousands of deadlines cost one timer.

    What has become pointless may see so for itself when it is called; what would be kept for long is to be cancelled.
    """

    def __init__(self, tick_s: float) -> None:
        self._tick_s = tick_s
        self._due: dict[int, dict[int, Callable[[], None]]] = {}
        self._number = 0
        self._always: list[Callable[[float], None]] = []
        self._swept = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to call."""
        self._loop = asyncio.get_running_loop()
        self._swept = self._tick_of(self._loop.time())
        self._timer = self._loop.call_later(self._tick_s, self._sweep)

    def stop(self) -> None:
        """Call nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due.clear()

    def every_tick(self, callback: Callable[[float], None]) -> None:
        """Call this each tick, with the loop's time."""
        self._always.append(callback)

    def after(self, seconds: float, callback: Callable[[], None]) -> Deadline:
        """Call this once, not before `seconds` have passed."""
        assert self._loop is not None, "the sweeper is not started"
        tick = self._tick_of(self._loop.time() + seconds) + 1
        self._number = number = self._number + 1
        bucket = self._due.get(tick)
        if bucket is None:
            self._due[tick] = {number: callback}
        else:
            bucket[number] = callback
        return tick, number

    def cancel(self, deadline: Deadline | None) -> None:
        """Forget this; it may be over already."""
        if deadline is not None and (bucket := self._due.get(deadline[0])) is not None:
            bucket.pop(deadline[1], None)

    def _tick_of(self, time: float) -> int:
        return int(time / self._tick_s)

    def _sweep(self) -> None:
        assert self._loop is not None
        self._timer = self._loop.call_later(self._tick_s, self._sweep)
        now = self._loop.time()
        for callback in self._always:
            _call(callback, now)
        tick = self._tick_of(now)
        while self._swept < tick:
            self._swept += 1
            for callback in self._due.pop(self._swept, _NOTHING_DUE).values():
                _call(callback)


def _call(callback: Callable[..., None], *arguments: float) -> None:
    try:
        callback(*arguments)
    except Exception:  # noqa: BLE001 - a boundary: one deadline must not keep the others from being noticed
        _log.exception("a deadline failed")
