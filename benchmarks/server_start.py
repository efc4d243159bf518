"""chat-server: from exec to the line `ready`, on an empty data folder and on one that is there."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from measuring import Benchmark, Figure, Goal, Sample, Scale, cpu_seconds
from server_process import ServerProcess

FIRST, WARM = "first start", "warm start"


class ServerStart(Benchmark):
    """Each first start makes a data folder, which the warm start after it takes."""

    name = "server-start"
    title = "chat-server start → ready"
    about = (
        "From exec to the line `ready`, with the embedded PostgreSQL and Valkey: the first start makes the database "
        "(initdb, migrations), the warm one finds it. CPU of the supervisor, the worker, the engines and what they ran."
    )
    figures = (
        Figure("wall", "ready after", unit="s", digits=2),
        Figure("cpu", "CPU of all processes", unit="s", digits=2),
    )
    drawn = ("wall", "cpu")
    variants = (FIRST, WARM)
    goals = (Goal(variant=FIRST, key="wall", most=4.0), Goal(variant=WARM, key="wall", most=2.5))

    def __init__(self, stage: Path, scale: Scale) -> None:
        super().__init__(stage, scale)
        self._server: ServerProcess | None = None

    def prepare(self) -> None:
        """One of each, unmeasured, so that the disk is warm and the code compiled."""
        for variant in self.variants:
            self.measure(variant)

    def measure(self, variant: str) -> Sample:
        data = self.stage / "server"
        if variant == FIRST:
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir(mode=0o711)
        server = self._server = ServerProcess(data)
        begun = time.perf_counter()
        server.start()
        wall = time.perf_counter() - begun
        cpu = cpu_seconds(server.processes())
        self.close()
        return {"wall": wall, "cpu": cpu}

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()
