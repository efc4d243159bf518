#!/usr/bin/env python3
"""Everything a checkout needs, with nothing but Python 3.11 or newer.

python3 dev.py demo     set up, start a server, open two windows that talk to each other; where windows cannot be
                        shown, or with --offscreen, play the scene off screen and save pictures of it
python3 dev.py test     set up, run the tests (further words go to pytest)
python3 dev.py test --faults [--minutes N] [--seed S]    the fault run: everything dies, nothing is lost
python3 dev.py test --mutants    break a copy on purpose and see whether the tests notice (scripts/mutants.py)
python3 dev.py gallery  every state of the interface, in both themes, three sizes and two densities, with an index page
python3 dev.py setup    only make .venv with everything that requirements/lock.txt names
python3 dev.py lint     the linter, the formatter, the types, the layers, the generated pages
python3 dev.py lock     resolve the dependencies of pyproject.toml anew
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV, TOOLS, LOCK = ROOT / ".venv", ROOT / ".tools", ROOT / "requirements" / "lock.txt"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
STAMP, QT_STAMP = VENV / ".chinwag-stamp", VENV / ".chinwag-qt"
THIS_PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"
UV_VERSION = "0.13.9"
# uv: no downloads of interpreters; the system's certificates, so that a company's own authority is known.
UV_SETTINGS = {"UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "true", "VIRTUAL_ENV": str(VENV)}
# What Qt needs from the system and Debian and Ubuntu do not have by default; the second line only for a screen.
APT_PACKAGES = (
    "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 libbrotli1 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-randr0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 "
    "libwayland-cursor0 fonts-noto-color-emoji"
).split()

# Fails with the reason when Qt cannot be loaded; prints it where there is a display that Qt has no library for.
QT_PROBE = """
import PySide6.QtGui, PySide6.QtWidgets, PySide6.QtSvg
from chinwag_desktop.platform.screen import why_no_window
reason = why_no_window() or ""
print(reason if "library" in reason else "")
"""


def main(arguments: list[str]) -> int:
    """Run one command; return its exit status."""
    if sys.version_info < (3, 11):
        return fail("Chinwag needs Python 3.11 or newer; this is " + sys.version.split()[0])
    command, *rest = arguments or ["help"]
    if command == "lock":
        return lock(rest)
    if command not in COMMANDS:
        print(__doc__)
        return 0 if command in ("help", "-h", "--help") else 2
    if {"-h", "--help"} & {*rest} and (command != "test" or not is_set_up()):
        print(__doc__)
        return 0
    return setup() or (command in WITH_QT and find_qt_libraries()) or COMMANDS[command](rest)


def fail(words: str) -> int:
    """Say in one line what is wrong; return the exit status of a failure."""
    print(f"dev.py: {words}", file=sys.stderr)
    return 1


def setup() -> int:
    """Make .venv as the lock says, unless it is there already."""
    if is_set_up():
        return 0
    print(f"Setting up .venv ({make_way()})…", flush=True)
    started = time.monotonic()
    STAMP.unlink(missing_ok=True)
    status = setup_with_uv() if find_uv() or fetch_uv() else setup_with_pip()
    if status:
        return fail("the set-up failed: see above. Without a network nothing can be installed; then try again")
    STAMP.write_text(stamp())
    print(f"Done in {time.monotonic() - started:.0f} s.", flush=True)
    return 0


def is_set_up() -> bool:
    """Whether .venv is what it should be."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == stamp()


def make_way() -> str:
    """Say why .venv is made, and remove one of another Python: an update of 3.x.y keeps it, another 3.x does not."""
    python, _, rest = STAMP.read_text().partition("\n") if STAMP.exists() else ("", "", "")
    if not rest:
        return "once; about half a minute"
    if not PYTHON.exists():
        return f"anew: the {python} that it was made with is gone"
    if python != THIS_PYTHON:
        shutil.rmtree(VENV)
        return f"anew: it was made with {python}, this is {THIS_PYTHON}"
    return "again: what it is made from has changed"


def stamp() -> str:
    """The Python and a digest of all else that .venv is made from, so that a change of it makes .venv anew."""
    digest = hashlib.sha256()
    for path in (LOCK, ROOT / "pyproject.toml", Path(__file__)):
        digest.update(path.read_bytes())
    return f"{THIS_PYTHON}\n{digest.hexdigest()}"


def find_uv() -> str | None:
    """The path of a uv that is installed already."""
    ours = TOOLS / "bin" / ("uv.exe" if WINDOWS else "uv")
    return shutil.which("uv") or (str(ours) if ours.exists() else None)


def fetch_uv() -> bool:
    """Install uv below .tools: it needs no ensurepip (Debian's python3 has none) and is many times faster than pip.

    `--target` touches nothing outside this folder, so that even an externally managed Python allows it.
    """
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
    ]
    command = [*pip, "--target", str(TOOLS), f"uv=={UV_VERSION}"]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def setup_with_uv() -> int:
    """Make .venv with uv."""
    uv, environment = find_uv() or "uv", os.environ | UV_SETTINGS
    steps = [
        [uv, "pip", "sync", "--quiet", "--require-hashes", str(LOCK)],
        [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ]
    if not PYTHON.exists():
        steps.insert(0, [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)])
    return first_failure(steps, environment)


