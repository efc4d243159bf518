"""Receipts and typing: told once, the newest only, and after a reconnect what was read meanwhile."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from desktop_builders import ME, TALK, settings, uid
from fake_clock import FakeClock, settle
from fake_link import FakeLink
from fake_world import inbound
from sync_stage import SyncStage, sync_stage

from chinwag_desktop.core.entities import Mark
from chinwag_desktop.core.errors import Refused, ServerBusy
from chinwag_desktop.sync.receipt_sender import ReceiptSender
from chinwag_desktop.sync.typing_sender import TypingSender
from chinwag_protocol.events import MarkAck, Typing, TypingAck


class ReceiptStage(SyncStage):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.link = FakeLink(self.clock)
        for event in ("messagesRead", "messagesDelivered"):
            self.link.socket.answers[event] = lambda p: MarkAck(conversation_id=p.conversation_id, seq=p.seq)
        self.receipts = ReceiptSender(me=ME, link=self.link, pipeline=self.pipeline, cache=self.cache, clock=self.clock)

    def told_of(self, event: str) -> list[tuple[Any, int]]:
        return [(payload.conversation_id, payload.seq) for payload in self.link.payloads(event)]

    async def unconfirmed(self) -> list[Mark]:
        return await self.cache.write(lambda tx: tx.marks.unconfirmed())


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ReceiptStage]:
    async with sync_stage(tmp_path, ReceiptStage) as stage:
        await stage.hear(stage.world.open(settings=settings()), stage.world.open("other"))
        yield stage
        await stage.receipts.close()


async def test_what_comes_is_told_as_delivered(stage: ReceiptStage) -> None:
    stage.link.connect()
    await stage.hear(*(stage.world.say(f"{number}") for number in range(5)))
    await stage.idle()
    assert stage.told_of("messagesDelivered") == [(TALK, 5)]
    assert stage.told_of("messagesRead") == []
    assert await stage.unconfirmed() == []


async def test_own_messages_are_not_delivered_to_oneself(stage: ReceiptStage) -> None:
    stage.link.connect()
    await stage.hear(stage.world.say("mine", "me"))
    await stage.idle()
    assert stage.link.calls == []


async def test_reading_says_it_once_and_delivered_with_it(stage: ReceiptStage) -> None:
    await stage.hear(stage.world.say("one"), stage.world.say("two"))
    await stage.idle()
    stage.receipts.mark_read(TALK, 1)
    stage.receipts.mark_read(TALK, 2)
    await stage.idle()
    stage.link.connect()
    await stage.idle()
    assert stage.told_of("messagesRead") == [(TALK, 2)]
    assert stage.told_of("messagesDelivered") == []
    stage.receipts.mark_read(TALK, 2)
    stage.receipts.mark_read(TALK, 1)
    await stage.advance(1)
    assert len(stage.link.calls) == 1


async def test_marks_made_shortly_after_each_other_go_together(stage: ReceiptStage) -> None:
    stage.link.connect()
    await stage.hear(*(stage.world.say(f"{number}") for number in range(10)))
    await stage.idle()
    await stage.advance(1)
    stage.receipts.mark_read(TALK, 1)
    await stage.idle()
    for seq in range(2, 10):
        stage.receipts.mark_read(TALK, seq)
    await stage.idle()
    await stage.advance(0.3)
    assert stage.told_of("messagesRead") == [(TALK, 1), (TALK, 9)]


async def test_read_offline_is_told_after_the_reconnect_and_after_a_restart(stage: ReceiptStage) -> None:
    await stage.hear(stage.world.say("one"))
    stage.receipts.mark_read(TALK, 1)
    await stage.idle()
    summary = stage.reader.summary(TALK)
    assert summary is not None
    assert summary.unread_count == 0
    await stage.receipts.close()
    stage.receipts = ReceiptSender(
        me=ME, link=stage.link, pipeline=stage.pipeline, cache=stage.cache, clock=stage.clock
    )
    stage.link.connect()
    await stage.idle()
    assert stage.told_of("messagesRead") == [(TALK, 1)]


async def test_a_link_lost_before_the_answer_tells_it_again(stage: ReceiptStage) -> None:
    answer = stage.link.socket.answers["messagesRead"]
    stage.link.socket.answers["messagesRead"] = None
    await stage.hear(stage.world.say("one"))
    stage.receipts.mark_read(TALK, 1)
    await stage.idle()
    stage.link.connect()
    await stage.until(lambda: stage.told_of("messagesRead") == [(TALK, 1)])
    stage.link.lose()
    await stage.idle()
    stage.link.socket.answers["messagesRead"] = answer
    stage.link.connect()
    await stage.until(lambda: stage.told_of("messagesRead") == [(TALK, 1), (TALK, 1)])
    await stage.idle()
    assert await stage.unconfirmed() == []


async def test_a_busy_server_is_asked_later_and_a_refusal_never_again(stage: ReceiptStage) -> None:
    left = [ServerBusy(code="unavailable", retry_after_s=3), Refused(code="not_found")]
    stage.link.socket.answers["messagesRead"] = lambda _: left.pop(0)
    await stage.hear(stage.world.say("one"))
    stage.receipts.mark_read(TALK, 1)
    await stage.idle()
    stage.link.connect()
    await stage.idle()
    await stage.advance(2)
    assert len(left) == 1
    await stage.advance(2)
    assert left == []
    await stage.advance(60)
    assert await stage.unconfirmed() == []


async def test_what_another_device_read_is_not_told_again(stage: ReceiptStage) -> None:
    await stage.hear(stage.world.say("one"))
    await stage.idle()
    await stage.hear(stage.world.read("me", 1))
    stage.link.connect()
    await stage.idle()
    assert stage.link.calls == []


async def test_mark_unread_is_taken_back_though_the_mark_does_not_move(stage: ReceiptStage) -> None:
    stage.link.connect()
    await stage.hear(stage.world.say("one"))
    stage.receipts.mark_read(TALK, 1)
    await stage.advance(1)
    await stage.hear(inbound("settingsUpdated", {"conversationId": TALK, "settings": settings(unread_from_seq=1)}))
    stage.receipts.mark_read(TALK, 1)
    await stage.advance(1)
    assert stage.told_of("messagesRead") == [(TALK, 1), (TALK, 1)]


async def test_what_was_read_offline_outlives_a_reset(stage: ReceiptStage) -> None:
    """FAULTS 53: away longer than the window, after reading without a connection: marks only grow, here as well."""
    for number in range(10):
        stage.world.say(f"{number}")
    await stage.synced()
    stage.catch_up.link_down()
    stage.receipts.mark_read(TALK, 9)
    await stage.idle()
    for number in range(10, 700):
        stage.world.say(f"{number}")
    await stage.synced()
    assert stage.reader.extent(TALK).read_seq == 9
    stage.link.connect()
    await stage.idle()
    assert stage.told_of("messagesRead") == [(TALK, 9)]


async def test_a_mark_never_passes_what_the_server_has(stage: ReceiptStage) -> None:
    """A cursor ahead of the server's puts the conversation in reset: the same numbers may be other messages now."""
    for number in range(10):
        stage.world.say(f"{number}")
    await stage.synced()
    stage.receipts.mark_read(TALK, 10)
    await stage.idle()
    talk = stage.world.talks[TALK]
    talk.messages, talk.rev = talk.messages[:4], 5
    await stage.synced()
    assert stage.reader.extent(TALK).read_seq == 4


