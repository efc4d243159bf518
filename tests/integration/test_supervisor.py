"""The supervisor as a process of its own: ready, restarts, drains, and what is left when it is killed.

Its workers are small here, so that a test can tell them to crash or to hang; engines and signals are real.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

WORKER = """
import asyncio, os, sys
from chinwag_server.worker import run

async def serve(settings, worker):
    async def answer(reader, writer):
        path = (await reader.readuntil(b"\\r\\n\\r\\n")).split()[1].decode()
        if path == "/crash":
            os._exit(3)
        body = f"{worker.number} {os.getpid()} {worker.database_url} {worker.redis_url}".encode()
        writer.write(b"HTTP/1.1 200 OK\\r\\nconnection: close\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(body) + body)
        writer.close()
    server = await asyncio.start_server(answer, sock=worker.listener)
    if "fail" in sys.argv:
        raise ValueError("no way")
    worker.ready()
    print("a stray line")
    stopping = asyncio.create_task(worker.stopping.wait())
    await (asyncio.Event().wait() if "hang" in sys.argv else stopping)
    server.close()
    print("drained", file=sys.stderr)

sys.exit(run(serve))
"""

SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from chinwag_server import logs
from chinwag_server.config import Settings
from chinwag_server.supervisor import Supervisor
from chinwag_server.engines.errors import OperatorError

folder, port, workers, worker, mode, url = sys.argv[1:]
logs.set_up(process="supervisor", form="console", debug=False)
settings = Settings(
    data_dir=Path(folder), port=int(port), workers=int(workers), drain_timeout_ms=300, database_url=url or None
)
try:
    asyncio.run(
        Supervisor(
            settings,
            announce=lambda address: print(f"ready {address}", flush=True),
            worker_command=[sys.executable, "-c", worker, mode],
        ).run()
    )
except OperatorError as error:
    sys.exit(f"error: {error}")
"""


class Server:
    """A supervisor process."""

    def __init__(
        self, folder: Path, *, port: int = 0, workers: int = 1, mode: str = "", database_url: str = ""
    ) -> None:
        self.folder = folder
        command = [sys.executable, "-c", SUPERVISOR, folder, port, workers, WORKER, mode, database_url]
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._handle = psutil.Process(self.process.pid)

    def address(self) -> str:
        assert self.process.stdout is not None
        word, _, address = self.process.stdout.readline().strip().partition(" ")
        assert word == "ready", self.process.communicate()
        return address

    def everything(self) -> list[psutil.Process]:
        """The supervisor and all below it."""
        return [self._handle, *self._handle.children(recursive=True)]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


def get(address: str, path: str = "/") -> list[str]:
    with urllib.request.urlopen(address + path, timeout=10) as answer:
        return answer.read().decode().split()


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if lives(process)]


def lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def names(processes: list[psutil.Process]) -> set[str]:
    """The names of those that are still there to be asked."""
    found: set[str] = set()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.add(process.name())
    return found


@pytest.fixture
def folder(reachable_folder: Path) -> Path:
    return reachable_folder / secrets.token_hex(4)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def begin(**options: Any) -> Server:
        servers.append(Server(folder, **options))
        return servers[-1]

    yield begin
    for server in servers:
        server.end(signal.SIGKILL)