def setup_with_pip() -> int:
    """Make .venv with the standard library's venv and pip, where uv cannot be had."""
    if not PYTHON.exists() and subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode:
        return fail("this Python makes no environments. On Debian or Ubuntu: apt install python3-pip python3-venv")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = [
        [*pip, "--require-hashes", "-r", str(LOCK)],
        [*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ]
    return first_failure(steps, dict(os.environ))


def first_failure(steps: list[list[str]], environment: dict[str, str]) -> int:
    """Run the steps in order; stop at the first that fails and return its status."""
    for step in steps:
        if status := subprocess.run(step, cwd=ROOT, env=environment).returncode:
            return status
    return 0


def find_qt_libraries() -> int:
    """Qt needs system libraries that a bare Debian or Ubuntu lacks: install them as root, else name the line to run.

    Looked for until all were found once. Without those for a screen everything runs off screen.
    """
    if QT_STAMP.exists():
        return 0
    usable, reason = probe_qt()
    if reason:
        print(f"The desktop app {'can show no window' if usable else 'cannot start'} yet: {reason}", flush=True)
        if install_qt_libraries():
            usable, reason = probe_qt()
    if not reason:
        QT_STAMP.touch()
    return 0 if usable else 1


def probe_qt() -> tuple[bool, str]:
    """Whether Qt can be loaded, and what it lacks in one line; empty when nothing."""
    probe = subprocess.run([str(PYTHON), "-c", QT_PROBE], capture_output=True, text=True)
    lines = (probe.stdout if probe.returncode == 0 else probe.stderr or "no reason given").strip().splitlines()
    return probe.returncode == 0, (lines[-1] if lines else "").partition("; on Debian")[0]


def install_qt_libraries() -> bool:
    """Install them if we may; say how it is done otherwise."""
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *APT_PACKAGES]
    if not shutil.which("apt-get"):
        print("Install the libraries that Qt 6 needs with your system's package manager, then run this again.")
        return False
    if WINDOWS or os.geteuid() != 0:
        print("Run this line, then try again:\n  sudo " + " ".join(install), flush=True)
        return False
    print("Installing the libraries that Qt needs, with apt-get (we are root)…", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "--quiet"], env=quiet, stdout=subprocess.DEVNULL)
    return subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL).returncode == 0


def run_in_place(*command: object) -> int:
    """Become the command where the system can, so that signals reach it and not us; return its status elsewhere."""
    words = [str(word) for word in command]
    sys.stdout.flush()
    if not WINDOWS:
        os.chdir(ROOT)
        os.execv(words[0], words)
    return subprocess.call(words, cwd=ROOT)


def demo(arguments: list[str]) -> int:
    """A server and two windows that talk."""
    return run_in_place(PYTHON, ROOT / "scripts" / "demo.py", *arguments)


def test(arguments: list[str]) -> int:
    """The tests, five workers on two cores because many of them wait, but never more than eight: each starts engines of its own."""
    if "--mutants" in arguments:
        return run_in_place(
            PYTHON, ROOT / "scripts" / "mutants.py", *(word for word in arguments if word != "--mutants")
        )
    if "--faults" in arguments:
        words = [word for word in arguments if word != "--faults"]
        return run_in_place(PYTHON, ROOT / "tests" / "faults" / "run.py", *words)
    workers = str(min(5 * (os.cpu_count() or 1) // 2, 8))
    parallel = (
        []
        if "-n" in arguments or "-x" in arguments
        else ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    )
    return run_in_place(PYTHON, "-m", "pytest", "-q", *parallel, *arguments)


def lint(_: list[str]) -> int:
    """All checks that run nothing of ours but scripts that compare generated pages."""
    python = str(PYTHON)
    checks = [
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        [str(BIN / "lint-imports"), "--no-logo"],
        [python, "-m", "basedpyright", "--level", "error"],
        [python, "scripts/protocol_docs.py", "--check"],
        [python, "scripts/check_lifecycle.py"],
        [python, "scripts/check_faults.py"],
        [python, "scripts/check_mutants.py"],
        [python, "scripts/translations.py", "--check"],
    ]
    failed = [check for check in checks if subprocess.run(check, cwd=ROOT).returncode]
    for check in failed:
        print("failed: " + " ".join(check), file=sys.stderr)
    return 1 if failed else 0


def lock(arguments: list[str]) -> int:
    """Resolve pyproject.toml for Linux, macOS and Windows at once; no address of a registry gets into the file."""
    if not (uv := find_uv() or (fetch_uv() and find_uv())):
        return fail("uv is needed to make the lock and could not be installed")
    compile_lock = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
    plain = ["--no-emit-index-url", "--no-annotate", "--no-header", "--all-extras"]
    files = ["pyproject.toml", "requirements/dev.in", "-o", str(LOCK)]
    return subprocess.run(
        [*compile_lock, *plain, *files, *arguments], cwd=ROOT, env=os.environ | UV_SETTINGS
    ).returncode


def gallery(arguments: list[str]) -> int:
    """Every state of the interface as pictures."""
    return run_in_place(PYTHON, ROOT / "scripts" / "gallery.py", *arguments)


def nothing_more(_: list[str]) -> int:
    """`setup` is done before any command."""
    return 0


COMMANDS = {"setup": nothing_more, "demo": demo, "test": test, "gallery": gallery, "lint": lint}
WITH_QT = ("setup", "demo", "test", "gallery")

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
