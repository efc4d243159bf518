"""Keys and epoch of an installation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chinwag_server.storage.server_state import ServerState


async def test_everybody_gets_the_keys_of_the_first_start(database: Any) -> None:
    states = [ServerState(database) for _ in range(5)]
    await asyncio.gather(*(state.prepare() for state in states))
    keys = await asyncio.gather(*(state.keys() for state in states))
    assert len(set(keys)) == 1
    assert [len(key) for key in (*keys[0].signing, keys[0].refresh)] == [32, 32]
    assert keys[0].signing[0] != keys[0].refresh
    assert keys[0].refresh.hex() not in repr(keys[0])


async def test_a_rotated_key_still_verifies(database: Any) -> None:
    state = ServerState(database)
    await state.prepare()
    [first] = (await state.keys()).signing
    await state.rotate_signing_key()
    new, old = (await state.keys()).signing
    assert (old, new != first) == (first, True)
    await state.rotate_signing_key()
    assert (await state.keys()).signing[1] == new


async def test_the_epoch_stays_until_the_history_is_another(database: Any) -> None:
    state = ServerState(database)
    await state.prepare()
    epoch = await state.epoch()
    async with database.snapshot() as conn:
        assert await state.epoch(conn) == epoch == await ServerState(database).epoch(conn)
    assert len(epoch) == 24
    await state.renew_epoch()
    assert await state.epoch() != epoch


async def test_the_epoch_names_cluster_and_timeline(database: Any) -> None:
    state = ServerState(database)
    await state.prepare()
    await state.epoch()
    sql = "SELECT system_identifier::text FROM pg_control_system()"
    from chinwag_server.storage import server_state

    history = await database.fetchval(server_state._HISTORY)
    assert history.split("/")[1:] == [await database.fetchval(sql), "00000001"]


@pytest.mark.parametrize(
    ("part", "another"),
    [("pg_control_system()", "(SELECT 1 AS system_identifier) x"), ("pg_walfile_name(", "concat('00000002', ")],
    ids=["cluster", "timeline"],
)
async def test_another_cluster_or_timeline_is_another_epoch(
    database: Any, monkeypatch: pytest.MonkeyPatch, part: str, another: str
) -> None:
    from chinwag_server.storage import server_state

    state = ServerState(database)
    await state.prepare()
    epoch = await state.epoch()
    history = server_state._HISTORY
    assert part in history
    monkeypatch.setattr(server_state, "_HISTORY", history.replace(part, another))
    assert await state.epoch() != epoch


async def test_a_role_that_may_not_see_the_cluster_has_an_epoch_too(database: Any) -> None:
    state = ServerState(database)
    await state.prepare()
    async with database.connection() as conn:
        await conn.execute(
            "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public; DROP ROLE IF EXISTS nosy; CREATE ROLE nosy; GRANT SELECT ON server_state TO nosy"
        )
        try:
            async with conn.transaction():
                await conn.execute("SET LOCAL ROLE nosy")
                assert len(await state.epoch(conn)) == 24
        finally:
            await conn.execute(
                "GRANT EXECUTE ON FUNCTION pg_control_system() TO public; DROP OWNED BY nosy; DROP ROLE nosy"
            )
