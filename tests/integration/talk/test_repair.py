"""A node that hears nothing of another: it tells its sockets from the database what the other one told its own."""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from chinwag_protocol.bodies import ConversationPatch, RolePatch
from chinwag_protocol.commands import DeleteMessage, EditMessage, PinMessage, React
from chinwag_protocol.ids import new_id
from chinwag_server.services.repair import Repair
from chinwag_server.storage import missed
from chinwag_server.storage.heads import HeadRepository
from chinwag_server.storage.missed import MissedRepository

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from chinwag_protocol.objects import Conversation, Message


class DeafNode:
    """Another node, without a bus. `hears` is what a person's socket there got."""

    def __init__(self, talk: Any) -> None:
        self.talk = talk
        self.here: set[UUID] = set()
        self.repair = Repair(
            heads=HeadRepository(talk.database),
            missed=MissedRepository(talk.database),
            fanout=talk.fanout,
            connected=lambda: self.here,
            compare_every_s=3600,
            settle_s=0,
        )

    async def register(self, *people: Any) -> None:
        for person in people:
            await self.repair.follow(person.id)
            self.here.add(person.id)
            self.talk.ears.register(person.principal)

    def leave(self, person: Any) -> None:
        self.here.discard(person.id)
        del self.talk.ears.heard[person.principal.session_id]
        del self.talk.ears.owner[person.principal.session_id]

    def hears(self, person: Any) -> list[Any]:
        return self.talk.ears.heard[person.principal.session_id]

    def names(self, person: Any) -> list[str]:
        return [name for name, _ in self.hears(person)]

    async def catch_up(self, eventually: Any) -> None:
        """Compare, and wait until all that is missing was told."""
        await self.repair.compare()
        await eventually(self._is_level)
        await eventually(lambda: not self.repair._unannounced and not self.talk.fanout._tasks)

    async def _is_level(self) -> bool:
        told = self.talk.fanout.list_followed()
        revs = await self.repair._heads.list_revs(UUID(int=key) for key in told)
        return all(told[id_.int] == rev for id_, rev in revs.items())


@pytest.fixture
async def deaf(make_talk: Callable[..., Any]) -> AsyncIterator[DeafNode]:
    talk = make_talk()
    node = DeafNode(talk)
    async with contextlib.AsyncExitStack() as held:
        await talk.start()
        held.push_async_callback(talk.close)
        node.repair.start()
        held.push_async_callback(node.repair.close)
        yield node


