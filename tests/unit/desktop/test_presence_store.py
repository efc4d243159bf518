"""PresenceStore: who is online, whole lists and changes, and whom to ask about."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from desktop_builders import ME
from msgspec.structs import replace

from chinwag_desktop.core.changes import PeopleChanged, PresenceChanged
from chinwag_desktop.core.entities import Person, Presence
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_protocol.objects import UserStatus

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


def test_who_is_online_stands_by_name_without_oneself_and_strangers() -> None:
    presence, _ = store()
    cai, dee = UUID(int=3), UUID(int=4)
    presence.learn([person(ME, "Me"), person(BEN, "ben"), person(ADA, "Ada"), person(cai, "Cai")])
    presence.apply(PresenceChanged(online=frozenset({ME, BEN, ADA, dee}), whole=True))
    assert [found.display_name for found in presence.online_people()] == ["Ada", "ben"]
    assert all(found.online for found in presence.online_people())


def test_a_status_ends_by_the_clock() -> None:
    now = [datetime(2026, 11, 24, 20, tzinfo=UTC)]
    presence, told = PresenceStore(ME, now=lambda: now[0]), []
    presence.people_changed.connect(told.append)
    presence.learn(
        [replace(person(ADA, "Ada"), status=UserStatus(text="", until="2026-11-24T21:00:00.000Z", dnd=True))]
    )
    presence.apply(PresenceChanged(online=frozenset({ADA}), whole=True))
    assert [found.presence for found in presence.everybody()] == [Presence.BUSY]
    presence.end_statuses()
    now[0] += timedelta(hours=1)
    assert [found.presence for found in presence.everybody()] == [Presence.ONLINE]
    presence.end_statuses()
    presence.end_statuses()
    assert told[2:] == [frozenset({ADA})]


def test_namesakes_stand_by_their_user_names() -> None:
    presence, _ = store()
    presence.learn([replace(person(ADA, "Ada"), username="z"), replace(person(BEN, "Ada"), username="a")])
    presence.apply(PresenceChanged(online=frozenset({ADA, BEN}), whole=True))
    assert [found.id for found in presence.online_people()] == [BEN, ADA]


def test_a_new_name_is_told_and_the_same_one_is_not() -> None:
    presence, told = store()
    presence.learn([person(ADA, "Ada")])
    presence.learn([person(ADA, "Ada")])
    presence.learn([person(ADA, "Ada Lin"), person(BEN, "Ben")])
    assert told == [frozenset({ADA}), frozenset({ADA, BEN})]
    assert presence.get(ADA) == person(ADA, "Ada Lin")
    assert presence.get(UUID(int=9)) is None


def test_other_changes_are_nothing_to_it() -> None:
    presence, told = store()
    presence.apply(PeopleChanged(ids=frozenset({ADA})))
    assert told == []
