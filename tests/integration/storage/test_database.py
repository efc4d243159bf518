"""The pool: outages have one name, and leave no connection behind."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from chinwag_server.domain.errors import Unavailable
from chinwag_server.storage.database import Database


async def test_a_database_that_is_not_there_is_unavailable(tmp_path: Any) -> None:
    with pytest.raises(Unavailable):
        await Database(f"postgresql://chat@/chat?host={tmp_path}").open()
    with pytest.raises(Unavailable):
        await Database("postgresql://chat@/chat").fetch("SELECT 1")


async def test_a_terminated_backend_is_unavailable_once(database: Database, expect_log: Any) -> None:
    expect_log("database unavailable")
    with pytest.raises(Unavailable):
        await database.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await database.fetchval("SELECT 1") == 1


async def test_a_refusal_is_no_outage(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        await database.fetchval("SELECT $1::text", "nul \0")
    with pytest.raises(asyncpg.exceptions.DataError):
        await database.fetchval("SELECT $1::int", "no integer")
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            raise ZeroDivisionError


async def test_a_failed_block_is_rolled_back(database: Database) -> None:
    async def insert_and_fail() -> None:
        async with database.transaction() as conn:
            await conn.execute("INSERT INTO server_state VALUES ('a', 'b')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await insert_and_fail()
    assert await database.fetchval("SELECT count(*) FROM server_state") == 0


async def test_a_cancelled_statement_gives_its_place_back(database_url: str) -> None:
    database = Database(database_url, size=1)
    await database.open()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await database.execute("SELECT pg_sleep(5)")
    assert await database.fetchval("SELECT 1") == 1
    await database.close()


async def test_a_deadlock_runs_again(database: Database) -> None:
    await database.execute("INSERT INTO server_state VALUES ('a', '0'), ('b', '0')")
    both = asyncio.Barrier(2)
    tries = 0

    async def change(first: str, second: str) -> None:
        waited = False

        async def work(conn: Any) -> None:
            nonlocal waited, tries
            tries += 1
            await conn.execute("UPDATE server_state SET value = value::int + 1 WHERE key = $1", first)
            if not waited:
                waited = True
                await both.wait()
            await conn.execute("UPDATE server_state SET value = value::int + 1 WHERE key = $1", second)

        await database.run(work)

    await asyncio.gather(change("a", "b"), change("b", "a"))
    assert tries >= 3  # a second one may follow when the machine is slow
    assert [row["value"] for row in await database.fetch("SELECT value FROM server_state")] == ["2", "2"]


async def test_a_snapshot_sees_one_state(database: Database) -> None:
    async with database.snapshot() as conn:
        assert await conn.fetchval("SELECT count(*) FROM server_state") == 0
        await database.execute("INSERT INTO server_state VALUES ('a', 'b')")
        assert await conn.fetchval("SELECT count(*) FROM server_state") == 0
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await conn.execute("INSERT INTO server_state VALUES ('c', 'd')")


async def test_a_commit_waits_for_the_disk_whatever_the_server_s_default(database: Database) -> None:
    name = await database.fetchval("SELECT current_database()")
    await database.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    opened = Database(database.url)
    await opened.open()
    writers = await opened.connect()
    try:
        assert await opened.fetchval("SHOW synchronous_commit") == "on"
        assert await writers.fetchval("SHOW synchronous_commit") == "on"
    finally:
        await writers.close()
        await opened.close()
