"""Catch-up: pages, resets, epochs, what comes meanwhile; and, however events are lost, every cache ends as the server is."""

import asyncio
import random
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from desktop_builders import ANN, ME, TALK, member, uid, user
from fake_clock import settle
from fake_link import REGISTERED
from sync_stage import SyncStage, sync_stage

from chinwag_desktop.core.changes import ConversationLeft, ConversationReset, Origin, RowPlaced, RowsChanged
from chinwag_desktop.core.entities import Held
from chinwag_desktop.core.errors import ClientError, NotChinwag, SignedOut, Unreachable
from chinwag_desktop.sync.session_link import SessionLink
from chinwag_protocol.http import SyncRequest


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[SyncStage]:
    async with sync_stage(tmp_path) as stage:
        yield stage


def shown(stage: SyncStage, name: str = "talk") -> list[str]:
    return [row.message.text for row in stage.reader.page(uid(name), 1, 10_000)]


async def test_the_first_sync_brings_the_newest_fifty(stage: SyncStage) -> None:
    stage.world.open()
    for number in range(1, 121):
        stage.world.say(f"{number}")
    await stage.synced()
    assert shown(stage) == [f"{number}" for number in range(71, 121)]
    assert stage.reader.extent(TALK).held == (Held(71, 120),)
    assert {change.origin for change in stage.told(RowsChanged)} == {Origin.CATCH_UP}
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert summary.unread_count == 120
    assert stage.reader.person(ANN) is not None


async def test_the_next_sync_asks_with_what_is_there_and_joins_on(stage: SyncStage) -> None:
    stage.world.open()
    for number in range(60):
        stage.world.say(f"{number}")
    await stage.synced()
    for number in range(60, 100):
        stage.world.say(f"{number}")
    stage.world.edit(20, "edited")
    await stage.synced()
    request = stage.world.syncs[-1]
    assert (request.epoch, request.cursors, request.marks_since) == ("epoch-1", {TALK: 61}, "m")
    assert stage.reader.extent(TALK).held == (Held(11, 100),)
    assert stage.reader.page(TALK, 20, 20)[0].message.text == "edited"
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert summary.unread_count == 100


async def test_many_pages(stage: SyncStage) -> None:
    for number in range(25):
        stage.world.open(f"c{number}")
        stage.world.say("hello", to=f"c{number}")
    stage.world.page_size = 10
    await stage.synced()
    assert len(stage.world.syncs) == 3
    assert [len(request.cursors) for request in stage.world.syncs] == [0, 10, 20]
    assert len(stage.reader.summaries()) == 25
    assert all(summary.excerpt == "hello" for summary in stage.reader.summaries())


async def test_a_sync_that_does_not_get_on_ends(stage: SyncStage) -> None:
    answer = await stage.world.sync(SyncRequest(cursors={}))

    async def stuck(_: Any) -> Any:
        return msgspec.structs.replace(answer, more=True)

    stage.world.sync = stuck  # type: ignore[method-assign]
    with pytest.raises(NotChinwag):
        await stage.synced()


async def test_too_long_away_is_a_reset(stage: SyncStage) -> None:
    """FAULTS 53."""
    stage.world.open()
    for number in range(60):
        stage.world.say(f"{number}")
    await stage.synced()
    for number in range(60, 700):
        stage.world.say(f"{number}")
    stage.changes.clear()
    await stage.synced()
    assert ConversationReset(conversation_id=TALK) in stage.changes
    assert shown(stage) == [f"{number}" for number in range(650, 700)]
    assert stage.reader.extent(TALK).held == (Held(651, 700),)


