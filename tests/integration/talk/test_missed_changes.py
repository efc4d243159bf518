"""A node that did not hear the others for a while tells its sockets of marks, settings and people from the database."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from chinwag_protocol.bodies import SettingsPatch
from chinwag_server.services.missed_changes import MissedChanges
from chinwag_server.storage.changes import ChangeRepository
from chinwag_server.storage.users import UserRepository, user_object

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class DeafNode:
    """Another node, without a bus."""

    def __init__(self, talk: Any) -> None:
        self.talk = talk
        self.here: set[UUID] = set()
        self.missed = MissedChanges(
            ChangeRepository(talk.database),
            users=UserRepository(talk.database),
            show=lambda record: user_object(record, online=False),
            fanout=talk.fanout,
            connected=lambda: self.here,
        )

    def register(self, conversation: Any, *people: Any) -> None:
        self.talk.fanout.follow(conversation.id, rev=conversation.rev, seq=None)
        for person in people:
            self.here.add(person.id)
            self.talk.ears.register(person.principal)

    def hears(self, person: Any) -> list[Any]:
        heard = self.talk.ears.heard[person.principal.session_id]
        taken, heard[:] = list(heard), []
        return taken


@pytest.fixture
async def deaf(make_talk: Callable[..., Any]) -> AsyncIterator[DeafNode]:
    talk = make_talk()
    async with contextlib.AsyncExitStack() as held:
        await talk.start()
        held.push_async_callback(talk.close)
        yield DeafNode(talk)


async def test_what_changed_meanwhile_is_told_once_it_is_known(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    ada, bob, eve = await talk.people("ada", "bob", "eve")
    team = await talk.group(ada, bob, eve)
    await ada.send(team, "hello")
    await bob.read(team, 1)
    deaf.register(team, ada, bob)
    await deaf.missed.look(deaf=False)
    await deaf.missed.look(deaf=False)
    assert deaf.hears(ada) == deaf.hears(bob) == []

    await bob.read(team, 2)
    await talk.conversations.configure(ada.principal, team.id, SettingsPatch(pinned=True))
    await UserRepository(talk.database).update_profile(eve.id, display_name="Evelyn")
    await deaf.missed.look(deaf=True)
    heard: list[Any] = []

    def all_is_heard() -> bool:
        heard.extend(deaf.hears(ada))
        return len(heard) >= 3

    await eventually(all_is_heard)
    marks = {(told["userId"], told["seq"]) for name, told in heard if name == "messagesRead"}
    assert (str(bob.id), 2) in marks
    assert [told["settings"]["pinned"] for name, told in heard if name == "settingsUpdated"] == [True]
    assert [told["user"]["displayName"] for name, told in heard if name == "userUpdated"] == ["Evelyn"]
    assert not [told for name, told in deaf.hears(bob) if name == "settingsUpdated"]

    await deaf.missed.look(deaf=True)
    await deaf.missed.look(deaf=False)
    assert not [told for name, told in deaf.hears(ada) if name != "messagesRead"]


async def test_it_counts_from_the_look_before_the_last_one(talk: Any, deaf: DeafNode, eventually: Any) -> None:
    """A node notices late that it is deaf: what it took for heard a moment ago may have been lost already."""
    ada, bob = await talk.people("ada", "bob")
    team = await talk.group(ada, bob)
    await ada.send(team, "hello")
    deaf.register(team, ada)
    await deaf.missed.look(deaf=False)
    await deaf.missed.look(deaf=False)
    await bob.read(team, 2)
    await deaf.missed.look(deaf=False)
    await deaf.missed.look(deaf=True)
    heard: list[Any] = []

    def bob_has_read() -> bool:
        heard.extend(deaf.hears(ada))
        return ("messagesRead", str(bob.id)) in [(name, told["userId"]) for name, told in heard]

    await eventually(bob_has_read)
