"""The outbox: in order, once, whatever the disk, the link and the server do."""

import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from desktop_builders import ANN, TALK, uid
from fake_clock import settle
from fake_world import inbound
from outbox_stage import OutboxStage, answers
from sync_stage import sync_stage

from chinwag_desktop.core.changes import RowDiscarded, RowPlaced, RowsChanged, StorageProblem, StorageTroubled
from chinwag_desktop.core.entities import DeliveryState, OutboxEntry, OutboxState, OutgoingFile
from chinwag_desktop.core.errors import LinkLost, Refused, ServerBusy
from chinwag_desktop.sync.message_sender import command_of
from chinwag_protocol.events import MessageAck, SendMessage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[OutboxStage]:
    async with sync_stage(tmp_path, OutboxStage) as stage:
        await stage.hear(stage.world.open(), stage.world.open("other"), stage.world.open("third"))
        await stage.worker.start()
        stage.changes.clear()
        yield stage
        await stage.worker.close()


# --------------------------------------------------------------- the way


async def test_saving_sending_sent(stage: OutboxStage) -> None:
    stage.link.connect()
    row = stage.write("hello")
    assert (row.state, row.key, row.message.seq, row.message.text) == (
        DeliveryState.SAVING,
        uid("temp hello"),
        0,
        "hello",
    )
    assert stage.sent == []
    await stage.idle()
    assert stage.states_of("hello")[:2] == [DeliveryState.SENDING, DeliveryState.SENT]
    assert stage.pending == []
    assert await stage.on_disk() == []
    assert [row.message.text for row in stage.reader.page(TALK, 1, 10)] == ["hello"]


async def test_nothing_is_sent_before_it_is_on_the_disk(stage: OutboxStage) -> None:
    on_disk: list[list[str]] = []
    rows = stage.outbox_db._entries

    def look(command: SendMessage) -> MessageAck:
        future = stage.thread._pool.submit(rows)
        on_disk.append([entry.text for entry in future.result()])
        return stage.store(command)

    stage.link.socket.answers["sendMessage"] = look
    stage.link.connect()
    stage.write("hello")
    await stage.idle()
    assert on_disk == [["hello"]]


async def test_a_slow_disk_holds_back_what_it_does_not_have(stage: OutboxStage) -> None:
    stage.link.connect()
    disk = threading.Event()
    stage.thread._pool.submit(disk.wait)
    stage.write("hello")
    try:
        await settle()
        assert stage.sent == []
    finally:
        disk.set()
    await stage.idle()
    assert stage.sent == ["hello"]


async def test_written_offline_sent_in_order_when_online(stage: OutboxStage) -> None:
    for number in range(20):
        stage.write(f"{number}")
    await stage.idle()
    assert stage.sent == []
    assert len(await stage.on_disk()) == 20
    stage.link.connect()
    await stage.until(lambda: not stage.pending)
    assert stage.sent == [f"{number}" for number in range(20)]
    assert [message.text for message in stage.world.talks[TALK].messages] == stage.sent


