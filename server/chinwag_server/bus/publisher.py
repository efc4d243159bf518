"""What a node says on the channel: its items, and a hello a second, from a queue that is bounded in bytes and age.

All that is sent within one tick of the loop, and all that gathers while a PUBLISH is under way, leaves as one. A connection
that fails is replaced, and begins with a hello: what Valkey refuses after having confirmed that goes alone the next time,
and is given up when it is refused again, so that it does not hold up the rest.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from redis.asyncio import Redis

from chinwag_server.bus.channel import CALL_TIMEOUT_S, CHANNEL, BusTiming, size_of, write_envelope
from chinwag_server.bus.items import Item
from chinwag_server.bus.redis_client import LOST, close, connect

_PIECE_BYTES: Final = 512 * 1024
_ATTEMPTS: Final = 2
_log = logging.getLogger(__name__)


class Publisher:
    """`run` for ever; `send` never waits. `confirmed` is told of each hello that Valkey took, and when it was said."""

    def __init__(
        self,
        url: str,
        *,
        node_id: str,
        timing: BusTiming,
        clock: Callable[[], float],
        confirmed: Callable[[float], None],
    ) -> None:
        self._url = url
        self._node_id = node_id
        self._timing = timing
        self._clock = clock
        self._confirmed = confirmed
        self._queue: deque[tuple[float, int, Item]] = deque()
        self._queued_bytes = 0
        self._piece_bytes = _PIECE_BYTES
        self._refused = 0
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._hello_at = 0.0
        self.lost = 0
        """Items that were given up: they were too old, too many or too large, or Valkey refused them."""

    def __len__(self) -> int:
        return len(self._queue)

    def send(self, item: Item) -> None:
        """Send an item with all others of this tick."""
        size = size_of(item)
        if size > self._timing.item_bytes:
            _log.info("an item of %d bytes is too large for the bus", size)
            self.lost += 1
            return
        self._queue.append((self._clock(), size, item))
        self._queued_bytes += size
        self._drained.clear()
        while self._queued_bytes > self._timing.queued_bytes:
            self._give_up_first()
        self._wake.set()

    def greet(self) -> None:
        """Say hello at once."""
        self._hello_at = 0.0
        self._wake.set()

    async def drain(self, *, within_s: float) -> None:
        """Wait until nothing is queued, for so long at most."""
        if self._queue:
            try:
                async with asyncio.timeout(within_s):
                    await self._drained.wait()
            except TimeoutError:
                pass

    async def say_bye(self) -> None:
        """Tell the others that this node goes, over a connection of its own, for at most half a second."""
        client = connect(self._url, timeout_s=CALL_TIMEOUT_S)
        try:
            async with asyncio.timeout(0.5):
                await client.publish(CHANNEL, write_envelope(self._node_id, "bye"))
        except LOST as lost:
            _log.debug("cannot say bye: %s", type(lost).__name__)
        finally:
            await close(client)

    async def run(self) -> None:
        """Publish for ever; cancel it."""
        while True:
            client = connect(self._url, timeout_s=CALL_TIMEOUT_S)
            self._hello_at = 0.0
            try:
                await self._publish(client)
            except LOST as lost:
                _log.debug("cannot publish: %s", type(lost).__name__)
            finally:
                await close(client)
            await asyncio.sleep(self._timing.again_s)

    async def _publish(self, client: Redis) -> None:
        while True:
            if self._clock() >= self._hello_at:
                said_at = self._clock()
                self._hello_at = said_at + self._timing.hello_s
                await self._call(client, write_envelope(self._node_id, "hello"))
                self._confirmed(said_at)
            self._give_up_stale()
            if self._queue:
                await self._publish_piece(client)
            else:
                self._drained.set()
                await self._wait_for_work()

    async def _publish_piece(self, client: Redis) -> None:
        piece: list[tuple[float, int, Item]] = []
        size = 0
        while self._queue and (not piece or size + self._queue[0][1] <= self._piece_bytes):
            piece.append(self._queue.popleft())
            size += piece[-1][1]
        self._queued_bytes -= size
        try:
            await self._call(client, write_envelope(self._node_id, "items", [item for _, _, item in piece]))
        except LOST:
            self._queue.extendleft(reversed(piece))
            self._queued_bytes += size
            self._piece_bytes = 0
            if len(piece) == 1:
                self._refused += 1
                if self._refused >= _ATTEMPTS:
                    self._refused = 0
                    self._give_up_first()
            raise
        self._refused = 0
        self._piece_bytes = min(_PIECE_BYTES, max(1024, 2 * self._piece_bytes))

    async def _call(self, client: Redis, message: bytes) -> None:
        async with asyncio.timeout(2 * CALL_TIMEOUT_S):
            await client.publish(CHANNEL, message)

    async def _wait_for_work(self) -> None:
        try:
            async with asyncio.timeout(max(0.0, self._hello_at - self._clock())):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def _give_up_stale(self) -> None:
        oldest = self._clock() - self._timing.queued_s
        while self._queue and self._queue[0][0] < oldest:
            self._give_up_first()

    def _give_up_first(self) -> None:
        self._queued_bytes -= self._queue.popleft()[1]
        self.lost += 1
