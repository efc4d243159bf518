"""How commands reach the data: beside a running server through its engines, else with the engines for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chinwag_server.config import Settings
from chinwag_server.engines.pair import Engines
from chinwag_server.services.administration import Administration

T = TypeVar("T")


def administer(settings: Settings, work: Callable[[Administration], Awaitable[T]]) -> T:
    """Run *work* on the migrated database of *settings*. Raises EngineError, ChatError or what *work* raises."""
    engines = Engines(
        settings.engines_dir,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        run_as=settings.engine_account,
    )
    try:
        return asyncio.run(_work(engines.borrow().database, settings, work))
    finally:
        engines.stop()


async def _work(url: str, settings: Settings, work: Callable[[Administration], Awaitable[T]]) -> T:
    from chinwag_server.services.passwords import Passwords
    from chinwag_server.storage.database import Database
    from chinwag_server.storage.invites import InviteRepository
    from chinwag_server.storage.migrate import upgrade
    from chinwag_server.storage.users import UserRepository

    await upgrade(url)
    database, passwords = Database(url, size=1), Passwords(threads=1)
    await database.open()
    try:
        administration = Administration(
            users=UserRepository(database),
            invites=InviteRepository(database),
            passwords=passwords,
            limits=settings.limits,
        )
        return await work(administration)
    finally:
        passwords.close()
        await database.close()
