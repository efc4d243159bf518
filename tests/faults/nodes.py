"""The `chat-server` processes of a fault run, over engines that they are given by URL."""

from __future__ import annotations

import asyncio
import re
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import msgspec
import psutil
from server_process import ServerDidNotStart, ServerProcess

if TYPE_CHECKING:
    from pathlib import Path

START_AGAIN_S = 60.0
_GAUGE = re.compile(r"^(chinwag_\w+) ([0-9.e+-]+)$", re.MULTILINE)


class AnyServer(ServerProcess):
    """A right server, or one of `wrong_server.py`."""

    defect = ""

    def command(self) -> list[str]:  # pyright: ignore[reportIncompatibleMethodOverride] - static there
        if not self.defect:
            return super().command()
        return [sys.executable, "-m", "faults.wrong_server", self.defect]


class Footprint(msgspec.Struct, frozen=True):
    """What one process holds: for I6."""

    name: str
    pid: int
    megabytes: float
    files: int
    threads: int
    tasks: int
    sockets: int
    age_s: float


class Node:
    """One server. `url` stays the same over its deaths."""

    def __init__(self, name: str, process: ServerProcess) -> None:
        self.name = name
        self.process = process
        self.serving = False

    @property
    def port(self) -> int:
        """Where it listens, once it was started."""
        return int(self.process.url.rpartition(":")[2])

    @property
    def log(self) -> Path:
        """What it writes to standard error, over all its lives."""
        return self.process.log

    async def start(self) -> None:
        """Start it; again and again while its database is away. Raises ServerDidNotStart after a minute."""
        deadline = time.monotonic() + START_AGAIN_S
        while True:
            try:
                await asyncio.to_thread(self.process.start)
                break
            except ServerDidNotStart:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)
        self.serving = True

    async def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        self.serving = False
        return await asyncio.to_thread(self.process.stop)

    async def kill(self) -> None:
        """SIGKILL of the supervisor; its workers follow."""
        self.serving = False
        await asyncio.to_thread(self.process.kill)

    def workers(self) -> list[psutil.Process]:
        """The workers that run."""
        found: list[psutil.Process] = []
        for process in self.process.processes():
            try:
                if {"chinwag_server.worker", "worker"} & {
                    *process.cmdline()
                } and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    async def ready(self) -> bool:
        """Whether `/readyz` says so now."""
        try:
            return await asyncio.to_thread(self._get, "/readyz") != ""
        except OSError:
            return False

    async def footprints(self) -> list[Footprint]:
        """What its workers hold; tasks and sockets are those of all of them together."""
        try:
            gauges = dict(_GAUGE.findall(await asyncio.to_thread(self._get, "/metrics")))
        except OSError:
            gauges = {}
        return [
            Footprint(
                name=f"{self.name}, worker {number}",
                pid=worker.pid,
                megabytes=worker.memory_info().rss / 2**20,
                files=worker.num_fds(),
                threads=worker.num_threads(),
                tasks=int(float(gauges.get("chinwag_tasks", 0))),
                sockets=int(float(gauges.get("chinwag_sockets", 0))),
                age_s=time.time() - worker.create_time(),
            )
            for number, worker in enumerate(self.workers())
        ]

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.process.url + path, timeout=3) as answer:
            return answer.read().decode()
