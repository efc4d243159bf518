"""Files of outgoing messages: copied first, in the lane of the message, and never lost silently."""

import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from desktop_builders import TALK, uid
from fake_clock import FakeClock
from outbox_stage import OutboxStage, answers
from sync_stage import sync_stage

from chinwag_desktop.core.changes import StorageProblem, StorageTroubled, UploadProgressed
from chinwag_desktop.core.entities import DeliveryState, OutboxEntry, OutboxState, OutgoingFile
from chinwag_desktop.core.errors import Refused, Unreachable
from chinwag_desktop.sync.outgoing_files import OutgoingFiles

PICTURE = b"p" * 1_000


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[OutboxStage]:
    async with sync_stage(tmp_path, OutboxStage) as stage:
        await stage.hear(stage.world.open(), stage.world.open("other"))
        await stage.worker.start()
        stage.changes.clear()
        yield stage
        await stage.worker.close()


def pasted(name: str = "cat.png", **fields: Any) -> Any:
    """A picture in memory, as the composer gives it out."""
    values = {"name": name, "media_type": "image/png", "path": None, "data": PICTURE, "width": 4, "height": 3}
    values |= fields
    return SimpleNamespace(**{"size": len(values["data"] or b""), **values})


def on_disk(path: Path) -> Any:
    """A file on the disk."""
    return pasted(path.name, media_type="application/pdf", path=str(path), data=None, width=None, height=None)


def send(stage: OutboxStage, text: str, *files: Any, **more: Any) -> Any:
    return stage.write(text, files=stage.files.plan(files), **more)


def copies(stage: OutboxStage) -> list[Path]:
    folder = stage.folder / "outgoing"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def failures(stage: OutboxStage) -> list[str | None]:
    return [entry.error for entry in stage.worker.pending()]


class Gate:
    """Holds back the copies of one file."""

    def __init__(self, files: OutgoingFiles, name: str) -> None:
        self._copy, self._name, self._open = files._copy, name, threading.Event()
        files._copy = self._held

    def open(self) -> None:
        self._open.set()

    def _held(self, file: OutgoingFile) -> None:
        if file.name == self._name:
            assert self._open.wait(10)
        self._copy(file)


# ------------------------------------------------------------------ the way


async def test_files_are_copied_uploaded_then_sent(stage: OutboxStage, tmp_path: Path) -> None:
    original = tmp_path / "report.pdf"
    original.write_bytes(b"q" * 500)
    row = send(stage, "look", pasted(), on_disk(original))
    assert (row.state, row.local_path, row.message.kind) == (DeliveryState.SAVING, None, "image")
    assert row.message.attachments[0].width == 4
    await stage.until(lambda: stage.states_of("look")[-1:] == [DeliveryState.SENDING])
    original.unlink()
    (row,) = stage.worker.rows(TALK)
    assert row.local_path is not None
    assert content(row.local_path) == PICTURE
    stage.link.connect()
    await stage.until(lambda: not stage.pending)
    assert [name for name, _ in stage.world.uploads] == ["cat.png", "report.pdf"]
    (command,) = stage.link.payloads("sendMessage")
    ids = [uid(key) for _, key in stage.world.uploads]
    assert (command.image, command.files) == (ids[0], (ids[1],))
    progress = stage.told(UploadProgressed)
    assert 20 < len(progress) < 120
    assert progress[-1].sent == progress[-1].total
    await stage.files.sweep(stage.worker.pending)
    assert copies(stage) == []


async def test_a_message_with_files_is_unsent_and_seen_before_they_are_copied(
    stage: OutboxStage, tmp_path: Path
) -> None:
    original = tmp_path / "report.pdf"
    original.write_bytes(b"q" * 500)
    gate = Gate(stage.files, "report.pdf")
    stage.link.connect()
    try:
        row = send(stage, "look", on_disk(original))
        assert (row.state, row.local_path) == (DeliveryState.SAVING, str(original))
        stage.write("after")
        stage.write("elsewhere", to="other")
        await stage.until(lambda: stage.sent == ["elsewhere"])
        assert stage.pending == ["look", "after"]
        assert [entry.files[0].source for entry in await stage.on_disk() if entry.text == "look"] == [str(original)]
    finally:
        gate.open()
    await stage.until(lambda: not stage.pending)
    assert stage.sent == ["elsewhere", "look", "after"]


