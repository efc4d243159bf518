"""`chat-server engines`: the embedded engines of a running server."""

from typing import Annotated

from cyclopts import Parameter

from chinwag_server.cli.options import NONE_GIVEN, AnyOptions
from chinwag_server.cli.output import say


def engines(
    *,
    urls: Annotated[
        bool, Parameter(negative="", show_default=False, help="Print the URLs in full, with the password, on one line.")
    ] = False,
    options: AnyOptions = NONE_GIVEN,
) -> None:
    """Show the engines of a running server."""
    from chinwag_server.config import hide_password
    from chinwag_server.engines.pair import Engines

    settings = options.settings()
    found = Engines(
        settings.engines_dir,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        run_as=settings.engine_account,
    ).attach()
    if urls:
        say(" ".join(url for url in (found.database, found.redis) if url))
        return
    say(f"PostgreSQL: {hide_password(found.database)}")
    say(f"Valkey:     {hide_password(found.redis) or 'none'}")
