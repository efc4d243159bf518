"""Everything that a fault run consists of: engines, nodes, the ways between them, client processes. Built here, closed here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from typing import TYPE_CHECKING, Final

from faults.cast import Cast
from faults.clients.spec import ClientSpec, HostSpec
from faults.engines import Engines, over_loopback, socket_of
from faults.hosts import TESTS, HostProcess
from faults.nodes import AnyServer, Node
from faults.proxy import Way
from faults.world import WARDEN, Person, Warden, choose_friends, choose_groups

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRANSPORTS: Final = ("polling", "websocket", "upgrade")


class Arena:
    """A stage with everything on it. `start`, then faults, then `close`."""

    def __init__(self, folder: Path, cast: Cast, *, seed: int, engines: Engines | None = None) -> None:
        self.folder, self.cast = folder, cast
        self.draw = random.Random(seed)
        self.engines = engines or Engines(folder / "engines")
        self.nodes: list[Node] = []
        self.database_ways: list[Way] = []
        self.bus_ways: list[Way] = []
        self.client_ways: dict[str, Way] = {}
        self.hosts: list[HostProcess] = []
        self.groups: list[str] = []
        self.people: list[Person] = []
        self.warden = Warden(lambda: self.serving_node().process.url)
        self._seed = seed
        for name in ("logs", "profiles", "blobs"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    # ------------------------------------------------------------ who there is

    @property
    def specs(self) -> list[ClientSpec]:
        """All clients."""
        return [client for host in self.hosts for client in host.spec.clients]

    @property
    def desktop_hosts(self) -> list[HostProcess]:
        """The processes of real clients: those that may be killed."""
        return [host for host in self.hosts if host.spec.clients[0].kind == "desktop"]

    @property
    def ways(self) -> list[Way]:
        """Every way of every kind."""
        return [*self.database_ways, *self.bus_ways, *self.client_ways.values()]

    def serving_node(self, preferred: int = 0) -> Node:
        """A node that is up: the preferred one if it is."""
        order = self.nodes[preferred:] + self.nodes[:preferred]
        return next((node for node in order if node.serving), order[0])

    # ------------------------------------------------------------ start

    async def start(self) -> None:
        """Engines, nodes, people, conversations."""
        await self.engines.start()
        for number in range(self.cast.nodes):
            await self._add_node(number)
        await asyncio.gather(*(node.start() for node in self.nodes))
        await self._make_world()

    async def start_clients(self) -> None:
        """The clients, which connect but do not talk yet."""
        for host in self.hosts:
            await host.start()

    async def _add_node(self, number: int) -> None:
        database_url, valkey_url = self.engines.urls
        database, bus = Way(_always(socket_of(database_url))), Way(_always(socket_of(valkey_url)))
        self.database_ways.append(database)
        self.bus_ways.append(bus)
        await asyncio.gather(database.open(), bus.open())
        folder = self.folder / f"node-{'ab'[number]}"
        folder.mkdir(exist_ok=True)
        process = AnyServer(
            folder,
            *("--database-url", over_loopback(database_url, database.port)),
            *("--redis-url", f"redis://127.0.0.1:{bus.port}"),
            *("--blobs-url", (self.folder / "blobs").as_uri()),
            *("--workers", str(self.cast.workers), "--registration", "open"),
            environment={
                "CHAT_SERVER_ACCESS_TOKEN_TTL_MS": str(self.cast.token_ttl_ms),
                # no fault here keeps a client from an answer for as long: whoever is signed out was signed out wrongly
                "CHAT_SERVER_REFRESH_GRACE_MS": "600000",
                "PYTHONPATH": os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(TESTS)]),
            },
        )
        process.defect = self.cast.defect
        node = Node(f"node {'ab'[number]}", process)
        self.nodes.append(node)

    async def _make_world(self) -> None:
        cast = self.cast
        await self.warden.register(WARDEN)
        users = cast.desktops - cast.second_devices + cast.foreigners
        self.people = [await self.warden.register(f"user-{number:02}") for number in range(users)]
        groups = choose_groups(self.people, count=cast.groups, size=cast.group_size, draw=self.draw)
        self.groups = [await self.warden.make_group(f"group {n}", members) for n, members in enumerate(groups)]
        friends = choose_friends(self.people, count=cast.friends, draw=self.draw)
        await self._cast_clients(friends)

    async def _cast_clients(self, friends: dict[str, tuple[str, ...]]) -> None:
        cast, specs = self.cast, list[ClientSpec]()
        singles = self.people[: cast.desktops - cast.second_devices]
        for number in range(cast.desktops):
            person = singles[number % len(singles)]
            specs.append(await self._client(f"desktop-{number:02}", "desktop", person, friends))
        for number, person in enumerate(self.people[len(singles) :]):
            transport = TRANSPORTS[number % len(TRANSPORTS)]
            specs.append(await self._client(f"{transport}-{number:02}", "foreign", person, friends, transport))
        desktops, foreigners = specs[: cast.desktops], specs[cast.desktops :]
        parts = [tuple(desktops[n :: cast.desktop_hosts]) for n in range(cast.desktop_hosts)]
        named = [(f"desktops-{n}", part) for n, part in enumerate(parts)] + [("foreigners", tuple(foreigners))]
        self.hosts = [HostProcess(HostSpec(name=name, clients=part), self.folder) for name, part in named if part]

    async def _client(
        self, name: str, kind: str, person: Person, friends: dict[str, tuple[str, ...]], transport: str = ""
    ) -> ClientSpec:
        home = len(self.client_ways) % len(self.nodes)
        way = self.client_ways[name] = Way(lambda: self.serving_node(home).port)
        await way.open()
        return ClientSpec(
            name=name,
            kind=kind,  # pyright: ignore[reportArgumentType] - one of two words, from above
            username=person.username,
            user_id=person.user_id,
            url=f"http://127.0.0.1:{way.port}",
            folder=str(self.folder),
            friends=friends[person.user_id],
            transport=transport or "websocket",
            rate=self.cast.rate,
            seed=self._seed * 1000 + len(self.client_ways),
        )

    async def renew(self, name: str) -> None:
        """Have a client ask for a new access token; it may fail to get one."""
        for host in self.hosts:
            if any(client.name == name for client in host.spec.clients):
                with contextlib.suppress(RuntimeError):
                    await host.do("renew", client=name)

    # ------------------------------------------------------------ end

    async def heal(self) -> None:
        """Nothing is cut, frozen or dead any more."""
        for way in self.ways:
            await way.heal()
        await self.engines.heal()
        for node in self.nodes:
            if not node.serving:
                await node.start()
        for host in self.hosts:
            host.thaw()
            if not host.running:
                await host.start()

    async def until(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Wait for a condition; whether it came true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.2)
        return True

    async def close_clients(self) -> None:
        """Have all clients quit."""
        await asyncio.gather(*(host.close() for host in self.hosts))

    async def close(self) -> None:
        """End everything, whatever state it is in."""
        for host in self.hosts:
            host.thaw()
        await self.close_clients()
        await self.warden.close()
        for node in self.nodes:
            await node.kill()
        for way in self.ways:
            await way.close()
        await self.engines.stop()


def _always(path: str) -> Callable[[], str]:
    return lambda: path
