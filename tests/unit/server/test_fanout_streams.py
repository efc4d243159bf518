"""Facts of a conversation in the order of their rev, and the rosters they go to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fanout_rig import HERE, A, B, C, D, FanoutRig, Members

from chinwag_protocol.ids import new_id
from chinwag_protocol.notices import ConversationLeft, FactSkipped, TypingNotice
from chinwag_server.bus.fanout import encode_event
from chinwag_server.bus.rosters import RosterCache
from chinwag_server.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@pytest.fixture
async def rig() -> AsyncIterator[FanoutRig]:
    made = FanoutRig(hold_s=0.05)
    await made.fanout.start()
    yield made
    await made.fanout.stop()


async def test_in_order_and_loaded_once(rig: FanoutRig, eventually: Any) -> None:
    rig.members.gate.clear()
    for rev in (7, 8, 9):
        rig.fact(rev)
    rig.members.gate.set()
    await eventually(lambda: rig.sink.revs(A) == [7, 8, 9])
    rig.fact(10)
    assert rig.sink.revs(A) == rig.sink.revs(B) == [7, 8, 9, 10]
    assert rig.sink.revs(C) == []
    assert rig.members.loads == 1
    assert rig.fanout.gaps == 0


async def test_an_early_fact_waits_for_its_predecessor(rig: FanoutRig, eventually: Any) -> None:
    rig.fact(1)
    await eventually(lambda: rig.sink.revs(A) == [1])
    for rev in (4, 3, 5):
        rig.fact(rev)
    assert rig.sink.revs(A) == [1]
    rig.fact(2)
    assert rig.sink.revs(A) == [1, 2, 3, 4, 5]
    assert rig.asked == []


async def test_a_fact_that_comes_out_of_order_while_the_roster_loads(rig: FanoutRig, eventually: Any) -> None:
    rig.members.gate.clear()
    rig.fact(3)
    rig.fact(2)
    rig.members.gate.set()
    await eventually(lambda: rig.sink.revs(A) == [2, 3])


async def test_where_nobody_follows_it_goes_on_without_its_predecessor(rig: FanoutRig, eventually: Any) -> None:
    rig.fact(1)
    await eventually(lambda: rig.sink.revs(A) == [1])
    rig.fact(3)
    rig.fact(4)
    rig.fact(6)
    assert rig.sink.revs(A) == [1]
    await eventually(lambda: rig.sink.revs(A) == [1, 3, 4, 6])
    assert rig.asked == []
    rig.fact(2)  # too late: what was delivered cannot be taken back
    rig.fact(6)  # twice
    rig.fact(7)
    assert rig.sink.revs(A) == [1, 3, 4, 6, 7]


async def test_a_new_version_of_the_members_is_loaded(rig: FanoutRig, eventually: Any) -> None:
    rig.fact(1)
    await eventually(lambda: rig.sink.revs(B) == [1])
    rig.members.ids = (A, C)
    rig.fact(2, version=2, instead={B: ("conversationLeft", ConversationLeft(conversation_id=HERE))})
    rig.fact(3, version=2)
    await eventually(lambda: rig.sink.revs(A) == [1, 2, 3])
    assert rig.sink.revs(C) == [2, 3]
    assert rig.members.loads == 2
    assert rig.sink.got[B.int][1:] == [encode_event("conversationLeft", ConversationLeft(conversation_id=HERE))]


async def test_who_joined_later_hears_nothing_of_before(rig: FanoutRig, eventually: Any) -> None:
    """The roster is loaded after a second change, while the fact of the first one still waits for it."""
    rig.members.ids, rig.members.joined = (A, B, C), {C: 3}
    rig.fact(2)
    rig.fact(3, version=2)
    rig.fact(4, version=2)
    await eventually(lambda: rig.sink.revs(A) == [2, 3, 4])
    assert rig.sink.revs(C) == [3, 4]


async def test_instead(rig: FanoutRig, eventually: Any) -> None:
    skipped = FactSkipped(conversation_id=HERE, rev=5)
    rig.members.ids = (A, B, C)
    rig.fanout.fact(
        HERE,
        members_version=1,
        rev=5,
        event="messageUpdated",
        payload=ConversationLeft(conversation_id=HERE),
        instead={B: ("factSkipped", skipped), C: ("factSkipped", skipped), D: ("factSkipped", skipped)},
    )
    await eventually(lambda: D.int in rig.sink.got)
    assert rig.sink.got[A.int] == [encode_event("messageUpdated", ConversationLeft(conversation_id=HERE))]
    for user in (B, C, D):
        assert rig.sink.got[user.int] == [encode_event("factSkipped", skipped)]


async def test_a_rev_that_nobody_hears_of_leaves_no_gap(rig: FanoutRig, eventually: Any) -> None:
    rig.fact(1)
    await eventually(lambda: rig.sink.revs(A) == [1])
    rig.fanout.fact(HERE, members_version=1, rev=2, event=None, payload=None)
    rig.fact(3)
    assert rig.sink.revs(A) == [1, 3]
    assert rig.asked == []


async def test_conversations_do_not_wait_for_each_other(rig: FanoutRig, eventually: Any) -> None:
    other = new_id()
    rig.fact(1)
    rig.fact(1, conversation=other)
    await eventually(lambda: rig.sink.revs(A) == [1, 1])
    rig.fact(3)
    rig.fact(2, conversation=other)
    assert rig.sink.revs(A) == [1, 1, 2]


async def test_a_roster_that_cannot_be_loaded(
    rig: FanoutRig, eventually: Any, expect_log: Callable[[str], None]
) -> None:
    expect_log("roster of .* cannot be loaded")
    rig.members.fails = True
    rig.fact(1)
    rig.fact(2)
    await eventually(lambda: rig.members.loads == 1 and not rig.fanout._streams._queues)
    rig.members.fails = False
    rig.fact(3)
    await eventually(lambda: rig.sink.revs(A) == [3])


async def test_after_a_new_epoch_rev_starts_lower(rig: FanoutRig, eventually: Any) -> None:
    rig.fact(10)
    await eventually(lambda: rig.sink.revs(A) == [10])
    rig.fact(12)
    rig.fanout.reset()
    rig.fact(4)
    assert rig.sink.revs(A) == [10, 4]


async def test_ephemera(rig: FanoutRig, eventually: Any) -> None:
    notice = TypingNotice(conversation_id=HERE, user_id=A, typing=True)
    packet = encode_event("typing", notice)
    rig.fanout.to_conversation(HERE, "typing", notice, skip_user=A)
    rig.fanout.to_conversation(HERE, "typing", notice)
    await eventually(lambda: rig.sink.got == {B.int: [packet, packet], A.int: [packet]})
    assert rig.members.loads == 1
    rig.fanout.forget_roster(HERE)
    rig.fanout.to_conversation(HERE, "typing", notice)
    await eventually(lambda: rig.members.loads == 2)


async def test_recipients(rig: FanoutRig) -> None:
    notice = ConversationLeft(conversation_id=HERE)
    rig.fanout.to_users([], "conversationLeft", notice)
    rig.fanout.to_users([A, D], "conversationLeft", notice)
    rig.fanout.to_everyone("conversationLeft", notice, skip_user=B)
    rig.fanout.to_everyone("conversationLeft", notice)
    rig.fanout.disconnect(reason="logout", session_id=C)
    packet = encode_event("conversationLeft", notice)
    assert rig.sink.got == {A.int: [packet], D.int: [packet]}
    assert rig.sink.everyone == [(packet, B.int), (packet, None)]
    assert rig.sink.revoked == [{"reason": "logout", "session_id": C, "user_id": None, "keep_session": None}]


async def test_after_stop_nothing_is_told(rig: FanoutRig) -> None:
    await rig.fanout.stop()
    rig.fact(1)
    rig.fanout.to_users([A], "conversationLeft", ConversationLeft(conversation_id=HERE))
    assert rig.sink.got == {}


async def test_rosters_are_bounded() -> None:
    tasks = TaskOwner("test")
    members = Members()
    cache = RosterCache(members, tasks=tasks, max_members=6)
    conversations = [new_id() for _ in range(5)]
    for conversation in conversations:
        loaded = asyncio.Event()
        cache.fetch(conversation, 1, lambda _, loaded=loaded: loaded.set())
        await loaded.wait()
    assert len(cache) == 3
    assert [cache.get(conversation, 1) is not None for conversation in conversations] == [False] * 2 + [True] * 3
    assert cache.get(conversations[4], 2) is None
    await tasks.close()
