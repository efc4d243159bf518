"""A database whose disk is full, as far as some tables are concerned."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FULL = """CREATE OR REPLACE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'could not extend file "base/1/1": No space left on device' USING ERRCODE = '53100'; END $$"""


NO_FILES = """CREATE OR REPLACE FUNCTION no_new_files() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100'; END $$"""


@contextlib.asynccontextmanager
async def full_disk(database: Any, *tables: str) -> AsyncIterator[None]:
    """Within the block each row stored in one of the *tables*, and each new table, ends in PostgreSQL's own `disk_full`."""
    await database.execute(FULL)
    await database.execute(NO_FILES)
    await database.execute(
        "CREATE EVENT TRIGGER full_disk ON ddl_command_start WHEN TAG IN ('CREATE TABLE AS') EXECUTE FUNCTION no_new_files()"
    )
    for table in tables:
        await database.execute(
            f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION disk_is_full()"
        )
    try:
        yield
    finally:
        await database.execute("DROP EVENT TRIGGER full_disk")
        for table in tables:
            await database.execute(f"DROP TRIGGER full_disk ON {table}")
