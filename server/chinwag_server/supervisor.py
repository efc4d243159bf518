"""`chat-server serve`: engines, migrations, workers and signals of one data folder.

Nothing outlives it: the engines' guards and the workers hold a pipe each, whose end tells them that it is gone.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from chinwag_server.config import Settings, hide_password
from chinwag_server.engines.account import choose_account, make_folder, make_private_folder
from chinwag_server.engines.errors import EngineError, OperatorError
from chinwag_server.engines.locks import take
from chinwag_server.engines.pair import Engines, EngineUrls
from chinwag_server.engines.sockets import make_socket_folder
from chinwag_server.greeting import greet, warn_of_silent_valkey
from chinwag_server.listeners import ListenError, address_of, listen
from chinwag_server.tasks import TaskOwner
from chinwag_server.tls import TlsError, fingerprint, load, make_own
from chinwag_server.worker_context import worker_socket
from chinwag_server.worker_process import WORKER_COMMAND, WorkerProcess

log = logging.getLogger(__name__)

_ENGINE_LOOK_S: Final = 0.25
_PORT_PATIENCE_S: Final = 2.0
"""The workers of a supervisor that was killed hold their port for a moment."""
_WAITS_S: Final = (0.2, 1, 2, 5, 10, 30)
_LONG_LIFE_S: Final = 60
"""What lasted as long begins its waits anew."""
_SLACK_S: Final = 2.0
"""What a worker gets beyond the time that it gives its own drain."""


class SupervisorError(OperatorError):
    """The server cannot serve."""


class Supervisor:
    """Runs one server to its end. *announce* gets the address once every worker serves."""

    def __init__(
        self,
        settings: Settings,
        *,
        announce: Callable[[str], None],
        worker_command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        self._settings = settings
        self._announce = announce
        self._worker_command = worker_command
        self._engines = Engines(
            settings.engines_dir,
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            run_as=settings.engine_account,
        )
        self._workers: dict[int, WorkerProcess] = {}
        self._workers_dir: Path | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until a signal comes. Raises OperatorError when it cannot begin."""
        self._handle_signals()
        async with AsyncExitStack() as held:  # left in reverse: tasks, workers, engines, port, folder
            await self._serve(held)
        log.info("stopped")

    async def _serve(self, held: AsyncExitStack) -> None:
        self._lock_folder(held)
        self._prepare_certificate()
        self._make_workers_dir()
        listeners = await self._listen(held)
        held.push_async_callback(asyncio.to_thread, self._engines.stop)
        held.push_async_callback(self._drain)
        for number, listener in enumerate(listeners):  # they import while the engines start
            self._workers[number] = await self._start_worker(number, listener)
        urls = await asyncio.to_thread(self._engines.own)
        if self._settings.workers > 1 and urls.redis is None:
            raise SupervisorError("several workers need a Valkey between them: give --redis-url, or use --workers 1")
        await asyncio.gather(self._prepare_database(urls), self._greet_valkey())
        if not await self._all_ready(urls):
            return
        for line in greet(self._settings, port=listeners[0].getsockname()[1]):
            log.info("%s", line)
        self._announce(f"{self._settings.scheme}://{address_of(listeners[0])}")
        tasks = TaskOwner("supervisor")
        held.push_async_callback(tasks.close)
        tasks.spawn(self._keep_engines(), "engines")
        for number, listener in enumerate(listeners):
            tasks.spawn(self._keep_worker(number, listener, urls), f"worker {number}")
        await self._stopping.wait()

    def _lock_folder(self, held: AsyncExitStack) -> None:
        folder = self._settings.data_dir.absolute()
        make_folder(folder, mode=0o711 if choose_account(self._settings.engine_account) else 0o700)
        release = take(folder / "server.lock", timeout_s=0)
        if release is None:
            raise SupervisorError(f"another chat-server runs on {folder}: end it, or give another --data-dir")
        held.callback(release)

    def _prepare_certificate(self) -> None:
        """Make it if it is to be of our own; tell its fingerprint, or that there is none where there should be one."""
        settings, files = self._settings, self._settings.certificate
        if settings.can_be_overheard:
            log.warning(
                "without TLS the network between can read passwords and messages: give --tls-self-signed or --tls-cert, "
                "or let a proxy encrypt and name it with --trusted-proxies"
            )
        if files is None:
            return
        try:
            if files.own and make_own(settings.data_dir, host=settings.host):
                log.info("a certificate of this server's own was made in %s", files.cert.parent)
            load(files)
            log.info(
                "the certificate's fingerprint (SHA-256), to compare with what the app shows: %s", fingerprint(files)
            )
        except TlsError as error:
            raise SupervisorError(str(error)) from error

    def _make_workers_dir(self) -> None:
        """Several workers pass connections on among them, by sockets that nobody else can reach."""
        if self._settings.workers > 1:
            folder = self._settings.data_dir.absolute() / "workers"
            make_private_folder(None, folder)
            name = worker_socket(folder, self._settings.workers - 1).name
            self._workers_dir = make_socket_folder(folder, account=None, longest_name=name)

    async def _listen(self, held: AsyncExitStack) -> list[socket.socket]:
        deadline = time.monotonic() + _PORT_PATIENCE_S
        while True:
            try:
                listeners = listen(self._settings.host, self._settings.port, count=self._settings.workers)
            except ListenError as error:
                if not error.in_use or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.05)
            else:
                for listener in listeners:
                    held.callback(listener.close)
                return listeners

    async def _prepare_database(self, urls: EngineUrls) -> None:
        from chinwag_server.storage.blobs_claim import claim_blobs
        from chinwag_server.storage.migrate import upgrade

        settings = self._settings
        try:
            await upgrade(urls.database)
            may_serve = await claim_blobs(
                urls.database,
                data_dir=settings.data_dir,
                shared=settings.blobs_url is not None,
                embedded=settings.database_url is None,
            )
        except Exception as error:
            log.debug("the migration failed", exc_info=error)
            reason = " ".join(str(error).split()) or type(error).__name__
            place = hide_password(urls.database)
            hint = "check --database-url" if settings.database_url else "--debug shows more"
            raise SupervisorError(f"cannot use the database {place}: {reason}; {hint}") from error
        if not may_serve:
            raise SupervisorError(
                "another node keeps the attachments of this database in its own folder: give --blobs-url, an S3 bucket or "
                "a folder that all nodes see"
            )

    async def _greet_valkey(self) -> None:
        if (url := self._settings.redis_url) is None:
            return
        try:
            await warn_of_silent_valkey(url)
        except ValueError as error:  # a port that is no number, for example
            raise SupervisorError(f"--redis-url {hide_password(url)} cannot be read: {error}") from error

    async def _start_worker(self, number: int, listener: socket.socket) -> WorkerProcess:
        return await WorkerProcess.start(self._worker_command, number=number, listener=listener)

    async def _order(self, worker: WorkerProcess, urls: EngineUrls) -> bool:
        """Let a worker begin; False when it ended instead of serving."""
        settings = self._settings
        await worker.give_order(
            settings,
            workers=settings.workers,
            database_url=urls.database,
            redis_url=urls.redis,
            workers_dir=self._workers_dir,
        )
        return await worker.wait_ready()

    async def _all_ready(self, urls: EngineUrls) -> bool:
        """Let the workers begin; False when a signal came first. Raises SupervisorError when one ended."""
        ready = TaskOwner("start")
        stopped = ready.spawn(self._stopping.wait(), "signal")
        try:
            waiting = {ready.spawn(self._order(worker, urls), "order") for worker in self._workers.values()}
            while waiting and not stopped.done():
                done, _ = await asyncio.wait({*waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
                waiting -= done
                if any(not task.result() for task in done) and not self._stopping.is_set():
                    raise SupervisorError("a worker ended while it started: see above what it said; --debug shows more")
            return not self._stopping.is_set()
        finally:
            await ready.close()

    async def _keep_worker(self, number: int, listener: socket.socket, urls: EngineUrls) -> None:
        short_lives = 0
        while True:
            began = time.monotonic()
            status = await self._workers[number].wait()
            short_lives = short_lives + 1 if time.monotonic() - began < _LONG_LIFE_S else 1
            wait_s = _wait(short_lives)
            log.error("worker %d ended with status %d; another one starts in %.1f s", number, status, wait_s)
            await asyncio.sleep(wait_s)
            self._workers[number] = await self._start_worker(number, listener)
            if await self._order(self._workers[number], urls):
                log.info("worker %d serves again", number)

    async def _keep_engines(self) -> None:
        failures = 0
        while True:
            await asyncio.sleep(_ENGINE_LOOK_S)
            for name in self._engines.dead():
                log.error("%s ended; it is started again", name)
                try:
                    await asyncio.to_thread(self._engines.revive, name)
                except EngineError as error:
                    failures += 1
                    log.error("%s does not start: %s", name, error)
                    await asyncio.sleep(_wait(failures))
                else:
                    failures = 0
                    log.info("%s runs again", name)

    async def _drain(self) -> None:
        timeout_s = self._settings.drain_timeout_ms / 1000 + _SLACK_S
        ended = await asyncio.gather(*(worker.drain(timeout_s=timeout_s) for worker in self._workers.values()))
        if not all(ended):
            log.warning("a worker did not finish within %.0f s and was killed", timeout_s)

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()

        def stop_soon(_number: int, _frame: object) -> None:
            loop.call_soon_threadsafe(self._stop)

        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            if number := getattr(signal, name, None):
                if sys.platform == "win32":
                    signal.signal(number, stop_soon)
                else:
                    loop.add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        """Drain at the first signal; go at once at the second, and let guards and pipes do the rest."""
        if self._stopping.is_set():
            os._exit(1)
        log.info("stopping… (a second signal ends it at once)")
        self._stopping.set()


def _wait(failures: int) -> float:
    return _WAITS_S[min(failures, len(_WAITS_S)) - 1]
