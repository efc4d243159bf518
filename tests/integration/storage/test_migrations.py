"""From an empty database to the head, by any number of processes at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import asyncpg
import pytest

from chinwag_server.domain.errors import Unavailable
from chinwag_server.storage import migrate


async def test_an_empty_database_differs_and_an_upgraded_one_does_not(empty_database_url: str) -> None:
    assert await migrate.head_differs(empty_database_url)
    await migrate.upgrade(empty_database_url)
    assert not await migrate.head_differs(empty_database_url)
    await migrate.upgrade(empty_database_url)


async def test_many_at_once_do_not_collide(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate.upgrade(empty_database_url) for _ in range(4)))
    conn = await asyncpg.connect(empty_database_url)
    assert await conn.fetchval("SELECT array_agg(version_num) FROM alembic_version") == [migrate.head()]
    await conn.close()


async def test_a_failed_step_leaves_nothing(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from chinwag_server.storage.migrations import runner

    whole = runner.run_file

    def broken(name: str) -> None:
        whole(name)
        whole("no such file.sql")

    monkeypatch.setattr(runner, "run_file", broken)
    with pytest.raises(FileNotFoundError):
        await migrate.upgrade(empty_database_url)
    conn = await asyncpg.connect(empty_database_url)
    assert await conn.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await conn.close()
    monkeypatch.undo()
    await migrate.upgrade(empty_database_url)


async def test_a_newer_schema_is_left_alone(database_url: str) -> None:
    conn = await asyncpg.connect(database_url)
    await conn.execute("UPDATE alembic_version SET version_num = '9999'")
    await migrate.upgrade(database_url)
    assert await conn.fetchval("SELECT version_num FROM alembic_version") == "9999"
    await conn.close()


async def test_a_database_that_is_not_there_is_unavailable(tmp_path: Any) -> None:
    with pytest.raises(Unavailable):
        await migrate.upgrade(f"postgresql://chat@/chat?host={tmp_path}")


def test_alembic_is_not_imported_when_there_is_nothing_to_do(database_url: str) -> None:
    script = f"""
import asyncio, sys
from chinwag_server.storage import migrate
asyncio.run(migrate.upgrade({database_url!r}))
assert not {{"alembic", "sqlalchemy"}} & set(sys.modules), "imported"
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
