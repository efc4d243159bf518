"""The permission table of PROTOCOL.md, line by line."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID, uuid4

import pytest

from chinwag_server.domain.errors import Forbidden, NotFound
from chinwag_server.domain.policy import (
    RIGHTS,
    Action,
    Membership,
    allows,
    authorize,
    delete_action,
    edit_action,
    remove_action,
)
from chinwag_server.domain.records import Principal

ME = UUID(int=1)
EVERYBODY = {"READ", "SEND", "MARK", "TYPE", "REACT", "CONFIGURE", "EDIT_OWN", "DELETE_OWN"}
EXPECTED = {
    ("direct", "member"): EVERYBODY | {"PIN"},
    ("group", "member"): EVERYBODY | {"LEAVE"},
    ("group", "admin"): EVERYBODY
    | {
        "LEAVE",
        "RENAME",
        "PICTURE",
        "SET_HISTORY",
        "MENTION_ALL",
        "PIN",
        "ADD_MEMBERS",
        "REMOVE_MEMBER",
        "DELETE_OTHERS",
    },
    ("group", "owner"): EVERYBODY
    | {
        "LEAVE",
        "RENAME",
        "PICTURE",
        "SET_HISTORY",
        "MENTION_ALL",
        "PIN",
        "ADD_MEMBERS",
        "REMOVE_MEMBER",
        "DELETE_OTHERS",
    }
    | {"REMOVE_ADMIN", "SET_ROLE"},
}


def principal(user_id: UUID = ME, role: str = "member") -> Principal:
    return Principal(
        user_id=user_id, session_id=uuid4(), role=role, expires_at=datetime.max.replace(tzinfo=UTC), address="::1"
    )


def membership(**change: object) -> Membership:
    values: dict[str, object] = {
        "conversation_id": uuid4(),
        "user_id": ME,
        "kind": "group",
        "role": "member",
        "history": "all",
        "member_count": 3,
        "last_seq": 10,
        "first_seq": 1,
    }
    return Membership(**(values | change))


@pytest.mark.parametrize(("kind", "role"), list(EXPECTED))
def test_the_table_is_the_contract(kind, role):
    assert {action.name for action in Action if allows(kind, role, action)} == EXPECTED[kind, role]


def test_roles_say_nothing_in_a_direct_conversation():
    assert RIGHTS["direct", "owner"] == RIGHTS["direct", "admin"] == RIGHTS["direct", "member"]


@pytest.mark.parametrize(("key", "action"), list(product(RIGHTS, Action)))
def test_authorize_follows_the_table(key, action):
    kind, role = key
    mine = membership(kind=kind, role=role)
    if allows(kind, role, action):
        assert authorize(principal(), action, mine) is mine
    else:
        with pytest.raises(Forbidden):
            authorize(principal(), action, mine)


@pytest.mark.parametrize("action", list(Action))
def test_without_a_membership_it_is_always_not_found(action):
    with pytest.raises(NotFound) as none:
        authorize(principal(), action, None)
    with pytest.raises(NotFound) as anothers:
        authorize(principal(uuid4()), action, membership(role="owner"))
    assert str(none.value) == str(anothers.value)


@pytest.mark.parametrize("action", list(Action))
def test_a_server_admin_has_no_more_rights_in_a_conversation(action):
    with pytest.raises(NotFound):
        authorize(principal(role="admin"), action, None)


@pytest.mark.parametrize("action", list(Action))
def test_a_disabled_account_may_do_nothing(action):
    with pytest.raises(Forbidden):
        authorize(principal(), action, membership(role="owner", disabled=True))


@pytest.mark.parametrize("action", sorted(RIGHTS["direct", "member"]))
def test_a_block_keeps_what_the_other_would_see(action):
    mine = membership(kind="direct", member_count=2, blocked=True)
    if action in {Action.READ, Action.MARK, Action.CONFIGURE, Action.DELETE_OWN}:
        assert authorize(principal(), action, mine) is mine
    else:
        with pytest.raises(Forbidden):
            authorize(principal(), action, mine)


def test_own_and_others_messages_are_told_apart():
    assert edit_action(principal(), ME) is Action.EDIT_OWN
    assert edit_action(principal(), uuid4()) is Action.EDIT_OTHERS
    assert delete_action(principal(), ME) is Action.DELETE_OWN
    assert delete_action(principal(), uuid4()) is Action.DELETE_OTHERS


def test_nobody_edits_anothers_message_or_removes_the_owner():
    assert not any(Action.EDIT_OTHERS in rights or Action.REMOVE_OWNER in rights for rights in RIGHTS.values())
    assert [remove_action(role) for role in ("owner", "admin", "member")] == [
        Action.REMOVE_OWNER,
        Action.REMOVE_ADMIN,
        Action.REMOVE_MEMBER,
    ]


def test_history_joined_hides_what_came_before():
    assert membership(first_seq=7).may_see(1)
    late = membership(first_seq=7, history="joined")
    assert (late.may_see(6), late.may_see(7)) == (False, True)