def test_it_says_ready_once_and_drains_on_a_signal(start: Callable[..., Server]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        server = start()
        address = server.address()
        worker, _, database, redis = get(address)
        assert worker == "0"
        assert database.startswith("postgresql://chinwag:")
        assert redis.startswith("unix:///")
        everything = server.everything()
        assert len(living(everything)) > 5
        status, out, err = server.end(number)
        assert (status, out) == (0, "")
        assert "drained" in err
        assert not living(everything)


def test_nothing_is_left_when_it_is_killed_and_it_starts_over(
    start: Callable[..., Server], wait_until: Callable[..., Any]
) -> None:
    server = start()
    address = server.address()
    everything = server.everything()
    assert {"postgres", "valkey-server"} <= {process.name() for process in everything}
    server.process.kill()
    wait_until(lambda: not living(everything))
    again = start(port=int(address.rpartition(":")[2]))
    assert again.address() == address
    assert get(address)


def test_it_starts_over_at_once_on_the_same_port(start: Callable[..., Server]) -> None:
    server = start()
    address = server.address()
    server.process.kill()
    again = start(port=int(address.rpartition(":")[2]))
    assert again.address() == address
    assert get(address)


def test_a_worker_that_dies_is_replaced_and_the_port_stays(
    start: Callable[..., Server], wait_until: Callable[..., Any]
) -> None:
    server = start()
    address = server.address()
    _, pid, *_ = get(address)
    os.kill(int(pid), signal.SIGKILL)
    _, other, *_ = get(address)  # waits in the backlog of a listener that never closed
    assert other != pid
    status, _, err = server.end()
    assert status == 0
    assert "worker 0 ended with status -9" in err


def test_engines_that_die_come_back_at_the_same_place(
    start: Callable[..., Server], wait_until: Callable[..., Any]
) -> None:
    server = start()
    address = server.address()
    before = get(address)
    killed = [process for process in server.everything() if names([process]) & {"postgres", "valkey-server"}]
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):  # PostgreSQL's own end with it
            process.kill()
    psutil.wait_procs(killed)
    wait_until(lambda: names(living(server.everything())) >= {"postgres", "valkey-server"})
    assert get(address) == before
    _, _, err = server.end()
    assert "PostgreSQL ended" in err
    assert "Valkey ended" in err


def test_several_workers_share_a_port(start: Callable[..., Server], wait_until: Callable[..., Any]) -> None:
    server = start(workers=2)
    address = server.address()
    seen: set[str] = set()
    wait_until(lambda: seen.add(get(address)[0]) or seen == {"0", "1"})
    second = start_elsewhere(server, workers=2, port=int(address.rpartition(":")[2]))
    status, _, err = second.end(0)
    assert status == 1
    assert "is in use" in err


def start_elsewhere(server: Server, **options: Any) -> Server:
    return Server(server.folder.with_name(secrets.token_hex(4)), **options)


def test_a_worker_that_does_not_drain_is_killed(start: Callable[..., Server]) -> None:
    server = start(mode="hang")
    server.address()
    everything = server.everything()
    status, _, err = server.end()
    assert status == 0
    assert "was killed" in err
    assert not living(everything)


def test_a_worker_that_cannot_start_ends_it(start: Callable[..., Server]) -> None:
    status, out, err = start(mode="fail").end(0)
    assert (status, out) == (1, "")
    assert "no way" in err
    assert "error: a worker ended while it started" in err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql://me:s3cret@127.0.0.1:1/nothing",
            "cannot use the database postgresql://me:***@127.0.0.1:1/nothing",
        ),
        ("postgresql://me:s3cret@/x?host=/nowhere", "cannot use the database postgresql://me:***@/x"),
    ],
)
def test_a_database_that_is_not_there_is_told_in_one_line(start: Callable[..., Server], url: str, said: str) -> None:
    status, out, err = start(database_url=url).end(0)
    assert (status, out) == (1, "")
    assert err.startswith(f"error: {said}")
    assert "check --database-url" in err
    assert err.count("\n") == 1
    assert "s3cret" not in err


def test_a_second_one_on_the_same_folder_is_told_in_one_line(start: Callable[..., Server], folder: Path) -> None:
    start().address()
    status, out, err = start().end(0)
    assert (status, out) == (1, "")
    assert err == f"error: another chat-server runs on {folder}: end it, or give another --data-dir\n"


def test_a_port_in_use_is_told_in_one_line(start: Callable[..., Server]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, out, err = start(port=port).end(0)
    assert (status, out) == (1, "")
    assert err.startswith(f"error: port {port} of 127.0.0.1 is in use")
    assert err.count("\n") == 1


def test_a_signal_while_it_starts_ends_it_cleanly(start: Callable[..., Server], wait_until: Callable[..., Any]) -> None:
    server = start()
    wait_until(lambda: len(server.everything()) > 1)
    everything = server.everything()
    status, out, _ = server.end()
    assert (status, out) == (0, "")
    assert not living(everything)
