"""PresenceStore: who is online, whole lists and changes, and whom to ask about."""

from uuid import UUID

from desktop_builders import ME

from chinwag_desktop.core.changes import PresenceChanged
from chinwag_desktop.core.entities import Person
from chinwag_desktop.stores.presence_store import PresenceStore

ADA, BEN = UUID(int=1), UUID(int=2)
NOBODY: frozenset[UUID] = frozenset()


def person(user_id: UUID, name: str) -> Person:
    return Person(id=user_id, username=name.lower(), display_name=name, online=False, last_seen_at=None, disabled=False)


def store() -> tuple[PresenceStore, list[frozenset[UUID]]]:
    made, told = PresenceStore(ME), []
    made.people_changed.connect(told.append)
    return made, told


def test_who_comes_and_goes_is_told_once() -> None:
    presence, told = store()
    presence.apply(PresenceChanged(online=frozenset({ADA, BEN}), offline=NOBODY, whole=False))
    presence.apply(PresenceChanged(online=frozenset({ADA}), offline=NOBODY, whole=False))
    presence.apply(PresenceChanged(online=NOBODY, offline=frozenset({BEN}), whole=False))
    assert told == [frozenset({ADA, BEN}), frozenset({BEN})]
    assert presence.is_online(ADA)
    assert not presence.is_online(BEN)


def test_a_whole_list_takes_everybody_else_offline() -> None:
    presence, told = store()
    presence.apply(PresenceChanged(online=frozenset({ADA}), offline=NOBODY, whole=True))
    presence.apply(PresenceChanged(online=frozenset({BEN}), offline=NOBODY, whole=True))
    assert not presence.is_online(ADA)
    assert told[-1] == frozenset({ADA, BEN})


def test_people_are_known_by_what_was_learned_and_shown_as_they_are_now() -> None:
    presence, told = store()
    presence.apply(PresenceChanged(online=frozenset({ADA}), offline=NOBODY, whole=True))
    assert presence.unknown_online() == frozenset({ADA})
    presence.learn([person(ADA, "Ada"), person(BEN, "Ben")])
    presence.learn([person(BEN, "Ben")])
    assert presence.unknown_online() == NOBODY
    assert [(found.display_name, found.online) for found in presence.everybody()] == [("Ada", True), ("Ben", False)]
    assert told[1:] == [frozenset({ADA, BEN})]
