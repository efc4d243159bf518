"""The command line put together: commands in groups, one file a group, and what happens when one fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from chinwag_server.cli.options import NAMES
from chinwag_server.cli.output import complain
from chinwag_server.cli.refusals import explain
from chinwag_server.cli.sources import PREFIX, Sources
from chinwag_server.engines.errors import OperatorError

HELP = """Host a chat for a team.

`chat-server serve` is all it takes: PostgreSQL and Valkey come with it.
"""
EPILOGUE = (
    f"Every option can be given as a flag, in the environment as {PREFIX}NAME (--data-dir is {PREFIX}DATA_DIR), "
    "or in a TOML file (data-dir = ...): the first of these counts."
)
_SERVE = (
    "Serve until a signal comes.\n\n"
    "Prints `ready http://host:port` (https with a certificate) on standard output once it serves, and nothing else "
    "there. Brings its own "
    "PostgreSQL and Valkey unless URLs are given. SIGTERM or Ctrl+C lets it finish what it does, a second one ends "
    "it at once."
)
_ENGINES = (
    "Show the engines of the server that runs on the data folder.\n\n"
    "With --urls it prints `DATABASE-URL REDIS-URL`: what a second node on this machine gives to --database-url and "
    "--redis-url to join."
)
_COMMANDS = {
    "serve": ("chinwag_server.cli.serve:serve", _SERVE),
    "user": ("chinwag_server.cli.user:app", "Make, list, lock and unlock accounts, and give them passwords."),
    "invite": ("chinwag_server.cli.invite:app", "Make, list and take back the codes that let people register."),
    "fingerprint": (
        "chinwag_server.cli.fingerprint:show_fingerprint",
        "Show the fingerprint of the server's certificate, which people compare in the app.",
    ),
    "restored": (
        "chinwag_server.cli.restored:restored",
        "Say that a backup was put back: apps know a later history, and have to fetch everything anew.",
    ),
    "engines": ("chinwag_server.cli.engines:engines", _ENGINES),
}
"""Where a command is, and its help in the list, which must not import it."""


def make_app() -> App:
    """Make the application. A command's module is imported when the command is called or shown."""
    app = App(
        name="chat-server",
        help=HELP,
        help_epilogue=EPILOGUE,
        version=_version,
        version_format="plaintext",
        help_format="plaintext",  # markdown costs 80 ms of imports
        config=[Sources(NAMES)],
        result_action="return_value",
    )
    for position, (name, (target, summary)) in enumerate(_COMMANDS.items()):
        app.command(target, name=name, help=summary, sort_key=position)
    return app


def run(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        make_app()(arguments, exit_on_error=False, print_error=False)
    except KeyboardInterrupt:
        sys.exit(130)
    except CycloptsError as error:
        complain(explain(error))
        sys.exit(2)
    except BrokenPipeError:  # as in `chat-server user list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if _wants_traceback(arguments):
            raise
        complain(_explain(error))
        sys.exit(1)


def _explain(error: Exception) -> str:
    """An expected error speaks for itself; of any other one only the kind is told, for it may quote secrets."""
    from chinwag_protocol.errors import TextError
    from chinwag_server.domain.errors import ChatError

    if isinstance(error, TextError) and error.field:
        return f"{error.field}: {error}"
    if isinstance(error, OperatorError | ChatError | TextError):
        return str(error)
    return f"unexpected {type(error).__name__}; run it again with --debug for the traceback"


def _wants_traceback(arguments: Sequence[str]) -> bool:
    return "--debug" in arguments or os.environ.get(f"{PREFIX}DEBUG", "").lower() in ("1", "true", "yes")


def _version() -> str:
    from chinwag_protocol import __version__

    return __version__
