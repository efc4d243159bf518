"""What every test gets: real engines, once a pytest process, and the rule that a test leaves nothing behind.

A test fails on a log record at WARNING or above that it did not announce with `expect_log`, and on an asyncio task, a
thread or a child process that outlives it. It waits for conditions with `eventually` or `wait_until`, never by sleeping.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import re
import secrets
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.parse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from chinwag_server.engines.postgres import EmbeddedPostgres

pytest_plugins = ["two_workers", "two_nodes"]
GRACE_S = 2.0
ENGINES = pytest.StashKey[set[int]]()
"""Process ids of engines that live as long as pytest."""


# ---------------------------------------------------------------- engines


@pytest.fixture(scope="session")
def reachable_folder() -> Iterator[Path]:
    """A temporary folder that the engines' account can enter; in memory where there is enough of it, for its speed."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    folder = Path(tempfile.mkdtemp(prefix="chinwag-tests-", dir=memory if roomy else None))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(reachable_folder: Path, pytestconfig: pytest.Config) -> Iterator[EmbeddedPostgres]:
    """A throwaway PostgreSQL, one a pytest process."""
    from chinwag_server.engines.postgres import EmbeddedPostgres

    with EmbeddedPostgres(reachable_folder / "postgres", throwaway=True) as server:
        assert server.guard_pid is not None
        pytestconfig.stash.setdefault(ENGINES, set()).add(server.guard_pid)
        yield server


