"""A Valkey connection that is reset while something is written to it, on the loop that servers run on.

Found by the fault run: uvloop answers a write to a connection that has just been reset with RuntimeError, which ended
the node's publishing, and its presence leases, for good.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import uvloop

from chinwag_server.bus import leases as leases_module
from chinwag_server.bus import listener, publisher
from chinwag_server.bus.items import ForgetRoster
from chinwag_server.bus.leases import Leases
from chinwag_server.bus.redis_bus import BusTiming, RedisBus
from chinwag_server.bus.redis_client import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

PATIENCE_S = 10.0
QUICK = BusTiming(hello_s=0.05, degraded_after_s=0.3, peer_after_s=0.5, again_s=0.05)


class Clients:
    """Every client that was made, so that its connections can be reset."""

    def __init__(self) -> None:
        self.made: list[Any] = []

    def connect(self, url: str, *, timeout_s: float | None) -> Any:
        self.made.append(connect(url, timeout_s=timeout_s))
        return self.made[-1]

    def reset(self) -> None:
        """As uvloop does when it reads an RST: the handle is closed, and nobody has been told yet."""
        for client in self.made:
            pool = client.connection_pool
            for connection in (*pool._available_connections, *pool._in_use_connections):
                if connection._writer is not None:
                    connection._writer.transport.abort()


def test_a_node_publishes_again_after_a_reset(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients()

    async def scene() -> None:
        told: list[Any] = []
        here, there = RedisBus(valkey_url, node_id="here", timing=QUICK), RedisBus(valkey_url, node_id="there")
        there.start(told.extend, recovered=lambda: None)
        await _until(lambda: not there.has_listeners)  # it has heard itself: its connections are made
        for module in (publisher, listener):
            monkeypatch.setattr(module, "connect", clients.connect)
        here.start(lambda _: None, recovered=lambda: None)
        await _until(lambda: there.peers == {"here"} and here.peers == {"there"})
        clients.reset()
        here.send(ForgetRoster(UUID(int=1)))
        await _until(lambda: [item.conversation_id for item in told] == [UUID(int=1)])
        await here.stop()
        await there.stop()

    _run(scene())


def test_leases_are_asked_for_again_after_a_reset(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients()
    monkeypatch.setattr(leases_module, "connect", clients.connect)

    async def scene() -> None:
        leases = Leases(valkey_url)
        await leases.start()
        assert await leases.acquire(UUID(int=1), "socket")
        clients.reset()
        assert await leases.sweep() == set()
        assert leases.degraded
        await leases.stop()

    _run(scene())


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def _run(scene: Any) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scene)
