"""`chat-server` as people run it: as a process, beside a server and without one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from chinwag_server.engines.pair import Engines

COMMAND = [sys.executable, "-c", "from chinwag_server.cli import main; main()"]
PASSWORD = "correct horse battery"


class Cli:
    """Runs commands on one data folder, or on a database of the tests' own engines."""

    def __init__(self, folder: Path, *, database_url: str = "") -> None:
        self.folder = folder
        self._place = {"CHAT_SERVER_DATA_DIR": str(folder)}
        if database_url:
            self._place["CHAT_SERVER_DATABASE_URL"] = database_url

    def __call__(
        self, *arguments: str, stdin: str = "", environment: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=self.environment() | (environment or {}),
        )
        return done.returncode, done.stdout, done.stderr

    def environment(self) -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if not k.startswith("CHAT_SERVER_")} | self._place

    def add(self, name: str, *flags: str, password: str = PASSWORD) -> tuple[int, str, str]:
        return self("user", "add", name, "--password-stdin", *flags, stdin=f"{password}\n")


@pytest.fixture
def cli(reachable_folder: Path) -> Cli:
    return Cli(reachable_folder / secrets.token_hex(4))


@pytest.fixture
def there(reachable_folder: Path, database_url: str) -> Cli:
    return Cli(reachable_folder / secrets.token_hex(4), database_url=database_url)


@pytest.fixture
def server(cli: Cli) -> Iterator[str]:
    """Engines that serve, as beside a running `chat-server serve`; the database's URL."""
    engines = Engines(cli.folder / "engines")
    yield engines.own().database
    engines.stop()


async def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


def test_accounts_without_a_server(cli: Cli) -> None:
    engines = Engines(cli.folder / "engines")
    engines.own()
    engines.stop()
    assert cli("user", "list") == (0, "there are no accounts yet\n", "")
    assert cli.add("ann", "--admin", "--display-name", "Ann [bold]A.[/]") == (0, "added ann, an admin\n", "")
    assert cli.add("bob") == (0, "added bob\n", "")
    status, out, err = cli("user", "list")
    assert (status, err) == (0, "")
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["ann", "Ann", "[bold]A.[/]", "admin", "active", "never"],
        ["bob", "bob", "member", "active", "never"],
    ]


async def test_accounts_beside_a_server(cli: Cli, server: str) -> None:
    assert cli.add("ann", "--admin")[0] == 0
    assert cli("user", "disable", "ann") == (0, "ann is disabled\n", "")
    assert cli("user", "disable", "ann") == (0, "ann was disabled already\n", "")
    assert "disabled" in cli("user", "list")[1]
    assert cli("user", "enable", "ann") == (0, "ann is enabled\n", "")
    before = await fetch(server, "SELECT password_hash FROM users")
    changed = cli("user", "password", "ann", "--password-stdin", stdin="another long secret\r\n")
    assert changed == (0, "ann has a new password\n", "")
    assert await fetch(server, "SELECT password_hash FROM users") != before
    assert await fetch(server, "SELECT action, actor_id FROM audit ORDER BY at, id") == [
        ("user.create", None),
        ("user.disable", None),
        ("user.enable", None),
        ("user.password", None),
    ]


async def test_what_ends_sessions_is_stored_for_running_nodes(there: Cli, database_url: str) -> None:
    there.add("ann")
    await fetch(
        database_url,
        "INSERT INTO sessions (id, user_id, address, last_seen_at, refresh_hash, expires_at)"
        " SELECT gen_random_uuid(), id, '127.0.0.1', now(), n::text::bytea, now() + '1 day' FROM users, generate_series(1, 2) n",
    )
    there("user", "disable", "ann")
    assert await fetch(database_url, "SELECT DISTINCT revoked_reason FROM sessions WHERE revoked_at IS NOT NULL") == [
        ("user_disabled",)
    ]


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("Ann", PASSWORD, "username: only a-z"),
        ("ab", PASSWORD, "username: must have 3 to 32 characters"),
        ("ann", "short", "password: must have 10 to 256 characters"),
        ("taken", PASSWORD, "this user name is taken"),
    ],
)
def test_what_cannot_be_added_is_told_in_one_line(there: Cli, name: str, password: str, said: str) -> None:
    assert there.add("taken")[0] == 0
    status, out, err = there.add(name, password=password)
    assert (status, out) == (1, "")
    assert err.startswith(f"error: {said}")
    assert err.count("\n") == 1


def test_limits_of_the_environment_hold_for_commands_too(there: Cli) -> None:
    assert there.add("ann", password="short")[0] == 1
    known = there(
        *("user", "add", "ann", "--password-stdin"), stdin="short\n", environment={"CHAT_SERVER_PASSWORD_MIN": "5"}
    )
    assert known == (0, "added ann\n", "")


def test_a_password_is_never_taken_from_thin_air(there: Cli) -> None:
    assert there("user", "add", "ann", "--password-stdin")[2] == "error: there is no password on standard input\n"
    assert "--password-stdin" in there("user", "add", "ann", stdin=f"{PASSWORD}\n")[2]
    assert not there.folder.exists()


