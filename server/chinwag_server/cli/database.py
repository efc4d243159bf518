"""How commands reach the data: beside a running server through its engines, else with the engines for a while.

They find data, and never make any: a mistyped place must not answer "there are no accounts".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chinwag_server.cli.options import Options
from chinwag_server.cli.output import CommandError
from chinwag_server.config import Settings, hide_password
from chinwag_server.engines.pair import Engines
from chinwag_server.services.administration import Administration

T = TypeVar("T")
log = logging.getLogger(__name__)


def find_server(options: Options) -> Settings:
    """Give the settings of a server that has been there. Raises CommandError where there never was one."""
    settings = options.settings()
    try:
        if _engines(settings).exist():
            return settings
    except PermissionError as error:
        raise CommandError(
            f"this account may not look into {settings.data_dir}: run the command as root, or as the account that serves"
        ) from error
    raise CommandError(
        f"no chat-server ever kept its data in {settings.data_dir}: give the --data-dir of yours, or let "
        "`chat-server serve` make one there first"
    )


def administer(settings: Settings, work: Callable[[Administration], Awaitable[T]]) -> T:
    """Run *work* on the migrated database of *settings*. Raises CommandError, EngineError, ChatError or what *work* raises."""
    engines = _engines(settings)
    try:
        return asyncio.run(_work(engines.borrow().database, settings, work))
    finally:
        engines.stop()


def _engines(settings: Settings) -> Engines:
    return Engines(
        settings.engines_dir,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        run_as=settings.engine_account,
    )


async def _work(url: str, settings: Settings, work: Callable[[Administration], Awaitable[T]]) -> T:
    from chinwag_server.services.passwords import Passwords
    from chinwag_server.storage.database import Database
    from chinwag_server.storage.invites import InviteRepository
    from chinwag_server.storage.server_state import ServerState
    from chinwag_server.storage.users import UserRepository

    await _prepare(url, settings)
    database, passwords = Database(url, size=1), Passwords(threads=1)
    await database.open()
    try:
        administration = Administration(
            users=UserRepository(database),
            invites=InviteRepository(database),
            state=ServerState(database),
            passwords=passwords,
            limits=settings.limits,
        )
        return await work(administration)
    finally:
        passwords.close()
        await database.close()


async def _prepare(url: str, settings: Settings) -> None:
    from chinwag_server.storage.migrate import is_empty, upgrade

    place = hide_password(settings.database_url)
    try:
        if place is not None and await is_empty(url):
            raise CommandError(
                f"no chat-server ever used the database {place}: check --database-url, or let `chat-server serve` begin"
            )
        await upgrade(url)
    except CommandError:
        raise
    except Exception as error:
        if place is None:
            raise
        log.debug("the database cannot be used", exc_info=error)
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CommandError(f"cannot use the database {place}: {reason}; check --database-url") from error
