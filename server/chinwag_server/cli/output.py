"""What commands print: tables and lines on standard output, one line of trouble on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chinwag_server.engines.errors import OperatorError


class CommandError(OperatorError):
    """A command cannot do what it was asked to."""


def say(text: str) -> None:
    """Print a line as it is, never as markup."""
    from rich.console import Console

    Console(soft_wrap=True, highlight=False, markup=False, emoji=False).print(text)


def complain(text: str) -> None:
    """Print one line of trouble on standard error."""
    from rich.console import Console
    from rich.text import Text

    line = Text.assemble(("error: ", "bold red"), " ".join(text.split()))
    Console(stderr=True, soft_wrap=True, highlight=False, emoji=False).print(line)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print a table, or *empty* when there are no rows. Names in it may be anybody's: nothing is markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if not table.row_count:
        say(empty)
        return
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:  # piped: never cut a cell
        console.width = 10_000
    console.print(table)
