"""The client processes as the director sees them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
import psutil

from chinwag_server.tasks import TaskOwner
from faults.clients.spec import Command, HostReport, HostSpec, Standing
from faults.nodes import Footprint

TESTS: Final = Path(__file__).resolve().parent.parent
ANSWER_S: Final = 30.0


class HostProcess:
    """One process of clients; it can be killed, frozen, and started again on the same profiles."""

    def __init__(self, spec: HostSpec, folder: Path) -> None:
        self.spec = spec
        self.standings: dict[str, Standing] = {}
        self.tasks = 0
        self._acked_before = 0
        self._spec_file = folder / f"{spec.name}.json"
        self._spec_file.write_bytes(msgspec.json.encode(spec))
        self._errors = folder / "logs" / f"{spec.name}.stderr"
        self._process: asyncio.subprocess.Process | None = None
        self._answers: asyncio.Queue[HostReport] = asyncio.Queue()
        self._tasks = TaskOwner(spec.name)
        self._talks = False

    @property
    def running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.returncode is None

    @property
    def online(self) -> bool:
        """Whether all its clients are connected."""
        return len(self.standings) == len(self.spec.clients) and all(one.online for one in self.standings.values())

    @property
    def unsent(self) -> int:
        """What its clients have still to send."""
        return sum(one.unsent for one in self.standings.values())

    @property
    def acked(self) -> int:
        """How many messages its clients have seen acknowledged, in all its lives."""
        return self._acked_before + sum(one.acked for one in self.standings.values())

    async def start(self) -> None:
        """Start it; it talks if it talked before."""
        self._acked_before, self.standings = self.acked, {}
        paths = [str(TESTS), str(TESTS / "support"), *filter(None, [os.environ.get("PYTHONPATH")])]
        with self._errors.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "faults.clients.host",
                str(self._spec_file),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=2**20,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            )
        self._tasks.spawn(self._listen(self._process), "listen")
        if self._talks:
            await self.do("talk")

    async def do(self, what: str, *, client: str = "", value: float = 0.0) -> HostReport:
        """Have a command done. Raises RuntimeError when it could not be, or the process died meanwhile."""
        if what in ("talk", "hush"):
            self._talks = what == "talk"
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise RuntimeError(f"{self.spec.name} does not run")
        while not self._answers.empty():
            self._answers.get_nowait()
        with contextlib.suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(Command(do=what, client=client, value=value)) + b"\n")
            await process.stdin.drain()
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline and process.returncode is None:
            with contextlib.suppress(TimeoutError):
                report = await asyncio.wait_for(self._answers.get(), 0.5)
                if report.answer == what:
                    if report.error:
                        raise RuntimeError(f"{self.spec.name}, {what}: {report.error}")
                    return report
        raise RuntimeError(f"{self.spec.name} did not answer to {what}")

    def freeze(self) -> None:
        """SIGSTOP."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        """SIGKILL."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            await self._process.wait()

    async def close(self) -> None:
        """Have its clients quit; by force if they do not."""
        if self.running and self._process is not None:
            with contextlib.suppress(RuntimeError):
                await self.do("close")
            try:
                await asyncio.wait_for(self._process.wait(), 10)
            except TimeoutError:
                await self.kill()
        await self._tasks.close()
        self._tasks = TaskOwner(self.spec.name)

    def footprint(self) -> Footprint | None:
        """What it holds; None when it does not run."""
        if self._process is None or not self.running:
            return None
        process = psutil.Process(self._process.pid)
        return Footprint(
            name=self.spec.name,
            pid=process.pid,
            megabytes=process.memory_info().rss / 2**20,
            files=process.num_fds(),
            threads=process.num_threads(),
            tasks=self.tasks,
            sockets=0,
            age_s=time.time() - process.create_time(),
        )

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            report = msgspec.json.decode(line, type=HostReport)
            if report.clients:
                self.standings = {one.name: one for one in report.clients}
            self.tasks = report.tasks
            if report.answer:
                self._answers.put_nowait(report)