async def test_another_epoch_starts_anew_and_forgets_what_is_gone(stage: SyncStage) -> None:
    """FAULTS 11, 12."""
    stage.world.open()
    stage.world.open("gone")
    for number in range(10):
        stage.world.say(f"{number}")
    await stage.synced()
    stage.world.epoch = "epoch-2"
    del stage.world.talks[uid("gone")]
    restored = stage.world.talks[TALK]
    restored.messages = restored.messages[:4]
    restored.rev = 5
    stage.changes.clear()
    await stage.synced()
    assert shown(stage) == ["0", "1", "2", "3"]
    assert stage.told(ConversationLeft) == [ConversationLeft(conversation_id=uid("gone"))]
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert (summary.last_seq, summary.excerpt) == (4, "3")
    await stage.hear(stage.world.say("on we go"))
    assert shown(stage)[-1] == "on we go"


async def test_an_epoch_that_changes_over_several_pages(stage: SyncStage) -> None:
    for number in range(6):
        stage.world.open(f"c{number}")
        stage.world.say("before", to=f"c{number}")
    await stage.synced()
    stage.world.epoch = "epoch-2"
    stage.world.page_size = 2
    await stage.synced()
    assert len(stage.reader.summaries()) == 6
    assert {request.epoch for request in stage.world.syncs[2:]} == {"epoch-2"}


async def test_a_cursor_ahead_of_the_server_is_a_reset(stage: SyncStage) -> None:
    stage.world.open()
    for number in range(5):
        stage.world.say(f"{number}")
    await stage.synced()
    stage.world.talks[TALK].rev = 3
    stage.world.talks[TALK].messages = stage.world.talks[TALK].messages[:2]
    await stage.synced()
    assert shown(stage) == ["0", "1"]


async def test_left_while_away(stage: SyncStage) -> None:
    stage.world.open()
    stage.world.say("one")
    await stage.synced()
    stage.world.leave()
    stage.changes.clear()
    await stage.synced()
    assert stage.told(ConversationLeft) == [ConversationLeft(conversation_id=TALK)]
    assert shown(stage) == []


# ----------------------------------------------------- what comes meanwhile


async def test_events_during_a_sync_wait_for_its_end(stage: SyncStage) -> None:
    """FAULTS 51."""
    stage.world.open()
    stage.world.say("one")

    async def meanwhile() -> None:
        stage.world.before_answer = None
        stage.pipeline.receive([stage.world.say("two"), stage.world.say("three")])
        await settle()
        assert shown(stage) == []

    stage.world.before_answer = meanwhile
    await stage.synced()
    assert shown(stage) == ["one", "two", "three"]
    await stage.advance(1)
    assert len(stage.world.syncs) == 1


async def test_events_of_a_known_conversation_wait_for_the_end_of_a_sync_too(stage: SyncStage) -> None:
    """FAULTS 51. Its answer is older than they are, and says so: the cursor would go back over them."""
    await stage.hear(stage.world.open())
    await stage.hear(stage.world.say("one"))

    async def meanwhile() -> None:
        stage.world.before_answer = None
        stage.pipeline.receive([stage.world.say("two")])
        await settle()
        assert shown(stage) == ["one"]

    stage.world.before_answer = meanwhile
    await stage.synced()
    assert shown(stage) == ["one", "two"]
    await stage.hear(stage.world.say("three"))
    await stage.advance(1)
    assert shown(stage) == ["one", "two", "three"]
    assert len(stage.world.syncs) == 1


async def test_an_ack_during_a_reset_is_not_lost_with_the_old_rows(stage: SyncStage) -> None:
    stage.world.open()
    stage.world.say("one")
    await stage.synced()
    for number in range(600):
        stage.world.say(f"{number}")
    stage.pipeline.expect(uid("t"))

    async def meanwhile() -> None:
        stage.world.before_answer = None
        stage.world.say("mine", "me", temp_id=uid("t"))
        await stage.pipeline.acknowledged(stage.world.ack(602))

    stage.world.before_answer = meanwhile
    await stage.synced()
    assert [change.key for change in stage.told(RowPlaced)] == [uid("t")]
    assert shown(stage)[-2:] == ["599", "mine"]


