"""Making a PostgreSQL cluster, all of it or nothing."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chinwag_server.engines.account import Account, remove, rename, run, write
from chinwag_server.engines.binaries import program
from chinwag_server.engines.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

ROLE = DATABASE = "chinwag"

# No libc or ICU: it sorts the same on every system, and an upgrade of the system cannot corrupt an index.
_LOCALE = ("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
# Without it pg_trgm sees no letters outside ASCII. Systems that lack it say so at once.
_CHARACTERS = "--lc-ctype=C.UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The folders of one cluster: *root* is ours, `root/cluster` the account's. *home* lies above the programs."""

    root: Path
    home: Path
    account: Account | None

    @property
    def folder(self) -> Path:
        """The account's private folder."""
        return self.root / "cluster"

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory; it is there only when it is whole."""
        return self.folder / "data"

    def make(self, *, sync: bool) -> None:
        """Make the cluster, with its database and a password of 192 random bits. A half-made one is thrown away."""
        password, partial = secrets.token_urlsafe(24), self.folder / "data.partial"
        password_file = self.folder / "password.init"
        remove(self.account, partial)
        write(self.account, password_file, password)
        options = ["-U", ROLE, f"--pwfile={password_file}", "-A", "scram-sha-256", "--no-instructions"]
        initdb = [program(self.home, "initdb"), "-D", partial, *options, *_LOCALE, *([] if sync else ["--no-sync"])]
        if run(self.account, [*initdb, _CHARACTERS], cwd=self.root, check=False).returncode:
            run(self.account, initdb, cwd=self.root)
        remove(self.account, password_file)
        self._make_database(partial)
        write(None, self.root / "password.new", password)
        (self.root / "password.new").replace(self.root / "password")
        rename(self.account, partial, self.data)

    def refuse_other_major(self, version: str) -> None:
        """Raise EngineError when the data are of another major version than the programs, which are of *version*."""
        have = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        if have != version.partition(".")[0]:
            raise EngineError(
                f"the data in {self.root} were made by PostgreSQL {have}, this is {version}: "
                f"install the chinwag that made them, or give another --data-dir"
            )

    def remove_stale_files(self, sockets: Path) -> None:
        """Remove what a killed server left: its pid may belong to somebody else by now, or to a zombie.

        Only for whoever holds the engine's lock, which no process of an earlier server holds any more.
        """
        for path in (self.data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
            if os.path.lexists(path):
                remove(self.account, path)

    def _make_database(self, data: Path) -> None:
        """In single-user mode, so that a cluster without its database is never seen."""
        single = [program(self.home, "postgres"), "--single", "-D", data, "postgres"]
        done = run(self.account, single, cwd=self.root, stdin=f"CREATE DATABASE {DATABASE};\n")
        if "ERROR" in done.stderr or "FATAL" in done.stderr:
            raise EngineError(f"cannot make the database: {' '.join(done.stderr.split())[-600:]}")
