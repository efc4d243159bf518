"""Runs one engine as its child and ends it once standard input closes, that is, once whoever started us is gone.

A script of its own, started with `python -I -S`: only the standard library, nothing of ours. It is told what to do
by one JSON object, a `Plan`, or on Windows, where commands start and stop the engine, by the list that is the command
to run at the end.

A pipe's end is the one thing that comes however the other side dies. Exit status: 0 ended by us, 3 the engine ended.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from typing import TypedDict

LOG_LIMIT = 10 * 1024 * 1024
PR_SET_PDEATHSIG = 1
CREATE_NO_WINDOW = 0x08000000


class Plan(TypedDict):
    """*account*: uid and gid, or None; *keep*: open lock files to inherit; *endings*: (signal, seconds to wait)."""

    argv: list[str]
    account: tuple[int, int] | None
    cwd: str
    log: str
    keep: list[int]
    endings: list[tuple[int, int]]


def ignore_signals() -> None:
    """A Ctrl+C or a stop of the whole service is meant for our owner. Handlers, unlike SIG_IGN, are not inherited."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), do_nothing)


def do_nothing(number: int, frame: object) -> None:
    """A handler."""


def become(account: tuple[int, int] | None) -> None:
    """Give up root for good."""
    if account is not None:
        os.setgroups([])
        os.setgid(account[1])
        os.setuid(account[0])


def open_log(path: str) -> int:
    """Open the engine's log for appending; one too long becomes `.1` first."""
    try:
        if os.lstat(path).st_size > LOG_LIMIT:
            os.replace(path, path + ".1")
    except FileNotFoundError:
        pass
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def die_with(parent: int, ending: int) -> None:
    """In the child: get *ending* when the guard itself is killed (Linux; elsewhere the next start cleans up)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ending, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def end(child: subprocess.Popen[bytes], endings: list[tuple[int, int]]) -> None:
    """Ask the engine to end, ever less politely."""
    for ending, seconds in endings:
        child.send_signal(ending)
        try:
            child.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            continue
    child.kill()
    child.wait()


def guard_child(plan: Plan) -> int:
    """Run the engine until it ends (3) or the owner does (0)."""
    become(plan["account"])
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, do_nothing)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    me, endings, log = os.getpid(), plan["endings"], open_log(plan["log"])
    child = subprocess.Popen(
        plan["argv"],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=plan["cwd"],
        pass_fds=plan["keep"],
        preexec_fn=lambda: die_with(me, endings[0][0]),
    )
    for lock in (*plan["keep"], log):
        os.close(lock)
    while child.poll() is None:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
        if 0 in ready and not os.read(0, 4096):
            end(child, endings)
            return 0
    return 3


def guard_by_command(stop: list[str]) -> int:
    """Wait for the owner's end, then run *stop*."""
    while os.read(0, 4096):
        pass
    return subprocess.call(stop, stdin=subprocess.DEVNULL, creationflags=CREATE_NO_WINDOW)


def main() -> int:
    told: Plan | list[str] = json.loads(sys.argv[1])
    ignore_signals()
    return guard_by_command(told) if isinstance(told, list) else guard_child(told)


if __name__ == "__main__":
    sys.exit(main())