@pytest.mark.parametrize("again", [False, True])
async def test_removed_during_a_sync(stage: SyncStage, again: bool) -> None:
    """FAULTS 43: its answer is older and still names the conversation; added again meanwhile, it begins anew."""
    stage.world.open()
    stage.world.say("one")
    await stage.synced()
    stage.world.say("two")

    async def meanwhile() -> None:
        stage.world.before_answer = None
        talk = stage.world.talks[TALK]
        stage.pipeline.receive([stage.world.leave()])
        if again:
            stage.world.talks[TALK] = talk
            stage.pipeline.receive([stage.world.rename("back")])

    stage.world.before_answer = meanwhile
    await stage.synced()
    assert shown(stage) == []
    assert stage.told(ConversationLeft) == [ConversationLeft(conversation_id=TALK)]
    await stage.advance(1)
    assert shown(stage) == (["one", "two"] if again else [])
    assert len(stage.reader.summaries()) == int(again)


async def test_one_sync_at_a_time(stage: SyncStage) -> None:
    inside = 0

    async def meanwhile() -> None:
        nonlocal inside
        inside += 1
        assert inside == 1
        await asyncio.sleep(0)
        inside -= 1

    stage.world.before_answer = meanwhile
    await asyncio.gather(*(stage.synced() for _ in range(3)))
    assert len(stage.world.syncs) == 3


# ---------------------------------------------------------------- when


async def test_every_five_minutes_while_connected(stage: SyncStage) -> None:
    await stage.synced()
    await stage.advance(299)
    assert len(stage.world.syncs) == 1
    await stage.advance(2)
    assert len(stage.world.syncs) == 2
    await stage.advance(300)
    assert len(stage.world.syncs) == 3
    stage.catch_up.link_down()
    await stage.advance(3_600)
    assert len(stage.world.syncs) == 3


async def test_requests_without_a_connection_do_nothing(stage: SyncStage) -> None:
    stage.catch_up.request()
    await stage.advance(10)
    assert stage.world.syncs == []


async def test_a_requested_sync_that_fails_is_tried_again(stage: SyncStage) -> None:
    await stage.synced()
    stage.world.failure = Unreachable()
    stage.catch_up.request()
    await stage.idle()
    stage.world.failure = None
    await stage.advance(2)
    assert len(stage.world.syncs) == 3


async def test_the_first_sync_of_a_connection_raises(stage: SyncStage) -> None:
    for failure in (Unreachable(), SignedOut(code="session_revoked")):
        stage.world.failure = failure
        with pytest.raises(ClientError):
            await stage.synced()


async def test_a_sync_that_hangs_on_the_old_link_does_not_hold_up_the_next(stage: SyncStage) -> None:
    """FAULTS 25: the window got the focus before the wake was noticed, and asked over a network that is gone."""
    stage.world.open()
    await stage.synced()
    stage.world.before_answer = asyncio.Event().wait
    stage.catch_up.request()
    await stage.until(lambda: len(stage.world.syncs) == 2)
    stage.catch_up.link_down()
    stage.world.before_answer = None
    stage.world.say("one")
    await stage.synced()
    assert shown(stage) == ["one"]
    stage.catch_up.request()
    await stage.until(lambda: len(stage.world.syncs) == 4)


async def test_what_a_new_connection_means(stage: SyncStage) -> None:
    link = SessionLink(pipeline=stage.pipeline, catch_up=stage.catch_up)
    stage.world.open()
    await link.registered(msgspec.structs.replace(REGISTERED, online_users=(ANN,)))
    await link.catch_up()
    assert stage.pipeline.presence.online == {ANN}
    assert len(stage.reader.summaries()) == 1
    link.receive([stage.world.say("one")])
    await stage.pipeline.settled()
    assert shown(stage) == ["one"]
    link.lost()
    assert stage.pipeline.presence.online == frozenset()
    stage.catch_up.request()
    await stage.idle()
    assert len(stage.world.syncs) == 1


# --------------------------------------------------------------- profiles


