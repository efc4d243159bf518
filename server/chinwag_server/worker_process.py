"""A worker seen from the supervisor: started, given its order, ready, drained, ended."""

import asyncio
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path

import msgspec

from chinwag_server.config import Settings
from chinwag_server.worker import DRAIN, READY, Order

WORKER_COMMAND = (sys.executable, "-m", "chinwag_server.worker")


class WorkerProcess:
    """One run of worker *number*."""

    def __init__(self, process: Process, *, number: int, listener: socket.socket) -> None:
        self.number = number
        self._process = process
        self._listener = listener
        self._has_order = False

    @classmethod
    async def start(cls, command: Sequence[str], *, number: int, listener: socket.socket) -> "WorkerProcess":
        """Start the process, which imports the application and then waits for `give_order`."""
        command = [*command, str(number)]  # for whoever looks at the list of processes
        if sys.platform == "win32":  # sockets are not inherited there: the worker binds again
            process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        else:
            inherited = (listener.fileno(),)
            process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, pass_fds=inherited)
        return cls(process, number=number, listener=listener)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def give_order(
        self, settings: Settings, *, workers: int, database_url: str, redis_url: str | None, workers_dir: Path | None
    ) -> None:
        """Tell it what to serve. A worker that has ended already is noticed by `wait_ready`."""
        self._has_order = True
        inherited = None if sys.platform == "win32" else self._listener.fileno()
        order = Order(
            settings=msgspec.Raw(settings.encode()),
            number=self.number,
            workers=workers,
            listener=inherited,
            database_url=database_url,
            redis_url=redis_url,
            workers_dir=str(workers_dir) if workers_dir else None,
        )
        await self._write(msgspec.json.encode(order) + b"\n")

    async def wait_ready(self) -> bool:
        """Wait until it serves; False when it ends before."""
        assert self._process.stdout is not None
        return await self._process.stdout.readline() == READY

    async def wait(self) -> int:
        """Wait for its end and return its exit status."""
        return await self._process.wait()

    async def drain(self, *, timeout_s: float) -> bool:
        """Let it finish what it does and end; kill it after *timeout_s* and return False."""
        if not self._has_order:
            await self._kill()
            return True
        await self._write(DRAIN)
        try:
            await asyncio.wait_for(self._process.wait(), timeout_s)
        except TimeoutError:
            await self._kill()
            return False
        return True

    async def _kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _write(self, line: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(line)
            await stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has ended: whoever waits for it sees that
