"""Between nodes: Redis pub/sub as a hint, never the truth.

All that a node sends within one tick of its loop, and all that gathers while a PUBLISH is under way, leaves as one, from
a queue that is bounded in bytes and age: a slow, hung or dead Valkey blocks nobody. One task publishes, one listens; each
makes a new connection when its own fails. Once a second a node says hello on the channel and listens for itself: a listener
that has not heard its own hello for `deaf_after_s` is replaced. By their hellos the nodes know of each other, and one that is
alone sends nothing else.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, cast

import msgspec
from redis.asyncio import Redis

from chinwag_server.bus.fanout import Item
from chinwag_server.bus.redis_client import LOST, close, connect
from chinwag_server.tasks import TaskOwner

_CHANNEL: Final = "chinwag:nodes:1"
_CALL_TIMEOUT_S: Final = 2.0
_PIECE_BYTES: Final = 512 * 1024
_log = logging.getLogger(__name__)


class BusTiming(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds, and the size of what may wait for a Valkey that is away."""

    hello_s: float = 1.0
    deaf_after_s: float = 3.0
    peer_after_s: float = 10.0
    again_s: float = 0.25
    queued_s: float = 5.0
    queued_bytes: int = 8 * 1024 * 1024


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    """One message on the channel. `items` is an encoded list of `Item`, read only by other nodes."""

    node: str
    kind: Literal["hello", "items", "bye"]
    items: msgspec.Raw = msgspec.Raw(b"\x90")


_encode: Final = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_read_envelope: Final = msgspec.msgpack.Decoder(_Envelope).decode
_read_items: Final = msgspec.msgpack.Decoder(list[Item]).decode


