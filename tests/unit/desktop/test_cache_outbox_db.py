"""outbox.db: nothing that the user wrote is lost, whatever happens to the disk or to the app."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desktop_builders import ANN, TALK, uid

from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.core.entities import Draft, OutboxEntry, OutboxState, OutgoingFile
from chinwag_desktop.core.errors import DiskFull, StorageError

WHEN = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def entry(name: str, **fields: object) -> OutboxEntry:
    return OutboxEntry(**{"temp_id": uid(name), "created_at": WHEN, "conversation_id": TALK, "text": name, **fields})


@pytest.fixture
async def thread() -> AsyncIterator[DatabaseThread]:
    thread = DatabaseThread("test-writer")
    yield thread
    await thread.close()


@pytest.fixture
async def outbox(tmp_path: Path, thread: DatabaseThread) -> AsyncIterator[OutboxDb]:
    outbox = OutboxDb(tmp_path / "outbox.db", writer=thread)
    await outbox.open()
    yield outbox
    await outbox.close()


async def test_entries_come_back_whole_and_in_the_order_of_the_key_presses(outbox: OutboxDb) -> None:
    file = OutgoingFile(path="/p/cat.png", name="cat.png", role="image", size=7, width=3, height=2)
    written = [entry("one", files=(file,), mentions=(ANN,)), entry("two", conversation_id=None, receiver_id=ANN)]
    await outbox.add(written)
    await outbox.add([entry("three")])
    assert await outbox.entries() == [*written, entry("three")]


async def test_a_restart_queues_again_what_was_being_sent(
    outbox: OutboxDb, thread: DatabaseThread, tmp_path: Path
) -> None:
    await outbox.add([entry("one"), entry("two")])
    await outbox.update(entry("one", state=OutboxState.SENDING))
    await outbox.update(entry("two", state=OutboxState.FAILED, error="forbidden"))
    await outbox.close()
    again = OutboxDb(tmp_path / "outbox.db", writer=thread)
    await again.open()
    one, two = await again.entries()
    assert one.state is OutboxState.QUEUED
    assert (two.state, two.error) == (OutboxState.FAILED, "forbidden")
    await again.close()


async def test_an_entry_that_is_gone_is_not_brought_back_by_an_update(outbox: OutboxDb) -> None:
    await outbox.add([entry("one")])
    await outbox.remove([uid("one")])
    await outbox.update(entry("one", state=OutboxState.SENDING))
    assert await outbox.entries() == []


async def test_adding_the_same_entry_twice_keeps_one_in_its_place_as_it_is_now(outbox: OutboxDb) -> None:
    await outbox.add([entry("one"), entry("two")])
    again = entry("one", state=OutboxState.FAILED, error="disk")
    await outbox.add([again])
    assert await outbox.entries() == [again, entry("two")]


async def test_drafts_are_kept_until_they_are_empty(outbox: OutboxDb) -> None:
    draft = Draft(conversation_id=TALK, text="half a sen")
    await outbox.save_draft(draft)
    assert await outbox.drafts() == {TALK: draft}
    await outbox.save_draft(Draft(conversation_id=TALK, text=""))
    assert await outbox.drafts() == {}


async def test_a_full_disk_refuses_the_new_entry_and_keeps_the_old_ones(
    outbox: OutboxDb, thread: DatabaseThread
) -> None:
    """FAULTS 36."""
    await outbox.add([entry("one")])
    await outbox.save_draft(Draft(conversation_id=TALK, text="draft"))
    await thread.run(lambda: outbox._connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(DiskFull):
        await outbox.add([entry("big", text="x" * 80_000)])
    assert await outbox.entries() == [entry("one")]
    assert (await outbox.drafts())[TALK].text == "draft"
    await thread.run(lambda: outbox._connection.execute("PRAGMA max_page_count = 1000000"))
    await outbox.add([entry("after", text="x" * 8_000)])
    assert (await outbox.entries())[-1].temp_id == uid("after")


async def test_a_batch_is_stored_whole_or_not_at_all(outbox: OutboxDb, thread: DatabaseThread) -> None:
    await thread.run(lambda: outbox._connection.execute("PRAGMA max_page_count = 8"))
    with pytest.raises(DiskFull):
        await outbox.add([entry("small"), entry("big", text="x" * 80_000)])
    assert await outbox.entries() == []


async def test_a_damaged_outbox_is_moved_aside_and_what_can_be_read_is_kept(
    outbox: OutboxDb, thread: DatabaseThread, tmp_path: Path, expect_log: object
) -> None:
    """FAULTS 37, the outbox."""
    await outbox.add([entry(f"{number}", text="x" * 3_000) for number in range(40)])
    await outbox.close()
    path = tmp_path / "outbox.db"
    content = bytearray(path.read_bytes())
    content[-40_960:] = b"\x5a" * 40_960
    path.write_bytes(bytes(content))
    expect_log("outbox is damaged")
    expect_log("could not be read to its end|outbox is damaged")
    again = OutboxDb(path, writer=thread)
    await again.open()
    kept = await again.entries()
    assert kept == [entry(f"{number}", text="x" * 3_000) for number in range(len(kept))]
    assert again.moved_aside is not None
    assert again.moved_aside.exists()
    await again.add([entry("new")])
    await again.close()


async def test_a_newer_app_s_outbox_is_left_alone(outbox: OutboxDb, thread: DatabaseThread, tmp_path: Path) -> None:
    await outbox.add([entry("one")])
    await thread.run(lambda: outbox._connection.execute("PRAGMA user_version = 99"))
    await outbox.close()
    again = OutboxDb(tmp_path / "outbox.db", writer=thread)
    with pytest.raises(StorageError):
        await again.open()
    assert (tmp_path / "outbox.db").exists()


async def test_commits_wait_for_the_disk(outbox: OutboxDb, thread: DatabaseThread) -> None:
    assert await thread.run(lambda: outbox._connection.pragma("synchronous")) == 2
