"""Runs Alembic over asyncpg. Imported only when there is something to migrate."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chinwag_server.storage import driver

FOLDER = Path(__file__).parent


async def upgrade(url: str, *, lock: int) -> None:
    """Take the advisory *lock*, then bring the database at *url* to the head, all in one transaction."""
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: driver.connect(url), poolclass=NullPool)
    try:
        async with engine.begin() as conn:
            await conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
            await conn.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_file(name: str) -> None:
    """Run migrations/*name* as it stands: for the steps in versions/. The driver takes many statements at once, Alembic does not."""
    sql = (FOLDER / name).read_text(encoding="utf-8")
    adapted: Any = op.get_bind().connection.dbapi_connection

    def execute(conn: driver.Connection) -> Awaitable[str]:
        return conn.execute(sql)

    adapted.run_async(execute)
