"""The one door in: order, gaps, duplicates, acks and echoes, marks, presence, broken disks."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from desktop_builders import ANN, BOB, ME, TALK, WHEN, group, member, settings, uid
from fake_world import inbound
from sync_stage import SyncStage, sync_stage

from chinwag_desktop.core.changes import (
    ConversationLeft,
    ConversationReset,
    ConversationsChanged,
    MarksChanged,
    Origin,
    PeopleChanged,
    PresenceChanged,
    RowPlaced,
    RowsChanged,
    StorageProblem,
    StorageTroubled,
    TypingChanged,
)
from chinwag_desktop.core.entities import DeliveryState, Held, Mark
from chinwag_desktop.core.errors import StorageError


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[SyncStage]:
    async with sync_stage(tmp_path) as stage:
        yield stage


async def texts(stage: SyncStage, conversation_id: Any = TALK) -> list[str]:
    return [row.message.text for row in stage.reader.page(conversation_id, 1, 10_000)]


async def cursor(stage: SyncStage, conversation_id: Any = TALK) -> int:
    return await stage.cache.write(lambda tx: tx.conversations.cursor(conversation_id))


# ------------------------------------------------------------ live events


async def test_a_new_conversation_and_its_messages(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("one"), stage.world.say("two"))
    assert await texts(stage) == ["one", "two"]
    assert await cursor(stage) == 3
    rows = [row for change in stage.told(RowsChanged) for row in change.rows]
    assert [row.state for row in rows] == [DeliveryState.RECEIVED] * 2
    assert {change.origin for change in stage.told(RowsChanged)} == {Origin.LIVE}
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert (summary.unread_count, summary.excerpt, summary.last_seq) == (2, "two", 2)


async def test_a_duplicate_is_silently_skipped(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), message := stage.world.say("one"))
    stage.changes.clear()
    await stage.hear(message, message)
    assert stage.changes == []
    assert await texts(stage) == ["one"]


async def test_what_comes_early_waits_for_its_predecessor(stage: SyncStage) -> None:
    await stage.hear(stage.world.open())
    one, two, three = stage.world.say("one"), stage.world.say("two"), stage.world.say("three")
    await stage.hear(three)
    await stage.hear(two)
    assert await texts(stage) == []
    await stage.hear(one)
    assert await texts(stage) == ["one", "two", "three"]
    await stage.advance(1)
    assert stage.world.syncs == []


async def test_a_gap_is_synced_after_300_ms(stage: SyncStage) -> None:
    """FAULTS 52."""
    await stage.synced()
    syncs = len(stage.world.syncs)
    await stage.hear(stage.world.open())
    stage.world.say("lost")
    await stage.hear(stage.world.say("heard"))
    await stage.advance(0.29)
    assert len(stage.world.syncs) == syncs
    await stage.advance(0.02)
    assert len(stage.world.syncs) == syncs + 1
    assert await texts(stage) == ["lost", "heard"]
    assert await cursor(stage) == 3


async def test_a_message_of_an_unknown_conversation_is_a_gap(stage: SyncStage) -> None:
    await stage.synced()
    stage.world.open()
    await stage.hear(stage.world.say("hello"))
    assert stage.reader.summaries() == []
    await stage.advance(0.31)
    assert await texts(stage) == ["hello"]


async def test_an_event_that_no_sync_explains_is_dropped(stage: SyncStage) -> None:
    await stage.synced()
    stage.world.open("other")
    event = stage.world.say("not mine", to="other")
    stage.world.leave(to="other")
    await stage.hear(event)
    await stage.advance(0.31)
    syncs = len(stage.world.syncs)
    await stage.advance(60)
    assert len(stage.world.syncs) == syncs
    assert stage.pipeline._early == []


async def test_edits_and_deletions_change_their_row(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("one"), stage.world.say("two"))
    stage.changes.clear()
    await stage.hear(stage.world.edit(1, "uno"), stage.world.delete(2))
    assert await texts(stage) == ["uno", ""]
    rows = [row for change in stage.told(RowsChanged) for row in change.rows]
    assert [(row.message.seq, row.message.deleted_at is not None) for row in rows] == [(1, False), (2, True)]
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert summary.unread_count == 1


async def test_a_fact_that_is_skipped_moves_the_cursor_only(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("one"))
    await stage.hear(inbound("factSkipped", {"conversationId": TALK, "rev": 3}))
    assert await cursor(stage) == 3
    assert await texts(stage) == ["one"]


async def test_invalid_events_are_logged_and_skipped(
    stage: SyncStage, expect_log: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("invalid newMessage skipped")
    await stage.hear(stage.world.open())
    good = stage.world.say("good")
    broken = stage.world.say("private words").payload | {"seq": "seven"}
    await stage.hear(
        inbound("newMessage", broken),
        inbound("newMessage", None),
        inbound("newMessage", [1]),
        inbound("anEventOfTomorrow", {"x": 1}),
        good,
    )
    assert await texts(stage) == ["good"]
    assert "private words" not in caplog.text


async def test_one_listener_that_fails_hinders_no_other(stage: SyncStage, expect_log: Callable[[str], None]) -> None:
    expect_log("a listener of change failed")

    def fail(_: object) -> None:
        raise ZeroDivisionError

    stage.pipeline.subscribe(fail)
    heard: list[object] = []
    stage.pipeline.subscribe(heard.append)
    await stage.hear(stage.world.open(), stage.world.say("one"))
    assert heard


# ------------------------------------------------------- acks and echoes


@pytest.mark.parametrize("order", ["ack first", "echo first"])
async def test_ack_and_echo_place_the_same_row_once(stage: SyncStage, order: str) -> None:
    """FAULTS 33."""
    await stage.hear(stage.world.open())
    stage.pipeline.expect(uid("t"))
    echo = stage.world.say("mine", "me", temp_id=uid("t"))
    if order == "ack first":
        await stage.pipeline.acknowledged(stage.world.ack(1))
        await stage.hear(echo)
    else:
        await stage.hear(echo)
        await stage.pipeline.acknowledged(stage.world.ack(1))
    placed = stage.told(RowPlaced)
    assert [(change.key, change.row.state, change.row.message.seq) for change in placed] == [
        (uid("t"), DeliveryState.SENT, 1)
    ]
    assert await texts(stage) == ["mine"]
    assert await cursor(stage) == 2
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert (summary.unread_count, summary.read_seq, summary.last_state) == (0, 1, DeliveryState.SENT)


async def test_an_ack_that_overtakes_others_messages_does_not_move_the_cursor(stage: SyncStage) -> None:
    await stage.hear(stage.world.open())
    one = stage.world.say("one")
    echo = stage.world.say("mine", "me", temp_id=uid("t"))
    await stage.pipeline.acknowledged(stage.world.ack(2))
    assert await cursor(stage) == 1
    assert stage.reader.extent(TALK).held == (Held(2, 2),)
    await stage.hear(one, echo)
    assert await cursor(stage) == 3
    assert await texts(stage) == ["one", "mine"]
    await stage.advance(1)
    assert stage.world.syncs == []


async def test_an_ack_above_a_lost_event_is_synced(stage: SyncStage) -> None:
    await stage.synced()
    syncs = len(stage.world.syncs)
    await stage.hear(stage.world.open())
    stage.world.say("lost")
    stage.world.say("mine", "me", temp_id=uid("t"))
    await stage.pipeline.acknowledged(stage.world.ack(2))
    await stage.advance(0.31)
    assert len(stage.world.syncs) == syncs + 1
    assert await texts(stage) == ["lost", "mine"]


async def test_the_first_message_to_somebody_acked_before_its_conversation_comes(stage: SyncStage) -> None:
    opened = stage.world.open()
    echo = stage.world.say("first", "me", temp_id=uid("t"))
    stage.pipeline.expect(uid("t"))
    await stage.pipeline.acknowledged(stage.world.ack(1))
    assert [change.key for change in stage.told(RowPlaced)] == [uid("t")]
    await stage.hear(opened, echo)
    assert await texts(stage) == ["first"]
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert (summary.last_seq, summary.unread_count, summary.excerpt) == (1, 0, "first")


async def test_a_message_of_another_own_device(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("from my phone", "me", temp_id=uid("phone")))
    (change,) = stage.told(RowsChanged)
    assert [(row.key, row.state) for row in change.rows] == [(uid("phone"), DeliveryState.SENT)]
    assert stage.told(RowPlaced) == []


# ------------------------------------------------------------------ marks


async def test_others_marks_show_on_own_messages(stage: SyncStage) -> None:
    people = (member("me"), member("ann"), member("bob"))
    await stage.hear(stage.world.open("talk", *people, kind="group"))
    await stage.hear(*(stage.world.say(f"{n}", "me", temp_id=uid(f"t{n}")) for n in range(4)))
    stage.changes.clear()
    await stage.hear(stage.world.read("ann", 3))
    (change,) = stage.told(MarksChanged)
    assert (change.user_id, change.read_seq, change.read_upto, change.delivered_upto) == (ANN, 3, 0, 0)
    stage.changes.clear()
    await stage.hear(stage.world.read("bob", 2))
    (change,) = stage.told(MarksChanged)
    assert (change.read_upto, change.delivered_upto) == (2, 2)
    states = [row.state for row in stage.reader.page(TALK, 1, 4)]
    assert states == [DeliveryState.READ, DeliveryState.READ, DeliveryState.SENT, DeliveryState.SENT]


async def test_whoever_writes_has_read_what_stands_above(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("mine", "me"), stage.world.say("answer"))
    assert stage.reader.page(TALK, 1, 1)[0].state is DeliveryState.READ


async def test_marks_only_grow(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("mine", "me"), stage.world.say("mine", "me"))
    await stage.hear(stage.world.read("ann", 2))
    stage.changes.clear()
    await stage.hear(stage.world.read("ann", 1))
    assert stage.told(MarksChanged) == []


async def test_reading_here_counts_down_and_takes_mark_unread_back(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(settings=settings()), *(stage.world.say(f"{n}") for n in range(5)))
    await stage.hear(inbound("settingsUpdated", {"conversationId": TALK, "settings": settings(unread_from_seq=2)}))
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert summary.unread_count == 5
    await stage.pipeline.mark(Mark(conversation_id=TALK, user_id=ME, read_seq=4))
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert (summary.unread_count, summary.read_seq) == (1, 4)
    assert stage.reader.extent(TALK).unread_from_seq is None


async def test_reading_on_another_device_counts_down_here(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("one"), stage.world.say("two"))
    await stage.hear(stage.world.read("me", 2))
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert summary.unread_count == 0
    assert await stage.cache.write(lambda tx: tx.marks.unconfirmed()) == []


# ---------------------------------------------------- groups and settings


async def test_members_come_and_go(stage: SyncStage) -> None:
    await stage.hear(stage.world.open("talk", member("me"), member("ann"), kind="group", title="Team"))
    await stage.hear(
        inbound(
            "membersChanged",
            {
                "conversationId": TALK,
                "rev": 2,
                "joined": [member("bob")],
                "left": [ANN],
                "changed": [member("me", role="admin")],
                "memberCount": 2,
            },
        )
    )
    conversation = stage.reader.conversation(TALK)
    assert conversation is not None
    assert {(m.user_id, m.role) for m in conversation.members} == {(ME, "admin"), (BOB, "member")}
    assert await cursor(stage) == 2
    assert await stage.cache.write(lambda tx: tx.marks.find(TALK, ANN).read_seq) == 0


async def test_a_renamed_group_keeps_the_user_s_own_view(stage: SyncStage) -> None:
    await stage.hear(stage.world.open("talk", member("me"), member("ann"), kind="group", title="Team"))
    await stage.hear(inbound("settingsUpdated", {"conversationId": TALK, "settings": settings(pinned=True)}))
    await stage.hear(stage.world.say("one"), stage.world.rename("Crew"))
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert (summary.title, summary.pinned, summary.unread_count) == ("Crew", True, 1)


async def test_leaving_wipes_the_conversation(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("one"))
    stage.changes.clear()
    await stage.hear(stage.world.leave())
    assert stage.changes == [ConversationLeft(conversation_id=TALK)]
    assert (stage.reader.summaries(), await texts(stage)) == ([], [])


async def test_events_before_a_leave_in_the_same_breath_are_gone_with_it(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("one"))
    message = stage.world.say("two")
    await stage.hear(message, stage.world.leave())
    assert await texts(stage) == []


async def test_profiles(stage: SyncStage) -> None:
    await stage.synced()
    stage.changes.clear()
    await stage.hear(inbound("userUpdated", {"user": stage.world.users[1]}))
    assert stage.told(PeopleChanged) == []
    renamed = inbound("userUpdated", {"user": stage.world.users[1]})
    renamed.payload["user"]["displayName"] = "Anna"
    await stage.hear(renamed)
    assert stage.told(PeopleChanged) == [PeopleChanged(ids=frozenset({ANN}))]
    person = stage.reader.person(ANN)
    assert person is not None
    assert person.display_name == "Anna"


# -------------------------------------------------------------- ephemera


async def test_presence_is_told_once_each(stage: SyncStage) -> None:
    await stage.hear(inbound("onlineUsers", {"userIds": [ME, ANN]}))
    await stage.hear(inbound("userOnline", {"userId": BOB}), inbound("userOnline", {"userId": BOB}))
    await stage.hear(inbound("userOffline", {"userId": ANN, "lastSeenAt": WHEN}))
    await stage.hear(inbound("presenceChanged", {"online": [ANN], "offline": [BOB]}))
    assert stage.told(PresenceChanged) == [
        PresenceChanged(online=frozenset({ME, ANN}), whole=True),
        PresenceChanged(online=frozenset({BOB})),
        PresenceChanged(online=frozenset(), offline=frozenset({ANN})),
        PresenceChanged(online=frozenset({ANN}), offline=frozenset({BOB})),
    ]
    assert stage.pipeline.presence.online == {ME, ANN}
    stage.pipeline.link_lost()
    assert stage.pipeline.presence.online == frozenset()


async def test_last_seen_is_kept(stage: SyncStage) -> None:
    await stage.synced()
    await stage.hear(inbound("userOffline", {"userId": ANN, "lastSeenAt": WHEN}))
    person = stage.reader.person(ANN)
    assert person is not None
    assert person.last_seen_at is not None


async def test_typing_ends_by_itself_by_word_or_by_message(stage: SyncStage) -> None:
    await stage.hear(stage.world.open())

    def typing(on: bool) -> Any:
        return inbound("typing", {"conversationId": TALK, "userId": ANN, "typing": on})

    await stage.hear(typing(True))
    await stage.advance(3)
    await stage.hear(typing(True))
    await stage.advance(4.9)
    assert [change.typing for change in stage.told(TypingChanged)] == [True]
    await stage.advance(0.2)
    assert [change.typing for change in stage.told(TypingChanged)] == [True, False]
    await stage.hear(typing(True), typing(False), typing(False))
    await stage.hear(typing(True), stage.world.say("here it is"))
    assert [change.typing for change in stage.told(TypingChanged)] == [True, False] * 3


# --------------------------------------------------------------- history


async def test_pages_of_history_fill_what_is_held(stage: SyncStage) -> None:
    stage.world.open()
    for number in range(1, 201):
        stage.world.say(f"{number}")
    await stage.synced()
    assert stage.reader.extent(TALK).held == (Held(151, 200),)
    page = await stage.world.messages(TALK, before=151, limit=100)
    await stage.pipeline.apply_history(TALK, page)
    assert stage.reader.extent(TALK).held == (Held(51, 200),)
    assert stage.told(RowsChanged)[-1].origin is Origin.HISTORY
    assert await cursor(stage) == 201


async def test_an_older_page_does_not_undo_a_newer_edit(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("one"))
    page = await stage.world.messages(TALK)
    await stage.hear(stage.world.edit(1, "uno"))
    await stage.pipeline.apply_history(TALK, page)
    assert await texts(stage) == ["uno"]


async def test_a_page_of_a_conversation_that_was_left_is_not_kept(stage: SyncStage) -> None:
    await stage.hear(stage.world.open(), stage.world.say("one"))
    page = await stage.world.messages(TALK)
    await stage.hear(stage.world.leave())
    await stage.pipeline.apply_history(TALK, page)
    assert await texts(stage) == []


async def test_conversations_that_a_call_returned(stage: SyncStage) -> None:
    opened = stage.world.open()
    await stage.pipeline.apply_conversations([stage.world.talks[TALK].view()])
    assert stage.told(ConversationsChanged)[-1].ids == {TALK}
    assert await cursor(stage) == 0
    await stage.hear(opened, stage.world.say("one"))
    assert await cursor(stage) == 2
    await stage.pipeline.apply_conversations([group("talk", rev=1)])
    conversation = stage.reader.conversation(TALK)
    assert conversation is not None
    assert conversation.kind == "direct"


# ------------------------------------------------------------ bad disks


async def fill(stage: SyncStage) -> None:
    await stage.thread.run(lambda: stage.cache._connection.execute("PRAGMA max_page_count = 1"))


async def test_a_full_disk_still_shows_what_comes_and_catches_up_later(
    stage: SyncStage, expect_log: Callable[[str], None]
) -> None:
    """FAULTS 36."""
    expect_log("the cache could not store")
    await stage.synced()
    await stage.hear(stage.world.open(), stage.world.say("one"))
    await fill(stage)
    stage.pipeline.expect(uid("t"))
    stage.changes.clear()
    await stage.hear(stage.world.say("x" * 20_000))
    stage.world.say("mine" * 5_000, "me", temp_id=uid("t"))
    await stage.pipeline.acknowledged(stage.world.ack(3))
    assert [len(row.message.text) for change in stage.told(RowsChanged) for row in change.rows][:1] == [20_000]
    assert [change.key for change in stage.told(RowPlaced)] == [uid("t")]
    assert stage.told(StorageTroubled)[0] == StorageTroubled(problem=StorageProblem.CACHE_FULL)
    await stage.thread.run(lambda: stage.cache._connection.execute("PRAGMA max_page_count = 1000000"))
    await stage.advance(31)
    assert [len(text) for text in await texts(stage)] == [3, 20_000, 20_000]


async def test_a_history_page_that_cannot_be_stored_is_an_error(
    stage: SyncStage, expect_log: Callable[[str], None]
) -> None:
    expect_log("the cache could not store")
    stage.world.open()
    for _ in range(60):
        stage.world.say("x" * 4_000)
    await stage.synced()
    await fill(stage)
    page = await stage.world.messages(TALK, before=11)
    with pytest.raises(StorageError):
        await stage.pipeline.apply_history(TALK, page)


async def test_a_damaged_cache_is_built_anew_from_the_server(
    stage: SyncStage, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    """FAULTS 37."""
    expect_log("the cache could not store")
    stage.world.open()
    for _ in range(60):
        stage.world.say("x" * 2_000)
    await stage.synced()
    await stage.thread.run(lambda: stage.cache._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    await stage.cache.close()
    stage.reader.release()
    path = tmp_path / "cache.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\x5a" * (len(content) - len(content) // 2)
    path.write_bytes(bytes(content))
    assert await stage.cache.open()
    stage.changes.clear()
    stage.world.epoch = "epoch-2"
    await stage.synced()
    assert StorageTroubled(problem=StorageProblem.CACHE_REBUILT) in stage.changes
    assert len(await texts(stage)) == 50
    await stage.idle()
    await stage.hear(stage.world.say("and on"))
    assert (await texts(stage))[-1] == "and on"


async def test_resets_are_told_before_their_rows(stage: SyncStage) -> None:
    stage.world.open()
    stage.world.say("one")
    await stage.synced()
    stage.world.epoch = "epoch-2"
    stage.changes.clear()
    await stage.synced()
    kinds = [type(change) for change in stage.changes]
    assert kinds.index(ConversationReset) < kinds.index(RowsChanged)
