"""Token buckets that never wait for the network, and the ledger that joins those of all nodes.

Each node spends from its own bucket (a fifth of a microsecond, no await). What was spent is told to the ledger in Valkey
ten times a second, in one call for all keys, and at once when a key has used a quarter of its burst; the answer is the level that all nodes
together have left. A rush on two nodes at once can thus overdraw by what was spent within one round trip: the level goes
below zero, by a burst at most, and everybody waits until the debt is paid. With one node, or without Valkey, buckets are exact.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol, runtime_checkable

from chinwag_server.tasks import TaskOwner

SETTLE_INTERVAL_S: Final = 0.1
_SWEEP_EVERY_S: Final = 10.0
_ROUNDING: Final = 1e-6
log = logging.getLogger(__name__)


@runtime_checkable
class Ledger(Protocol):
    """Where nodes tell each other what they spent."""

    async def settle(self, name: str, *, rate: float, burst: int, spent: Mapping[str, int]) -> Mapping[str, float]:
        """Debit each key and give back what all nodes together have left of it, below zero when overdrawn."""
        ...


class _Bucket:
    __slots__ = ("at", "level", "unsettled")

    def __init__(self, level: float, at: float) -> None:
        self.level = level
        self.at = at
        self.unsettled = 0


class TokenBuckets:
    """One bucket a key: `rate` tokens a second, at most `burst`."""

    def __init__(
        self,
        name: str,
        *,
        rate: float,
        burst: int,
        clock: Callable[[], float] = time.monotonic,
        ledger: Ledger | None = None,
    ) -> None:
        self.name = name
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._ledger = ledger
        self._buckets: dict[str, _Bucket] = {}
        self._spenders: set[str] = set()
        self._spent = asyncio.Event()
        self._urgent = asyncio.Event()
        self._tasks = TaskOwner(f"buckets {name}")

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, cost: int = 1) -> int:
        """Take `cost` tokens: 0 when they were there, else the milliseconds until they will be, and nothing is taken."""
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(float(self.burst), now)
        else:
            bucket.level = min(self.burst, bucket.level + (now - bucket.at) * self.rate)
            bucket.at = now
        if bucket.level + _ROUNDING < cost:
            return math.ceil((cost - bucket.level) / self.rate * 1_000 - _ROUNDING)
        bucket.level -= cost
        if self._ledger is not None:
            bucket.unsettled += cost
            if not self._spenders:
                self._spent.set()
            self._spenders.add(key)
            if bucket.unsettled * 4 >= self.burst:
                self._urgent.set()
        return 0

    def start(self) -> None:
        """Begin to settle with the other nodes and to forget full buckets."""
        self._tasks.spawn(self._run(), "settle")

    async def close(self) -> None:
        """Stop settling."""
        await self._tasks.close()

    async def settle(self) -> None:
        """Tell the ledger what was spent since the last time, and take over the common level."""
        spent = self._take_unsettled()
        if self._ledger is None or not spent:
            return
        try:
            levels = await self._ledger.settle(self.name, rate=self.rate, burst=self.burst, spent=spent)
        except BaseException:
            self._owe(spent)
            raise
        now = self._clock()
        for key, level in levels.items():
            if bucket := self._buckets.get(key):
                bucket.level = level - bucket.unsettled
                bucket.at = now

    def _take_unsettled(self) -> dict[str, int]:
        """Give what was spent and not told, without what came back since: an outage of any length leaves no debt of its length."""
        spent: dict[str, int] = {}
        now = self._clock()
        for key in self._spenders:
            if bucket := self._buckets.get(key):
                missing = self.burst - min(self.burst, bucket.level + (now - bucket.at) * self.rate)
                if owed := min(bucket.unsettled, math.ceil(missing - _ROUNDING)):
                    spent[key] = owed
                bucket.unsettled = 0
        self._spenders.clear()
        return spent

    def _owe(self, spent: Mapping[str, int]) -> None:
        """What could not be told is told the next time."""
        for key, cost in spent.items():
            if bucket := self._buckets.get(key):
                bucket.unsettled += cost
                self._spenders.add(key)

    def forget_full(self) -> None:
        """Drop the buckets that are full again: a new one would say the same."""
        now = self._clock()
        full = [
            key
            for key, bucket in self._buckets.items()
            if not bucket.unsettled and bucket.level + (now - bucket.at) * self.rate >= self.burst
        ]
        for key in full:
            del self._buckets[key]

    async def _run(self) -> None:
        swept = self._clock()
        while True:
            if await _happens(self._spent, within_s=_SWEEP_EVERY_S):
                await _happens(self._urgent, within_s=SETTLE_INTERVAL_S)
                self._spent.clear()
                self._urgent.clear()
                try:
                    await self.settle()
                except Exception as lost:  # noqa: BLE001 - a ledger that is away leaves each node to its own buckets
                    log.debug("buckets %s not settled: %s", self.name, type(lost).__name__)
                    await asyncio.sleep(1)
                    self._spent.set()
            if self._clock() - swept >= _SWEEP_EVERY_S:
                swept = self._clock()
                self.forget_full()


async def _happens(event: asyncio.Event, *, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
