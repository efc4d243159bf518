"""Between nodes: Redis pub/sub as a hint, never the truth.

One task publishes, one listens; each makes a new connection when its own fails. Once a second a node says hello on the channel
and listens for itself. By their hellos the nodes know of each other, and one that is alone sends nothing else.

A node that has not heard itself for `degraded_after_s` is degraded: it can neither count on being heard nor on hearing. A listener is
replaced when Valkey confirmed a hello and nothing came of it for `deaf_waits` waits in a row. Whenever a node hears
itself after either, it tells so: what others said meanwhile may be lost.
"""

import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from chinwag_server.bus.channel import BusTiming, read_envelope, read_items
from chinwag_server.bus.items import Item, Recovered
from chinwag_server.bus.listener import Listener
from chinwag_server.bus.publisher import Publisher
from chinwag_server.tasks import TaskOwner

__all__ = ["BusTiming", "RedisBus"]

_log = logging.getLogger(__name__)


class RedisBus:
    """One node's way to the others; a `NodeBus`."""

    def __init__(
        self,
        url: str,
        *,
        node_id: str,
        timing: BusTiming | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._node_id = node_id
        self._timing = timing or BusTiming()
        self._clock = clock
        self._publisher = Publisher(
            url, node_id=node_id, timing=self._timing, clock=clock, confirmed=self._hello_confirmed
        )
        self._listener = Listener(
            url,
            timing=self._timing,
            heard=self._heard,
            is_deaf=self._is_deaf,
            subscribed=self._subscribed,
            lost=self._listener_lost,
        )
        self._receive: Callable[[Sequence[Item]], None] | None = None
        self._recovered: Recovered | None = None
        self._peers: dict[str, float] = {}
        self._heard_at: float | None = None
        self._started_at: float | None = None
        self._waits_since_hello: int | None = None
        self._may_have_lost = False
        self._tasks = TaskOwner("bus")

    @property
    def degraded(self) -> bool:
        """Whether this node has not heard itself for too long."""
        heard = self._heard_at if self._heard_at is not None else self._started_at
        return heard is not None and self._clock() - heard > self._timing.degraded_after_s

    @property
    def has_listeners(self) -> bool:
        """Whether another node said hello lately; true, too, while that cannot be known."""
        return bool(self._peers) or self._heard_at is None or self.degraded

    @property
    def peers(self) -> frozenset[str]:
        """The other nodes that said hello lately."""
        return frozenset(self._peers)

    @property
    def lost(self) -> int:
        """Items that other nodes were not told, and have to find in the database."""
        return self._publisher.lost

    def start(self, receive: Callable[[Sequence[Item]], None], recovered: Recovered) -> None:
        """Begin to publish and to listen; `receive` gets the items of other nodes."""
        self._receive = receive
        self._recovered = recovered
        self._started_at = self._clock()
        self._tasks.spawn(self._publisher.run(), "publish")
        self._tasks.spawn(self._listener.run(), "listen")

    def send(self, item: Item) -> None:
        """Send an item with all others of this tick."""
        self._publisher.send(item)

    async def stop(self) -> None:
        """Send what waits, for at most half a second, and end."""
        if not self.degraded:
            await self._publisher.drain(within_s=0.5)
        await self._tasks.close()
        if self._heard_at is not None and not self.degraded:
            await self._publisher.say_bye()

    # ------------------------------------------------------------ what is said

    def _hello_confirmed(self, said_at: float) -> None:
        """Valkey has taken a hello; the listener may have heard it before its answer came."""
        heard_it = self._heard_at is not None and self._heard_at >= said_at
        if self._waits_since_hello is None and not heard_it:
            self._waits_since_hello = 0
        oldest = self._clock() - self._timing.peer_after_s
        for node in [node for node, heard_at in self._peers.items() if heard_at < oldest]:
            del self._peers[node]

    # ------------------------------------------------------------ what is heard

    def _subscribed(self) -> None:
        self._waits_since_hello = None
        self._publisher.greet()  # so that all know of each other at once

    def _is_deaf(self) -> bool:
        """Nothing waits to be read: has a hello been confirmed that should have come by now?"""
        if self._waits_since_hello is None:
            return False
        self._waits_since_hello += 1
        return self._waits_since_hello >= self._timing.deaf_waits

    def _listener_lost(self) -> None:
        if not self._may_have_lost:
            self._may_have_lost = True
            _log.info("the bus does not hear: listening anew")

    def _heard(self, data: bytes) -> None:
        try:
            envelope = read_envelope(data)
            if envelope.node == self._node_id:
                self._heard_myself()
                return
            if envelope.kind == "bye":
                self._peers.pop(envelope.node, None)
                return
            if envelope.node not in self._peers:
                self._publisher.greet()
            self._peers[envelope.node] = self._clock()
            items = read_items(envelope.items)
        except msgspec.MsgspecError as error:
            _log.error("another node sent what cannot be read: %s", error)
            return
        if items and self._receive is not None:
            try:
                self._receive(items)
            except Exception:  # noqa: BLE001 - a boundary: one bad item must not end the listening
                _log.exception("what another node sent cannot be delivered")

    def _heard_myself(self) -> None:
        self._waits_since_hello = None
        recovers = self._may_have_lost or (self._heard_at is not None and self.degraded)
        self._heard_at = self._clock()
        if recovers:
            self._may_have_lost = False
            _log.info("the bus is back")
            if self._recovered is not None:
                self._recovered()
