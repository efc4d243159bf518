"""What befalls client processes and the machines they run on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from faults.arena import Arena
    from faults.hosts import HostProcess
    from faults.schedule import Planned


PILE: Final = 500


def _desktops(arena: Arena, fault: Planned) -> HostProcess:
    return arena.desktop_hosts[fault.target % len(arena.desktop_hosts)]


def _any(arena: Arena, fault: Planned) -> HostProcess:
    return arena.hosts[fault.target % len(arena.hosts)]


async def kill_clients(arena: Arena, fault: Planned) -> str:
    """SIGKILL, with whatever is in the outbox; started again on the same profiles."""
    host = _desktops(arena, fault)
    unsent = host.unsent
    await host.kill()
    await asyncio.sleep(fault.seconds)
    await host.start()
    return f"{host.spec.name}, {unsent} unsent"


async def kill_full_clients(arena: Arena, fault: Planned) -> str:
    """Cut off until the outboxes have filled, 500 in one of them, then SIGKILL."""
    host = _desktops(arena, fault)
    chosen = host.spec.clients[fault.target % len(host.spec.clients)]
    ways = [arena.client_ways[client.name] for client in host.spec.clients]
    for way in ways:
        way.up.swallows = way.down.swallows = True
    await asyncio.sleep(fault.seconds - 1)
    await host.do("pile", client=chosen.name, value=PILE)
    await asyncio.sleep(1)
    unsent = host.unsent
    await host.kill()
    for way in ways:
        way.reset()
        await way.heal()
    await host.start()
    return f"{host.spec.name}, {unsent} unsent"


async def damage_cache(arena: Arena, fault: Planned) -> str:
    """SIGKILL, and cache.db is scribbled over before the next start."""
    host = _desktops(arena, fault)
    await host.kill()
    client = host.spec.clients[fault.target % len(host.spec.clients)]
    cache = client.profile / "cache.db"
    with contextlib.suppress(FileNotFoundError), cache.open("r+b") as file:
        file.write(b"scribbled over" * 300)
    await asyncio.sleep(fault.seconds)
    await host.start()
    return client.name


async def fill_disk(arena: Arena, fault: Planned) -> str:
    """Neither outbox nor cache of one client can grow for a while; then its user presses Retry on what could not be saved."""
    host = _desktops(arena, fault)
    client = host.spec.clients[fault.target % len(host.spec.clients)]
    await host.do("disk full", client=client.name)
    await asyncio.sleep(fault.seconds)
    await host.do("disk free", client=client.name)
    return client.name


async def sleep_clients(arena: Arena, fault: Planned) -> str:
    """SIGSTOP, SIGCONT: a lid that was closed. The system tells of the wake."""
    host = _any(arena, fault)
    host.freeze()
    await asyncio.sleep(fault.seconds)
    host.thaw()
    with contextlib.suppress(RuntimeError):
        await host.do("woke")
    return host.spec.name


async def oversleep_clients(arena: Arena, fault: Planned) -> str:
    """The same without a word from the system, and longer than their access tokens live."""
    host = _any(arena, fault)
    host.freeze()
    await asyncio.sleep(fault.seconds)
    host.thaw()
    return host.spec.name


async def jump_clock(arena: Arena, fault: Planned) -> str:
    """The wall clock of some machines is an hour off, this way or that."""
    host = _desktops(arena, fault)
    hours = 1.0 if fault.target % 2 else -1.0
    await host.do("clock", value=hours)
    await asyncio.sleep(fault.seconds)
    with contextlib.suppress(RuntimeError):
        await host.do("clock")
    return f"{host.spec.name}, {hours:+.0f} h"


async def renew_tokens(arena: Arena, fault: Planned) -> str:
    """Everybody asks for a new access token at the same moment."""
    asked = 0
    for host in arena.hosts:
        with contextlib.suppress(RuntimeError):
            await host.do("renew")
            asked += 1
    await asyncio.sleep(fault.seconds)
    return f"{asked} processes"
