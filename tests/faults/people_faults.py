"""What people do to each other while messages are on their way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from faults.arena import Arena
    from faults.schedule import Planned

TWINS: Final = 6


async def remove_member(arena: Arena, fault: Planned) -> str:
    """Somebody is removed from a group in which everybody talks, and added again."""
    group = arena.groups[fault.target % len(arena.groups)]
    members = await arena.warden.members(group)
    if len(members) < 2:
        return "nobody left"
    user_id = members[fault.target // 7 % len(members)]
    await arena.warden.remove(group, user_id)
    await asyncio.sleep(fault.seconds)
    await arena.warden.add(group, user_id)
    return "removed, then added again"


async def move_member(arena: Arena, fault: Planned) -> str:
    """Somebody who was not in a group is added to it for good, somebody else is removed."""
    group = arena.groups[fault.target % len(arena.groups)]
    members = await arena.warden.members(group)
    strangers = [person.user_id for person in arena.people if person.user_id not in members]
    if strangers:
        await arena.warden.add(group, strangers[fault.target // 7 % len(strangers)])
    await asyncio.sleep(fault.seconds)
    if len(members) > 2:
        await arena.warden.remove(group, members[fault.target // 11 % len(members)])
    return "one came, one went"


async def send_twins(arena: Arena, fault: Planned) -> str:
    """Foreign clients send the same message on three sockets at once."""
    hosts = [host for host in arena.hosts if host not in arena.desktop_hosts]
    for host in hosts:
        with contextlib.suppress(RuntimeError):
            await host.do("twins", value=TWINS)
    await asyncio.sleep(fault.seconds)
    return f"{TWINS} messages of each of {sum(len(host.spec.clients) for host in hosts)} clients"
