"""Marks and typing: what stands, who hears of it, and how often."""

import asyncio
import time
from uuid import uuid4

import pytest

from chinwag_protocol.commands import MarkMessages, Typing
from chinwag_server.domain.errors import Invalid, NotFound


def marks(person):
    return [(name, payload["userId"], payload["seq"]) for name, payload in person.heard]


async def test_a_read_mark_is_told_to_others_and_own_other_sessions(talk, eventually):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    second = bob.another_session()
    group = await talk.group(ann, bob, eve)
    await ann.send(group, "one")
    await talk.settled()
    talk.forget_all()
    assert await bob.read(group, 2) == 2
    await eventually(lambda: ann.heard and eve.heard and second.heard)
    told = [("messagesRead", str(bob.id), 2)]
    assert marks(ann) == marks(eve) == marks(second) == told
    assert ann.heard[0][1]["conversationId"] == str(group.id)
    assert ann.heard[0][1]["at"].endswith("Z")
    assert bob.heard == []
    view = await ann.view(group)
    assert {m.user_id: (m.delivered_seq, m.read_seq) for m in view.members}[bob.id] == (2, 2)
    assert (await bob.view(group)).unread_count == 0


async def test_marks_only_grow_and_never_pass_the_last_message(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    for text in "abc":
        await ann.send(group, text)
    assert await bob.deliver(group, 3) == 3
    assert await bob.read(group, 2) == 2
    assert await bob.read(group, 1) == 2
    assert await bob.deliver(group, 1) == 3
    assert await bob.read(group, 2**53 - 1) == 4
    assert await bob.deliver(group, 0) == 4
    rev = (await ann.view(group)).rev
    assert rev == 5


async def test_what_does_not_move_is_told_to_nobody(talk, eventually):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await ann.send(group, "a")
    await bob.read(group, 2)
    await eventually(lambda: "messagesRead" in ann.names())
    talk.forget_all()
    for _ in range(3):
        await bob.read(group, 2)
        await bob.deliver(group, 2)
    assert ann.heard == []


async def test_reading_pulls_delivered_along_silently(talk, eventually):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await ann.send(group, "a")
    talk.forget_all()
    await bob.deliver(group, 2)
    await bob.read(group, 2)
    await eventually(lambda: len(ann.heard) >= 2)
    assert [name for name, *_ in marks(ann)] == ["messagesDelivered", "messagesRead"]
    await ann.send(group, "b")
    await talk.settled()
    talk.forget_all()
    await bob.read(group, 3)
    await eventually(lambda: ann.heard)
    assert marks(ann) == [("messagesRead", str(bob.id), 3)]


async def test_marks_are_told_at_most_once_a_second_and_the_last_one_is(talk, eventually):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    for i in range(10):
        await ann.send(group, str(i))
    await talk.settled()
    talk.forget_all()
    began = time.monotonic()
    for seq in range(2, 12):
        await bob.read(group, seq)
    assert marks(ann) == [("messagesRead", str(bob.id), 2)]
    await eventually(lambda: len(ann.heard) > 1)
    assert marks(ann)[1:] == [("messagesRead", str(bob.id), 11)]
    assert time.monotonic() - began >= 0.95


async def test_sending_moves_the_senders_marks_without_an_event(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await bob.send(group, "x")
    await talk.settled()
    assert {name for person in (ann, bob) for name in person.names()} == {"conversationUpdated", "newMessage"}
    assert {m.user_id: m.read_seq for m in (await ann.view(group)).members} == {ann.id: 1, bob.id: 2}


async def test_a_sender_id_means_all_of_the_direct_conversation(talk, eventually):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    for text in "abc":
        message = await ann.send(bob, text)
    await talk.settled()
    talk.forget_all()
    ack = await talk.receipts.read(bob.principal, MarkMessages(sender_id=ann.id))
    assert (ack.conversation_id, ack.seq) == (message.conversation_id, 3)
    await eventually(lambda: ann.heard)
    assert marks(ann) == [("messagesRead", str(bob.id), 3)]
    for sender in (eve.id, uuid4()):
        with pytest.raises(NotFound):
            await talk.receipts.delivered(bob.principal, MarkMessages(sender_id=sender))


async def test_nobody_marks_where_they_are_not(talk, database):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob)
    await ann.send(group, "a")
    await bob.read(group, 1)
    await talk.members.remove(ann.principal, group.id, bob.id)
    hidden = await talk.direct(ann, eve)
    await talk.settled()
    talk.forget_all()
    for person, id_ in ((bob, group.id), (eve, group.id), (eve, hidden.id), (eve, uuid4())):
        for move in (person.read, person.deliver):
            with pytest.raises(NotFound):
                await move(id_, 1)
    assert ann.heard == []
    assert await database.fetchval("SELECT count(*) FROM members WHERE user_id = $1", bob.id) == 0


@pytest.mark.parametrize(
    "command",
    [
        MarkMessages(),
        MarkMessages(seq=1),
        MarkMessages(conversation_id=uuid4()),
        MarkMessages(conversation_id=uuid4(), seq=1, sender_id=uuid4()),
        MarkMessages(seq=1, sender_id=uuid4()),
    ],
)
async def test_a_mark_names_either_a_place_or_a_sender(talk, command):
    ann = await talk.person("ann")
    for move in (talk.receipts.read, talk.receipts.delivered):
        with pytest.raises(Invalid):
            await move(ann.principal, command)


async def test_over_100_members_a_mark_is_told_only_to_its_owner(talk, eventually):
    ann = await talk.person("ann")
    others = [await talk.person(f"user{i}") for i in range(100)]
    second = others[0].another_session()
    group = await talk.group(ann, *others)
    await ann.send(group, "a")
    await talk.settled()
    talk.forget_all()
    await others[0].read(group, 2)
    await eventually(lambda: second.heard)
    await others[0].type(group, True)
    assert ann.heard == others[1].heard == []
    assert marks(second) == [("messagesRead", str(others[0].id), 2)]


async def test_closing_tells_the_mark_that_waits(make_talk, talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    for text in "ab":
        await ann.send(group, text)
    node = make_talk()
    await node.start()
    node.ears.register(ann.principal)
    reader = type(bob)(node, bob.principal, "bob")
    await reader.read(group, 2)
    await reader.read(group, 3)
    heard = node.ears.heard[ann.principal.session_id]
    await node.receipts.close()
    await node.settled()
    assert [payload["seq"] for _, payload in heard] == [2, 3]
    await node.close()


# ---------------------------------------------------------------- typing


async def test_typing_is_told_to_the_other_members_once_in_three_seconds(talk):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    second = ann.another_session()
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    for step_s, typing in ((0, True), (1, True), (1, True), (1.1, True), (0.1, False), (0.1, False), (0.1, True)):
        talk.now += step_s
        await ann.type(group, typing)
    assert [payload["typing"] for _, payload in bob.heard] == [True, True, False]
    assert set(bob.names()) == {"typing"}
    assert bob.heard[0][1] == {"conversationId": str(group.id), "userId": str(ann.id), "typing": True}
    assert ann.heard == second.heard == eve.heard == []
    talk.now += 3
    await ann.type(group, True)
    assert len(bob.heard) == 4


async def test_the_first_thing_told_is_never_false(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await talk.settled()
    talk.forget_all()
    await ann.type(group, False)
    assert bob.heard == []


async def test_of_two_at_once_the_last_one_stands(talk):
    ann, bob = await talk.people("ann", "bob")
    group = await talk.group(ann, bob)
    await ann.type(group, True)
    await talk.settled()
    talk.forget_all()
    talk.now += 4
    await asyncio.gather(ann.type(group, True), ann.type(group, False))
    assert [payload["typing"] for _, payload in bob.heard] == [False]


async def test_typing_is_not_for_strangers_and_tells_nobody_of_a_hidden_conversation(talk):
    ann, bob, eve = await talk.people("ann", "bob", "eve")
    group = await talk.group(ann, bob)
    direct = await talk.direct(ann, bob)
    await talk.members.remove(ann.principal, group.id, bob.id)
    await talk.settled()
    talk.forget_all()
    for person in (bob, eve):
        for id_ in (group.id, uuid4()):
            with pytest.raises(NotFound):
                await talk.typing.set(person.principal, Typing(conversation_id=id_, typing=True))
    await ann.type(direct, True)
    await talk.settled()
    assert ann.heard == bob.heard == []