def test_a_password_that_is_too_short_is_told_before_it_is_typed_again(there: Cli) -> None:
    status, said = at_a_terminal(there, "user", "add", "ann", typed="short\n")
    assert status == 1
    assert said.startswith("Password (10 to 256 characters): ")
    assert said.endswith("error: password: must have 10 to 256 characters\r\n")
    assert "Again" not in said
    status, said = at_a_terminal(there, "user", "add", "ann", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert (status, said.splitlines()[-1]) == (0, "added ann")
    assert PASSWORD not in said


def at_a_terminal(cli: Cli, *arguments: str, typed: str) -> tuple[int, str]:
    """Run a command on a terminal of its own, and type at each prompt; its status and what the terminal shows."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=cli.environment() | {"NO_COLOR": "1", "TERM": "dumb"},
        start_new_session=True,
    )
    os.close(theirs)
    said, lines = "", typed.splitlines(keepends=True)
    with contextlib.suppress(OSError):  # Linux says so when the other side is gone
        while more := os.read(ours, 4096).decode():
            said += more
            if said.endswith(("characters): ", "Again: ")):
                os.write(ours, lines.pop(0).encode())
    os.close(ours)
    return process.wait(30), said


def test_nobody_of_that_name(there: Cli) -> None:
    assert there("user", "disable", "nobody") == (1, "", "error: there is no user nobody\n")


def test_invites(there: Cli) -> None:
    assert there("invite", "list") == (0, "there are no invites\n", "")
    status, out, _ = there("invite", "create", "--uses", "3", "--hours", "2", "--role", "admin")
    code = out.strip()
    assert status == 0
    assert len(code) == 20
    assert there("invite", "list")[1].splitlines()[1].split()[:3] == [code, "admin", "3"]
    assert there("invite", "revoke", code) == (0, f"revoked {code}: nobody can register with it any more\n", "")
    status, out, err = there("invite", "revoke", code)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert there("invite", "create", "--uses", "0")[0] != 0
    assert there("invite", "revoke", "-starts-with-a-hyphen")[2] == err


async def test_engines_prints_urls_on_one_line(cli: Cli, server: str) -> None:
    status, out, err = cli("engines", "--urls")
    assert (status, err, out.count("\n")) == (0, "", 1)
    database, redis = out.split()
    assert database == server
    assert redis.startswith("unix:///")
    assert await fetch(database, "SELECT 1") == [(1,)]
    status, out, _ = cli("engines")
    assert "***" in out
    assert database not in out


async def test_after_a_backup_was_put_back_another_history_begins(there: Cli, database_url: str) -> None:
    there("user", "list")
    before = await fetch(database_url, "SELECT value FROM server_state WHERE key = 'epoch'")
    assert there("restored")[::2] == (0, "")
    after = await fetch(database_url, "SELECT value FROM server_state WHERE key = 'epoch'")
    assert len(after) == 1
    assert after != before
    assert await fetch(database_url, "SELECT action FROM audit") == [("server.restored",)]


def test_engines_of_no_server(cli: Cli) -> None:
    status, out, err = cli("engines", "--urls")
    assert (status, out) == (1, "")
    assert err == f"error: no chat-server runs on {cli.folder}: start it, or give its --data-dir\n"


@pytest.mark.parametrize(
    "command", [("user", "list"), ("user", "add", "ann"), ("user", "disable", "ann"), ("invite", "create")]
)
def test_where_no_server_ever_was_nothing_is_made(cli: Cli, command: tuple[str, ...]) -> None:
    status, out, err = cli(*command)
    assert (status, out) == (1, "")
    assert err.startswith(f"error: no chat-server ever kept its data in {cli.folder}: give the --data-dir of yours")
    assert err.count("\n") == 1
    assert not cli.folder.exists()
    cli.folder.mkdir()
    assert cli(*command) == (status, out, err)
    assert not any(cli.folder.iterdir())


async def test_nor_in_a_database_that_no_server_ever_used(cli: Cli, empty_database_url: str) -> None:
    status, out, err = await asyncio.to_thread(cli, "user", "list", "--database-url", empty_database_url)
    assert (status, out) == (1, "")
    assert err.startswith("error: no chat-server ever used the database postgresql://")
    assert "--database-url" in err
    assert urlsplit(empty_database_url).password not in err
    assert await fetch(empty_database_url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_database_that_cannot_be_reached_is_named_with_a_way_out(cli: Cli) -> None:
    status, out, err = cli("user", "list", "--database-url", "postgresql://me:s3cret@127.0.0.1:1/chat")
    assert (status, out) == (1, "")
    assert re.fullmatch(
        r"error: cannot use the database postgresql://me:\*\*\*@127\.0\.0\.1:1/chat: the database cannot be reached: "
        r"ConnectionRefusedError: .+; check --database-url\n",
        err,
    )


def test_what_is_unknown_is_refused_with_the_nearest_name(cli: Cli) -> None:
    status, _, err = cli("user", "list", environment={"CHAT_SERVER_TEXT_LENGHT": "1"})
    assert status != 0
    assert "CHAT_SERVER_TEXT_LENGTH?" in " ".join(err.replace("│", " ").split())
    status, _, err = cli("sevre")
    assert status != 0
    assert "serve" in err


def test_a_place_that_cannot_be_is_told_in_one_line(cli: Cli) -> None:
    cli.folder.write_text("a file")
    status, out, err = cli("user", "list")
    assert (status, out) == (1, "")
    assert "--data-dir" in err
    assert err.count("\n") == 1


def test_a_traceback_only_for_those_who_ask(cli: Cli) -> None:
    cli.folder.write_text("a file")
    assert "Traceback" not in cli("user", "list")[2]
    assert "Traceback" in cli("user", "list", "--debug")[2]


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["user"], ["user", "add"], ["invite", "create"], ["engines"], ["restored"]]
)
def test_help_of_every_command(cli: Cli, command: list[str]) -> None:
    status, out, err = cli(*command, "--help")
    assert (status, err) == (0, "")
    assert "Usage: chat-server" in out
    assert "CHAT_SERVER_" in out
