"""Facts made anew from the rows of today: every rev has one, messages come by seq, each of them once as new."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
from missed_rows import changed, member, message, missed

from chinwag_protocol.notices import ConversationLeft, ConversationUpdated
from chinwag_server.services.missed_facts import make_facts
from chinwag_server.services.telling import Telling
from chinwag_server.storage.missed import MissedMessage

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def shown(facts: list[Telling]) -> list[tuple[int, str | None, int | None]]:
    """Rev, event and the seq of its message."""
    return [(fact.rev, fact.event, getattr(fact.payload, "seq", None)) for fact in facts]


def test_plain_messages() -> None:
    rows = [message(5, rev=8), message(6, rev=9)]
    facts = make_facts(missed(*rows, after=7, rev=9, last_seq=6), last_seq=4)
    assert [fact.payload for fact in facts] == rows
    assert shown(facts) == [(8, "newMessage", 5), (9, "newMessage", 6)]


def test_an_edit_of_what_was_told_before() -> None:
    facts = make_facts(missed(changed(3, rev=8), message(5, rev=9), after=7, rev=9, last_seq=5), last_seq=4)
    assert shown(facts) == [(8, "messageUpdated", 3), (9, "newMessage", 5)]


def test_a_message_that_was_made_and_edited_is_new_first() -> None:
    facts = make_facts(missed(changed(5, rev=10), message(6, rev=9), after=7, rev=10, last_seq=6), last_seq=4)
    assert shown(facts) == [(8, "newMessage", 5), (9, "newMessage", 6), (10, "messageUpdated", 5)]
    assert [fact.payload.rev for fact in facts] == [8, 9, 10]
    assert facts[0].payload.text == facts[2].payload.text


def test_edited_twice_before_and_within() -> None:
    """Rev 8 was an edit that 11 covered, 9 a message that 10 edited: nobody can tell which was which."""
    rows = [changed(3, rev=11), changed(5, rev=10)]
    facts = make_facts(missed(*rows, after=7, rev=11, last_seq=5), last_seq=4)
    assert [event for _, event, _ in shown(facts)] == [
        "newMessage",
        "conversationUpdated",
        "messageUpdated",
        "messageUpdated",
    ]
    assert [fact.rev for fact in facts] == [8, 9, 10, 11]


def test_what_changed_the_conversation_itself() -> None:
    facts = make_facts(missed(message(5, rev=9, kind="system"), after=7, rev=9, last_seq=5), last_seq=4)
    assert shown(facts)[0][:2] == (8, "conversationUpdated")
    told = facts[0].payload
    assert isinstance(told, ConversationUpdated)
    assert (told.conversation.rev, told.conversation.last_seq, told.conversation.title) == (8, 4, "now")


def test_members_come_go_and_change() -> None:
    joined, role = member(B, first_seq=5), member(A, role="admin")
    rows = [message(5, rev=9, kind="system"), message(6, rev=11, kind="system")]
    given = missed(*rows, after=7, rev=11, last_seq=6, joined={8: [joined]}, left={10: [C]}, changed={10: [role]})
    facts = make_facts(given, last_seq=4)
    assert [fact.event for fact in facts] == ["membersChanged", "newMessage", "membersChanged", "newMessage"]
    assert facts[0].payload.joined == (joined,)
    assert list(facts[0].instead or ()) == [B]
    event, view = facts[0].instead[B]
    assert event == "conversationUpdated"
    assert (view.conversation.rev, view.conversation.last_seq) == (8, 4)
    assert (facts[2].payload.left, facts[2].payload.changed) == ((C,), (role,))
    assert facts[2].instead == {C: ("conversationLeft", ConversationLeft(conversation_id=given.conversation.id))}


def test_a_new_group_is_told_whole() -> None:
    given = missed(message(1, rev=2, kind="system"), after=0, rev=2, last_seq=1, joined={1: [member(A), member(B)]})
    facts = make_facts(given, last_seq=0)
    assert shown(facts) == [(1, "conversationUpdated", None), (2, "newMessage", 1)]
    assert facts[0].payload.conversation.last_seq == 0
    assert not facts[0].instead


def test_who_may_not_see_a_message_hears_that_something_was() -> None:
    given = missed(changed(3, rev=8), changed(6, rev=9), after=7, rev=9, last_seq=6, first_seqs={B: 5})
    facts = make_facts(given, last_seq=6)
    assert [list(fact.instead or ()) for fact in facts] == [[B], []]
    event, skipped = facts[0].instead[B]
    assert (event, skipped.rev) == ("factSkipped", 8)


def test_where_it_is_not_known_what_was_told_last() -> None:
    """A changed message counts as told, unless one before it is new for certain."""
    rows = [changed(3, rev=8), message(4, rev=9), changed(5, rev=11)]
    facts = make_facts(missed(*rows, after=7, rev=11, last_seq=5), last_seq=None)
    assert shown(facts) == [
        (8, "messageUpdated", 3),
        (9, "newMessage", 4),
        (10, "newMessage", 5),
        (11, "messageUpdated", 5),
    ]
    assert shown(make_facts(missed(changed(3, rev=8), after=7, rev=8, last_seq=3), last_seq=None)) == [
        (8, "messageUpdated", 3)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_any_history(seed: int) -> None:
    """Whatever happened and wherever the node had come: no rev is left out, and seqs rise."""
    chance = random.Random(seed)
    created: dict[int, int] = {}
    revs: dict[int, int] = {}
    for rev in range(1, 61):
        if not created or chance.random() < 0.4:
            seq = len(created) + 1
            created[seq] = revs[seq] = rev
        elif chance.random() < 0.8:
            revs[chance.randint(max(1, len(created) - 5), len(created))] = rev
    after = chance.randint(0, 59)
    last_seq = max((seq for seq, rev in created.items() if rev <= after), default=0)
    rows: list[Any] = [
        MissedMessage(message(seq, rev=rev), rev != created[seq]) for seq, rev in revs.items() if rev > after
    ]
    facts = make_facts(missed(*rows, after=after, rev=60, last_seq=len(created)), last_seq=last_seq)
    assert [fact.rev for fact in facts] == list(range(after + 1, 61))
    new = [fact.payload.seq for fact in facts if fact.event == "newMessage"]
    assert new == list(range(last_seq + 1, len(created) + 1))
    known = set(range(1, last_seq + 1))
    for fact in facts:
        if fact.event == "newMessage":
            known.add(fact.payload.seq)
        if fact.event == "messageUpdated":
            assert fact.payload.seq in known
    for seq, rev in revs.items():
        if rev > after:
            assert facts[rev - after - 1].payload.seq == seq
    for fact in facts:
        if fact.event == "newMessage":
            assert fact.rev <= created[fact.payload.seq]
