"""Who may do how much: token buckets on the hot paths, counted windows for signing in and registering.

Buckets never await (`bus/buckets.py` says how nodes share them). Windows live in Valkey through the `limits` library; while
Valkey is away each node counts for itself.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

from chinwag_protocol.limits import Limits
from chinwag_server.bus.buckets import Ledger, TokenBuckets
from chinwag_server.domain.addresses import is_loopback, origin_of
from chinwag_server.domain.errors import RateLimited

_T = TypeVar("_T")
_Window = tuple[RateLimitItem, *tuple[str, ...]]
log = logging.getLogger(__name__)

_SHARED_TIMEOUT_S: Final = 0.25
_SHARED_PAUSE_S: Final = 5.0
_NAME_HERE: Final = 5
_ADDRESS: Final = 20
"""How many times the limit of failed logins an address may guess at one name, and at all names: only so much is looked at."""


class RateLimits:
    """All limits of a user or an address. `start` and `close` bracket its use."""

    def __init__(
        self,
        limits: Limits,
        *,
        ledger: Ledger | None = None,
        shared: Storage | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        def buckets(name: str, rate: float, burst: int) -> TokenBuckets:
            return TokenBuckets(name, rate=rate, burst=burst, clock=clock, ledger=ledger)

        self._messages = buckets("messages", limits.messages_per_second, limits.message_burst)
        self._http = buckets("http", limits.http_per_second, limits.http_burst)
        self._open = TokenBuckets("open", rate=limits.http_per_second, burst=limits.http_burst, clock=clock)
        self._search = buckets("search", limits.search_per_second, limits.search_per_second * 2)
        self._windows = _Windows(shared, clock=clock)
        self._registration = RateLimitItemPerHour(limits.registrations_per_hour)
        failed = limits.failed_logins_per_minute
        self._failed_logins, self._guesses_at_name, self._guesses = (
            _doubling(failed * times) for times in (1, _NAME_HERE, _ADDRESS)
        )

    def start(self) -> None:
        """Begin to settle with the other nodes."""
        for buckets in self._all_buckets():
            buckets.start()

    async def close(self) -> None:
        """Stop settling."""
        for buckets in self._all_buckets():
            await buckets.close()

    def message(self, user_id: UUID) -> int:
        """Count one message: 0 when it may be sent, else the milliseconds to wait (it is not counted then)."""
        return self._messages.take(user_id.hex)

    def http(self, user_id: UUID) -> None:
        """Count one request of a user. Raises `RateLimited`."""
        _refuse(self._http.take(user_id.hex))

    def http_open(self, address: str) -> None:
        """Count one request that nobody has signed. Raises `RateLimited`."""
        _refuse(self._open.take(origin_of(address)))

    def search(self, user_id: UUID) -> None:
        """Count one search. Raises `RateLimited`."""
        _refuse(self._search.take(user_id.hex))

    async def registration(self, address: str) -> None:
        """Count one registration from an address, loopback excepted. Raises `RateLimited`."""
        origin = origin_of(address)
        if not is_loopback(address) and not await self._windows.hit(self._registration, "register", origin):
            _refuse(await self._windows.wait_ms(self._registration, "register", origin))

    async def login_wait_ms(self, username: str, address: str) -> int:
        """Milliseconds until whoever is not known there may try this name from this address again; 0: now."""
        return await self._longest_wait(self._login_windows(username, address))

    async def guess_wait_ms(self, username: str, address: str) -> int:
        """Milliseconds until a password for this name is looked at again when it comes from this address; 0: now."""
        return await self._longest_wait(self._guess_windows(username, address))

    async def login_failed(self, username: str, address: str, *, refused: bool = False) -> None:
        """Count a wrong password; one that was refused for those before it does not make the wait of others longer."""
        windows = self._guess_windows(username, address)
        for item, *key in windows if refused else windows + self._login_windows(username, address):
            await self._windows.hit(item, *key)

    def _login_windows(self, username: str, address: str) -> list[_Window]:
        origin = origin_of(address)
        return [
            window
            for item in self._failed_logins
            for window in ((item, "login-name", username), (item, "login-address", origin))
        ]

    def _guess_windows(self, username: str, address: str) -> list[_Window]:
        origin = origin_of(address)
        return [
            *((item, "guess-name", username, origin) for item in self._guesses_at_name),
            *((item, "guess-address", origin) for item in self._guesses),
        ]

    async def _longest_wait(self, windows: list[_Window]) -> int:
        return max([await self._windows.wait_ms(item, *key) for item, *key in windows])

    def _all_buckets(self) -> tuple[TokenBuckets, ...]:
        return self._messages, self._http, self._open, self._search


class _Windows:
    """Counted windows in the shared storage, in memory while that does not answer."""

    def __init__(self, shared: Storage | None, *, clock: Callable[[], float]) -> None:
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = FixedWindowRateLimiter(shared) if shared else None
        self._clock = clock
        self._shared_again_at = 0.0

    async def hit(self, item: RateLimitItem, *key: str) -> bool:
        """Count one; whether it was within the limit."""
        return await self._ask(lambda limiter: limiter.hit(item, *key))

    async def wait_ms(self, item: RateLimitItem, *key: str) -> int:
        """Milliseconds until the window has room; 0 when it has."""

        async def ask(limiter: FixedWindowRateLimiter) -> int:
            if await limiter.test(item, *key):
                return 0
            stats = await limiter.get_window_stats(item, *key)
            return max(1, round((stats.reset_time - time.time()) * 1_000))

        return await self._ask(ask)

    async def _ask(self, question: Callable[[FixedWindowRateLimiter], Awaitable[_T]]) -> _T:
        if self._shared is not None and self._clock() >= self._shared_again_at:
            try:
                async with asyncio.timeout(_SHARED_TIMEOUT_S):
                    return await question(self._shared)
            except Exception as lost:  # noqa: BLE001 - any failure of Valkey means: count here for a while
                self._shared_again_at = self._clock() + _SHARED_PAUSE_S
                log.warning("limits are not shared for now: %s", type(lost).__name__)
        return await question(self._own)


def _doubling(per_minute: int) -> list[RateLimitItem]:
    """Twice the failures in four times the time, up to about an hour: the wait grows, and always ends."""
    return [RateLimitItemPerMinute(per_minute << step, 4**step) for step in range(4)]


def _refuse(wait_ms: int) -> None:
    if wait_ms:
        raise RateLimited(retry_after_ms=wait_ms)
