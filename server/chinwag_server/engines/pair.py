"""Both engines of one data folder: owned by the server, borrowed by commands that run beside it, or replaced by URLs.

`owner.lock` is held by whoever runs the engines, `serving.lock` too by an owner that lasts. A command attaches only to
the engines of one that lasts: those of another command would end under its feet, so it waits for them to.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chinwag_server.engines.account import choose_account, make_folder
from chinwag_server.engines.errors import EngineError
from chinwag_server.engines.locks import POLL_S, is_taken, take
from chinwag_server.engines.postgres import EmbeddedPostgres
from chinwag_server.engines.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from pathlib import Path

_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class EngineUrls:
    """What to connect to. *redis* is None where there is no Valkey."""

    database: str
    redis: str | None


class Engines:
    """The engines in *folder*, except those for which a URL is given."""

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        redis_url: str | None = None,
        run_as: str | None = None,
    ) -> None:
        self._folder = folder.absolute()
        self._given = (database_url, redis_url)
        self._run_as = run_as
        self._postgres = EmbeddedPostgres(self._folder / "postgres", run_as=run_as) if database_url is None else None
        embedded = redis_url is None and EmbeddedValkey.available()
        self._valkey = EmbeddedValkey(self._folder / "valkey", run_as=run_as) if embedded else None
        self._held = ExitStack()
        self._owned: dict[str, EmbeddedPostgres | EmbeddedValkey] = {}
        self._changing = threading.Lock()

    def own(self) -> EngineUrls:
        """Start the engines for a server. Waits for a command that has them at the moment. Raises EngineError."""
        with ExitStack() as started:
            if self._postgres or self._valkey:
                self._make_folder()
                taken = all(self._take(name, started, timeout_s=_WAIT_S) for name in ("owner.lock", "serving.lock"))
                if not taken:
                    raise EngineError(self._busy())
            urls = self._start(started, valkey=True)
            named = {"PostgreSQL": self._postgres, "Valkey": self._valkey}
            self._owned = {name: engine for name, engine in named.items() if engine}
            self._held = started.pop_all()
        return urls

    def exist(self) -> bool:
        """Say whether a server ever ran its engines here, or needs none. Raises PermissionError."""
        return self._postgres is None or self._postgres.exists()

    def borrow(self) -> EngineUrls:
        """Give a command the engines: those of a server that runs, else its own, without a Valkey, for a while."""
        if not self._postgres:
            return self._urls()
        self._make_folder()
        deadline = time.monotonic() + _WAIT_S
        while not self._serving():
            with ExitStack() as started:
                if self._take("owner.lock", started, timeout_s=0):
                    urls = self._start(started, valkey=False)
                    self._held = started.pop_all()
                    return urls
            if time.monotonic() > deadline:
                raise EngineError(self._busy())
            time.sleep(POLL_S)
        return self.attach()

    def attach(self) -> EngineUrls:
        """Give the URLs of a server's engines as soon as they are ready. Raises EngineError when no server runs."""
        embedded = [engine for engine in (self._postgres, self._valkey) if engine]
        deadline = time.monotonic() + _WAIT_S
        while not all(engine.ready() for engine in embedded):
            if not self._serving():
                raise EngineError(f"no chat-server runs on {self._folder.parent}: start it, or give its --data-dir")
            if time.monotonic() > deadline:
                raise EngineError(f"the engines in {self._folder} are not ready after {_WAIT_S} s")
            time.sleep(POLL_S)
        return self._urls()

    def dead(self) -> list[str]:
        """Name the engines of an owner that ended by themselves."""
        return [name for name, engine in self._owned.items() if not engine.running()]

    def revive(self, name: str) -> None:
        """Start an engine that ended again, at the same URL. Raises EngineError. Does nothing after `stop`."""
        with self._changing:
            if name in self._owned:
                self._owned[name].start()

    def stop(self) -> None:
        """End what was started here, and wait for it."""
        with self._changing:
            self._owned = {}
            self._held.close()

    def _start(self, started: ExitStack, *, valkey: bool) -> EngineUrls:
        if self._postgres:
            started.callback(self._postgres.stop)
            self._postgres.start()
        if self._valkey and valkey:
            started.callback(self._valkey.stop)
            self._valkey.start()
        return self._urls(valkey=valkey)

    def _urls(self, *, valkey: bool = True) -> EngineUrls:
        database, redis = self._given
        if self._postgres:
            database = self._postgres.url()
        if self._valkey and valkey:
            redis = self._valkey.url()
        assert database is not None
        return EngineUrls(database, redis)

    def _busy(self) -> str:
        return f"another process has had the engines in {self._folder} for {_WAIT_S} s: wait for it, or end it"

    def _make_folder(self) -> None:
        make_folder(self._folder, mode=0o711 if choose_account(self._run_as) else 0o700)

    def _take(self, name: str, held: ExitStack, *, timeout_s: float) -> bool:
        release = take(self._folder / name, timeout_s=timeout_s)
        if release is None:
            return False
        held.callback(release)
        return True

    def _serving(self) -> bool:
        return is_taken(self._folder / "serving.lock")