async def test_an_upload_that_breaks_off_goes_on_with_the_missing_file(stage: OutboxStage) -> None:
    stage.world.upload_failure = Unreachable()
    stage.link.connect()
    send(stage, "look", pasted("a.png"), pasted("b.png"))
    stage.write("after")
    await stage.until(lambda: stage.clock.next_timer())
    assert stage.sent == []
    stage.world.upload_failure = None
    await stage.advance(1.1)
    assert stage.sent == ["look", "after"]
    keys = [key for _, key in stage.world.uploads]
    assert len(set(keys)) == 2


async def test_the_same_key_for_the_same_file_after_a_restart(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    send(stage, "look", pasted())
    await stage.until(lambda: stage.sent)
    await stage.worker.close()
    stage.worker = stage.new_worker()
    await stage.worker.start()
    await stage.until(lambda: len(stage.sent) == 2)
    assert len(stage.world.uploads) == 1


# ------------------------------------------------------------- it goes wrong


async def test_an_original_that_is_gone_fails_the_message_with_its_text(stage: OutboxStage, tmp_path: Path) -> None:
    original = tmp_path / "report.pdf"
    stage.link.connect()
    send(stage, "look", pasted(), on_disk(original))
    stage.write("after")
    await stage.until(lambda: stage.sent == ["after"])
    (row,) = stage.worker.rows(TALK)
    assert (row.message.text, row.state, row.error) == ("look", DeliveryState.FAILED, "file_missing")
    kept = {entry.text: (entry.state, entry.error) for entry in await stage.on_disk()}
    assert kept["look"] == (OutboxState.FAILED, "file_missing")
    original.write_bytes(b"there again")
    stage.worker.retry(row.key)
    await stage.until(lambda: not stage.pending)
    assert stage.sent == ["after", "look"]


async def test_a_disk_without_room_for_the_copy_fails_the_message_and_retry_sends_it(
    stage: OutboxStage, expect_log: Callable[[str], None]
) -> None:
    expect_log("could not be copied")
    folder = stage.folder / "outgoing"
    folder.write_bytes(b"a file where the folder belongs")
    stage.link.connect()
    send(stage, "look", pasted())
    await stage.until(lambda: failures(stage) == ["disk"])
    await stage.until(lambda: stage.told(StorageTroubled))
    assert stage.told(StorageTroubled) == [StorageTroubled(problem=StorageProblem.OUTBOX_FAILED)]
    folder.unlink()
    stage.worker.retry(uid("temp look"))
    await stage.until(lambda: not stage.pending)
    assert stage.sent == ["look"]


async def test_a_copy_that_breaks_off_is_not_taken_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = OutgoingFiles(tmp_path / "outgoing")
    planned = files.plan([pasted()])

    def break_off(_source: Any, target: Any) -> None:
        target.write(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfileobj", break_off)
        with pytest.raises(OSError, match="No space"):
            await files.keep(planned)
    assert list((tmp_path / "outgoing").iterdir()) == []
    await files.keep(planned)
    assert content(planned[0].path) == PICTURE


async def test_a_copy_that_is_gone_fails_the_message(stage: OutboxStage) -> None:
    stage.link.connect()
    stage.write("look", files=(OutgoingFile(path="/gone/cat.png", name="cat.png", size=3),))
    stage.write("after")
    await stage.until(lambda: stage.sent == ["after"])
    assert stage.states_of("look")[-1] is DeliveryState.FAILED
    assert failures(stage) == ["file_missing"]


async def test_an_upload_that_is_refused_fails_the_message(stage: OutboxStage) -> None:
    stage.world.upload_failure = Refused(code="too_large")
    stage.link.connect()
    send(stage, "look", pasted())
    await stage.until(lambda: failures(stage) == ["too_large"])


async def test_an_attachment_that_the_server_has_collected_goes_up_again(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = answers(
        Refused(code="not_found", field="image"), Refused(code="not_found", field="image")
    )
    stage.link.connect()
    send(stage, "look", pasted())
    await stage.until(lambda: failures(stage) == ["not_found"])
    assert len(stage.world.uploads) == 2


async def test_discarded_while_it_is_copied(stage: OutboxStage) -> None:
    gate = Gate(stage.files, "cat.png")
    stage.link.connect()
    try:
        send(stage, "look", pasted())
        await stage.idle()
        stage.worker.discard(uid("temp look"))
    finally:
        gate.open()
    await stage.until(lambda: [path for path in copies(stage) if path.suffix == ".png"])
    await stage.idle()
    assert (stage.sent, stage.pending, await stage.on_disk()) == ([], [], [])
    await stage.files.sweep(stage.worker.pending)
    assert copies(stage) == []


# ------------------------------------------------------------------ quitting


async def test_quitting_waits_for_the_copies(stage: OutboxStage) -> None:
    send(stage, "look", pasted())
    await stage.worker.close()
    (entry,) = await stage.on_disk()
    assert entry.state is OutboxState.QUEUED
    assert content(entry.files[0].path) == PICTURE


@pytest.mark.parametrize("whole", [True, False], ids=["copied", "not copied"])
async def test_a_run_that_was_killed_before_the_copy_is_made_up_for_by_the_next(
    stage: OutboxStage, tmp_path: Path, whole: bool
) -> None:
    original = tmp_path / "report.pdf"
    original.write_bytes(b"q" * 500)
    files = stage.files.plan([on_disk(original)])
    if whole:
        await stage.files.keep(files)
        original.unlink()
    await stage.worker.close()
    await stage.outbox_db.add([left_over("look", files), left_over("after")])
    stage.worker = stage.new_worker()
    stage.link.connect()
    await stage.worker.start()
    await stage.files.sweep(stage.worker.pending)
    await stage.until(lambda: not stage.pending)
    assert stage.sent == ["look", "after"]


async def test_what_was_never_copied_and_is_gone_fails_at_the_next_start(stage: OutboxStage) -> None:
    files = OutgoingFiles(stage.folder / "outgoing").plan([pasted()])  # another process's memory
    await stage.worker.close()
    await stage.outbox_db.add([left_over("look", files), left_over("after")])
    stage.worker = stage.new_worker()
    stage.link.connect()
    await stage.worker.start()
    await stage.until(lambda: stage.sent == ["after"])
    assert failures(stage) == ["file_missing"]


async def test_what_is_written_before_the_outbox_was_read_is_copied_once(stage: OutboxStage) -> None:
    await stage.worker.close()
    stage.worker = stage.new_worker()
    gate, begun = Gate(stage.files, "cat.png"), []
    held = stage.files._copy
    stage.files._copy = lambda file: (begun.append(file.name), held(file))
    try:
        send(stage, "look", pasted())
        await stage.until(lambda: begun)
        await stage.worker.start()
        await stage.idle()
    finally:
        gate.open()
    stage.link.connect()
    await stage.until(lambda: not stage.pending)
    assert (begun, stage.sent) == (["cat.png"], ["look"])


async def test_sweeping_leaves_what_is_planned_and_what_is_half_copied(stage: OutboxStage) -> None:
    files = stage.files.plan([pasted()])
    (stage.folder / "outgoing").mkdir()
    half = stage.folder / "outgoing" / (files[0].path.rpartition("/")[2] + ".part")
    half.write_bytes(b"half")
    stale = stage.folder / "outgoing" / "stale.part"
    stale.write_bytes(b"of a run that was killed")
    await stage.files.sweep(lambda: [left_over("look", files)])
    assert copies(stage) == [half]


def left_over(text: str, files: tuple[OutgoingFile, ...] = ()) -> OutboxEntry:
    """What another run has left in the outbox."""
    return OutboxEntry(
        temp_id=uid(f"temp {text}"), created_at=FakeClock().now(), conversation_id=TALK, text=text, files=files
    )
