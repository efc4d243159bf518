"""A real `chat-server` process that a script or a test starts, kills and starts again on the same port and data."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil

READY_S = 60.0
GONE_S = 20.0


class ServerDidNotStart(RuntimeError):
    """The process ended, or stayed silent, before it said `ready`; carries what it printed."""


def reachable_folder(prefix: str) -> Path:
    """A new temporary folder in which the account that runs PostgreSQL for root can reach its own."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    return folder


class ServerProcess:
    """`chat-server serve` on a data folder; `options` are further words for its command line."""

    def __init__(self, data: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self.data = data
        self.options = options
        self.environment = environment or {}
        self.url = ""
        self.log = data / "server.log"
        self._process: subprocess.Popen[str] | None = None

    def start(self, *, timeout: float = READY_S) -> str:
        """Start it and return its address once it serves; raises `ServerDidNotStart`."""
        port = str(urlsplit(self.url).port) if self.url else "0"
        words = [
            *self.command(),
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            port,
            "--data-dir",
            str(self.data),
            *self.options,
        ]
        with self.log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | self.environment,
            )
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_pass_lines, args=(self._process, lines), daemon=True, name="server stdout").start()
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = lines.get(timeout=left)
            except queue.Empty:
                break
            if line.startswith("ready "):
                self.url = line.split()[1]
                return self.url
            if not line:
                break
        self.kill()
        raise ServerDidNotStart(self.log.read_text(encoding="utf-8")[-2000:])

    @staticmethod
    def command() -> list[str]:
        """The words that start the command line of this very checkout."""
        return [sys.executable, "-m", "chinwag_server"]

    def add_user(self, name: str, password: str, *words: str) -> None:
        """Make an account with the command an administrator would use."""
        command = [*self.command(), "user", "add", name, "--password-stdin", "--data-dir", str(self.data), *words]
        done = subprocess.run(command, input=password + "\n", capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def engine_urls(self) -> tuple[str, str]:
        """Where its PostgreSQL and its Valkey listen."""
        words = [*self.command(), "engines", "--urls", "--data-dir", str(self.data)]
        database_url, redis_url = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        return database_url, redis_url

    def processes(self) -> list[psutil.Process]:
        """The supervisor and everything below it, engines and their guards too."""
        if self._process is None:
            return []
        try:
            top = psutil.Process(self._process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """SIGKILL the supervisor; returns when its workers and engines are gone as well."""
        self._end(lambda process: process.kill())

    def stop(self) -> int:
        """SIGTERM, as an operator would; returns the exit status."""
        process = self._process
        self._end(lambda process: process.terminate())
        return process.returncode if process is not None else 0

    def end_leftovers(self) -> int:
        """End servers on this data folder that somebody left behind, as a killed script does; returns how many there were."""
        left = [process for process in psutil.process_iter() if _serves(process, self.data)]
        family = [one for process in left for one in (process, *process.children(recursive=True))]
        for process in left:
            process.terminate()
        _, alive = psutil.wait_procs(family, timeout=GONE_S)
        if alive:
            raise ServerDidNotStart(
                f"{self.data} is still in use by the processes {[process.pid for process in alive]}"
            )
        return len(left)

    def _end(self, how: Callable[[subprocess.Popen[str]], None]) -> None:
        process, family = self._process, self.processes()
        if process is None:
            return
        how(process)
        process.wait(GONE_S)
        if process.stdout is not None:
            process.stdout.close()
        _, alive = psutil.wait_procs(family, timeout=GONE_S)
        self._process = None
        if alive:
            raise RuntimeError(f"processes outlived the server: {[' '.join(p.cmdline()) for p in alive]}")


def _serves(process: psutil.Process, data: Path) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return "chinwag_server" in words and "serve" in words and str(data) in words


def _pass_lines(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Hand over each line of standard output, then "" at its end."""
    if process.stdout is not None:
        try:
            for line in process.stdout:
                lines.put(line)
        except ValueError:
            pass  # closed while we were reading: it is the end
    lines.put("")
