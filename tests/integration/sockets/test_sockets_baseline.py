"""What sockets leave behind: nothing."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import msgspec
import pytest
from foreign_client import TRANSPORTS, ForeignClient
from raw_websocket import raw_websocket
from socket_rig import SHORT, SocketRig, run_rig

from chinwag_server.realtime.timing import Timing

TIMING = msgspec.structs.replace(
    SHORT, ping_timeout_s=2, request_s=2, connect_s=2, authenticate_s=2, register_s=2, upgrade_s=2, answer_s=2, hung_s=4
)
"""Clients have time, however busy the machine is; what they need not wait for is quick."""
KINDS = {"Link", "WebSocket", "LongPoll", "Connection", "Inbox", "Call", "WSProtocol", "_Reins", "BoundHttpProtocol"}


def alive() -> dict[str, int]:
    counts: dict[str, int] = {}
    for thing in gc.get_objects():
        kind = type(thing)
        if kind.__name__ in KINDS and (kind.__module__.startswith(("chinwag_server", "picows"))):
            counts[kind.__name__] = counts.get(kind.__name__, 0) + 1
    return counts


async def come_and_go(rig: SocketRig) -> None:
    for transport in TRANSPORTS:
        async with rig.client(rig.user(), transport) as client:
            await client.call("typing", {})
        async with rig.client(rig.user(), transport):
            rig.connections[-1].close("test")
        async with ForeignClient.connect(rig.url, transport=transport, open_only=True):
            pass
    async with raw_websocket(rig.url) as raw:
        raw.send(b"4" * 200_000)
        assert await raw.recv_close() == 1009
    rig.connections.clear()
    rig.ended.clear()


async def test_everything_is_given_back(eventually: Any) -> None:
    async with run_rig(timing=TIMING) as rig:
        await come_and_go(rig)
        await eventually(lambda: not rig.sockets.engine.sockets, timeout_s=30)
        tasks = len(asyncio.all_tasks())
        for _ in range(3):
            await come_and_go(rig)
        await eventually(lambda: not rig.sockets.engine.sockets, timeout_s=30)

        def only_the_listener() -> bool:
            gc.collect()
            return not alive().keys() - {"BoundHttpProtocol"}

        await eventually(only_the_listener, timeout_s=30)
        assert len(rig.sockets.connections) == 0
        assert rig.sockets.manager.rooms == {}
        assert rig.sockets._dispatcher._busy == set()
        await eventually(lambda: len(asyncio.all_tasks()) <= tasks, timeout_s=30)


@pytest.mark.parametrize("open_only", [False, True], ids=["registered", "no CONNECT"])
async def test_a_closed_websocket_needs_no_collector_and_waits_for_no_deadline(
    eventually: Any, open_only: bool
) -> None:
    """Deadlines are those of the real server: thousands that come and go would stay for as long as the longest."""
    async with run_rig(timing=Timing()) as rig:
        gc.collect()
        gc.disable()
        try:
            for _ in range(20):
                came = ForeignClient.connect(rig.url, open_only=True) if open_only else rig.client(rig.user())
                async with came:
                    pass
            rig.connections.clear()
            rig.ended.clear()
            await eventually(lambda: alive().get("WebSocket", 0) + alive().get("Link", 0) <= 2, timeout_s=5)
        finally:
            gc.enable()
