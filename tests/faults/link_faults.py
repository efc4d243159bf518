"""What befalls the ways between clients and servers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from faults.proxy import GOING_AWAY, Door

if TYPE_CHECKING:
    from faults.arena import Arena
    from faults.proxy import Line, Way
    from faults.schedule import Planned

SLOW_BYTES_PER_S: Final = 4_000
SLOW_DELAY_S: Final = 0.25


def _pick(arena: Arena, fault: Planned) -> tuple[str, Way]:
    ways = sorted(arena.client_ways.items())
    return ways[fault.target % len(ways)]


def _some(arena: Arena, fault: Planned) -> list[tuple[str, Way]]:
    """A third of all clients."""
    ways = sorted(arena.client_ways.items())
    return [ways[(fault.target + step) % len(ways)] for step in range(max(len(ways) // 3, 1))]


async def cut_link(arena: Arena, fault: Planned) -> str:
    """Connections break, new ones are refused."""
    chosen = _some(arena, fault)
    for _, way in chosen:
        await way.set_door(Door.REFUSES)
        way.reset()
    await asyncio.sleep(fault.seconds)
    for _, way in chosen:
        await way.heal()
    return f"{len(chosen)} clients"


async def lose_upwards(arena: Arena, fault: Planned) -> str:
    """Nothing that a client sends arrives; what is sent to it does."""
    name, way = _pick(arena, fault)
    way.up.swallows = True
    await asyncio.sleep(fault.seconds)
    way.reset()
    await way.heal()
    return name


async def lose_downwards(arena: Arena, fault: Planned) -> str:
    """Nothing that is sent to a client arrives; what it sends does."""
    name, way = _pick(arena, fault)
    way.down.swallows = True
    await asyncio.sleep(fault.seconds)
    way.reset()
    await way.heal()
    return name


async def half_open(arena: Arena, fault: Planned) -> str:
    """Everything stands still, connections stay, new ones get no answer; then it all arrives."""
    name, way = _pick(arena, fault)
    way.up.hold()
    way.down.hold()
    await asyncio.sleep(fault.seconds)
    await way.heal()
    return name


async def answer_nothing(arena: Arena, fault: Planned) -> str:
    """Connections break; new ones are accepted into silence."""
    name, way = _pick(arena, fault)
    await way.set_door(Door.SILENT)
    way.reset()
    await asyncio.sleep(fault.seconds)
    way.reset()
    await way.heal()
    return name


async def read_nothing(arena: Arena, fault: Planned) -> str:
    """A client that takes in nothing, with a window of zero; the server has to cut it off, and nobody else may notice."""
    name, way = _pick(arena, fault)
    way.down.hold()
    await asyncio.sleep(fault.seconds)
    await way.heal()
    return name


async def slow_link(arena: Arena, fault: Planned) -> str:
    """A bad mobile connection: 4 kB a second, a quarter of a second late."""
    chosen = _some(arena, fault)
    for _, way in chosen:
        for valve in (way.up, way.down):
            valve.bytes_per_s, valve.delay_s = SLOW_BYTES_PER_S, SLOW_DELAY_S
    await asyncio.sleep(fault.seconds)
    for _, way in chosen:
        await way.heal()
    return f"{len(chosen)} clients"


async def reset_all(arena: Arena, fault: Planned) -> str:
    """RST on every connection of every client at once."""
    for way in arena.client_ways.values():
        way.reset()
    await asyncio.sleep(fault.seconds)
    return f"{len(arena.client_ways)} clients"


async def slam(arena: Arena, fault: Planned) -> str:
    """Connections are accepted and reset at once."""
    chosen = _some(arena, fault)
    for _, way in chosen:
        await way.set_door(Door.SLAMS)
        way.reset()
    await asyncio.sleep(fault.seconds)
    for _, way in chosen:
        await way.heal()
    return f"{len(chosen)} clients"


async def turn_away(arena: Arena, fault: Planned) -> str:
    """Each WebSocket is opened and then closed with 1012."""
    name, way = _pick(arena, fault)

    def down(line: Line, data: bytes) -> bytes | None:
        if data.startswith(b"HTTP/1.1 101"):
            line.marks.add("opened")
            return data
        if "opened" in line.marks:
            line.marks.discard("opened")
            line.near.write(GOING_AWAY)
            asyncio.get_running_loop().call_later(0.05, line.reset)
            return b""
        return data

    way.tap_down = down
    way.reset()
    await asyncio.sleep(fault.seconds)
    await way.heal()
    return name


async def lose_refresh(arena: Arena, fault: Planned) -> str:
    """The answer to a refresh is lost: the client has to get the same successor again."""
    name, way = _pick(arena, fault)
    lost = 0

    def up(line: Line, data: bytes) -> bytes:
        if b"/auth/refresh" in data[:200]:
            line.marks.add("refresh")
        return data

    def down(line: Line, data: bytes) -> bytes | None:
        nonlocal lost
        if "refresh" in line.marks and not lost:
            lost += 1
            return None
        return data

    way.tap_up, way.tap_down = up, down
    await arena.renew(name)
    await arena.until(lambda: lost > 0, seconds=fault.seconds)
    await way.heal()
    return name if lost else f"{name}, which asked for none"