class Databases:
    """Makes and drops databases from a template that is migrated once. Used outside running loops only."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        import asyncpg

        self._postgres = postgres
        # a factory, else the runner would replace pytest-asyncio's current loop
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._admin = self._runner.run(asyncpg.connect(postgres.url("postgres")))
        self._execute('CREATE DATABASE "template"')
        if find_spec("chinwag_server.storage.migrate") is not None:
            from chinwag_server.storage.migrate import upgrade

            self._runner.run(upgrade(postgres.url("template")))

    def make(self, *, migrated: bool = True) -> str:
        """Return the URL of a new database."""
        name = f"test_{secrets.token_hex(6)}"
        template = "template" if migrated else "template0"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self._postgres.url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{urllib.parse.urlsplit(url).path[1:]}" WITH (FORCE)')

    def close(self) -> None:
        self._runner.run(self._admin.close())
        self._runner.close()

    def _execute(self, statement: str) -> None:
        self._runner.run(self._admin.execute(statement))


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Iterator[Databases]:
    made = Databases(postgres)
    yield made
    made.close()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The URL (for asyncpg) of a database of this test's own, migrated and empty."""
    url = databases.make()
    yield url
    databases.drop(url)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """The URL of a database of this test's own, without any table."""
    url = databases.make(migrated=False)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def valkey(reachable_folder: Path, pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of a Valkey, one a pytest process: most tests want `valkey_url`."""
    from chinwag_server.engines.valkey import EmbeddedValkey

    with EmbeddedValkey(reachable_folder / "valkey") as server:
        assert server.guard_pid is not None
        pytestconfig.stash.setdefault(ENGINES, set()).add(server.guard_pid)
        yield server.url()


@pytest.fixture
def valkey_url(valkey: str) -> str:
    """The URL (for redis-py) of a Valkey that is empty."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(urllib.parse.unquote(urllib.parse.urlsplit(valkey).path))
        connection.sendall(b"FLUSHALL\r\n")
        assert connection.recv(64).startswith(b"+OK")
    return valkey


# ---------------------------------------------------------------- waiting


@pytest.fixture
def eventually() -> Callable[..., Awaitable[Any]]:
    """`await eventually(condition, timeout_s=10)`: until the (sync or async) condition is true; returns its value.

    `pace_s` between two looks is for conditions that ask a server with a limit of calls.
    """

    async def wait(condition: Callable[[], Any], *, timeout_s: float = 10, pace_s: float = 0.005) -> Any:
        deadline = time.monotonic() + timeout_s
        while True:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value
            assert time.monotonic() < deadline, (
                f"did not come true within {timeout_s} s: {inspect.getsource(condition)}"
            )
            await asyncio.sleep(pace_s)

    return wait


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    """`wait_until(condition, timeout_s=10)` for tests that are no coroutines."""

    def wait(condition: Callable[[], Any], *, timeout_s: float = 10) -> Any:
        deadline = time.monotonic() + timeout_s
        while not (value := condition()):
            assert time.monotonic() < deadline, (
                f"did not come true within {timeout_s} s: {inspect.getsource(condition)}"
            )
            time.sleep(0.005)
        return value

    return wait


# ------------------------------------------------- nothing is left behind


class LogGuard(logging.Handler):
    """Collects records at WARNING and above, and knows which of them the test announced."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.expected: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def expect(self, pattern: str) -> None:
        """Announce one or more records whose `logger: message` matches; none at all fails the test too."""
        self.expected.append(re.compile(pattern))

    def complaints(self) -> list[str]:
        said = [(f"{record.name}: {record.getMessage()}", record) for record in self.records]
        unexpected = [
            f"unexpected log: {record.levelname} {text}" + (f"\n{_traceback(record)}" if record.exc_info else "")
            for text, record in said
            if not any(pattern.search(text) for pattern in self.expected)
        ]
        silent = [p.pattern for p in self.expected if not any(p.search(text) for text, _ in said)]
        return unexpected + [f"expected log never came: {pattern}" for pattern in silent]


def _traceback(record: logging.LogRecord) -> str:
    assert record.exc_info
    return logging.Formatter().formatException(record.exc_info)


def _join_structlog() -> None:
    """Where it is in use, what it logs must reach the guard."""
    if "structlog" in sys.modules and not sys.modules["structlog"].is_configured():
        from chinwag_server.logs import join_structlog

        join_structlog()


@pytest.fixture
def _log_guard() -> Iterator[LogGuard]:
    guard = LogGuard()
    _join_structlog()
    logging.getLogger().addHandler(guard)
    yield guard
    logging.getLogger().removeHandler(guard)


@pytest.fixture
def expect_log(_log_guard: LogGuard) -> Callable[[str], None]:
    """`expect_log(regex)`: a record at WARNING or above, as `logger: message`, that this test brings about."""
    return _log_guard.expect


@pytest.fixture
async def _no_task_left() -> Any:
    """Set up before the test's other asynchronous fixtures, so that it looks when they have been torn down."""
    before = asyncio.all_tasks()
    yield
    deadline = time.monotonic() + GRACE_S
    while left := asyncio.all_tasks() - before - {asyncio.current_task()}:
        assert time.monotonic() < deadline, f"tasks left behind: {sorted(map(repr, left))}"
        await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def _no_task_left_of_coroutines(request: pytest.FixtureRequest, _nothing_left: None) -> None:
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("_no_task_left")


@pytest.fixture
def _nothing_left(request: pytest.FixtureRequest, _log_guard: LogGuard) -> Iterator[None]:
    """Set up first, so that it looks when the loop and its executor are gone too."""
    threads, processes = set(threading.enumerate()), _children()
    yield
    engines = request.config.stash.get(ENGINES, set())
    complaints = _log_guard.complaints()
    complaints += _outliving("thread", lambda: [repr(t) for t in set(threading.enumerate()) - threads])
    complaints += _outliving("process", lambda: [_describe(pid) for pid in _children() - processes - engines])
    assert not complaints, "\n".join(complaints)


def _outliving(kind: str, left: Callable[[], list[str]]) -> list[str]:
    deadline = time.monotonic() + GRACE_S
    while (found := left()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return [f"{kind} left behind: {what}" for what in found]


def _children() -> set[int]:
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return {child.pid for child in psutil.Process().children()}
    return {int(pid) for task in tasks.iterdir() for pid in _read(task / "children").split() if _state(pid) != "Z"}


def _state(pid: str) -> str:
    """`Z` for one that has ended and is only not yet waited for: its Popen may still be collected."""
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].strip()[:1]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended just now
        return ""


def _describe(pid: int) -> str:
    return f"{pid} {_read(Path(f'/proc/{pid}/cmdline')).replace(chr(0), ' ')[:200]}"
