"""What a foreign client holds: the rules of the protocol once more, written by somebody who never saw our client's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import msgspec


class HeldMessage(msgspec.Struct, frozen=True, array_like=True):
    """A message as it is now."""

    id: str
    rev: int
    text: str


class HeldConversation(msgspec.Struct):
    """A conversation: everything up to `rev` is applied."""

    rev: int
    last_seq: int
    members: list[str]
    messages: dict[int, HeldMessage]


class ForeignCache:
    """Facts by contiguous `rev`; whatever does not fit asks for a sync."""

    def __init__(self) -> None:
        self.epoch: str | None = None
        self.conversations: dict[str, HeldConversation] = {}
        self.syncing = False
        self._waiting: list[tuple[str, Any]] = []

    def request(self) -> dict[str, Any]:
        """The body of `/sync`."""
        cursors = {id_: held.rev for id_, held in self.conversations.items()}
        return {"cursors": cursors} | ({"epoch": self.epoch} if self.epoch else {})

    def take(self, event: str, payload: Any) -> bool:
        """Apply an event. False: something before it is missing."""
        if self.syncing:
            self._waiting.append((event, payload))
            return True
        match event:
            case "newMessage" | "messageUpdated":
                return self._fact(payload["conversationId"], payload["rev"], functools.partial(_put, message=payload))
            case "membersChanged":
                return self._fact(payload["conversationId"], payload["rev"], functools.partial(_move, payload=payload))
            case "factSkipped":
                return self._fact(payload["conversationId"], payload["rev"], _nothing)
            case "conversationUpdated":
                return self._updated(payload["conversation"])
            case "conversationLeft":
                self.conversations.pop(payload["conversationId"], None)
                return True
            case _:
                return True

    def apply_page(self, answer: dict[str, Any]) -> None:
        """Apply a page of `/sync`."""
        if self.epoch != answer["epoch"]:
            self.epoch = answer["epoch"]
            self.conversations.clear()
        for id_ in answer.get("left", ()):
            self.conversations.pop(id_, None)
        anew = set(answer.get("reset", ()))
        for conversation in answer["conversations"]:
            held = self.conversations.get(conversation["id"])
            if held is None or conversation["id"] in anew:
                held = self.conversations[conversation["id"]] = HeldConversation(0, 0, [], {})
            held.rev, held.last_seq = conversation["rev"], conversation["lastSeq"]
            held.members = [member["userId"] for member in conversation["members"]]
        for message in answer["messages"]:
            _put(self.conversations[message["conversationId"]], message)

    def synced(self) -> bool:
        """The last page is applied: now what came meanwhile. False: something is missing all the same."""
        self.syncing = False
        waiting, self._waiting = self._waiting, []
        fitted = [self.take(event, payload) for event, payload in waiting]  # each of them, also after one that does not
        return all(fitted)

    def _updated(self, conversation: dict[str, Any]) -> bool:
        held = self.conversations.get(conversation["id"])
        if held is None:
            held = HeldConversation(conversation["rev"], conversation["lastSeq"], [], {})
            self.conversations[conversation["id"]] = held
            held.members = [member["userId"] for member in conversation["members"]]
            # what was said before somebody was added is theirs to read too: only a sync brings it
            return conversation["lastSeq"] == 0
        members = [member["userId"] for member in conversation["members"]]
        return self._fact(conversation["id"], conversation["rev"], functools.partial(_meet, members=members))

    def _fact(self, conversation_id: str, rev: int, apply: Callable[[HeldConversation], None]) -> bool:
        held = self.conversations.get(conversation_id)
        if held is None:
            return False
        if rev > held.rev + 1:
            return False
        if rev == held.rev + 1:
            apply(held)
            held.rev = rev
        return True


def _put(held: HeldConversation, message: dict[str, Any]) -> None:
    known = held.messages.get(message["seq"])
    if known is None or known.rev < message["rev"]:
        held.messages[message["seq"]] = HeldMessage(message["id"], message["rev"], message["text"])
    held.last_seq = max(held.last_seq, message["seq"])


def _nothing(_held: HeldConversation) -> None:
    """A fact that this user may not see."""


def _meet(held: HeldConversation, members: list[str]) -> None:
    held.members = members


def _move(held: HeldConversation, payload: dict[str, Any]) -> None:
    held.members = [id_ for id_ in held.members if id_ not in payload["left"]]
    held.members += [member["userId"] for member in payload["joined"] if member["userId"] not in held.members]
