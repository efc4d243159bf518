"""Objects of the protocol with everything filled in, for tests of the desktop's lower layers."""

from typing import Any
from uuid import UUID, uuid5

from chinwag_desktop.stores.settings_store import Account
from chinwag_protocol.objects import Conversation, Member, Message, Settings, User

WHEN = "2026-11-24T20:00:00.000Z"
_SPACE = UUID("018f0000-0000-7000-8000-000000000000")


def uid(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(_SPACE, name)


ME = uid("me")
ANN = uid("ann")
BOB = uid("bob")
TALK = uid("talk")


def user(name: str, **fields: Any) -> User:
    values: dict[str, Any] = {
        "id": uid(name),
        "username": name,
        "display_name": name.title(),
        "role": "member",
        "disabled": False,
        "online": False,
    }
    return User(**{**values, **fields})


def signed_in(server_url: str = "https://chat.example") -> Account:
    """What the settings know of the user of this device."""
    return Account(
        server_url=server_url,
        server_name="chat.example",
        user_id=ME,
        username="me",
        display_name="Me",
        token_place="file",
    )


def member(name: str, **fields: Any) -> Member:
    values: dict[str, Any] = {
        "user_id": uid(name),
        "role": "member",
        "delivered_seq": 0,
        "read_seq": 0,
        "joined_at": WHEN,
        "first_seq": 1,
    }
    return Member(**{**values, **fields})


def settings(**fields: Any) -> Settings:
    return Settings(**{"notify": "all", "pinned": False, "archived": False, **fields})


def talk(name: str = "talk", *members: Member, **fields: Any) -> Conversation:
    """A direct conversation of me and ann, if nothing else is said."""
    people = members or (member("me"), member("ann"))
    values: dict[str, Any] = {
        "id": uid(name),
        "kind": "direct",
        "history": "all",
        "rev": 1,
        "last_seq": 0,
        "first_seq": 1,
        "member_count": len(people),
        "members": people,
        "created_at": WHEN,
    }
    return Conversation(**{**values, **fields})


def group(name: str, *members: Member, **fields: Any) -> Conversation:
    return talk(name, *members, **{"kind": "group", "title": name.title(), **fields})


def message(seq: int, sender: str = "ann", *, to: str = "talk", **fields: Any) -> Message:
    """Message ``seq`` of a conversation whose rev 1 is its creation: rev = seq + 1."""
    values: dict[str, Any] = {
        "id": uid(f"{to}/{seq}"),
        "conversation_id": uid(to),
        "seq": seq,
        "rev": seq + 1,
        "sender_id": uid(sender),
        "kind": "text",
        "text": f"message {seq}",
        "attachments": (),
        "mentions": (),
        "mentions_all": False,
        "reactions": (),
        "created_at": WHEN,
    }
    return Message(**{**values, **fields})