async def test_people_who_are_not_known_are_asked_for_once(stage: SyncStage) -> None:
    await stage.synced()
    stage.world.users += [user("carol"), user("dave")]
    await stage.hear(stage.world.open("talk", member("me"), member("carol"), member("ghost"), kind="group"))
    await stage.hear(stage.world.say("hello", "carol"), stage.world.say("hello", "dave"))
    await stage.until(lambda: stage.reader.person(uid("dave")))
    await stage.idle()
    assert sorted(stage.world.asked) == sorted([uid("carol"), uid("dave"), uid("ghost")])
    summary = stage.reader.summary(TALK)
    assert summary is not None
    await stage.hear(stage.world.say("again", "ghost"))
    await stage.idle()
    assert len(stage.world.asked) == 3


async def test_profiles_wait_for_the_connection_and_the_server(stage: SyncStage) -> None:
    await stage.synced()
    stage.catch_up.link_down()
    stage.world.users.append(user("carol"))
    await stage.hear(stage.world.open("talk", member("me"), member("carol")))
    await stage.idle()
    assert stage.world.asked == []
    stage.world.failure = Unreachable()
    stage.catch_up.link_up()
    await stage.idle()
    stage.world.failure = None
    await stage.advance(2)
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert summary.title == "Carol"


# ------------------------------------------------------- all of it at once


@pytest.mark.parametrize("seed", range(12))
async def test_however_events_are_lost_doubled_and_late_the_cache_ends_as_the_server_is(
    stage: SyncStage, seed: int
) -> None:
    dice = random.Random(seed)
    names = ["a", "b", "c"]
    await stage.synced()
    held_back: list[Any] = []
    for step in range(250):
        world = stage.world
        open_names = [name for name in names if uid(name) in world.talks]
        name = dice.choice(names)
        if name not in open_names:
            event = world.open(name, member("me"), member("ann"), kind="group")
        elif not world.talks[uid(name)].messages or dice.random() < 0.6:
            event = world.say(f"{step}", dice.choice(["ann", "me"]), to=name, temp_id=uid(f"{seed}/{step}"))
        else:
            seq = dice.randint(1, len(world.talks[uid(name)].messages))
            event = dice.choice(
                [
                    partial(world.edit, seq, f"edit {step}", to=name),
                    partial(world.delete, seq, to=name),
                    partial(world.rename, f"title {step}", to=name),
                    partial(world.read, dice.choice(["ann", "me"]), seq, to=name),
                ]
            )()
        fate = dice.random()
        if fate < 0.15:
            pass  # lost
        elif fate < 0.25:
            held_back.append(event)
        elif fate < 0.35:
            stage.pipeline.receive([event, event])
        else:
            stage.pipeline.receive([event])
        if dice.random() < 0.1:
            stage.pipeline.receive(held_back)
            held_back.clear()
        if dice.random() < 0.1 and open_names:
            talk = world.talks[uid(dice.choice(open_names))]
            if talk.messages:
                await stage.pipeline.acknowledged(dice.choice(talk.messages))
        if dice.random() < 0.05:
            stage.pipeline.link_lost()
            stage.catch_up.link_down()
        if dice.random() < 0.2:
            await stage.synced()
        if dice.random() < 0.3:
            await stage.advance(0.2)
    await stage.synced()
    await stage.advance(1)
    for conversation_id, talk in stage.world.talks.items():
        messages = [row.message for row in stage.reader.page(conversation_id, 1, 10_000)]
        held = stage.reader.extent(conversation_id).held
        assert messages == talk.messages[-len(messages) :]
        assert len(held) <= 1
        assert await stage.cache.write(lambda tx, id_=conversation_id: tx.conversations.cursor(id_)) == talk.rev
        summary = stage.reader.summary(conversation_id)
        assert summary is not None
        assert summary.unread_count == talk.view().unread_count
        assert summary.title == (talk.base.title or "")
        assert summary.read_seq == talk.marks[ME][1]