@pytest.mark.parametrize("reset", [False, True])
async def test_mark_unread_that_was_taken_back_offline_stays_taken_back(stage: ReceiptStage, reset: bool) -> None:
    """The sync that comes first brings the server's mark, which did not move: it is told all the same."""
    for number in range(3):
        stage.world.say(f"{number}")
    await stage.synced()
    stage.receipts.mark_read(TALK, 3)
    await stage.advance(1)
    stage.world.read("me", 3)
    await stage.cache.write(lambda tx: tx.marks.confirm(Mark(conversation_id=TALK, user_id=ME, read_seq=3)))
    await stage.hear(
        inbound("settingsUpdated", {"conversationId": TALK, "settings": settings(unread_from_seq=2)}),
    )
    stage.receipts.mark_read(TALK, 3)
    await stage.advance(1)
    for number in range(600 if reset else 1):
        stage.world.say(f"later {number}")
    await stage.synced()
    stage.link.connect()
    await stage.idle()
    assert stage.told_of("messagesRead") == [(TALK, 3)]


async def test_hundreds_of_conversations_keep_below_the_server_s_limit(stage: ReceiptStage) -> None:
    for number in range(150):
        name = f"c{number}"
        await stage.hear(stage.world.open(name), stage.world.say("hello", to=name))
    stage.link.connect()
    await stage.until(lambda: len(stage.link.calls) == 50)
    await stage.idle()
    assert len(stage.link.calls) == 50
    await stage.advance(1)
    assert 50 < len(stage.link.calls) <= 75
    for _ in range(12):
        await stage.advance(0.5)
    assert len(stage.link.calls) == 150


def typed(link: FakeLink) -> list[bool]:
    return [payload.typing for payload in link.payloads("typing")]


async def test_typing_is_told_every_three_seconds_and_its_end_once() -> None:
    clock = FakeClock()
    link = FakeLink(clock)
    link.socket.answers["typing"] = TypingAck()
    link.connect()
    sender = TypingSender(link=link, clock=clock)
    for _ in range(10):
        sender.typing(TALK, True)
        await clock.advance(0.5)
    assert typed(link) == [True, True]
    sender.typing(TALK, False)
    sender.typing(TALK, False)
    sender.typing(uid("other"), False)
    await settle()
    assert typed(link) == [True, True, False]
    assert link.payloads("typing")[0] == Typing(conversation_id=TALK, typing=True)
    link.lose()
    sender.typing(TALK, True)
    await settle()
    assert len(typed(link)) == 3
    await sender.close()
