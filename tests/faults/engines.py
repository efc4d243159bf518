"""PostgreSQL and Valkey of a fault run: the product's own, as real processes that can be killed, frozen and revived."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import urllib.parse
from typing import TYPE_CHECKING

import psutil

from chinwag_server.engines.postgres import EmbeddedPostgres
from chinwag_server.engines.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from pathlib import Path


class Engine:
    """One engine: the child of its guard, and whatever the child started."""

    def __init__(self, embedded: EmbeddedPostgres | EmbeddedValkey) -> None:
        self._embedded = embedded

    async def start(self) -> None:
        """Start it, also after it was killed."""
        await asyncio.to_thread(self._embedded.start)

    async def stop(self) -> None:
        """End it kindly; one that is frozen is woken first."""
        self.thaw()
        await asyncio.to_thread(self._embedded.stop)

    def kill(self) -> None:
        """SIGKILL: for PostgreSQL the postmaster, whose children end when they notice."""
        self._signal(signal.SIGKILL, children=False)

    def freeze(self) -> None:
        """SIGSTOP, with everything it started."""
        self._signal(signal.SIGSTOP, children=True)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT, children=True)

    @property
    def running(self) -> bool:
        """Whether its guard still sees it."""
        return self._embedded.running()

    @property
    def socket(self) -> str:
        """The unix socket on which it listens."""
        return socket_of(self._embedded.url())

    def processes(self) -> list[psutil.Process]:
        """The engine and its children."""
        guard = self._embedded.guard_pid
        if guard is None:
            return []
        try:
            return psutil.Process(guard).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _signal(self, number: signal.Signals, *, children: bool) -> None:
        found = self.processes()
        for process in found if children else found[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)


class Engines:
    """Both, below one folder."""

    def __init__(self, folder: Path) -> None:
        self._postgres = EmbeddedPostgres(folder / "postgres")
        self.postgres = Engine(self._postgres)
        self.valkey = Engine(EmbeddedValkey(folder / "valkey"))

    async def start(self) -> None:
        """Start both."""
        await asyncio.gather(self.postgres.start(), self.valkey.start())

    async def heal(self) -> None:
        """Neither is frozen or dead any more."""
        for engine in (self.postgres, self.valkey):
            engine.thaw()
            if not engine.running:
                await engine.start()

    async def stop(self) -> None:
        """End both."""
        await asyncio.gather(self.postgres.stop(), self.valkey.stop())

    @property
    def urls(self) -> tuple[str, str]:
        """Where PostgreSQL and Valkey are for the director itself: past all proxies."""
        return self._postgres.url(), f"unix://{self.valkey.socket}"


class GivenEngines(Engines):
    """Engines that somebody else keeps; they cannot be killed here."""

    def __init__(self, database_url: str, valkey_url: str) -> None:
        self._given = database_url, valkey_url

    async def start(self) -> None:
        """They run."""

    async def heal(self) -> None:
        """Nothing was done to them."""

    async def stop(self) -> None:
        """They go on."""

    @property
    def urls(self) -> tuple[str, str]:
        return self._given


def socket_of(url: str) -> str:
    """The unix socket that a URL of ours names."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "unix":
        return urllib.parse.unquote(parts.path)
    return urllib.parse.unquote(urllib.parse.parse_qs(parts.query)["host"][0]) + "/.s.PGSQL.5432"


def over_loopback(url: str, port: int) -> str:
    """The same database by a port of loopback."""
    parts = urllib.parse.urlsplit(url)
    credentials = parts.netloc.rpartition("@")[0]
    return f"postgresql://{credentials}@127.0.0.1:{port}{parts.path}?sslmode=disable"