async def test_what_was_told_elsewhere_is_told_here_in_the_same_way(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    """FAULTS 3: a message whose node died before it told anybody, or whose telling was lost, is told by every other node."""
    ada, bob, eve, max_ = await talk.people("ada", "bob", "eve", "max")
    team = await talk.group(ada, bob, eve)
    await ada.send(team, "before")
    await deaf.register(ada, bob, eve, max_)
    talk.forget_all()
    await bob.send(team, "one")
    await ada.send(team, "two", mentions=(bob.id,))
    await talk.members.add(ada.principal, team.id, [max_.id])
    await talk.members.remove(ada.principal, team.id, eve.id)
    await talk.members.set_role(ada.principal, team.id, bob.id, RolePatch(role="admin"))
    await max_.send(team, "three")
    await talk.settled()
    await deaf.catch_up(eventually)
    for person in (ada, bob, max_):
        assert [name for name, _ in deaf.hears(person)] == [name for name, _ in person.heard]
        assert messages(deaf.hears(person)) == messages(person.heard)
    # what she was told while she was in does not come any more, but that she is not
    assert deaf.names(eve) == ["conversationLeft"]
    told = len(deaf.hears(ada))
    await deaf.catch_up(eventually)
    assert len(deaf.hears(ada)) == told


async def test_only_what_lies_behind_the_registration_is_told(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    ada, bob = await talk.people("ada", "bob")
    await ada.send(bob, "long ago")
    await deaf.register(ada)
    await deaf.catch_up(eventually)
    assert deaf.hears(ada) == []
    await deaf.register(bob)
    sent = await ada.send(bob, "now")
    await deaf.catch_up(eventually)
    assert [payload["id"] for _, payload in deaf.hears(ada)] == [str(sent.id)]
    assert [payload["id"] for _, payload in deaf.hears(bob)] == [str(sent.id)]
    assert deaf.repair.told == 1


async def test_a_gap_is_mended_at_once(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    """FAULTS 52: two facts were lost, the third came."""
    ada, bob = await talk.people("ada", "bob")
    team = await talk.group(ada, bob)
    await deaf.register(ada, bob)
    sent = [await ada.send(team, text) for text in ("one", "two", "three", "four")]
    for message in sent[2:]:
        deaf.talk.fanout.fact(
            team.id, members_version=1, rev=message.rev, event="newMessage", payload=message, here=True
        )
    await eventually(lambda: len(deaf.hears(bob)) == 4)
    assert seqs(deaf.hears(bob)) == [message.seq for message in sent]
    assert deaf.repair.told == 4
    assert deaf.talk.fanout.gaps == 0


async def test_the_first_message_of_a_direct_conversation(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    ada, bob = await talk.people("ada", "bob")
    await deaf.register(ada, bob)
    await talk.direct(ada, bob)
    await deaf.catch_up(eventually)
    assert deaf.hears(ada) == deaf.hears(bob) == []  # it is told to whoever opens it, by the node where they did
    await ada.send(bob, "hello")
    await deaf.catch_up(eventually)
    assert deaf.names(bob) == ["conversationUpdated", "newMessage"]
    assert deaf.names(ada) == ["newMessage"]
    conversation = deaf.hears(bob)[0][1]["conversation"]
    assert (conversation["rev"], conversation["lastSeq"]) == (1, 0)
    assert {member["userId"] for member in conversation["members"]} == {str(ada.id), str(bob.id)}


async def test_a_new_group(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    ada, bob = await talk.people("ada", "bob")
    await deaf.register(bob)
    await talk.group(ada, bob)
    await talk.settled()
    await deaf.catch_up(eventually)
    assert deaf.names(bob) == bob.names() == ["conversationUpdated", "newMessage"]
    assert deaf.hears(bob)[1] == bob.heard[1]


async def test_who_was_added_hears_it_even_when_later_facts_came_first(
    talk: Any, deaf: DeafNode, eventually: Any
) -> None:
    ada, bob = await talk.people("ada", "bob")
    team = await talk.group(ada)
    await deaf.register(bob)
    await talk.members.add(ada.principal, team.id, [bob.id])
    message = await ada.send(team, "hello")
    deaf.talk.fanout.fact(team.id, members_version=2, rev=message.rev, event="newMessage", payload=message, here=True)
    await eventually(lambda: deaf.names(bob) == ["newMessage"])
    await deaf.catch_up(eventually)
    await eventually(lambda: deaf.names(bob) == ["newMessage", "conversationUpdated"])
    assert deaf.hears(bob)[1][1]["conversation"]["rev"] == message.rev
    later = await ada.send(team, "more")
    await deaf.catch_up(eventually)
    assert seqs(deaf.hears(bob)) == [message.seq, later.seq]
    assert deaf.names(bob).count("conversationUpdated") == 1


async def test_the_removed_hear_that_they_are_out_and_nothing_more(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    """FAULTS 43: no later event, though the bus lost that they were removed."""
    ada, bob = await talk.people("ada", "bob")
    team = await talk.group(ada, bob)
    await deaf.register(bob)
    await talk.members.remove(ada.principal, team.id, bob.id)
    await ada.send(team, "secret")
    await deaf.catch_up(eventually)
    assert deaf.names(bob) == ["conversationLeft"]
    await deaf.catch_up(eventually)
    assert deaf.talk.fanout.list_followed() == {}
    await talk.members.add(ada.principal, team.id, [bob.id])
    await deaf.catch_up(eventually)
    assert deaf.names(bob) == ["conversationLeft", "conversationUpdated", "newMessage"]
    assert "secret" not in str(deaf.hears(bob))


async def test_history_joined_shows_no_change_of_before(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    ada, bob = await talk.people("ada", "bob")
    team = await talk.group(ada, history="joined")
    old = await ada.send(team, "before bob")
    await talk.members.add(ada.principal, team.id, [bob.id])
    await deaf.register(ada, bob)
    await talk.changes.edit(ada.principal, EditMessage(message_id=old.id, text="secret"))
    await deaf.catch_up(eventually)
    assert deaf.names(ada) == ["messageUpdated"]
    assert deaf.names(bob) == ["factSkipped"]
    assert "secret" not in str(deaf.hears(bob))


async def test_what_is_only_on_its_way_is_not_read(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    """Heads are compared in the moment between COMMIT and the bus."""
    ada, bob = await talk.people("ada", "bob")
    await ada.send(bob, "hello")
    await deaf.register(bob)
    sent = await ada.send(bob, "now")
    deaf.repair._settle_s = 0.2
    comparing = deaf.repair._tasks.spawn(deaf.repair.compare(), "once")
    await eventually(lambda: deaf.repair._followers.users and not comparing.done())
    deaf.talk.fanout.fact(
        sent.conversation_id, members_version=1, rev=sent.rev, event="newMessage", payload=sent, here=True
    )
    await comparing
    assert seqs(deaf.hears(bob)) == [sent.seq]
    assert deaf.repair.told == 0


async def test_a_message_that_one_node_gave_up_and_another_one_repeats(
    talk: Any, deaf: DeafNode, make_talk: Any, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAULTS 2, 30: stored by a node that never learned it. The repeat is answered and tells nobody; each node tells its own."""
    ada, bob = await talk.people("ada", "bob")
    team = await talk.group(ada, bob)
    await deaf.register(ada, bob)
    other = make_talk()
    await other.start()
    other.ears.register(ada.principal)
    monkeypatch.setattr(talk.fanout, "fact", lambda *_, **__: None)
    temp_id = new_id()
    lost = await ada.send(team, "hello", temp_id=temp_id)
    here = type(ada)(other, ada.principal, "ada, elsewhere")
    again = await here.send(team, "hello", temp_id=temp_id)
    assert again == lost
    assert here.heard == []
    await deaf.catch_up(eventually)
    await deaf.catch_up(eventually)
    for person in (ada, bob):
        assert [payload["tempId"] for _, payload in deaf.hears(person)] == [str(temp_id)]
    await other.close()


async def test_who_registers_does_not_take_from_others_what_they_are_owed(
    talk: Any, deaf: DeafNode, eventually: Any
) -> None:
    """FAULTS 3: a sender comes over from the node that died before the other one has heard of their first message."""
    ada, bob, eve = await talk.people("ada", "bob", "eve")
    await deaf.register(bob)
    sent = await ada.send(bob, "hello")
    team = await talk.group(ada, bob)
    await deaf.register(ada)
    await eventually(lambda: len(deaf.hears(bob)) == 4)
    in_team = [name for name, payload in deaf.hears(bob) if str(team.id) in str(payload)]
    between = [(name, payload) for name, payload in deaf.hears(bob) if str(sent.conversation_id) in str(payload)]
    assert in_team == [name for name, _ in between] == ["conversationUpdated", "newMessage"]
    assert between[1][1]["id"] == str(sent.id)
    deaf.hears(bob).clear()
    more = await ada.send(team, "more")
    deaf.talk.fanout.fact(team.id, members_version=1, rev=more.rev, event="newMessage", payload=more, here=True)
    await eventually(lambda: deaf.names(bob) == ["newMessage"])
    await ada.send(team, "lost")
    await talk.members.add(ada.principal, team.id, [eve.id])
    await deaf.register(eve)
    await deaf.catch_up(eventually)
    check_order(deaf.hears(bob))
    assert [payload["text"] for name, payload in deaf.hears(bob) if name == "newMessage"] == ["more", "lost", ""]


async def test_a_fact_that_reaches_somebody_is_followed_from_there(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    ada, bob = await talk.people("ada", "bob")
    await deaf.register(bob)
    sent = [await ada.send(bob, text) for text in ("one", "two", "three")]
    for message in (sent[0], sent[2]):
        deaf.talk.fanout.fact(
            message.conversation_id, members_version=1, rev=message.rev, event="newMessage", payload=message, here=True
        )
    await eventually(lambda: seqs(deaf.hears(bob)) == [1, 2, 3])
    await deaf.catch_up(eventually)
    assert deaf.names(bob) == ["newMessage"] * 3


async def test_who_went_is_not_followed_any_more(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    ada, bob = await talk.people("ada", "bob")
    await ada.send(bob, "hello")
    await deaf.register(ada)
    assert len(deaf.talk.fanout.list_followed()) == 1
    deaf.leave(ada)
    await deaf.catch_up(eventually)
    assert deaf.talk.fanout.list_followed() == {}
    sent = await bob.send(ada, "while she was away")
    await deaf.register(ada)
    await deaf.catch_up(eventually)
    assert deaf.hears(ada) == []
    assert deaf.talk.fanout.stand(sent.conversation_id).rev == sent.rev


async def test_too_much_is_left_to_the_clients(
    talk: Any, deaf: DeafNode, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAULTS 53, away longer than the window: the last facts are told, clients see the gap before them and ask `/sync`."""
    monkeypatch.setattr(missed, "MOST", 20)
    monkeypatch.setattr(missed, "TOLD", 5)
    ada, bob = await talk.people("ada", "bob")
    team = await talk.group(ada, bob)
    await deaf.register(bob)
    sent = [await ada.send(team, f"message {number}") for number in range(30)]
    await deaf.catch_up(eventually)
    assert seqs(deaf.hears(bob)) == [message.seq for message in sent[-5:]]


async def test_a_database_that_went_back(talk: Any, deaf: DeafNode, eventually: Any, expect_log: Any) -> None:
    """FAULTS 11, 12: after a restore or a promotion what was told before does not make a node deaf to what comes."""
    expect_log("the history of the database is another one")
    ada, bob = await talk.people("ada", "bob")
    team = await talk.group(ada, bob)
    await deaf.register(bob)
    for number in range(5):
        await ada.send(team, f"lost {number}")
    await deaf.catch_up(eventually)
    assert len(deaf.hears(bob)) == 5
    await talk.database.execute("DELETE FROM messages WHERE conversation_id = $1 AND seq > 3", team.id)
    await talk.database.execute("UPDATE conversations SET rev = 4, last_seq = 3 WHERE id = $1", team.id)
    await deaf.catch_up(eventually)
    assert len(deaf.hears(bob)) == 5
    await ada.send(team, "after the restore")
    await deaf.catch_up(eventually)
    assert [payload["text"] for name, payload in deaf.hears(bob)[5:]] == ["after the restore"]


async def test_while_the_database_is_away_nothing_is_lost(
    talk: Any, deaf: DeafNode, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chinwag_server.domain.errors import Unavailable

    ada, bob = await talk.people("ada", "bob")
    await deaf.register(bob)
    sent = await ada.send(bob, "hello")
    real = MissedRepository.list_behind
    calls: list[int] = []

    async def fail_once(self: Any, revs: Any) -> Any:
        calls.append(len(revs))
        if len(calls) == 1:
            raise Unavailable("away")
        return await real(self, revs)

    monkeypatch.setattr(MissedRepository, "list_behind", fail_once)
    await deaf.repair.compare()
    await eventually(lambda: seqs(deaf.hears(bob)) == [sent.seq])
    assert len(calls) == 2


async def test_many_register_at_once(talk: Any, deaf: DeafNode, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    people = await talk.people(*(f"user{number}" for number in range(30)))
    await talk.group(people[0], *people[1:])
    asked: list[int] = []
    real = HeadRepository.list_of_users

    async def count(self: Any, user_ids: Any) -> Any:
        asked.append(len(user_ids))
        return await real(self, user_ids)

    monkeypatch.setattr(HeadRepository, "list_of_users", count)
    await asyncio.gather(*(deaf.register(person) for person in people))
    assert sum(asked) == 30
    assert len(asked) <= 2


@pytest.mark.parametrize("seed", range(8))
async def test_any_history(talk: Any, deaf: DeafNode, eventually: Any, seed: int) -> None:
    """Whatever is lost, and whenever it is noticed: in order, each message once, and in the end all is as the database has it."""
    chance = random.Random(seed)
    people = await talk.people("ada", "bob", "eve", "max")
    ada, *others = people
    team = await talk.group(ada, *others[:2])
    await deaf.register(*people)
    inside = {ada, *others[:2]}
    sent: list[Message] = []
    for _ in range(80):
        await something_happens(talk, chance, team, inside, others, sent)
        if chance.random() < 0.1:
            await deaf.catch_up(eventually)
    await deaf.catch_up(eventually)
    await deaf.catch_up(eventually)
    rows = await talk.database.fetch("SELECT id, seq, text, rev FROM messages WHERE conversation_id = $1", team.id)
    now = {str(row["id"]): (row["seq"], row["text"], row["rev"]) for row in rows}
    head = await talk.database.fetchval("SELECT rev FROM conversations WHERE id = $1", team.id)
    for person in people:
        check_order(deaf.hears(person))
    view: dict[str, Any] = {}
    revs = [rev_of(name, payload) for name, payload in deaf.hears(ada)]
    assert revs == list(range(revs[0], head + 1))
    for name, payload in deaf.hears(ada):
        if name in ("newMessage", "messageUpdated"):
            view[payload["id"]] = (payload["seq"], payload["text"], payload["rev"])
    assert {id_: row for id_, row in view.items() if row != now[id_]} == {}
    for person in others:
        assert (deaf.names(person)[-1:] == ["conversationLeft"]) == (
            person not in inside and bool(deaf.hears(person))
        ), person


async def something_happens(
    talk: Any, chance: random.Random, team: Conversation, inside: set[Any], others: list[Any], sent: list[Message]
) -> None:
    ada = next(person for person in inside if person.name == "ada")
    what = chance.choice(["send"] * 4 + ["edit", "edit", "delete", "react", "pin", "add", "remove", "role", "title"])
    target = chance.choice(sent) if sent else None
    outside = [person for person in others if person not in inside]
    removable = [person for person in others if person in inside]
    with contextlib.suppress(Exception):  # what is refused did not happen
        match what:
            case "send":
                sent.append(await chance.choice(sorted(inside, key=str)).send(team, f"text {len(sent)}"))
            case "edit" if target and target.sender_id == ada.id:
                edit = EditMessage(message_id=target.id, text=f"edited {new_id()}")
                await talk.changes.edit(ada.principal, edit)
            case "delete" if target:
                await talk.changes.delete(ada.principal, DeleteMessage(message_id=target.id))
            case "react" if target:
                await talk.changes.react(
                    ada.principal, React(message_id=target.id, emoji="👍", on=chance.random() < 0.7)
                )
            case "pin" if target:
                await talk.changes.pin(ada.principal, PinMessage(message_id=target.id, on=chance.random() < 0.7))
            case "add" if outside:
                person = chance.choice(outside)
                await talk.members.add(ada.principal, team.id, [person.id])
                inside.add(person)
            case "remove" if removable:
                person = chance.choice(removable)
                await talk.members.remove(ada.principal, team.id, person.id)
                inside.discard(person)
            case "role" if removable:
                role: Any = chance.choice(["admin", "member"])
                await talk.members.set_role(ada.principal, team.id, chance.choice(removable).id, RolePatch(role=role))
            case "title":
                await talk.conversations.update(ada.principal, team.id, ConversationPatch(title=f"title {new_id()}"))
            case _:
                pass


def check_order(heard: list[Any]) -> None:
    """Revs rise, and so do the seqs of new messages, each of which comes once."""
    revs = [rev for name, payload in heard if (rev := rev_of(name, payload)) is not None]
    assert revs == sorted(set(revs))
    new = seqs(heard)
    assert new == sorted(set(new))


def rev_of(name: str, payload: dict[str, Any]) -> int | None:
    return payload["conversation"]["rev"] if name == "conversationUpdated" else payload.get("rev")


def seqs(heard: list[Any]) -> list[int]:
    return [payload["seq"] for name, payload in heard if name == "newMessage"]


def messages(heard: list[Any]) -> list[Any]:
    return [payload for name, payload in heard if name in ("newMessage", "messageUpdated")]
