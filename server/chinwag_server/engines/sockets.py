"""Where an engine's unix socket lives: in its own folder, or elsewhere when that path is too long for a socket."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from chinwag_server.engines.errors import EngineError

if TYPE_CHECKING:
    from chinwag_server.engines.account import Account

_SUN_PATH_MAX = 100
"""sockaddr_un holds 107 bytes on Linux, 103 on macOS."""


def find_socket_folder(home: Path, *, longest_name: str) -> Path | None:
    """Return the folder of the sockets of the engine whose private folder is *home*; None when it has none yet."""
    if len(os.fsencode(home)) + 1 + len(longest_name) <= _SUN_PATH_MAX:
        return home
    try:
        return Path(_reminder(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def make_socket_folder(home: Path, *, account: Account | None, longest_name: str) -> Path:
    """Return *home*, or when its path is too long a temporary folder (0700, of *account*) that is remembered."""
    found = find_socket_folder(home, longest_name=longest_name)
    if found is not None and (found == home or _is_private(found, account)):
        return found
    temporary = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="chinwag-sockets-", dir=temporary if len(temporary) < 50 else "/tmp"))  # noqa: S108 - mkdtemp
    if len(os.fsencode(folder)) + 1 + len(longest_name) > _SUN_PATH_MAX:
        raise EngineError(f"no place short enough for the sockets of {home}: choose a shorter --data-dir")
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    _reminder(home).write_text(str(folder), encoding="utf-8")
    return folder


def _reminder(home: Path) -> Path:
    return home.with_name(home.name + ".sockets")


def _is_private(folder: Path, account: Account | None) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    status = folder.stat()
    return status.st_uid == (os.geteuid() if account is None else account.uid) and status.st_mode & 0o077 == 0
