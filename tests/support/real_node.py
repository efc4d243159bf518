"""A real `chat-server serve` process as a coroutine of a test sees it; `two_workers.py` and `two_nodes.py` make some.

Each call over HTTP comes on a connection of its own, so that with several workers the kernel chooses one each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import psutil
from foreign_client import ForeignClient
from server_process import ServerProcess

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct horse battery"
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_TLS.check_hostname, _TLS.verify_mode = False, ssl.CERT_NONE
Session = dict[str, Any]


class RealNode:
    """One server: `url` stays the same over `kill` and `start`; `log` is what it writes to standard error."""

    def __init__(self, folder: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.process = ServerProcess(folder, "--registration", "open", *options, environment=environment)
        self._killed: list[int] = []

    @property
    def url(self) -> str:
        return self.process.url

    @property
    def log(self) -> str:
        return self.process.log.read_text(encoding="utf-8")

    # ------------------------------------------------------------ life and death

    async def start(self) -> None:
        """Start it, the second time on the port of the first, and wait until it serves."""
        await asyncio.to_thread(self.process.start)

    async def stop(self) -> int:
        """SIGTERM; returns the exit status once all its processes are gone. Does nothing when it does not run."""
        return await asyncio.to_thread(self.process.stop)

    async def kill(self) -> None:
        """SIGKILL of the supervisor; its workers follow, and are waited for."""
        await asyncio.to_thread(self.process.kill)

    async def kill_at_once(self) -> None:
        """SIGKILL of every process in the same moment: nothing of it says goodbye."""
        for process in self.process.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await self.kill()

    def workers(self) -> dict[int, psutil.Process]:
        """The workers that run, by number. One that was just started again may not serve yet: see `worker_back`."""
        found: dict[int, psutil.Process] = {}
        for process in self.process.processes():
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if "chinwag_server.worker" in words and process.status() != psutil.STATUS_ZOMBIE:
                found[int(words[-1])] = process
        return found

    def kill_worker(self, number: int) -> int:
        """SIGKILL of one worker; gives its process id. The supervisor starts another one."""
        self._killed.append(number)
        worker = self.workers()[number]
        worker.kill()
        return worker.pid

    async def worker_back(self, number: int, *, timeout_s: float = 20) -> None:
        """Wait until the successor of a worker that `kill_worker` killed serves."""
        async with asyncio.timeout(timeout_s):
            while self.log.count(f"worker {number} serves again") < self._killed.count(number):  # noqa: ASYNC110 - only its log says so
                await asyncio.sleep(0.02)

    # ------------------------------------------------------------ people

    async def call(self, method: str, path: str, *, session: Session | None = None, **how: Any) -> httpx.Response:
        """A request to a path below `/api/v1`, or to one that begins with `!` outside of it."""
        headers = how.pop("headers", {}) | (bearer(session) if session else {})
        path = path[1:] if path.startswith("!") else f"/api/v1{path}"
        async with httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False, verify=_TLS) as http:
            return await http.request(method, path, headers=headers, **how)

    async def register(self, username: str, **more: Any) -> Session:
        """A new account, signed in."""
        answer = await self.call("POST", "/auth/register", json={"username": username, "password": PASSWORD} | more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def login(self, username: str, **more: Any) -> Session:
        """Another session of an account."""
        answer = await self.call("POST", "/auth/login", json={"username": username, "password": PASSWORD} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def command(self, *words: str) -> str:
        """Run another `chat-server` command on its data, as in `command("user", "disable", "ada")`; gives what it prints."""
        given, urls = self.process.options, list[str]()
        for flag in {"--database-url", "--redis-url"} & {*given}:
            urls += given[given.index(flag) :][:2]
        process = await asyncio.create_subprocess_exec(
            *self.process.command(), *words, "--data-dir", str(self.process.data), *urls, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        assert process.returncode == 0
        return out.decode()

    def connect(self, session: Session, **how: Any) -> contextlib.AbstractAsyncContextManager[ForeignClient]:
        """A socket of the session, registered unless told otherwise."""
        return ForeignClient.connect(
            self.url, token=session["accessToken"], user_id=how.pop("user_id", session["user"]["id"]), **how
        )


def bearer(session: Session) -> dict[str, str]:
    """The header that signs a request."""
    return {"Authorization": f"Bearer {session['accessToken']}"}
