"""The message writer on a real PostgreSQL: each rule of its own, one after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from full_disk import full_disk

from chinwag_protocol.ids import new_id
from chinwag_protocol.objects import Attachment
from chinwag_server.domain.errors import Conflict, Unavailable
from chinwag_server.storage.message_rows import MessageExtra, encode_extra
from chinwag_server.storage.message_writer import MessageWriter, WriteRequest, WriteStatus
from chinwag_server.storage.writer_sql import WriterConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence


class Told:
    """Collects what a writer tells, batch by batch."""

    def __init__(self) -> None:
        self.batches: list[list[WriteRequest]] = []

    def __call__(self, batch: list[WriteRequest]) -> None:
        self.batches.append(batch)

    @property
    def requests(self) -> list[WriteRequest]:
        return [request for batch in self.batches for request in batch]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def writer(database: Any, told: Told) -> AsyncIterator[MessageWriter]:
    made = MessageWriter(database, on_commit=told)
    await made.start()
    yield made
    await made.close()


async def send(writer: MessageWriter, told: Told, eventually: Any, *requests: WriteRequest) -> list[WriteRequest]:
    """Submit and wait until all have been told."""
    for request in requests:
        writer.submit(request)
    await eventually(lambda: all(request in told.requests for request in requests))
    return list(requests)


async def test_one_message_gets_its_numbers_and_moves_only_its_senders_marks(
    world: Any, writer: Any, told: Told, eventually: Any
) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    [request] = await send(writer, told, eventually, world.request(group, ann, "hello"))
    assert (request.status, request.seq, request.rev, request.members_version) == (WriteStatus.STORED, 1, 2, 1)
    rows = await world.database.fetch("SELECT user_id, delivered_seq, read_seq FROM members")
    assert {row["user_id"]: (row["delivered_seq"], row["read_seq"]) for row in rows} == {ann: (1, 1), bob: (0, 0)}
    row = await world.database.fetchrow("SELECT * FROM messages")
    assert (row["id"], row["text"], row["kind"], row["created_at"]) == (
        request.message_id,
        "hello",
        b"t",
        request.created_at,
    )


async def test_a_batch_keeps_the_order_of_each_sender(world: Any, writer: Any, told: Told, eventually: Any) -> None:
    ann, bob = await world.users(2)
    groups = [await world.group([ann, bob]) for _ in range(5)]
    requests = [world.request(groups[i % 5], (ann, bob)[i % 2], str(i)) for i in range(300)]
    await send(writer, told, eventually, *requests)
    assert {r.status for r in requests} == {WriteStatus.STORED}
    assert len(told.batches) < 30
    for group in groups:
        mine = [r for r in requests if r.conversation_id == group]
        assert [r.seq for r in mine] == list(range(1, 61))
        assert [r.rev for r in mine] == list(range(2, 62))
        assert sorted(r.created_at for r in mine) == [r.created_at for r in mine]


async def test_a_repeat_is_answered_with_the_message_as_it_is_now(
    world: Any, writer: Any, told: Told, eventually: Any
) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    first = world.request(group, ann, "before")
    await send(writer, told, eventually, first)
    await world.database.execute("UPDATE messages SET text = 'after', rev = 3, edited_at = now(), changed = true")
    again = world.request(group, ann, "before", temp_id=first.temp_id)
    new = world.request(group, ann, "new")
    await send(writer, told, eventually, again, new)
    assert again.status is WriteStatus.REPEATED
    assert (again.message.id, again.message.text, again.message.rev) == (first.message_id, "after", 3)
    assert again.message.edited_at is not None
    assert (new.status, new.seq) == (WriteStatus.STORED, 2)


async def test_another_body_under_a_used_temp_id_is_a_conflict(
    world: Any, writer: Any, told: Told, eventually: Any
) -> None:
    ann, bob = await world.users(2)
    group, other = await world.group([ann, bob]), await world.group([ann, bob])
    first = world.request(group, ann, "one")
    await send(writer, told, eventually, first)
    others = [
        world.request(group, ann, "two", temp_id=first.temp_id),
        world.request(other, ann, "one", temp_id=first.temp_id),
        world.request(group, bob, "one", temp_id=first.temp_id),
    ]
    for request in others:
        await send(writer, told, eventually, request)
    assert [r.status for r in others] == [WriteStatus.CONFLICT, WriteStatus.CONFLICT, WriteStatus.STORED]


async def test_twins_under_way_share_one_row(world: Any, writer: Any, told: Told, eventually: Any) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    first = world.request(group, ann, "same")
    twins = [world.request(group, ann, "same", temp_id=first.temp_id) for _ in range(3)]
    liar = world.request(group, ann, "other", temp_id=first.temp_id)
    await send(writer, told, eventually, first, *twins, liar)
    assert first.status is WriteStatus.STORED
    assert [(t.status, t.message.id) for t in twins] == [(WriteStatus.REPEATED, first.message_id)] * 3
    assert liar.status is WriteStatus.CONFLICT
    assert await world.database.fetchval("SELECT count(*) FROM messages") == 1
    assert writer.waiting == 0


async def test_strangers_and_invented_conversations_are_left_out_of_a_batch(
    world: Any, writer: Any, told: Told, eventually: Any
) -> None:
    ann, bob, eve = await world.users(3)
    group = await world.group([ann, bob])
    good = [world.request(group, ann, "1"), world.request(group, bob, "2")]
    bad = [world.request(group, eve, "let me in"), world.request(new_id(), ann, "into the void")]
    await send(writer, told, eventually, good[0], bad[0], bad[1], good[1])
    assert [r.status for r in bad] == [WriteStatus.NOT_FOUND] * 2
    assert [(r.status, r.seq) for r in good] == [(WriteStatus.STORED, 1), (WriteStatus.STORED, 2)]
    await send(writer, told, eventually, lone := world.request(group, eve, "alone"))
    assert lone.status is WriteStatus.NOT_FOUND


@pytest.mark.parametrize("text", ["nul \0", "surrogate \ud800"])
async def test_what_the_database_refuses_does_not_harm_its_batch_mates(
    world: Any, writer: Any, told: Told, eventually: Any, text: str
) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    requests = [world.request(group, ann, str(i)) for i in range(41)]
    requests[17] = world.request(group, ann, text)
    await send(writer, told, eventually, *requests)
    assert [i for i, r in enumerate(requests) if r.status is not WriteStatus.STORED] == [17]
    assert requests[17].status is WriteStatus.INVALID
    assert [r.seq for r in requests if r.status is WriteStatus.STORED] == list(range(1, 41))


async def test_attachments_are_linked_in_the_same_transaction(
    world: Any, writer: Any, told: Told, eventually: Any
) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    held = await world.attachment(ann)

    def extra(id_: Any) -> str | None:
        return encode_extra(
            MessageExtra(
                attachments=(Attachment(id=id_, name="a", media_type="image/png", size=1, url="/"),), mentions=(bob,)
            )
        )

    lone = world.request(group, ann, "", kind="image", extra=extra(held))
    await send(writer, told, eventually, lone)
    many = [world.request(group, ann, "", kind="image", extra=extra(held)), world.request(group, bob, "plain")]
    gone = world.request(group, ann, "", kind="image", extra=extra(new_id()))
    await send(writer, told, eventually, many[0], gone, many[1])
    assert [r.status for r in (lone, *many, gone)] == [WriteStatus.STORED] * 3 + [WriteStatus.INVALID]
    rows = await world.database.fetch("SELECT message_id, seq FROM attachment_links ORDER BY seq")
    assert [(row["message_id"], row["seq"]) for row in rows] == [(lone.message_id, 1), (many[0].message_id, 2)]


class Faulty:
    """Stands between a lane and its connection."""

    def __init__(self, writer: MessageWriter, commit: Callable[..., Any]) -> None:
        self._writer, self._commit, self._connect = writer, commit, writer.connect

    async def connect(self) -> WriterConnection:
        made = await self._connect()
        inner = made.commit

        async def commit(batch: Sequence[WriteRequest], *, look_first: bool) -> bool:
            return await self._commit(inner, batch, look_first)

        made.commit = commit  # type: ignore[method-assign]
        return made


async def faulty_writer(database: Any, told: Any, commit: Callable[..., Any], **more: Any) -> MessageWriter:
    made = MessageWriter(database, on_commit=told, lanes=1, **more)
    made.connect = Faulty(made, commit).connect  # type: ignore[method-assign]
    await made.start()
    return made


async def test_a_lost_commit_counts_as_new_exactly_once(world: Any, told: Told, eventually: Any) -> None:
    losses = iter([True, True])

    async def commit(inner: Any, batch: Any, look_first: bool) -> bool:
        looked = await inner(batch, look_first=look_first)
        if next(losses, False):
            raise asyncpg.ConnectionDoesNotExistError("the answer to COMMIT was lost")
        return looked

    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    writer = await faulty_writer(world.database, told, commit)
    requests = [world.request(group, ann, str(i)) for i in range(5)]
    await send(writer, told, eventually, *requests)
    await writer.close()
    assert [(r.status, r.seq) for r in requests] == [(WriteStatus.STORED, i) for i in range(1, 6)]
    assert [r.message_id for r in requests] == [
        row["id"] for row in await world.database.fetch("SELECT id FROM messages ORDER BY seq")
    ]
    assert len(told.requests) == 5


async def test_an_outage_is_given_up_as_unavailable_and_the_repeat_counts_as_new(
    world: Any, told: Told, eventually: Any
) -> None:
    away = True

    async def commit(inner: Any, batch: Any, look_first: bool) -> bool:
        looked = await inner(batch, look_first=look_first)
        if away:
            raise asyncpg.CannotConnectNowError("the database system is shutting down")
        return looked

    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    writer = await faulty_writer(world.database, told, commit, give_up_s=0.3)
    first = world.request(group, ann, "hello")
    await send(writer, told, eventually, first)
    assert first.status is WriteStatus.UNAVAILABLE
    away = False
    again = world.request(group, ann, "hello", temp_id=first.temp_id)
    await send(writer, told, eventually, again)
    assert (again.status, again.seq, again.message_id) == (WriteStatus.STORED, 1, first.message_id)
    await writer.close()


async def test_a_full_disk_is_given_up_and_later_nothing_is_lost_doubled_or_left_out(
    world: Any, told: Told, eventually: Any, expect_log: Any
) -> None:
    """What PostgreSQL says when it cannot extend a file (53100), from within the very INSERT."""
    expect_log("the disk of the database is full")
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    writer = MessageWriter(world.database, on_commit=told, lanes=1, give_up_s=0.3)
    await writer.start()
    await send(writer, told, eventually, world.request(group, ann, "before"))
    async with full_disk(world.database, "messages"):
        lost = [world.request(group, sender, "full") for sender in (ann, bob)]
        await send(writer, told, eventually, *lost)
        assert {request.status for request in lost} == {WriteStatus.UNAVAILABLE}
        assert await world.database.fetchval("SELECT count(*) FROM messages") == 1, "reading goes on"
        assert await world.database.fetchval("SELECT last_seq FROM conversations") == 1
        with pytest.raises(Unavailable):
            await world.database.takes_writes()
    assert await world.database.takes_writes()
    again = [world.request(group, request.sender_id, "full", temp_id=request.temp_id) for request in lost]
    await send(writer, told, eventually, *again)
    assert sorted((request.status, request.seq) for request in again) == [
        (WriteStatus.STORED, 2),
        (WriteStatus.STORED, 3),
    ]
    await writer.close()


async def test_a_lock_that_is_not_released_is_given_up(world: Any, told: Told, eventually: Any) -> None:
    ann, bob = await world.users(2)
    group, other = await world.group([ann, bob]), await world.group([ann, bob])
    writer = MessageWriter(world.database, on_commit=told, lanes=1, give_up_s=0.3)
    await writer.start()
    async with world.database.transaction() as conn:
        await conn.execute("SELECT 1 FROM conversations WHERE id = $1 FOR NO KEY UPDATE", group)
        stuck = world.request(group, ann, "stuck")
        await send(writer, told, eventually, stuck)
        assert stuck.status is WriteStatus.UNAVAILABLE
        await send(writer, told, eventually, elsewhere := world.request(other, ann, "elsewhere"))
        assert elsewhere.status is WriteStatus.STORED
    again = world.request(group, ann, "stuck", temp_id=stuck.temp_id)
    await send(writer, told, eventually, again)
    assert (again.status, again.seq) == (WriteStatus.STORED, 1)
    await writer.close()


async def test_a_deadlock_runs_the_batch_again(world: Any, told: Told, eventually: Any) -> None:
    errors = iter([asyncpg.DeadlockDetectedError("deadlock detected"), asyncpg.SerializationError("try again")])

    async def commit(inner: Any, batch: Any, look_first: bool) -> bool:
        if (error := next(errors, None)) is not None:
            raise error
        return await inner(batch, look_first=look_first)

    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    writer = await faulty_writer(world.database, told, commit)
    requests = [world.request(group, ann, str(i)) for i in range(3)]
    await send(writer, told, eventually, *requests)
    assert [r.status for r in requests] == [WriteStatus.STORED] * 3
    assert set(writer.errors) == {"DeadlockDetectedError", "SerializationError"}
    await writer.close()


async def test_a_fault_of_ours_ends_neither_the_lane_nor_the_answers(
    world: Any, told: Told, eventually: Any, expect_log: Any
) -> None:
    faults = iter([asyncpg.UndefinedFunctionError("no such function")])

    async def commit(inner: Any, batch: Any, look_first: bool) -> bool:
        if (error := next(faults, None)) is not None:
            raise error
        return await inner(batch, look_first=look_first)

    expect_log("a batch of 2 failed")
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    writer = await faulty_writer(world.database, told, commit)
    lost = world.request(group, ann, "lost")
    twin = world.request(group, ann, "lost", temp_id=lost.temp_id)
    await send(writer, told, eventually, lost, world.request(group, bob, "lost too"), twin)
    assert {r.status for r in told.requests} == {WriteStatus.INTERNAL}
    await send(writer, told, eventually, good := world.request(group, ann, "good"))
    assert (good.status, good.seq, writer.waiting) == (WriteStatus.STORED, 1, 0)
    await writer.close()


async def test_a_listener_that_raises_does_not_end_the_lane(world: Any, eventually: Any, expect_log: Any) -> None:
    expect_log("a listener failed")
    seen: list[WriteRequest] = []

    def listener(batch: list[WriteRequest]) -> None:
        seen.extend(batch)
        raise RuntimeError("a fault of the listener")

    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    writer = MessageWriter(world.database, on_commit=listener, lanes=1)
    await writer.start()
    for i in range(3):
        writer.submit(world.request(group, ann, str(i)))
        await eventually(lambda i=i: len(seen) == i + 1)
    await writer.close()
    assert [r.seq for r in seen] == [1, 2, 3]


async def test_the_queue_is_bounded(world: Any, told: Told, eventually: Any) -> None:
    gate = asyncio.Event()

    async def commit(inner: Any, batch: Any, look_first: bool) -> bool:
        await gate.wait()
        return await inner(batch, look_first=look_first)

    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    writer = await faulty_writer(world.database, told, commit, max_waiting=3)
    for i in range(3):
        writer.submit(world.request(group, ann, str(i)))
    with pytest.raises(Unavailable) as refused:
        writer.submit(world.request(group, ann, "too much"))
    assert refused.value.retry_after_ms == 1000
    gate.set()
    await eventually(lambda: writer.waiting == 0)
    writer.submit(world.request(group, ann, "again"))
    await writer.close()
    assert [r.status for r in told.requests] == [WriteStatus.STORED] * 4


async def test_closing_drains_and_tells_the_rest(world: Any, told: Told, expect_log: Any) -> None:
    async def commit(inner: Any, batch: Any, look_first: bool) -> bool:
        await asyncio.Event().wait()
        return False

    expect_log("ends with 2 requests under way")
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    writer = await faulty_writer(world.database, told, commit)
    request = world.request(group, ann, "never")
    writer.submit(request)
    writer.submit(world.request(group, ann, "never", temp_id=request.temp_id))
    await writer.close(drain_s=0.05)
    assert [r.status for r in told.requests] == [WriteStatus.UNAVAILABLE] * 2
    with pytest.raises(Unavailable):
        writer.submit(world.request(group, ann, "late"))


async def test_a_repeat_is_found_before_anything_is_refused(
    world: Any, writer: Any, told: Told, eventually: Any
) -> None:
    ann, bob = await world.users(2)
    group = await world.group([ann, bob])
    [stored] = await send(writer, told, eventually, world.request(group, ann, "hello"))
    key = {"sender_id": ann, "temp_id": stored.temp_id}
    found = await writer.find_repeat(**key, body_hash=stored.body_hash)
    assert found is not None
    assert found.id == stored.message_id
    assert await writer.find_repeat(sender_id=bob, temp_id=stored.temp_id, body_hash=stored.body_hash) is None
    with pytest.raises(Conflict) as conflict:
        await writer.find_repeat(**key, body_hash=stored.body_hash + 1)
    assert conflict.value.field == "tempId"


async def test_replies_carry_an_excerpt_except_where_history_is_joined(
    world: Any, writer: Any, told: Told, eventually: Any
) -> None:
    ann, bob = await world.users(2)
    for history, excerpt in (("all", "é" * 140), ("joined", "")):
        group = await world.group([ann, bob], history=history)
        first = world.request(group, ann, "é" * 200)
        await send(writer, told, eventually, first)
        reply = world.request(group, bob, "yes", reply_seq=1)
        await send(writer, told, eventually, reply)
        found = await writer.find_repeat(sender_id=bob, temp_id=reply.temp_id, body_hash=reply.body_hash)
        assert found is not None
        assert found.reply_to is not None
        assert (found.reply_to.id, found.reply_to.seq, found.reply_to.sender_id) == (first.message_id, 1, ann)
        assert found.reply_to.excerpt == excerpt
