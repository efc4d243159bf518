"""What befalls servers and engines. Each function brings its fault about, ends it, and says in a few words what it hit."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

import psutil

from chinwag_server.storage import driver
from faults.proxy import Door

if TYPE_CHECKING:
    from faults.arena import Arena
    from faults.nodes import Node
    from faults.proxy import Line, Way
    from faults.schedule import Planned

DRAIN_S: Final = 5.0
"""From SIGTERM to the end of a server."""
COMMITS: Final = 3
_WRITERS: Final = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'
  AND pid <> pg_backend_pid() AND (state = 'active' OR query ILIKE '%send_%') LIMIT $1"""


def _node(arena: Arena, fault: Planned) -> Node:
    return arena.nodes[fault.target % len(arena.nodes)]


async def kill_worker(arena: Arena, fault: Planned) -> str:
    """SIGKILL; the supervisor starts another one."""
    node = _node(arena, fault)
    for worker in node.workers()[:1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
    await asyncio.sleep(fault.seconds)
    return node.name


async def freeze_worker(arena: Arena, fault: Planned) -> str:
    """SIGSTOP: to everybody else the same as a machine that hangs."""
    node = _node(arena, fault)
    for worker in node.workers():
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.suspend()
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        for worker in node.workers():
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.resume()
    return node.name


async def kill_node(arena: Arena, fault: Planned) -> str:
    """SIGKILL of the supervisor; its workers go with it."""
    node = _node(arena, fault)
    await node.kill()
    await asyncio.sleep(fault.seconds)
    await node.start()
    return node.name


async def kill_all_nodes(arena: Arena, fault: Planned) -> str:
    """SIGKILL of every server at once."""
    await asyncio.gather(*(node.kill() for node in arena.nodes))
    await asyncio.sleep(fault.seconds)
    await asyncio.gather(*(node.start() for node in arena.nodes))
    return f"{len(arena.nodes)} nodes"


async def kill_machine(arena: Arena, fault: Planned) -> str:
    """SIGKILL of everything that is no client: servers, PostgreSQL, Valkey."""
    arena.engines.postgres.kill()
    arena.engines.valkey.kill()
    await asyncio.gather(*(node.kill() for node in arena.nodes))
    await arena.until(lambda: not (arena.engines.postgres.running or arena.engines.valkey.running), seconds=10)
    await asyncio.sleep(fault.seconds)
    await arena.engines.heal()
    await asyncio.gather(*(node.start() for node in arena.nodes))
    return ""


async def stop_node(arena: Arena, fault: Planned) -> str:
    """SIGTERM while everybody talks. Raises AssertionError when it does not end well, or not in time."""
    node = _node(arena, fault)
    began = time.monotonic()
    status = await node.stop()
    took = time.monotonic() - began
    assert status == 0, f"{node.name} ended with status {status} after SIGTERM"
    assert took <= DRAIN_S, f"{node.name} took {took:.1f} s to end after SIGTERM"
    await asyncio.sleep(fault.seconds)
    await node.start()
    return f"{node.name}, gone in {took:.1f} s"


async def kill_postgres(arena: Arena, fault: Planned) -> str:
    """SIGKILL of the postmaster."""
    arena.engines.postgres.kill()
    await arena.until(lambda: not arena.engines.postgres.running, seconds=10)
    await asyncio.sleep(fault.seconds)
    await arena.engines.postgres.start()
    return ""


async def freeze_postgres(arena: Arena, fault: Planned) -> str:
    """SIGSTOP of PostgreSQL and all its backends."""
    arena.engines.postgres.freeze()
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        arena.engines.postgres.thaw()
    return ""


async def terminate_backends(arena: Arena, fault: Planned) -> str:
    """pg_terminate_backend of those that write, as many times as there are tenths of a second."""
    ended = 0
    connection = await driver.connect(arena.engines.urls[0], timeout_s=10)
    try:
        until = time.monotonic() + fault.seconds
        while time.monotonic() < until:
            ended += len(await connection.fetch(_WRITERS, 2))
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
    return f"{ended} backends"


async def lose_commits(arena: Arena, fault: Planned) -> str:
    """The answer to a COMMIT is lost, with its connection: nobody knows whether it happened."""
    way = arena.database_ways[fault.target % len(arena.database_ways)]
    lost = 0

    def up(line: Line, data: bytes) -> bytes:
        if b"send_one" in data or b"send_batch" in data or b"send_checked" in data:
            line.marks.add("writer")  # statements are prepared by name when a lane connects
        elif "writer" in line.marks and b"B\x00\x00" in data:
            line.marks.add("bound")
        return data

    def down(line: Line, data: bytes) -> bytes | None:
        nonlocal lost
        if "bound" in line.marks and lost < COMMITS:
            lost += 1
            return None
        return data

    # the connections that are there were made before we listened: have them made anew
    way.tap_up, way.tap_down = up, None
    way.reset()
    await asyncio.sleep(1.0)
    way.tap_down = down
    await arena.until(lambda: lost >= COMMITS, seconds=fault.seconds)
    way.tap_up = way.tap_down = None
    return f"{lost} answers"


async def freeze_database_way(arena: Arena, fault: Planned) -> str:
    """One node hears nothing from its database, and its connections stay."""
    number = fault.target % len(arena.database_ways)
    way = arena.database_ways[number]
    way.up.hold()
    way.down.hold()
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        way.up.open()
        way.down.open()
    return arena.nodes[number].name


async def kill_valkey(arena: Arena, fault: Planned) -> str:
    """SIGKILL; it comes back empty."""
    arena.engines.valkey.kill()
    await arena.until(lambda: not arena.engines.valkey.running, seconds=10)
    await asyncio.sleep(fault.seconds)
    await arena.engines.valkey.start()
    return ""


async def freeze_valkey(arena: Arena, fault: Planned) -> str:
    """SIGSTOP."""
    arena.engines.valkey.freeze()
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        arena.engines.valkey.thaw()
    return ""


async def lose_bus(arena: Arena, fault: Planned) -> str:
    """What others publish vanishes on the way to one node, which then loses its connections."""
    way = _bus(arena, fault)
    way.down.swallows = True
    await asyncio.sleep(fault.seconds)
    way.reset()
    way.down.open()
    return arena.nodes[arena.bus_ways.index(way)].name


async def cut_bus(arena: Arena, fault: Planned) -> str:
    """One node cannot reach Valkey."""
    way = _bus(arena, fault)
    await way.set_door(Door.REFUSES)
    way.reset()
    await asyncio.sleep(fault.seconds)
    await way.set_door(Door.OPEN)
    return arena.nodes[arena.bus_ways.index(way)].name


def _bus(arena: Arena, fault: Planned) -> Way:
    return arena.bus_ways[fault.target % len(arena.bus_ways)]
