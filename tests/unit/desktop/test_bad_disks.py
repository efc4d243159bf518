"""A disk that is full, or that breaks what is on it: it costs neither a message of the outbox nor a draft, and never the link."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from desktop_builders import TALK, talk, uid
from outbox_stage import OutboxStage
from sync_stage import sync_stage

from chinwag_desktop.cache import cache_db
from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.cache.people import MARKS_CURSOR
from chinwag_desktop.core.changes import ConversationReset, StorageProblem, StorageTroubled
from chinwag_desktop.core.entities import Draft, OutboxEntry
from chinwag_desktop.core.errors import DiskFull, Refused, StorageError
from chinwag_desktop.sync.draft_keeper import DraftKeeper
from chinwag_protocol.http import SyncRequest

ExpectLog = Callable[[str], None]
ROOM = 1_000_000
REBUILT = StorageTroubled(problem=StorageProblem.CACHE_REBUILT)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[OutboxStage]:
    async with sync_stage(tmp_path, OutboxStage) as stage:
        stage.world.open()
        stage.world.say("one")
        await stage.synced()
        await stage.worker.start()
        stage.changes.clear()
        yield stage
        await stage.worker.close()


async def limit(stage: OutboxStage, database: CacheDb | OutboxDb, pages: int) -> None:
    await stage.thread.run(lambda: database._connection.execute(f"PRAGMA max_page_count = {pages}"))


async def behind_our_back(stage: OutboxStage, database: CacheDb | OutboxDb, sql: str) -> None:
    await stage.thread.run(lambda: database._connection.execute(sql).fetchall())


def shown(stage: OutboxStage) -> list[str]:
    return [row.message.text for row in stage.reader.page(TALK, 1, 100)]


# ------------------------------------------------------------ the cache


async def test_the_first_question_of_a_sync_may_meet_the_damage(stage: OutboxStage, expect_log: ExpectLog) -> None:
    """FAULTS 37: nothing went through the pipeline yet, and the connection must come online all the same."""

    def fill(tx: CacheWriter) -> None:
        for number in range(200):
            tx.conversations.put(talk(f"c{number}", title="x" * 2_000))
            tx.conversations.set_cursor(uid(f"c{number}"), 1)

    await stage.cache.write(fill)
    await behind_our_back(stage, stage.cache, "PRAGMA wal_checkpoint(TRUNCATE)")
    await stage.cache.close()
    stage.reader.release()
    path = stage.cache.path
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    path.write_bytes(bytes(content[:half]) + b"\x5a" * half)
    assert await stage.cache.open()
    await stage.synced()
    assert shown(stage) == ["one"]
    assert stage.told(StorageTroubled) == [REBUILT]


async def test_a_stored_object_that_makes_no_sense_is_damage(stage: OutboxStage, expect_log: ExpectLog) -> None:
    """FAULTS 37: SQLite keeps no checksums; a flipped bit in a body reads like any other."""
    expect_log("the cache could not store")
    await behind_our_back(stage, stage.cache, "UPDATE conversations SET body = CAST('{\"id\": 7' AS BLOB)")
    await stage.hear(stage.world.say("two"))
    await stage.until(lambda: shown(stage) == ["one", "two"])
    assert stage.told(StorageTroubled) == [REBUILT]
    await stage.hear(stage.world.say("three"))
    assert shown(stage) == ["one", "two", "three"]


@pytest.mark.parametrize("table", ["conversations", "messages", "people"])
async def test_the_interface_never_raises_for_the_disk_and_tells_of_damage_once(stage: OutboxStage, table: str) -> None:
    """FAULTS 37: whoever reads it is the first to meet it, and has it built anew."""
    await behind_our_back(stage, stage.cache, f"UPDATE {table} SET body = CAST('nonsense' AS BLOB)")
    for _ in range(2):
        stage.reader.summaries()
        stage.reader.summary(TALK)
        stage.reader.conversation(TALK)
        stage.reader.people()
        stage.reader.page(TALK, 1, 100)
    assert stage.damages == 1
    await stage.cache.heal(stage.cache.generation)
    await stage.until(lambda: shown(stage) == ["one"])
    assert stage.told(StorageTroubled) == [REBUILT]
    assert stage.told(ConversationReset) == [ConversationReset(conversation_id=TALK)]
    assert len(stage.reader.people()) == 3


async def test_a_cursor_that_the_server_does_not_understand_is_damage(
    stage: OutboxStage, expect_log: ExpectLog
) -> None:
    """FAULTS 37: a flipped bit in what ``/sync`` is asked with must not end the session."""
    expect_log("does not understand")
    answer = stage.world.sync

    async def strict(request: SyncRequest) -> Any:
        if request.marks_since not in (None, "m"):
            raise Refused("not a cursor of this server", code="invalid", field="marksSince")
        return await answer(request)

    stage.world.sync = strict  # type: ignore[method-assign]
    await stage.cache.write(lambda tx: tx.meta.set(MARKS_CURSOR, "m\x00"))
    stage.world.say("two")
    await stage.synced()
    assert shown(stage) == ["one", "two"]


async def test_what_the_server_refuses_twice_is_a_refusal(stage: OutboxStage, expect_log: ExpectLog) -> None:
    expect_log("does not understand")
    stage.world.failure = Refused(code="invalid", field="limit")
    with pytest.raises(Refused):
        await stage.synced()


async def test_a_file_is_thrown_away_once_whoever_finds_it_damaged(stage: OutboxStage) -> None:
    generation = stage.cache.generation
    await stage.cache.heal(generation)
    await stage.synced()
    await stage.cache.heal(generation)
    assert shown(stage) == ["one"]
    assert stage.told(StorageTroubled) == [REBUILT]


async def test_a_cache_that_cannot_be_built_anew_costs_no_message_and_comes_back(
    stage: OutboxStage, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAULTS 37: the disk is full as well. Sending goes on, nothing hangs, and with room again the cache fills."""
    expect_log("the cache could not store")
    expect_log("the cache cannot be built anew")
    stage.link.connect()

    def refuse(*_: Any, **__: Any) -> Any:
        raise DiskFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(cache_db, "open_writer", refuse)
        await behind_our_back(stage, stage.cache, "UPDATE conversations SET body = CAST('nonsense' AS BLOB)")
        await stage.hear(stage.world.say("two"))
        stage.write("mine")
        await stage.idle()
        assert stage.sent == ["mine"]
        assert stage.pending == []
        await stage.synced()  # which is what a new link waits for
    await stage.advance(31)
    assert shown(stage) == ["one", "two", "mine"]


