"""Who may do what: pure rules over (kind, role, action), and the one door `authorize` that every event and route goes through.

A caller without a membership hears `NotFound`, for a conversation that exists and for an invented one alike; a member who lacks
the right hears `Forbidden`. Nothing here reads a database: services fetch the `Membership` and ask.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

import msgspec

from chinwag_server.domain.errors import Forbidden, NotFound
from chinwag_server.domain.records import Principal

Kind = Literal["direct", "group"]
Role = Literal["owner", "admin", "member"]
History = Literal["all", "joined"]


class Action(StrEnum):
    """Everything that a member may or may not do in a conversation."""

    READ = "read"
    SEND = "send"
    MENTION_ALL = "mention everyone"
    MARK = "move read marks"
    TYPE = "show typing"
    REACT = "react"
    PIN = "pin"
    CONFIGURE = "change own settings"
    EDIT_OWN = "edit an own message"
    EDIT_OTHERS = "edit another's message"
    DELETE_OWN = "delete an own message"
    DELETE_OTHERS = "delete another's message"
    RENAME = "rename"
    PICTURE = "change the picture"
    SET_HISTORY = "change the history rule"
    ADD_MEMBERS = "add members"
    REMOVE_MEMBER = "remove a member"
    REMOVE_ADMIN = "remove an admin"
    REMOVE_OWNER = "remove the owner"
    SET_ROLE = "change roles"
    LEAVE = "leave"


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """One person's place in one conversation, as the database has it now.

    `first_seq` is the `seq` that admitted the member; `visible_from` the oldest `seq` that they may see. A direct conversation
    that is still hidden from someone (made by the other, no message yet) has no Membership for them. `blocked`: in a direct one,
    either of the two blocks the other.
    """

    conversation_id: UUID
    user_id: UUID
    kind: Kind
    role: Role
    history: History
    member_count: int
    last_seq: int
    first_seq: int
    disabled: bool = False
    blocked: bool = False

    @property
    def visible_from(self) -> int:
        return self.first_seq if self.history == "joined" else 1

    def may_see(self, seq: int) -> bool:
        return seq >= self.visible_from


_EVERYBODY: Final = frozenset(
    {
        Action.READ,
        Action.SEND,
        Action.MARK,
        Action.TYPE,
        Action.REACT,
        Action.CONFIGURE,
        Action.EDIT_OWN,
        Action.DELETE_OWN,
    }
)
_GROUP_MEMBER: Final = _EVERYBODY | {Action.LEAVE}
_GROUP_ADMIN: Final = _GROUP_MEMBER | {
    Action.MENTION_ALL,
    Action.PIN,
    Action.DELETE_OTHERS,
    Action.RENAME,
    Action.PICTURE,
    Action.SET_HISTORY,
    Action.ADD_MEMBERS,
    Action.REMOVE_MEMBER,
}
_GROUP_OWNER: Final = _GROUP_ADMIN | {Action.REMOVE_ADMIN, Action.SET_ROLE}
_DIRECT: Final = _EVERYBODY | {Action.PIN}

RIGHTS: Final[Mapping[tuple[Kind, Role], frozenset[Action]]] = {
    ("group", "member"): _GROUP_MEMBER,
    ("group", "admin"): _GROUP_ADMIN,
    ("group", "owner"): _GROUP_OWNER,
    ("direct", "member"): _DIRECT,
    ("direct", "admin"): _DIRECT,
    ("direct", "owner"): _DIRECT,
}

REACHING: Final = frozenset({Action.SEND, Action.EDIT_OWN, Action.REACT, Action.PIN, Action.TYPE})
"""What the other one of a direct conversation would see, and a block forbids. Deleting stays: it takes something back."""


def allows(kind: Kind, role: Role, action: Action) -> bool:
    """The rule itself, without a person."""
    return action in RIGHTS[kind, role]


def authorize(principal: Principal, action: Action, membership: Membership | None) -> Membership:
    """Return the membership when `principal` may do `action` there.

    Raises NotFound for whoever is not a member, Forbidden for a member without the right, a disabled account, and what a block
    keeps from the other.
    """
    if membership is None or membership.user_id != principal.user_id:
        raise NotFound("no such conversation")
    if membership.disabled:
        raise Forbidden("this account is disabled")
    if not allows(membership.kind, membership.role, action):
        raise Forbidden(f"not allowed here: {action}")
    if membership.blocked and action in REACHING:
        raise Forbidden("this user cannot be written to")
    return membership


def edit_action(principal: Principal, sender_id: UUID) -> Action:
    return Action.EDIT_OWN if principal.user_id == sender_id else Action.EDIT_OTHERS


def delete_action(principal: Principal, sender_id: UUID) -> Action:
    return Action.DELETE_OWN if principal.user_id == sender_id else Action.DELETE_OTHERS


def remove_action(target_role: Role) -> Action:
    if target_role == "owner":
        return Action.REMOVE_OWNER
    return Action.REMOVE_ADMIN if target_role == "admin" else Action.REMOVE_MEMBER