class RedisBus:
    """One node's way to the others; a `NodeBus`."""

    def __init__(
        self,
        url: str,
        *,
        node_id: str,
        timing: BusTiming | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_recovered: Callable[[], None] | None = None,
    ) -> None:
        self._url = url
        self._node_id = node_id
        self._timing = timing or BusTiming()
        self._clock = clock
        self._on_recovered = on_recovered
        self._tasks = TaskOwner("bus")
        self._receive: Callable[[Sequence[Item]], None] | None = None
        self._queue: deque[tuple[float, int, Item]] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._hello_at = 0.0
        self._peers: dict[str, float] = {}
        self._heard_at: float | None = None
        self._started_at: float | None = None
        self._was_degraded = False

    @property
    def degraded(self) -> bool:
        """Whether this node has not heard itself for too long."""
        heard = self._heard_at if self._heard_at is not None else self._started_at
        return heard is not None and self._clock() - heard > self._timing.deaf_after_s

    @property
    def has_listeners(self) -> bool:
        """Whether another node said hello lately; true, too, while that cannot be known."""
        return bool(self._peers) or self._heard_at is None or self.degraded

    @property
    def peers(self) -> frozenset[str]:
        """The other nodes that said hello lately."""
        return frozenset(self._peers)

    def start(self, receive: Callable[[Sequence[Item]], None]) -> None:
        """Begin to publish and to listen; `receive` gets the items of other nodes."""
        self._receive = receive
        self._started_at = self._clock()
        self._tasks.spawn(self._publish_always(), "publish")
        self._tasks.spawn(self._listen_always(), "listen")

    def send(self, item: Item) -> None:
        """Send an item with all others of this tick."""
        size = _size_of(item)
        self._queue.append((self._clock(), size, item))
        self._queued_bytes += size
        self._drained.clear()
        while self._queued_bytes > self._timing.queued_bytes:
            self._drop_oldest()
        self._wake.set()

    async def stop(self) -> None:
        """Send what waits, for at most half a second, and end."""
        if self._queue and not self.degraded:
            try:
                async with asyncio.timeout(0.5):
                    await self._drained.wait()
            except TimeoutError:
                pass
        await self._tasks.close()
        if self._heard_at is not None and not self.degraded:
            await self._say_bye()

    async def _publish_always(self) -> None:
        while True:
            client = connect(self._url, timeout_s=_CALL_TIMEOUT_S)
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
                self._hello_at = self._clock() + self._timing.hello_s
                await self._call(client, _encode(_Envelope(self._node_id, "hello")))
                self._forget_peers()
            self._drop_stale()
            while self._queue:
                await self._publish_piece(client)
            self._drained.set()
            await self._wait_for_work()

    async def _publish_piece(self, client: Redis) -> None:
        piece: list[tuple[float, int, Item]] = []
        size = 0
        while self._queue and size < _PIECE_BYTES:
            piece.append(self._queue.popleft())
            size += piece[-1][1]
        self._queued_bytes -= size
        items = msgspec.Raw(_encode([item for _, _, item in piece]))
        try:
            await self._call(client, _encode(_Envelope(self._node_id, "items", items)))
        except LOST:
            self._queue.extendleft(reversed(piece))
            self._queued_bytes += size
            raise

    async def _call(self, client: Redis, message: bytes) -> None:
        async with asyncio.timeout(2 * _CALL_TIMEOUT_S):
            await client.publish(_CHANNEL, message)

    async def _wait_for_work(self) -> None:
        try:
            async with asyncio.timeout(max(0.0, self._hello_at - self._clock())):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def _drop_stale(self) -> None:
        oldest = self._clock() - self._timing.queued_s
        while self._queue and self._queue[0][0] < oldest:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._queued_bytes -= self._queue.popleft()[1]

    async def _say_bye(self) -> None:
        client = connect(self._url, timeout_s=_CALL_TIMEOUT_S)
        try:
            async with asyncio.timeout(0.5):
                await client.publish(_CHANNEL, _encode(_Envelope(self._node_id, "bye")))
        except LOST as lost:
            _log.debug("cannot say bye: %s", type(lost).__name__)
        finally:
            await close(client)

    async def _listen_always(self) -> None:
        while True:
            client = connect(self._url, timeout_s=None)
            try:
                await self._listen(client)
            except LOST as lost:
                _log.debug("cannot listen: %s", type(lost).__name__)
            finally:
                await close(client)
            if not self._was_degraded:
                self._was_degraded = True
                _log.info("the bus is deaf: listening anew")
            await asyncio.sleep(self._timing.again_s)

    async def _listen(self, client: Redis) -> None:
        async with client.pubsub(ignore_subscribe_messages=True) as channel:
            async with asyncio.timeout(_CALL_TIMEOUT_S):
                await channel.subscribe(_CHANNEL)
            self._hello_at = 0.0  # so that all know of each other at once
            self._wake.set()
            connected_at = self._clock()
            while self._clock() - max(self._heard_at or 0.0, connected_at) <= self._timing.deaf_after_s:
                message = cast("dict[str, Any] | None", await channel.get_message(timeout=self._timing.hello_s))
                if message is not None and message["type"] == "message":
                    self._take(message["data"])

    def _take(self, data: bytes) -> None:
        try:
            envelope = _read_envelope(data)
            if envelope.node == self._node_id:
                self._heard_myself()
                return
            if envelope.kind == "bye":
                self._peers.pop(envelope.node, None)
                return
            if envelope.node not in self._peers:
                self._hello_at = 0.0
                self._wake.set()
            self._peers[envelope.node] = self._clock()
            items = _read_items(envelope.items)
        except msgspec.MsgspecError as error:
            _log.error("another node sent what cannot be read: %s", error)
            return
        if items and self._receive is not None:
            try:
                self._receive(items)
            except Exception:  # noqa: BLE001 - a boundary: one bad item must not end the listening
                _log.exception("what another node sent cannot be delivered")

    def _heard_myself(self) -> None:
        late = self._heard_at is not None and self.degraded
        self._heard_at = self._clock()
        if self._was_degraded or late:
            self._was_degraded = False
            _log.info("the bus is back")
            if self._on_recovered is not None:
                self._on_recovered()

    def _forget_peers(self) -> None:
        oldest = self._clock() - self._timing.peer_after_s
        for node in [node for node, heard_at in self._peers.items() if heard_at < oldest]:
            del self._peers[node]


def _size_of(item: Item) -> int:
    """Roughly what an item takes, encoded."""
    packet: bytes | None = getattr(item, "packet", None)
    users: Sequence[object] = getattr(item, "user_ids", ())
    variants: Sequence[Item] = getattr(item, "variants", ())
    return 64 + len(packet or b"") + 18 * len(users) + sum(_size_of(variant) for variant in variants)
