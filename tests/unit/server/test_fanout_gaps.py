"""What a node does about a fact that it did not hear of: it asks for it where somebody follows, and waits for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fanout_rig import HERE, A, B, FanoutRig

from chinwag_protocol.ids import new_id
from chinwag_protocol.notices import TypingNotice
from chinwag_server.bus import stands
from chinwag_server.bus.fanout import STALE_ROSTER_S
from chinwag_server.bus.rosters import ANY_VERSION, RosterCache
from chinwag_server.bus.stands import Stands
from chinwag_server.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def rig() -> AsyncIterator[FanoutRig]:
    made = FanoutRig(hold_s=0.05)
    await made.fanout.start()
    yield made
    await made.fanout.stop()


async def following(rig: FanoutRig, eventually: Any, *, rev: int) -> None:
    """A node on which A and B have heard everything up to `rev`."""
    rig.fanout.follow(HERE, rev=rev - 1, seq=None)
    rig.fact(rev)
    await eventually(lambda: rig.sink.revs(A) == [rev])


async def test_what_is_missing_is_asked_for_once_and_told_in_its_place(rig: FanoutRig, eventually: Any) -> None:
    """FAULTS 52, a lost bus event: noticed within the 300 ms that its successor is held back."""
    await following(rig, eventually, rev=1)
    for rev in (4, 5, 7):
        rig.fact(rev)
    await eventually(lambda: rig.asked == [HERE])
    assert rig.sink.revs(A) == [1]
    for rev in (2, 3):
        rig.fact(rev, here=True)
    assert rig.sink.revs(A) == rig.sink.revs(B) == [1, 2, 3, 4, 5]
    await eventually(lambda: rig.asked == [HERE, HERE])
    rig.fact(6, here=True)
    assert rig.sink.revs(A) == [1, 2, 3, 4, 5, 6, 7]
    rig.fact(3)  # heard late from the bus
    assert rig.sink.revs(A) == [1, 2, 3, 4, 5, 6, 7]
    assert rig.fanout.gaps == 0


async def test_one_that_comes_while_it_is_held_back_is_not_asked_for(rig: FanoutRig, eventually: Any) -> None:
    await following(rig, eventually, rev=1)
    rig.fact(3)
    rig.fact(2)
    assert rig.sink.revs(A) == [1, 2, 3]
    assert rig.fanout._streams._queues == {}
    assert rig.asked == []


async def test_what_cannot_be_brought_in_time_is_left_out(rig: FanoutRig, eventually: Any) -> None:
    await following(rig, eventually, rev=1)
    rig.fact(3)
    await eventually(lambda: rig.sink.revs(A) == [1, 3])
    assert rig.asked == [HERE]
    assert rig.fanout.gaps == 1
    rig.fact(2, here=True)
    assert rig.sink.revs(A) == [1, 3]


async def test_a_first_fact_counts_from_where_the_followers_were(rig: FanoutRig, eventually: Any) -> None:
    rig.fanout.follow(HERE, rev=5, seq=None)
    rig.fact(7)
    rig.fact(5)
    await eventually(lambda: rig.asked == [HERE])
    rig.fact(6, here=True)
    await eventually(lambda: rig.sink.revs(A) == [6, 7])


async def test_following_again_keeps_what_is_owed(rig: FanoutRig, eventually: Any) -> None:
    await following(rig, eventually, rev=3)
    rig.fanout.follow(HERE, rev=9, seq=None)
    assert rig.fanout.stand(HERE).rev == 3
    rig.fact(4)
    assert rig.sink.revs(A) == [3, 4]


async def test_a_fact_that_reaches_a_socket_is_followed_from_there(rig: FanoutRig, eventually: Any) -> None:
    rig.sink.anybody_here = True
    rig.fact(3)
    await eventually(lambda: rig.sink.revs(A) == [3])
    assert rig.fanout.list_followed() == {HERE.int: 3}
    assert not rig.fanout.stand(HERE).checked
    rig.fanout.follow(HERE, rev=9, seq=None)  # somebody else registers
    assert rig.fanout.list_followed() == {HERE.int: 3}
    assert rig.fanout.stand(HERE).checked
    rig.fact(5)
    await eventually(lambda: rig.asked == [HERE])


async def test_following_takes_over_from_what_was_only_remembered(rig: FanoutRig, eventually: Any) -> None:
    rig.fact(3)
    await eventually(lambda: rig.sink.revs(A) == [3])
    rig.fact(6)
    rig.fanout.follow(HERE, rev=5, seq=None)
    assert rig.sink.revs(A) == [3, 6]
    assert rig.fanout.list_followed() == {HERE.int: 6}
    rig.fanout.unfollow([HERE.int])
    assert rig.fanout.stand(HERE) is None
    rig.fact(20)
    assert rig.sink.revs(A) == [3, 6, 20]


async def test_what_is_skipped_is_not_waited_for(rig: FanoutRig, eventually: Any) -> None:
    await following(rig, eventually, rev=1)
    rig.fact(500)
    await eventually(lambda: rig.asked == [HERE])
    rig.fanout.skip_to(HERE, 498)
    rig.fact(499, here=True)
    assert rig.sink.revs(A) == [1, 499, 500]


async def test_facts_of_a_roster_that_cannot_be_loaded_are_still_owed(
    rig: FanoutRig, eventually: Any, expect_log: Any
) -> None:
    expect_log("roster of .* cannot be loaded")
    await following(rig, eventually, rev=1)
    rig.members.fails = True
    rig.fact(2, version=2)
    await eventually(lambda: rig.members.loads == 2 and not rig.fanout._streams._queues)
    assert rig.fanout.stand(HERE).rev == 1
    rig.members.fails = False
    rig.fact(2, version=2, here=True)
    await eventually(lambda: rig.sink.revs(A) == [1, 2])


async def test_the_seq_is_known_as_far_as_all_was_told(rig: FanoutRig, eventually: Any) -> None:
    from missed_rows import message

    async def tell(rev: int, seq: int) -> None:
        payload = message(seq, rev=rev, conversation_id=HERE)
        rig.fanout.fact(HERE, members_version=1, rev=rev, event="newMessage", payload=payload)

    await tell(2, 1)
    await eventually(lambda: A.int in rig.sink.got)
    stand = rig.fanout.stand(HERE)
    assert (stand.rev, stand.seq) == (2, 1)
    rig.fact(3)
    assert (stand.rev, stand.seq) == (3, 1)
    rig.fact(5)
    await eventually(lambda: stand.rev == 5)
    assert stand.seq is None
    await tell(6, 3)
    assert (stand.rev, stand.seq) == (6, 3)


async def test_ephemera_trust_no_old_roster_while_the_bus_is_down(eventually: Any) -> None:
    """FAULTS 43: who was removed on another node hears nothing later, not even who types, though the bus is down."""
    now = 100.0
    made = FanoutRig(hold_s=0.05)
    made.fanout._rosters._clock = lambda: now
    notice = TypingNotice(conversation_id=HERE, user_id=A, typing=True)

    def type_() -> None:
        made.fanout.to_conversation(HERE, "typing", notice, skip_user=A)

    type_()
    await eventually(lambda: len(made.sink.got.get(B.int, ())) == 1)
    made.members.ids = (A,)
    now += 60
    type_()
    assert len(made.sink.got[B.int]) == 2  # the bus is up: it would have told
    made.fanout._bus = DeafBus()
    now += STALE_ROSTER_S / 2
    type_()
    await eventually(lambda: made.members.loads == 2)
    type_()
    await eventually(lambda: not made.fanout._tasks)
    assert len(made.sink.got[B.int]) == 2
    await made.fanout._tasks.close()


class DeafBus:
    degraded = True
    has_listeners = True

    def send(self, item: Any) -> None: ...


async def test_a_roster_that_was_loaded_meanwhile_is_not_overwritten_by_an_older_one(eventually: Any) -> None:
    rig = FanoutRig(hold_s=0.05)
    tasks = TaskOwner("test")
    cache = RosterCache(rig.members, tasks=tasks)
    rig.members.gate.clear()
    cache.fetch(HERE, ANY_VERSION, lambda _: None)
    await eventually(lambda: rig.members.loads == 1)
    rig.members.ids = (A,)
    cache._keep(HERE, 3, _roster_of({A: 1}), 0.0)
    rig.members.gate.set()
    await eventually(lambda: not cache._waiting)
    kept = cache.get(HERE, 3)
    assert kept is not None
    assert kept.users == (A.int,)
    await tasks.close()


def _roster_of(members: dict[Any, int]) -> Any:
    from chinwag_server.bus.rosters import _roster

    return _roster(members)


def test_what_nobody_follows_is_remembered_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stands, "REMEMBERED", 10)
    known = Stands()
    followed = new_id().int
    known.follow(followed, rev=4, seq=2)
    for _ in range(100):
        known.begin(new_id().int, 1)
    assert len(known) <= 11
    assert known.find(followed).rev == 4