async def test_a_cache_that_could_not_be_opened_is_opened_when_there_is_room(
    stage: OutboxStage, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAULTS 36: the disk was full when the app started."""
    expect_log("the cache could not store")
    await stage.cache.close()

    def refuse(*_: Any, **__: Any) -> Any:
        raise StorageError("unable to open")

    with monkeypatch.context() as patched:
        patched.setattr(cache_db, "open_writer", refuse)
        with pytest.raises(StorageError):
            await stage.cache.open()
        await stage.hear(stage.world.say("two"))
        await stage.synced()
    await stage.advance(31)
    assert shown(stage) == ["one", "two"]


async def test_a_closed_cache_stays_closed(stage: OutboxStage) -> None:
    await stage.cache.close()
    with pytest.raises(StorageError):
        await stage.cache.write(lambda tx: tx.meta.get("epoch"))
    await stage.cache.heal(stage.cache.generation)
    await stage.cache.open()


async def test_full_while_a_gap_is_looked_at(stage: OutboxStage, expect_log: ExpectLog) -> None:
    """FAULTS 36, 52: who cannot ask the cache what is missing asks the server."""
    expect_log("the cache could not store")
    stage.world.say("lost")
    await stage.hear(stage.world.say("three"))
    await behind_our_back(stage, stage.cache, "UPDATE conversations SET body = CAST('nonsense' AS BLOB)")
    await stage.advance(0.4)
    await stage.until(lambda: shown(stage) == ["one", "lost", "three"])


# ----------------------------------------------------------- the outbox


async def test_what_a_full_disk_keeps_in_the_outbox_is_not_shown_twice(
    stage: OutboxStage, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAULTS 36: the message is sent, and its entry cannot be taken out; it is, once that is possible."""
    expect_log("could not be taken out of the outbox")
    stage.link.connect()

    async def refuse(_: Any) -> None:
        raise DiskFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(stage.outbox_db, "remove", refuse)
        stage.write("mine")
        await stage.idle()
        assert [entry.text for entry in await stage.on_disk()] == ["mine"]
        assert stage.reader.pending(TALK) == []
        assert stage.reader.summary(TALK).last_state is not None
        assert shown(stage) == ["one", "mine"]
    await stage.advance(31)
    assert await stage.on_disk() == []


@pytest.mark.parametrize("where", ["first", "last"])
async def test_entries_before_and_behind_the_damage_are_kept_and_drafts_too(
    stage: OutboxStage, expect_log: ExpectLog, where: str
) -> None:
    """FAULTS 37, the outbox: one entry makes no sense any more; it alone stays behind, in the file moved aside."""
    for number in range(5):
        stage.write(f"{number}")
    await stage.idle()
    await stage.outbox_db.save_draft(Draft(conversation_id=TALK, text="half a"))
    which = {"first": "min", "last": "max"}[where]
    await behind_our_back(
        stage,
        stage.outbox_db,
        f"UPDATE outbox SET body = CAST('nonsense' AS BLOB) WHERE position = (SELECT {which}(position) FROM outbox)",
    )
    await stage.outbox_db.close()
    expect_log("the outbox is damaged")
    expect_log("is left behind")
    await stage.outbox_db.open()
    kept = [entry.text for entry in await stage.on_disk()]
    assert kept == {"first": ["1", "2", "3", "4"], "last": ["0", "1", "2", "3"]}[where]
    assert stage.outbox_db.moved_aside is not None
    assert stage.reader.draft(TALK) == Draft(conversation_id=TALK, text="half a")


async def test_a_torn_outbox_is_read_from_both_ends(stage: OutboxStage, expect_log: ExpectLog) -> None:
    """FAULTS 37, the outbox: pages in the middle of the file are gone."""
    await stage.outbox_db.add(
        [
            OutboxEntry(
                temp_id=uid(f"{n}"), created_at=stage.clock.now(), conversation_id=TALK, text=f"{n} " + "x" * 900
            )
            for n in range(80)
        ]
    )
    await stage.outbox_db.save_draft(Draft(conversation_id=TALK, text="half a"))
    await behind_our_back(stage, stage.outbox_db, "PRAGMA wal_checkpoint(TRUNCATE)")
    await stage.outbox_db.close()
    path = stage.outbox_db.path
    content = bytearray(path.read_bytes())
    middle = len(content) // 8_192 * 4_096
    content[middle : middle + 4_096] = b"\x5a" * 4_096
    path.write_bytes(bytes(content))
    expect_log("the outbox is damaged|could not be read to its end")
    await stage.outbox_db.open()
    kept = [int(entry.text.split()[0]) for entry in await stage.on_disk()]
    assert kept == sorted(kept)
    assert {0, 1, 78, 79} <= set(kept)
    assert len(kept) >= 70
    assert stage.reader.draft(TALK) is not None


# ----------------------------------------------------------- the drafts


async def test_a_full_disk_costs_no_draft(stage: OutboxStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAULTS 36: it is there when the person comes back to it, and on the disk when there is room."""
    keeper = DraftKeeper(outbox=stage.outbox_db, clock=stage.clock)
    long = Draft(conversation_id=TALK, text="x" * 80_000)
    await limit(stage, stage.outbox_db, 1)
    with pytest.raises(DiskFull):
        await keeper.save(long)
    await stage.advance(31)
    assert stage.reader.draft(TALK) is None
    await limit(stage, stage.outbox_db, ROOM)
    await stage.advance(31)
    assert stage.reader.draft(TALK) == long
    await keeper.close()


async def test_a_draft_that_could_not_be_saved_is_tried_once_more_at_the_end(
    stage: OutboxStage, expect_log: ExpectLog
) -> None:
    keeper = DraftKeeper(outbox=stage.outbox_db, clock=stage.clock)
    long = Draft(conversation_id=TALK, text="x" * 80_000)
    await limit(stage, stage.outbox_db, 1)
    with pytest.raises(DiskFull):
        await keeper.save(long)
    await limit(stage, stage.outbox_db, ROOM)
    await keeper.close()
    assert stage.reader.draft(TALK) == long
    full = DraftKeeper(outbox=stage.outbox_db, clock=stage.clock)
    await limit(stage, stage.outbox_db, 1)
    with pytest.raises(DiskFull):
        await full.save(Draft(conversation_id=TALK, text="y" * 200_000))
    expect_log("drafts are lost with the app")
    await full.close()
    assert stage.clock.next_timer() == 300  # the next sync, nothing else
