"""How somebody rude costs the others: their delivery while one client floods the server in the ways of FAULTS 27 and 46-48."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from delivery import load
from measuring import Benchmark, Figure, Goal, Sample, Scale, cpu_seconds, p50_p99
from processes import Child
from server_process import ServerProcess
from sockets import LoadClient, User, register

QUIET = "nobody rude"
RUDE: dict[str, tuple[str, int]] = {
    "20,000 events a second": ("events", 20_000),
    "5,000 binary packets a second": ("binary", 5_000),
    "2,000 connections a second": ("connections", 2_000),
    "20 sockets that read nothing": ("deaf", 20),
}
"""Variant: kind of `child_rude.py` and how much of it."""
WARM_UP_S = 1.0
LEAST_PAIRS = 5  # fewer would send more than one person may


class Neighbours(Benchmark):
    """One server; who is rude comes with its variant and goes after it."""

    name = "neighbours"
    title = "Others, while one is rude"
    figures = (
        Figure("p50", "delivered, p50", digits=2),
        Figure("p99", "delivered, p99", digits=2),
        Figure("ack_p99", "confirmed, p99", digits=2),
        Figure("cpu", "server's CPU", unit="%", digits=0),
        Figure("memory", "worker's memory, more", unit="MB", digits=1),
    )
    drawn = ("p50", "p99")
    variants = (QUIET, *RUDE)
    goals = tuple(Goal(variant=variant, key="p99", most=2.0, against=QUIET) for variant in RUDE)

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        self._pairs = max(scale.pairs, LEAST_PAIRS)
        self.about = (
            f"{self._pairs} pairs as above for {scale.seconds:g} s, while a process of another member (nice 10, but on the "
            "same cores) floods: events, or binary packets, on one registered socket and on the next one as soon as it is "
            "closed; WebSocket handshakes without a CONNECT, from one address; registered sockets of a receiver that are "
            "never read. Memory is what the worker has more at the end than at the beginning."
        )
        self._users: list[User] = []
        self._rude: list[User] = []
        self._server: ServerProcess | None = None

    def prepare(self) -> None:
        data = self.stage / "server"
        data.mkdir(mode=0o711)
        server = self._server = ServerProcess(data, "--registration", "open")
        server.start()
        self._users = asyncio.run(register(server.url, [f"pair{n}" for n in range(2 * self._pairs)]))
        self._rude = asyncio.run(register(server.url, ["rude"]))

    def measure(self, variant: str) -> Sample:
        return asyncio.run(self._measure(variant))

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()

    def _begin(self, variant: str, held: ExitStack, url: str) -> None:
        if variant == QUIET:
            return
        kind, rate = RUDE[variant]
        who = self._users[1] if kind == "deaf" else self._rude[0]
        place = urlsplit(url)
        words = (kind, rate, place.hostname, place.port, who.token, who.id)
        held.enter_context(Child("child_rude.py", *words, log=self.stage / "rude.log")).tells()

    async def _measure(self, variant: str) -> Sample:
        server = self._server
        if server is None:
            raise RuntimeError("prepare comes first")
        async with AsyncExitStack() as held:
            clients = [await held.enter_async_context(LoadClient.connect(server.url, u)) for u in self._users]
            pairs = list(zip(clients[0::2], clients[1::2], strict=True))
            with ExitStack() as rude:
                self._begin(variant, rude, server.url)
                await load(pairs, WARM_UP_S)
                gc.collect()
                gc.disable()  # the generator's pauses are not the server's
                cpu, memory = cpu_seconds(server.processes()), _largest(server)
                sent, _ = await load(pairs, self.scale.seconds)
                cpu, memory = cpu_seconds(server.processes()) - cpu, _largest(server) - memory
                gc.enable()
        arrived = {key: when for _, receiver in pairs for key, when in receiver.arrived.items()}
        confirmed = {key: when for sender, _ in pairs for key, when in sender.confirmed.items()}
        return (
            p50_p99([arrived[key] - begun for key, begun in sent.items()])
            | p50_p99([confirmed[key] - begun for key, begun in sent.items()], "ack_")
            | {"cpu": cpu / self.scale.seconds * 100, "memory": memory / 2**20}
        )


def _largest(server: ServerProcess) -> int:
    """Resident memory of the largest Python process, which is the worker, bytes."""
    return max(_resident(process) for process in server.processes())


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss if "python" in process.name() else 0
    except psutil.NoSuchProcess:
        return 0
