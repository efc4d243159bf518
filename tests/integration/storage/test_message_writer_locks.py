"""What the message writer does while somebody else holds what it needs: it locks in one order, looks after it has locked, and
tells nobody before COMMIT. Each test brings the moment about with a second connection."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from chinwag_protocol.ids import new_id
from chinwag_server.storage.message_writer import MessageWriter, WriteRequest, WriteStatus
from chinwag_server.storage.writer_sql import columns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOLD_AT_COMMIT = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold();
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
CALLS = {
    "send_batch": "SELECT * FROM send_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,2)",
    "send_checked": "SELECT * FROM send_checked($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    conn = await asyncpg.connect(url)
    yield conn
    await conn.close()


@pytest.mark.parametrize("count", [1, 5])
async def test_nobody_is_told_before_commit(world: Any, database_url: str, eventually: Any, count: int) -> None:
    told: list[WriteRequest] = []
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    await world.database.execute(HOLD_AT_COMMIT)
    writer = MessageWriter(world.database, on_commit=told.extend)
    await writer.start()
    async with connected(database_url) as other:
        await other.execute("SELECT pg_advisory_lock(1)")
        for number in range(count):
            writer.submit(world.request(group, ann, str(number)))
        await eventually(lambda: other.fetchval(WAITING))
        assert told == []
    await eventually(lambda: len(told) == count)
    assert {request.status for request in told} == {WriteStatus.STORED}
    await writer.close()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("given", ["low first", "high first"])
@pytest.mark.parametrize("stored", ["low first", "high first"])
async def test_conversations_are_locked_by_id_however_they_are_stored_and_given(
    world: Any, database_url: str, eventually: Any, call: str, given: str, stored: str
) -> None:
    """Two batches that lock in different orders wait for each other for ever, until one of them is thrown away."""
    ann = await world.user()
    low, high = new_id(), new_id()
    for id_ in (low, high) if stored == "low first" else (high, low):
        await world.database.execute(
            "INSERT INTO conversations (id, kind, title, member_count, rev) VALUES ($1, 'group', 'A group', 1, 1)", id_
        )
        await world.database.execute("INSERT INTO members (conversation_id, user_id) VALUES ($1, $2)", id_, ann)
    heads = [low, high] if given == "low first" else [high, low]
    batch = [world.request(head, ann, "hello") for head in heads]
    async with connected(database_url) as holder, connected(database_url) as sender:
        await sender.execute("SET enable_indexscan = off")  # an index would lock in order by chance
        async with holder.transaction():
            await holder.execute("SELECT 1 FROM conversations WHERE id = $1 FOR NO KEY UPDATE", low)
            sending = asyncio.ensure_future(  # noqa: TID251 - it is to wait
                sender.fetchrow(CALLS[call], heads, [1, 1], [1, 2], [1, 1], *columns(batch))
            )
            await eventually(lambda: world.database.fetchval(WAITING))
            free = await world.database.fetch("SELECT id FROM conversations FOR NO KEY UPDATE SKIP LOCKED")
            assert [row["id"] for row in free] == [high], "the later one is locked before the earlier one"
        answer = await sending
    assert (list(answer["o_seqs"]), list(answer["o_revs"])) == ([0, 0], [1, 1])


@pytest.mark.parametrize("look_first", [False, True])
async def test_whoever_is_removed_while_a_batch_waits_has_sent_nothing(
    world: Any, eventually: Any, look_first: bool
) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    connection = await MessageWriter(world.database, on_commit=lambda _: None).connect()
    mine, theirs = world.request(group, ann, "mine"), world.request(group, bob, "theirs")
    async with world.database.transaction() as other:
        await other.execute("SELECT 1 FROM conversations WHERE id = $1 FOR NO KEY UPDATE", group)
        await other.execute("DELETE FROM members WHERE user_id = $1", bob)
        sending = asyncio.ensure_future(connection.commit([theirs, mine], look_first=look_first))  # noqa: TID251 - it is to wait
        await eventually(lambda: world.database.fetchval(WAITING))
    assert await sending
    await connection.conn.close()
    assert (theirs.status, mine.status, mine.seq) == (WriteStatus.NOT_FOUND, WriteStatus.STORED, 1)
    assert await world.database.fetchval("SELECT last_seq FROM conversations WHERE id = $1", group) == 1


async def test_a_repeat_whose_first_is_committed_while_a_batch_waits_is_left_out(world: Any, eventually: Any) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    connection = await MessageWriter(world.database, on_commit=lambda _: None).connect()
    first = world.request(group, ann, "same")
    again, new = world.request(group, ann, "same", temp_id=first.temp_id), world.request(group, ann, "new")
    async with world.database.transaction() as other:
        await other.fetchrow(
            "SELECT * FROM send_one($1, $2, $3, $4, $5, $6, NULL, NULL, NULL)",
            *(group, ann, first.temp_id, first.body_hash, first.message_id, "same"),
        )
        sending = asyncio.ensure_future(connection.commit([again, new], look_first=True))  # noqa: TID251 - it is to wait
        await eventually(lambda: world.database.fetchval(WAITING))
    assert await sending
    await connection.read_back([again])
    await connection.conn.close()
    assert (again.status, again.message_id) == (WriteStatus.REPEATED, first.message_id)
    assert (new.status, new.seq) == (WriteStatus.STORED, 2)
    assert await world.database.fetchval("SELECT last_seq FROM conversations WHERE id = $1", group) == 2
