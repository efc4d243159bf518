"""cache.db: opened, rebuilt, full, damaged; and what the interface reads from it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desktop_builders import ANN, BOB, ME, TALK, group, member, message, settings, talk, uid, user

from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.intervals import merged, missing, runs
from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.cache.people import LAST_OPENED
from chinwag_desktop.cache.timeline_reader import TimelineReader
from chinwag_desktop.core.entities import DeliveryState, Draft, Held, Mark, OutboxEntry
from chinwag_desktop.core.errors import DatabaseDamaged, DiskFull

WHEN = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


@pytest.fixture
async def thread() -> AsyncIterator[DatabaseThread]:
    thread = DatabaseThread("test-writer")
    yield thread
    await thread.close()


@pytest.fixture
async def cache(tmp_path: Path, thread: DatabaseThread) -> AsyncIterator[CacheDb]:
    cache = CacheDb(tmp_path / "cache.db", me=ME, writer=thread)
    assert not await cache.open()
    yield cache
    await cache.close()


@pytest.fixture
async def outbox(tmp_path: Path, thread: DatabaseThread) -> AsyncIterator[OutboxDb]:
    outbox = OutboxDb(tmp_path / "outbox.db", writer=thread)
    await outbox.open()
    yield outbox
    await outbox.close()


@pytest.fixture
async def reader(cache: CacheDb, outbox: OutboxDb, tmp_path: Path) -> AsyncIterator[TimelineReader]:
    reader = TimelineReader(tmp_path / "cache.db", tmp_path / "outbox.db", me=ME, now=lambda: WHEN)
    cache.attach(reader)
    yield reader
    reader.close()


def filled(tx: CacheWriter) -> None:
    tx.people.put([user("me"), user("ann"), user("bob")])
    tx.conversations.put(talk(unread_count=0, mention_count=0, settings=settings()))
    for name in ("me", "ann"):
        tx.marks.merge(Mark(conversation_id=TALK, user_id=uid(name)))
    tx.messages.put(message(seq, "me" if seq % 2 else "ann") for seq in range(1, 301))
    tx.conversations.note_last(message(300, "ann"))


def test_runs_merge_and_leave_holes() -> None:
    assert runs([3, 1, 2, 7, 7]) == [Held(1, 3), Held(7, 7)]
    assert merged([Held(1, 3), Held(7, 9), Held(20, 30)], Held(4, 6)) == (Held(1, 9), [Held(1, 3), Held(7, 9)])
    assert merged([Held(1, 3)], Held(5, 6)) == (Held(5, 6), [])
    assert missing([Held(3, 4), Held(8, 8)], Held(1, 10)) == [Held(1, 2), Held(5, 7), Held(9, 10)]
    assert missing([Held(1, 10)], Held(2, 9)) == []


async def test_pages_come_with_their_delivery_states(cache: CacheDb, reader: TimelineReader) -> None:
    await cache.write(filled)
    await cache.write(lambda tx: tx.conversations.set_upto(TALK, delivered=5, read=3))
    rows = reader.page(TALK, 1, 8)
    assert [row.message.seq for row in rows] == list(range(1, 9))
    assert [row.state for row in rows[::2]] == [
        DeliveryState.READ,
        DeliveryState.READ,
        DeliveryState.DELIVERED,
        DeliveryState.SENT,
    ]
    assert {row.state for row in rows[1::2]} == {DeliveryState.RECEIVED}
    extent = reader.extent(TALK)
    assert (extent.first_seq, extent.last_seq, extent.held) == (1, 300, (Held(1, 300),))


async def test_an_older_rev_never_replaces_a_newer_one(cache: CacheDb, reader: TimelineReader) -> None:
    await cache.write(filled)
    edited = message(4, text="edited", rev=500)
    assert await cache.write(lambda tx: tx.messages.put([edited])) == [edited]
    assert await cache.write(lambda tx: tx.messages.put([message(4)])) == []
    assert reader.page(TALK, 4, 4)[0].message == edited


async def test_the_list_shows_names_excerpts_drafts_and_what_is_pending(
    cache: CacheDb, outbox: OutboxDb, reader: TimelineReader
) -> None:
    await cache.write(filled)
    team = group(
        "team", member("me"), member("ann"), member("bob"), settings=settings(muted_until="2027-01-01T00:00:00Z")
    )
    await cache.write(lambda tx: tx.conversations.put(team))
    await outbox.save_draft(Draft(conversation_id=TALK, text="hm"))
    summaries = {summary.id: summary for summary in reader.summaries()}
    direct = summaries[TALK]
    assert (direct.title, direct.peer_id, direct.excerpt, direct.draft) == ("Ann", ANN, "message 300", "hm")
    assert direct.last_state is None
    assert reader.summary(TALK) == direct
    assert (summaries[uid("team")].title, summaries[uid("team")].muted) == ("Team", True)
    await outbox.add([OutboxEntry(temp_id=uid("t"), created_at=WHEN, conversation_id=TALK, text="on\nits way")])
    pending = reader.summary(TALK)
    assert pending is not None
    assert (pending.excerpt, pending.last_state, pending.last_sender_id) == ("on its way", DeliveryState.SENDING, ME)
    assert [row.key for row in reader.pending(TALK)] == [uid("t")]


async def test_conversations_and_messages_are_found(cache: CacheDb, reader: TimelineReader) -> None:
    await cache.write(filled)
    await cache.write(lambda tx: tx.conversations.put(talk("self", member("me"))))
    assert reader.direct_with(ANN) == TALK
    assert reader.direct_with(ME) == uid("self")
    assert reader.direct_with(BOB) is None
    assert reader.find_seq(TALK, uid("talk/7")) == 7
    assert {person.username for person in reader.people()} == {"me", "ann", "bob"}
    await cache.write(lambda tx: tx.meta.set(LAST_OPENED, str(TALK)))
    assert reader.last_opened() == TALK


async def test_a_failed_transaction_leaves_nothing_behind(cache: CacheDb, reader: TimelineReader) -> None:
    def half_done(tx: CacheWriter) -> None:
        filled(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await cache.write(half_done)
    assert reader.summaries() == []


async def test_a_full_disk_keeps_what_was_there(cache: CacheDb, reader: TimelineReader, thread: DatabaseThread) -> None:
    await cache.write(filled)
    await thread.run(lambda: cache._connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(DiskFull):
        await cache.write(lambda tx: tx.messages.put(message(seq, text="x" * 4_000) for seq in range(301, 400)))
    assert len(reader.page(TALK, 1, 1_000)) == 300
    await thread.run(lambda: cache._connection.execute("PRAGMA max_page_count = 1000000"))
    await cache.write(lambda tx: tx.messages.put([message(301)]))
    assert len(reader.page(TALK, 1, 1_000)) == 301


@pytest.mark.parametrize("broken", [b"", b"not a database at all" * 400])
async def test_a_file_that_is_no_database_is_built_anew(
    thread: DatabaseThread, tmp_path: Path, broken: bytes, request: pytest.FixtureRequest
) -> None:
    """FAULTS 37."""
    if broken:
        request.getfixturevalue("expect_log")("cache.db is damaged")
    (tmp_path / "cache.db").write_bytes(broken)
    cache = CacheDb(tmp_path / "cache.db", me=ME, writer=thread)
    assert not await cache.open()
    await cache.write(filled)
    await cache.close()
    assert await cache.open()
    await cache.close()


async def test_another_schema_is_built_anew(cache: CacheDb, thread: DatabaseThread) -> None:
    await cache.write(filled)
    await thread.run(lambda: cache._connection.execute("PRAGMA user_version = 99"))
    await cache.close()
    assert not await cache.open()
    assert await cache.write(lambda tx: tx.conversations.cursors()) == {}


async def test_damage_is_named_and_the_file_built_anew_without_touching_the_outbox(
    cache: CacheDb, outbox: OutboxDb, reader: TimelineReader, thread: DatabaseThread, tmp_path: Path
) -> None:
    await cache.write(filled)
    await outbox.add([OutboxEntry(temp_id=uid("t"), created_at=WHEN, conversation_id=TALK, text="precious")])
    assert len(reader.page(TALK, 1, 100)) == 100
    await thread.run(lambda: cache._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    await cache.close()
    reader.release()
    path = tmp_path / "cache.db"
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half:] = b"\x5a" * (len(content) - half)
    path.write_bytes(bytes(content))
    assert await cache.open()
    with pytest.raises(DatabaseDamaged):
        await cache.write(lambda tx: tx.messages.drop(TALK))
    assert reader.page(TALK, 1, 100) == []
    await cache.write(filled)
    assert len(reader.page(TALK, 1, 100)) == 100
    assert [entry.text for entry in await outbox.entries()] == ["precious"]


async def test_unread_is_exact_where_rows_are_held(cache: CacheDb, reader: TimelineReader) -> None:
    await cache.write(filled)

    def count(tx: CacheWriter) -> None:
        tx.marks.merge(Mark(conversation_id=TALK, user_id=ME, read_seq=300))
        tx.messages.put(
            [message(301), message(302), message(303, kind="system"), message(304, deleted_at="2026-11-24T20:00:00Z")]
        )
        tx.messages.put([message(305, mentions=(ME,))])
        tx.conversations.note_last(message(305))
        tx.refresh_unread(TALK)

    await cache.write(count)
    summary = reader.summary(TALK)
    assert summary is not None
    assert (summary.unread_count, summary.mention_count) == (3, 1)


async def test_unread_carries_the_server_s_count_where_rows_are_missing(cache: CacheDb, reader: TimelineReader) -> None:
    def count(tx: CacheWriter) -> None:
        tx.conversations.put(talk(last_seq=1_000))
        tx.conversations.set_counts(TALK, unread=700, mentions=2)
        tx.marks.merge(Mark(conversation_id=TALK, user_id=ME, read_seq=200))
        tx.messages.put([message(1_001)])
        tx.conversations.note_last(message(1_001))
        tx.refresh_unread(TALK, arrived=1)

    await cache.write(count)
    summary = reader.summary(TALK)
    assert summary is not None
    assert (summary.unread_count, summary.mention_count) == (701, 2)
    await cache.write(
        lambda tx: (tx.marks.merge(Mark(conversation_id=TALK, user_id=ME, read_seq=1_001)), tx.refresh_unread(TALK))
    )
    summary = reader.summary(TALK)
    assert summary is not None
    assert (summary.unread_count, summary.mention_count) == (0, 0)


async def test_own_receipts_wait_until_the_server_confirms(cache: CacheDb) -> None:
    await cache.write(filled)

    def made(tx: CacheWriter) -> list[Mark]:
        tx.marks.raise_own(Mark(conversation_id=TALK, user_id=ME, delivered_seq=300))
        tx.marks.raise_own(Mark(conversation_id=TALK, user_id=ME, read_seq=200))
        return tx.marks.unconfirmed()

    assert await cache.write(made) == [Mark(conversation_id=TALK, user_id=ME, delivered_seq=300, read_seq=200)]
    await cache.write(lambda tx: tx.marks.confirm(Mark(conversation_id=TALK, user_id=ME, read_seq=200)))
    assert await cache.write(lambda tx: tx.marks.unconfirmed()) == [
        Mark(conversation_id=TALK, user_id=ME, delivered_seq=300)
    ]
    await cache.write(lambda tx: tx.marks.merge(Mark(conversation_id=TALK, user_id=ME, delivered_seq=300)))
    assert await cache.write(lambda tx: tx.marks.unconfirmed()) == []


async def test_an_ex_member_s_mark_is_not_brought_back(cache: CacheDb) -> None:
    await cache.write(filled)

    def leave(tx: CacheWriter) -> bool:
        tx.marks.drop(TALK, ANN)
        return tx.marks.advance(Mark(conversation_id=TALK, user_id=ANN, read_seq=5))

    assert not await cache.write(leave)
    assert await cache.write(lambda tx: tx.marks.by_all_others(TALK)) == (0, 0)
