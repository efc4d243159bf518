"""Runs a schedule against an arena: what happens when, how it stands, and when everything has come to rest again."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import msgspec

from chinwag_server.tasks import TaskOwner
from faults.kinds import ACTS
from faults.stored import read_database, read_desktop_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from faults.arena import Arena
    from faults.nodes import Footprint
    from faults.schedule import Lane, Planned

PROGRESS_S: Final = 5.0


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from the end of the last fault until something has to be true."""

    online_s: float = 60.0
    """Every client is connected."""
    sent_s: float = 120.0
    """Every outbox is empty: up to 400 messages at 20 a second, held back for up to 30 s before."""
    equal_s: float = 12.0
    """After that: every client has every message, by itself, the last ones too, which were lost between the nodes."""
    focus_s: float = 15.0
    """And, once their users have looked at their windows, every mark."""
    rest_s: float = 6.0
    """From the end of the last client until what followed from it is over: `userOffline` waits for five seconds."""
    forgotten_s: float = 20.0
    """Until no server holds a socket any more: those of killed pollers end with Engine.IO's pings, after 18 s."""


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that was brought about; times are of CLOCK_MONOTONIC."""

    kind: str
    lane: str
    began: float
    ended: float
    words: str = ""
    failure: str = ""
    """What was promised and did not hold while it lasted."""


class Director:
    """`run` the schedule, then `settle`."""

    def __init__(self, arena: Arena, *, say: Callable[[str], None], patience: Patience) -> None:
        self._arena = arena
        self._say = say
        self._patience = patience
        self.happened: list[Happened] = []
        self.began = 0.0
        self._underway: set[str] = set()

    async def run(self, planned: Sequence[Planned], *, seconds: float) -> None:
        """Everybody talks for so long, while what is planned happens."""
        for host in self._arena.hosts:
            await host.do("talk")
        self.began = time.monotonic()
        tasks = TaskOwner("director")
        try:
            lanes: set[Lane] = {fault.lane for fault in planned}
            running = [tasks.spawn(self._lane([f for f in planned if f.lane == lane], seconds), lane) for lane in lanes]
            tasks.spawn(self._tell_progress(), "progress")
            await asyncio.sleep(seconds)
            await asyncio.gather(*running)  # what is under way comes to its end
        finally:
            await tasks.close()

    async def settle(self) -> list[str]:
        """Heal everything, stop talking, wait until all is sent and every cache is equal. What did not come to rest."""
        arena, patience = self._arena, self._patience
        await arena.heal()
        for host in arena.hosts:
            await host.do("hush")
        late: list[str] = []
        if not await arena.until(lambda: all(host.online for host in arena.hosts), seconds=patience.online_s):
            offline = [one.name for host in arena.hosts for one in host.standings.values() if not one.online]
            late.append(f"not online {patience.online_s:.0f} s after the last fault: {', '.join(offline)}")
        if not await arena.until(lambda: sum(host.unsent for host in arena.hosts) == 0, seconds=patience.sent_s):
            late.append(f"{sum(host.unsent for host in arena.hosts)} messages unsent after {patience.sent_s:.0f} s")
        if arena.cast.nodes * arena.cast.workers > 1:
            await self._lose_last_words()
        late += await self._until_equal("every message", marks=False, seconds=patience.equal_s)
        for host in arena.hosts:
            await host.do("focus")
        late += await self._until_equal("every mark", marks=True, seconds=patience.focus_s)
        return late

    async def _lose_last_words(self) -> None:
        """Everybody writes once more, and no other node or worker hears of it: nothing comes after it that would show the gap."""
        ways, hosts = self._arena.bus_ways, self._arena.hosts
        for way in ways:
            way.down.swallows = True
        for host in hosts:
            await host.do("pile", value=1)
        await self._arena.until(lambda: sum(host.unsent for host in hosts) == 0, seconds=self._patience.sent_s)
        for way in ways:
            way.reset()
            way.down.open()

    async def _until_equal(self, what: str, *, marks: bool, seconds: float) -> list[str]:
        """Wait until the caches are equal, at a glance."""
        began = time.monotonic()
        while behind := await self._behind(marks=marks):
            if time.monotonic() - began > seconds:
                return [f"without {what} {seconds:.0f} s after all was sent: {', '.join(behind)}"]
            await asyncio.sleep(0.5)
        self._say(f"everybody has {what}, {time.monotonic() - began:.1f} s after all was sent")
        return []

    async def server_footprints(self) -> list[Footprint]:
        """What every server process holds now."""
        return [footprint for node in self._arena.nodes for footprint in await node.footprints()]

    async def servers_at_rest(self) -> list[Footprint]:
        """What every server process holds when all clients have gone and been forgotten, or should have been."""
        await asyncio.sleep(self._patience.rest_s)
        began = time.monotonic()
        while True:
            found = await self.server_footprints()
            if not any(one.sockets for one in found) or time.monotonic() - began > self._patience.forgotten_s:
                return found
            await asyncio.sleep(0.5)

    async def client_footprints(self) -> list[Footprint]:
        """What every client process holds, once all its clients are connected and nobody talks."""
        patience = self._patience.online_s
        await self._arena.until(lambda: all(host.online for host in self._arena.hosts), seconds=patience)
        for host in self._arena.hosts:
            await host.do("collect")  # garbage; its answer also says how many tasks there are
        found = [host.footprint() for host in self._arena.hosts]
        return [footprint for footprint in found if footprint is not None]

    async def _behind(self, *, marks: bool) -> list[str]:
        """The clients of ours whose cache has not the heads, or the marks, of the database."""
        database = await read_database(self._arena.engines.urls[0], messages=False)
        behind: list[str] = []
        for spec in self._arena.specs:
            if spec.kind != "desktop":
                continue
            cache = read_desktop_cache(spec.name, spec.user_id, spec.profile, messages=False)
            mine = {
                one.id: (one.rev, one.last_seq, one.members if marks else None)
                for one in database
                if spec.user_id in one.members
            }
            held = {
                id_: (one.rev, one.last_seq, one.marks if marks else None) for id_, one in cache.conversations.items()
            }
            if held != mine:
                behind.append(spec.name)
        return behind

    async def _lane(self, planned: Sequence[Planned], seconds: float) -> None:
        """One fault after another; what has come too late, because others took longer, does not come any more."""
        for fault in planned:
            await asyncio.sleep(max(self.began + fault.at - time.monotonic(), 0))
            if time.monotonic() > self.began + seconds:
                return
            await self._bring_about(fault)

    async def _bring_about(self, fault: Planned) -> None:
        began = time.monotonic()
        self._underway.add(fault.kind)
        words = failure = ""
        try:
            async with asyncio.timeout(fault.seconds + 150):
                words = await ACTS[fault.kind](self._arena, fault)
        except AssertionError as broken:
            failure = str(broken)
        except Exception as error:  # one fault that goes wrong must not end the run; it is told
            failure = f"{type(error).__name__}: {error}"
        finally:
            self._underway.discard(fault.kind)
        self.happened.append(
            Happened(
                kind=fault.kind, lane=fault.lane, began=began, ended=time.monotonic(), words=words, failure=failure
            )
        )
        if failure:
            self._say(f"{fault.kind}: {failure}")

    async def _tell_progress(self) -> None:
        before = 0
        while True:
            await asyncio.sleep(PROGRESS_S)
            standings = [one for host in self._arena.hosts for one in host.standings.values()]
            acked = self.acked()
            online = sum(one.online for one in standings)
            self._say(
                f"{time.monotonic() - self.began:5.0f} s  {acked:7,} acked ({(acked - before) / PROGRESS_S:4.0f}/s)  "
                f"{sum(one.unsent for one in standings):5,} unsent  {online:2}/{len(self._arena.specs)} online  "
                f"{len(self.happened):3} faults  {', '.join(sorted(self._underway))}"
            )
            before = acked

    def acked(self) -> int:
        """How many messages were seen acknowledged, about: what a process saw in its last second is in its log only."""
        return sum(host.acked for host in self._arena.hosts)
