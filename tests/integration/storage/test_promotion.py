"""FAULTS 12: a standby that is promoted goes on with everything, in a history of its own."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from chinwag_server.engines.postgres import EmbeddedPostgres
from chinwag_server.storage.database import Database
from chinwag_server.storage.migrate import upgrade
from chinwag_server.storage.server_state import ServerState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def engine(reachable_folder: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(reachable_folder / secrets.token_hex(4), throwaway=True)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def epoch_at(url: str) -> str:
    async with opened(url) as database:
        state = ServerState(database)
        await state.prepare()
        return await state.epoch()


async def test_a_promoted_standby_is_another_epoch_and_stays_it(engine: EmbeddedPostgres) -> None:
    with engine:
        await upgrade(engine.url())
        before = await epoch_at(engine.url())
    with engine:  # a restart is no new history
        assert await epoch_at(engine.url()) == before
    (engine.root / "cluster" / "data" / "standby.signal").touch(mode=0o644)
    with engine:
        async with opened(engine.url()) as database:
            assert await database.fetchval("SELECT pg_is_in_recovery()")
            assert await database.fetchval("SELECT pg_promote()")
        promoted = await epoch_at(engine.url())
        assert promoted != before
    with engine:
        assert await epoch_at(engine.url()) == promoted
