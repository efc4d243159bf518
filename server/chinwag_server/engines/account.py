"""The account that engines run under: our own, or another one when we are root, because PostgreSQL refuses root.

As root, everything below a folder of that account is done as that account (`run`, `write`): no link in
there can lead root astray. Folders that were here before us are never changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chinwag_server.engines.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

CANDIDATES = ("chinwag", "postgres", "nobody")
"""Accounts tried in this order when we are root and none was named."""

WINDOWS = sys.platform == "win32"
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Account:
    """An account other than ours. Only root ever has one."""

    name: str
    uid: int
    gid: int


def choose_account(preferred: str | None = None) -> Account | None:
    """Return the account for the engines; None means our own.

    Raises EngineError when we are root and *preferred*, or every candidate, does not exist.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    for name in (preferred,) if preferred else CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    wanted = preferred or ", ".join(CANDIDATES)
    raise EngineError(
        f"PostgreSQL does not run as root, and there is no ordinary account to run it under ({wanted}): "
        "make one with `useradd --system chinwag`, name one with --engine-account, or give --database-url"
    )


def engine_environment() -> dict[str, str]:
    """Return the environment for engines: nothing of the caller's libpq, locale or service manager settings."""
    dropped = ("PG", "LC_", "LANG", "LD_", "DYLD_", "NOTIFY_SOCKET", "CHAT_SERVER_")
    return {k: v for k, v in os.environ.items() if not k.startswith(dropped)} | {"LC_ALL": "C"}


def run(
    account: Account | None, argv: Sequence[str | Path], *, cwd: Path, stdin: str = "", check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as *account*. Raises EngineError with what it said when it fails and *check* is set."""
    command = [str(part) for part in argv]
    try:
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd=cwd,
            env=engine_environment(),
            timeout=_TIMEOUT_S,
            check=False,
            **process_options(account),
        )
    except subprocess.TimeoutExpired:
        raise EngineError(f"{command[0]} did not end within {_TIMEOUT_S} s") from None
    except OSError as error:
        raise EngineError(f"cannot run {command[0]}: {error.strerror}") from error
    if check and done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise EngineError(f"{os.path.basename(command[0])} failed with status {done.returncode}: {said[-600:]}")
    return done


def process_options(account: Account | None) -> dict[str, Any]:
    """Return the subprocess keywords that change to *account*; no window on Windows."""
    if WINDOWS:
        return {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def can_reach(account: Account | None, path: Path) -> bool:
    """Say whether *account* can enter the folder, or run the program, *path*."""
    if account is None:
        return os.access(path, os.X_OK)
    return run(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", path], cwd=Path("/"), check=False).returncode == 0


def make_folder(path: Path, *, mode: int) -> None:
    """Make *path* and its missing parents with *mode*, whatever the umask. Existing folders stay as they are."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)
    except OSError as error:
        raise EngineError(
            f"cannot make the folder {path}: {error.strerror}; choose another place with --data-dir"
        ) from error
    if not path.is_dir():
        raise EngineError(f"{path} is not a folder; choose another place with --data-dir")


def make_private_folder(account: Account | None, path: Path) -> None:
    """Make *path*, mode 0700, owned by *account*. Its parent must be a folder of ours."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise EngineError(f"{path} is not a folder: move it away")
    if not path.exists():
        path.mkdir(0o700)
        if account is not None:
            os.chown(path, account.uid, account.gid)
    if account is not None and not can_reach(account, path):
        raise EngineError(
            f"the account {account.name}, which the engines run under because this is root, cannot enter {path}: "
            "choose a place outside private folders, as in --data-dir /var/lib/chinwag"
        )


def write(account: Account | None, path: Path, text: str) -> None:
    """Write a file of mode 0600 as *account*."""
    if account is not None:
        run(account, ["/bin/sh", "-c", 'umask 077; cat > "$1"', "sh", path], cwd=path.parent, stdin=text)
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def remove(account: Account | None, path: Path) -> None:
    """Remove a file or a whole folder as *account*; one that is not there is fine."""
    import shutil

    if account is not None:
        run(account, ["/bin/rm", "-rf", "--", path], cwd=path.parent)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def rename(account: Account | None, old: Path, new: Path) -> None:
    """Rename *old* to *new* as *account*."""
    if account is not None:
        run(account, ["/bin/mv", "-T", "--", old, new], cwd=old.parent)
    else:
        old.rename(new)