async def test_one_unacknowledged_message_a_conversation(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    for number in range(3):
        stage.write(f"talk {number}")
        stage.write(f"other {number}", to="other")
    await stage.idle()
    assert sorted(stage.sent) == ["other 0", "talk 0"]


async def test_a_restart_sends_what_was_left_once(stage: OutboxStage) -> None:
    for number in range(5):
        stage.write(f"{number}")
    await stage.idle()
    await stage.worker.close()
    stage.worker = stage.new_worker()
    await stage.worker.start()
    assert stage.pending == [f"{number}" for number in range(5)]
    stage.link.connect()
    await stage.idle()
    assert stage.sent == [f"{number}" for number in range(5)]
    assert [change.row.state for change in stage.told(RowPlaced)] == [DeliveryState.SENT] * 5


async def test_closing_puts_on_the_disk_what_is_only_on_the_screen(stage: OutboxStage) -> None:
    for number in range(5):
        stage.write(f"{number}")
    await stage.worker.close()
    assert [entry.text for entry in await stage.on_disk()] == [f"{number}" for number in range(5)]


async def test_what_the_cache_knows_to_be_sent_is_not_sent_again(stage: OutboxStage) -> None:
    stage.write("hello")
    await stage.idle()
    await stage.worker.close()
    await stage.hear(stage.world.say("hello", "me", temp_id=uid("temp hello")))
    stage.worker = stage.new_worker()
    await stage.worker.start()
    assert stage.pending == []
    assert await stage.on_disk() == []


async def test_a_first_message_to_somebody(stage: OutboxStage) -> None:
    stage.link.connect()
    stage.write("hi", conversation_id=None, receiver_id=uid("talk"))
    await stage.idle()
    (command,) = stage.link.payloads("sendMessage")
    assert (command.receiver_id, command.conversation_id) == (uid("talk"), None)
    assert stage.pending == []


def test_the_payload_carries_everything_and_nothing_absent() -> None:
    entry = OutboxEntry(temp_id=uid("t"), created_at=None, conversation_id=TALK, text="hi", mentions=(ANN,))
    assert command_of(entry) == SendMessage(temp_id=uid("t"), conversation_id=TALK, text="hi", mentions=(ANN,))
    files = [
        OutgoingFile(path="a", name="a", role=role, attachment_id=uid(f"{number}"))
        for number, role in enumerate(["image", "image", "file", "voice"])
    ]
    command = command_of(OutboxEntry(temp_id=uid("t"), created_at=None, conversation_id=TALK, files=tuple(files)))
    assert command.image == uid("0")
    assert command.files == (uid("1"), uid("3"), uid("2"))
    assert (command.voice, command.text) == (None, None)


# ---------------------------------------------------------- ack and echo


async def test_the_echo_alone_is_enough(stage: OutboxStage) -> None:
    """FAULTS 33."""
    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    stage.write("hello")
    stage.write("next")
    await stage.idle()
    await stage.hear(stage.world.say("hello", "me", temp_id=uid("temp hello")))
    await stage.idle()
    assert stage.sent == ["hello", "next"]
    assert stage.pending == ["next"]
    assert [change.key for change in stage.told(RowPlaced)] == [uid("temp hello")]


async def test_the_echo_after_the_ack_changes_nothing(stage: OutboxStage) -> None:
    stage.link.connect()
    stage.write("hello")
    await stage.idle()
    stage.changes.clear()
    await stage.hear(inbound("newMessage", stage.world.ack(1)))
    assert stage.told(RowPlaced) == []
    assert stage.told(RowsChanged) == []


async def test_a_sync_that_brings_it_takes_it_out_of_the_queue(stage: OutboxStage) -> None:
    stage.write("hello")
    await stage.idle()
    stage.world.say("hello", "me", temp_id=uid("temp hello"))
    await stage.synced()
    await stage.idle()
    assert stage.pending == []
    stage.link.connect()
    await stage.idle()
    assert stage.sent == []


async def test_no_answer_for_twelve_seconds_sends_the_same_again(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = answers(None, stage.store)
    stage.link.connect()
    stage.write("hello")
    await stage.idle()
    await stage.advance(13.5)
    first, second = stage.link.payloads("sendMessage")
    assert first == second
    assert stage.pending == []


# ----------------------------------------------------------- held, failed


@pytest.mark.parametrize("code", ["unavailable", "internal"])
async def test_a_busy_server_holds_the_lane_doubling_to_thirty_seconds(stage: OutboxStage, code: str) -> None:
    stage.link.socket.answers["sendMessage"] = lambda _: ServerBusy(code=code)
    stage.link.connect()
    stage.write("one")
    stage.write("two")
    await stage.idle()
    waits: list[int] = []
    for _ in range(7):
        sent = len(stage.sent)
        waited = 0
        while len(stage.sent) == sent and waited < 60:
            await stage.advance(1)
            waited += 1
        waits.append(waited)
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert set(stage.sent) == {"one"}
    assert stage.pending == ["one", "two"]
    stage.link.socket.answers["sendMessage"] = stage.store
    await stage.advance(31)
    assert stage.sent[-2:] == ["one", "two"]


async def test_the_server_says_how_long_to_wait_and_all_lanes_do(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = answers(
        ServerBusy(code="rate_limited", retry_after_s=5), stage.store, stage.store
    )
    stage.link.connect()
    stage.write("one")
    await stage.idle()
    stage.write("two", to="other")
    await stage.advance(4.5)
    assert stage.sent == ["one"]
    await stage.advance(1)
    assert sorted(stage.sent) == ["one", "one", "two"]


@pytest.mark.parametrize("code", ["invalid", "forbidden", "not_found", "conflict", "too_large"])
async def test_every_other_code_fails_that_message_and_goes_on(stage: OutboxStage, code: str) -> None:
    stage.link.socket.answers["sendMessage"] = answers(Refused(code=code), stage.store)
    stage.link.connect()
    stage.write("bad")
    stage.write("good")
    await stage.idle()
    assert stage.states_of("bad")[-1] is DeliveryState.FAILED
    assert stage.states_of("good")[-1] is DeliveryState.SENT
    (left,) = await stage.on_disk()
    assert (left.text, left.state, left.error) == ("bad", OutboxState.FAILED, code)
    (row,) = stage.reader.pending(TALK)
    assert (row.state, row.error) == (DeliveryState.FAILED, code)


async def test_message_error_fails_it_like_the_ack_would(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    stage.write("bad")
    await stage.idle()
    await stage.hear(
        inbound("messageError", {"tempId": uid("temp bad"), "error": {"code": "forbidden", "message": "blocked"}})
    )
    await stage.idle()
    assert stage.states_of("bad")[-1] is DeliveryState.FAILED
    await stage.hear(inbound("messageError", {"error": {"code": "invalid", "message": "no tempId"}}))


async def test_retry_sends_it_in_its_old_place(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = answers(Refused(code="forbidden"), None)
    stage.link.connect()
    stage.write("bad")
    stage.write("held")
    stage.write("last")
    await stage.idle()
    stage.link.socket.answers["sendMessage"] = stage.store
    stage.worker.retry(uid("temp bad"))
    stage.worker.retry(uid("temp last"))
    assert stage.states_of("bad")[-1] is DeliveryState.SAVING
    await stage.advance(14)
    assert stage.sent == ["bad", "held", "bad", "held", "last"]
    assert stage.pending == []


async def test_retry_needs_nothing_else_to_set_its_lane_going(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = answers(Refused(code="forbidden"), stage.store)
    stage.link.connect()
    stage.write("bad")
    await stage.idle()
    assert stage.pending == ["bad"]
    stage.worker.retry(uid("temp bad"))
    await stage.idle()
    assert (stage.sent, stage.pending) == (["bad", "bad"], [])


async def test_a_retry_survives_quitting(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = lambda _: Refused(code="forbidden")
    stage.link.connect()
    stage.write("bad")
    stage.write("worse")
    await stage.idle()
    stage.link.lose()
    stage.worker.retry(uid("temp bad"))
    await stage.worker.close()
    assert [(entry.text, entry.state, entry.error) for entry in await stage.on_disk()] == [
        ("bad", OutboxState.QUEUED, None),
        ("worse", OutboxState.FAILED, "forbidden"),
    ]


async def test_what_the_disk_refused_is_among_the_unsent(stage: OutboxStage, expect_log: Callable[[str], None]) -> None:
    expect_log("could not be saved")
    stage.write("first")
    await stage.idle()
    await stage.thread.run(lambda: stage.outbox_db._connection.execute("PRAGMA max_page_count = 1"))
    stage.write("x" * 40_000)
    await stage.idle()
    stage.write("elsewhere", to="other")
    rows = stage.worker.rows(TALK)
    assert [(row.message.text[:5], row.state, row.error) for row in rows] == [
        ("first", DeliveryState.SENDING, None),
        ("xxxxx", DeliveryState.FAILED, "disk"),
    ]
    assert [row.state for row in stage.worker.rows(uid("other"))] == [DeliveryState.SAVING]
    await stage.idle()


async def test_discard_forgets_it(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = lambda _: Refused(code="forbidden")
    stage.link.connect()
    stage.write("bad")
    await stage.idle()
    stage.worker.discard(uid("temp bad"))
    await stage.idle()
    assert stage.told(RowDiscarded) == [RowDiscarded(lane=TALK, key=uid("temp bad"))]
    assert (stage.pending, await stage.on_disk()) == ([], [])
    stage.worker.discard(uid("temp bad"))
    stage.worker.retry(uid("temp bad"))


async def test_discard_before_it_is_saved_and_while_it_is_in_flight(stage: OutboxStage) -> None:
    stage.write("never mind")
    stage.worker.discard(uid("temp never mind"))
    await stage.idle()
    assert await stage.on_disk() == []
    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    stage.write("in flight")
    stage.write("next")
    await stage.idle()
    stage.worker.discard(uid("temp in flight"))
    await stage.idle()
    assert stage.sent == ["in flight", "next"]


async def test_a_discard_right_before_the_end_is_not_forgotten(stage: OutboxStage) -> None:
    stage.write("never mind")
    await stage.idle()
    stage.worker.discard(uid("temp never mind"))
    await stage.worker.close()
    assert await stage.on_disk() == []


# ------------------------------------------------------------- lost links


async def test_a_lost_link_holds_everything_and_the_next_one_sends_it_again(stage: OutboxStage) -> None:
    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    stage.write("one")
    stage.write("two")
    await stage.idle()
    stage.link.lose()
    await stage.advance(60)
    assert stage.sent == ["one"]
    assert stage.pending == ["one", "two"]
    stage.link.socket.answers["sendMessage"] = stage.store
    stage.link.connect()
    await stage.idle()
    assert stage.sent == ["one", "one", "two"]


async def test_stored_but_the_ack_was_lost_is_one_message(stage: OutboxStage) -> None:
    """FAULTS 30."""

    def store_and_die(command: SendMessage) -> Any:
        stage.store(command)
        return LinkLost("transport close")

    stage.link.socket.answers["sendMessage"] = store_and_die
    stage.link.connect()
    stage.write("hello")
    await stage.idle()
    stage.link.lose()
    stage.link.socket.answers["sendMessage"] = stage.store
    stage.link.connect()
    await stage.until(lambda: not stage.pending)
    assert len(stage.world.talks[TALK].messages) == 1


@pytest.mark.parametrize(
    "cut",
    [
        {"reason": "transport close", "close_code": 1009},
        {"reason": "transport error", "close_code": 413},
        {"reason": "io server disconnect"},
    ],
)
async def test_a_message_that_the_server_cuts_two_links_for_is_failed(stage: OutboxStage, cut: dict[str, Any]) -> None:
    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    stage.write("poison")
    stage.write("after")
    await stage.idle()
    stage.link.lose(**cut)
    await stage.idle()
    assert stage.states_of("poison")[-1] is DeliveryState.SENDING
    stage.link.connect()
    await stage.idle()
    stage.link.socket.answers["sendMessage"] = stage.store
    old = stage.link.socket
    old.answers = {**old.answers}
    stage.link.lose(**cut)
    await stage.idle()
    assert stage.states_of("poison")[-1] is DeliveryState.FAILED
    assert next(entry.error for entry in await stage.on_disk() if entry.text == "poison") == "poison"
    stage.link.connect()
    await stage.idle()
    assert stage.sent == ["poison", "poison", "after"]


async def test_the_innocent_are_found_by_sending_suspects_alone(stage: OutboxStage) -> None:
    def deadly(command: SendMessage) -> Any:
        if command.text == "poison":
            return None
        return stage.store(command)

    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    stage.write("innocent")
    stage.write("poison", to="other")
    stage.write("bystander", to="third")
    await stage.idle()
    assert len(stage.sent) == 3
    stage.link.lose("io server disconnect")
    await stage.idle()
    stage.link.socket.answers["sendMessage"] = deadly
    for number in range(2):
        stage.link.connect()
        await stage.until(lambda expected=number + 2: stage.sent.count("poison") == expected)
        stage.link.lose("io server disconnect")
        await stage.idle()
    stage.link.connect()
    await stage.until(lambda: stage.pending == ["poison"])
    assert {message.text for talk in stage.world.talks.values() for message in talk.messages} == {
        "innocent",
        "bystander",
    }
    assert [(entry.text, entry.error) for entry in stage.worker.pending()] == [("poison", "poison")]


@pytest.mark.parametrize(
    "cut",
    [
        {"reason": "transport close"},
        {"reason": "ping timeout"},
        {"reason": "transport close", "close_code": 1012},
        {"reason": "io server disconnect", "announced": True},
    ],
)
async def test_links_that_end_for_other_reasons_fail_nothing(stage: OutboxStage, cut: dict[str, Any]) -> None:
    stage.link.socket.answers["sendMessage"] = None
    stage.write("hello")
    for _ in range(5):
        stage.link.connect()
        await stage.idle()
        stage.link.lose(**cut)
        await stage.idle()
    assert stage.pending == ["hello"]
    assert stage.states_of("hello")[-1] is DeliveryState.SENDING


# ------------------------------------------------------------------ pace


async def test_the_pace_follows_the_server_s_limits(stage: OutboxStage) -> None:
    stage.limits = SimpleNamespace(messages_per_second=2, message_burst=4)
    stage.link.connect()
    for number in range(10):
        stage.write(f"{number}")
    await stage.idle()
    assert len(stage.sent) == 4
    await stage.advance(1)
    assert len(stage.sent) == 6
    for _ in range(4):
        await stage.advance(0.5)
    assert stage.sent == [f"{number}" for number in range(10)]


# ------------------------------------------------- a server of another past


async def test_a_new_epoch_never_drops_the_outbox(stage: OutboxStage) -> None:
    """FAULTS 11, 12: the database was restored from before the last message; what is unsent is sent, in order."""
    await stage.synced()
    stage.link.connect()
    stage.write("acknowledged, and gone with the disk")
    await stage.idle()
    stage.link.lose()
    stage.write("two")
    stage.write("three")
    await stage.idle()
    talk = stage.world.talks[TALK]
    talk.messages, talk.rev, stage.world.epoch = [], 1, "epoch-2"
    await stage.synced()
    assert stage.pending == ["two", "three"]
    assert [row.message.text for row in stage.reader.pending(TALK)] == ["two", "three"]
    stage.link.connect()
    await stage.idle()
    assert [row.message.text for row in stage.reader.page(TALK, 1, 10)] == ["two", "three"]
    assert await stage.on_disk() == []


async def test_a_message_that_cut_one_link_is_remembered_over_a_restart(stage: OutboxStage) -> None:
    """The second fresh socket may be that of the next run."""
    stage.link.socket.answers["sendMessage"] = None
    stage.link.connect()
    stage.write("poison")
    await stage.idle()
    stage.link.lose("transport close", close_code=1009)
    await stage.idle()
    await stage.worker.close()
    assert [entry.strikes for entry in await stage.on_disk()] == [1]
    stage.worker = stage.new_worker()
    await stage.worker.start()
    stage.link.connect()
    await stage.idle()
    stage.link.lose("transport close", close_code=1009)
    await stage.idle()
    (entry,) = stage.worker.pending()
    assert (entry.state, entry.error) == (OutboxState.FAILED, "poison")


# ------------------------------------------------------------------ disks


async def test_a_full_disk_shows_on_the_bubble_and_retry_saves_it(
    stage: OutboxStage, expect_log: Callable[[str], None]
) -> None:
    """FAULTS 36."""
    expect_log("could not be saved")
    stage.link.connect()
    await stage.thread.run(lambda: stage.outbox_db._connection.execute("PRAGMA max_page_count = 1"))
    stage.write("x" * 40_000)
    await stage.idle()
    (entry,) = stage.worker.pending()
    assert (entry.state, entry.error) == (OutboxState.FAILED, "disk")
    assert stage.told(StorageTroubled) == [StorageTroubled(problem=StorageProblem.OUTBOX_FAILED)]
    assert stage.sent == []
    await stage.thread.run(lambda: stage.outbox_db._connection.execute("PRAGMA max_page_count = 1000000"))
    stage.worker.retry(entry.temp_id)
    assert stage.states_of("x" * 40_000)[-1] is DeliveryState.SAVING
    await stage.idle()
    assert stage.pending == []
    assert len(stage.sent) == 1


async def test_a_broken_cache_costs_no_message(stage: OutboxStage, expect_log: Callable[[str], None]) -> None:
    """FAULTS 37."""
    expect_log("the cache could not store")
    await stage.thread.run(lambda: stage.cache._connection.execute("PRAGMA max_page_count = 1"))
    stage.link.connect()
    for number in range(4):
        stage.write(f"{number}" * 10_000)
    await stage.idle()
    assert [text[0] for text in stage.sent if text] == ["0", "1", "2", "3"]
    assert stage.pending == []
    assert [change.row.state for change in stage.told(RowPlaced)] == [DeliveryState.SENT] * 4
    await settle()
