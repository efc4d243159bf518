"""Brings the schema to the head of migrations/. Called before the workers start; any number of processes at once is fine.

An up-to-date start costs one SELECT; Alembic and SQLAlchemy (over a second of imports) are loaded only when there is work.
"""

import logging
from importlib import resources

from chinwag_server.domain.errors import Unavailable
from chinwag_server.storage import driver

log = logging.getLogger(__name__)
LOCK = 0x63_68_69_6E_77_61_67  # "chinwag": the advisory lock that one upgrading process holds


def head() -> str:
    """The newest revision of this program: the number that the last file of migrations/ begins with."""
    folder = resources.files("chinwag_server.storage") / "migrations"
    return max(file.name.partition("_")[0] for file in folder.iterdir() if file.name.endswith(".sql"))


async def head_differs(url: str) -> bool:
    """Tell whether the schema at *url* is older than this program. Raises Unavailable when it cannot be reached."""
    return await _stored(url) != head()


async def is_empty(url: str) -> bool:
    """Tell whether no server ever used the database. Raises Unavailable when it cannot be reached."""
    return await _stored(url) is None


async def upgrade(url: str) -> None:
    """Run the missing migrations in one transaction. Raises Unavailable when the database cannot be reached."""
    stored = await _stored(url)
    if stored == head():
        return
    if stored is not None and stored > head():
        # a newer node has expanded the schema: version N-1 runs beside version N
        log.info("the schema (%s) is newer than this program (%s)", stored, head())
        return
    from chinwag_server.storage.migrations import runner

    await runner.upgrade(url, lock=LOCK)
    log.info("the schema is now at %s", head())


async def _stored(url: str) -> str | None:
    try:
        conn = await driver.connect(url)
        try:
            if await conn.fetchval("SELECT to_regclass('alembic_version')") is None:
                return None
            return await conn.fetchval("SELECT version_num FROM alembic_version")
        finally:
            await conn.close()
    except BaseException as error:
        if driver.is_outage(error):
            reason = f"the database cannot be reached: {driver.describe(error)}"
            raise Unavailable(reason, retry_after_ms=1000) from error
        raise
