"""`chat-server user`: accounts, while the server runs and while it does not."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

from chinwag_protocol.limits import Limits
from chinwag_protocol.text import clean_password
from chinwag_server.cli.options import NONE_GIVEN, AnyOptions, Options
from chinwag_server.cli.output import CommandError, say, show_table

app = App(name="user", help="Make, list, lock and unlock accounts, and give them passwords.")

Name = Annotated[str, Parameter(help="User name: a-z, 0-9, dot, underscore and hyphen.")]
PasswordStdin = Annotated[
    bool,
    Parameter(
        negative="",
        show_default=False,
        help="Take the first line of standard input as the password, instead of asking for it.",
    ),
]


@app.command
def add(
    name: Name,
    /,
    *,
    admin: Annotated[bool, Parameter(negative="", show_default=False, help="Let the account make invites.")] = False,
    display_name: Annotated[str | None, Parameter(help="What others see. Default: the user name.")] = None,
    password_stdin: PasswordStdin = False,
    options: AnyOptions = NONE_GIVEN,
) -> None:
    """Make an account, whatever registration says."""
    from chinwag_server.cli.database import administer, find_server

    settings = find_server(options)
    password = _read_password(from_stdin=password_stdin, limits=settings.limits)
    role = "admin" if admin else "member"
    user = administer(settings, lambda service: service.add_user(name, password, display_name=display_name, role=role))
    say(f"added {user.username}{', an admin' if admin else ''}")


@app.command(name="list")
def list_(*, options: AnyOptions = NONE_GIVEN) -> None:
    """List all accounts."""
    from chinwag_server.cli.database import administer, find_server

    users = administer(find_server(options), lambda service: service.list_users())
    rows = [
        (
            user.username,
            user.display_name,
            user.role,
            "disabled" if user.disabled else "active",
            "never" if user.last_seen_at is None else f"{user.last_seen_at:%Y-%m-%d %H:%M} UTC",
        )
        for user in users
    ]
    show_table(("Name", "Shown as", "Role", "State", "Last seen"), rows, empty="there are no accounts yet")


@app.command
def disable(name: Name, /, *, options: AnyOptions = NONE_GIVEN) -> None:
    """Lock an account: it is signed out everywhere within seconds, and cannot sign in. Its messages stay."""
    _set_disabled(name, options, disabled=True)


@app.command
def enable(name: Name, /, *, options: AnyOptions = NONE_GIVEN) -> None:
    """Unlock an account."""
    _set_disabled(name, options, disabled=False)


@app.command
def password(name: Name, /, *, password_stdin: PasswordStdin = False, options: AnyOptions = NONE_GIVEN) -> None:
    """Give an account another password. It is signed out everywhere within seconds."""
    from chinwag_server.cli.database import administer, find_server

    settings = find_server(options)
    new = _read_password(from_stdin=password_stdin, limits=settings.limits)
    administer(settings, lambda service: service.set_password(name, new))
    say(f"{name} has a new password")


def _set_disabled(name: str, options: Options, *, disabled: bool) -> None:
    from chinwag_server.cli.database import administer, find_server

    changed = administer(find_server(options), lambda service: service.set_disabled(name, disabled))
    state = "disabled" if disabled else "enabled"
    say(f"{name} is {state}" if changed else f"{name} was {state} already")


def _read_password(*, from_stdin: bool, limits: Limits) -> str:
    if from_stdin:
        line = sys.stdin.readline()
        if not line:
            raise CommandError("there is no password on standard input")
        return line.rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError("there is no terminal to ask for a password: give it with --password-stdin")
    from getpass import getpass

    given = getpass(f"Password ({limits.password_min} to {limits.password_max} characters): ")
    clean_password(given, limits=limits)  # before it has to be typed again
    if getpass("Again: ") != given:
        raise CommandError("the two passwords differ")
    return given
