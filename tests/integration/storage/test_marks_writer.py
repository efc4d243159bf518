"""Delivered and read marks on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from chinwag_protocol.ids import new_id
from chinwag_server.domain.errors import NotFound, Unavailable
from chinwag_server.storage.marks_writer import MarksWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chinwag_server.domain.records import MarkMoved


@pytest.fixture
def moved() -> list[list[MarkMoved]]:
    return []


@pytest.fixture
async def marks(database: Any, moved: list[list[MarkMoved]]) -> AsyncIterator[MarksWriter]:
    made = MarksWriter(database, on_moved=moved.append, flush_s=0.01, give_up_s=0.5)
    await made.start()
    yield made
    await made.close()


async def five_messages(world: Any) -> tuple[Any, Any, Any]:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    for i in range(5):
        await world.say(group, ann, str(i))
    return ann, bob, group


async def test_marks_merge_by_maximum_and_are_told_once(world: Any, marks: MarksWriter, moved: list[Any]) -> None:
    _, bob, group = await five_messages(world)
    stands = await asyncio.gather(
        marks.move(group, bob, delivered_seq=2),
        marks.move(group, bob, delivered_seq=4),
        marks.move(group, bob, delivered_seq=3),
        marks.move(group, bob, read_seq=1),
    )
    assert {(m.delivered_seq, m.read_seq) for m in stands} == {(4, 1)}
    assert [[(m.user_id, m.delivered_moved, m.read_moved) for m in flush] for flush in moved] == [[(bob, True, True)]]
    assert (await marks.move(group, bob, delivered_seq=1, read_seq=1)).delivered_seq == 4
    assert len(moved) == 1


async def test_a_read_mark_pulls_the_delivered_one_and_never_passes_the_last_message(
    world: Any, marks: MarksWriter
) -> None:
    _, bob, group = await five_messages(world)
    stands = await marks.move(group, bob, read_seq=1_000_000)
    assert (stands.delivered_seq, stands.read_seq) == (5, 5)
    row = await world.database.fetchrow("SELECT delivered_seq, read_seq FROM members WHERE user_id = $1", bob)
    assert tuple(row) == (5, 5)


async def test_a_mark_that_comes_late_moves_nothing_back(world: Any, marks: MarksWriter, moved: list[Any]) -> None:
    _, bob, group = await five_messages(world)
    await marks.move(group, bob, read_seq=4)
    stands = await marks.move(group, bob, delivered_seq=2, read_seq=3)
    assert (stands.delivered_seq, stands.read_seq, len(moved)) == (4, 4, 1)
    row = await world.database.fetchrow("SELECT delivered_seq, read_seq FROM members WHERE user_id = $1", bob)
    assert tuple(row) == (4, 4)


async def test_a_delivered_mark_leaves_the_read_mark_where_it_is(world: Any, marks: MarksWriter) -> None:
    _, bob, group = await five_messages(world)
    stands = await marks.move(group, bob, delivered_seq=3)
    assert (stands.delivered_seq, stands.read_seq, stands.delivered_moved, stands.read_moved) == (3, 0, True, False)
    row = await world.database.fetchrow("SELECT delivered_seq, read_seq FROM members WHERE user_id = $1", bob)
    assert tuple(row) == (3, 0)


async def test_reading_ends_mark_unread_even_when_the_mark_does_not_move(
    world: Any, marks: MarksWriter, moved: list[Any]
) -> None:
    _, bob, group = await five_messages(world)
    await marks.move(group, bob, read_seq=5)
    await world.database.execute(
        """UPDATE members SET settings = '{"notify":"none","pinned":true,"archived":false,"unreadFromSeq":3}',
           settings_xid = '3' WHERE user_id = $1""",
        bob,
    )
    assert (await marks.move(group, bob, delivered_seq=5)).settings is None
    settings = (await marks.move(group, bob, read_seq=5)).settings
    assert settings is not None
    assert (settings.unread_from_seq, settings.notify, settings.pinned) == (None, "none", True)
    assert [mark.settings for mark in moved[-1]] == [settings]
    row = await world.database.fetchrow(
        "SELECT settings ? 'unreadFromSeq', settings_xid > '3' FROM members WHERE user_id = $1", bob
    )
    assert tuple(row) == (False, True)
    assert (await marks.move(group, bob, read_seq=5)).settings is None


async def test_only_a_member_has_marks(world: Any, marks: MarksWriter, moved: list[Any]) -> None:
    ann, bob, group = await five_messages(world)
    eve = await world.user()
    hidden = await world.direct(ann, bob)
    good = asyncio.ensure_future(marks.move(group, bob, read_seq=2))  # noqa: TID251 - one waiter beside others
    for conversation, user in ((group, eve), (new_id(), ann), (hidden, bob)):
        with pytest.raises(NotFound):
            await marks.move(conversation, user, read_seq=1)
    assert (await good).read_seq == 2
    await world.remove(group, bob, actor=ann)
    with pytest.raises(NotFound):
        await marks.move(group, bob, read_seq=3)
    assert (
        await world.database.fetchval(
            "SELECT count(*) FROM members WHERE user_id = $1 AND conversation_id = $2", bob, group
        )
        == 0
    )


async def test_a_held_row_is_skipped_and_the_others_are_not_delayed(world: Any, marks: MarksWriter) -> None:
    ann, bob, group = await five_messages(world)
    async with world.database.transaction() as conn:
        await conn.execute("SELECT 1 FROM members WHERE user_id = $1 FOR NO KEY UPDATE", bob)
        held = asyncio.ensure_future(marks.move(group, bob, read_seq=2))  # noqa: TID251 - it is to wait
        assert (await marks.move(group, ann, read_seq=5)).read_seq == 5
        assert not held.done()
    assert (await held).read_seq == 2


async def test_a_row_that_stays_held_is_given_up(world: Any, marks: MarksWriter) -> None:
    _, bob, group = await five_messages(world)
    async with world.database.transaction() as conn:
        await conn.execute("SELECT 1 FROM members WHERE user_id = $1 FOR NO KEY UPDATE", bob)
        with pytest.raises(Unavailable):
            await marks.move(group, bob, read_seq=2)


async def test_what_waits_is_flushed_on_close_and_nothing_is_taken_afterwards(world: Any, moved: list[Any]) -> None:
    _, bob, group = await five_messages(world)
    marks = MarksWriter(world.database, on_moved=moved.append, flush_s=10)
    await marks.start()
    waiting = asyncio.ensure_future(marks.move(group, bob, read_seq=4))  # noqa: TID251 - it is to wait
    await asyncio.sleep(0)
    await marks.close()
    assert (await waiting).read_seq == 4
    with pytest.raises(Unavailable):
        await marks.move(group, bob, read_seq=5)


async def test_a_listener_that_raises_does_not_end_the_loop(world: Any, expect_log: Any) -> None:
    expect_log("a listener failed")
    _, bob, group = await five_messages(world)

    def listener(_: Any) -> None:
        raise RuntimeError("a fault of the listener")

    marks = MarksWriter(world.database, on_moved=listener, flush_s=0.001)
    await marks.start()
    assert [(await marks.move(group, bob, read_seq=i)).read_seq for i in (1, 2, 3)] == [1, 2, 3]
    await marks.close()
