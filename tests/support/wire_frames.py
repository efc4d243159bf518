"""Looks at what a server sends as the contract has it: nothing missing, nothing more, and every word in its form.

Clients ignore fields that they do not know, so decoding alone would let anything pass. Here a frame is read as its record, written
anew, and has to be the same afterwards. Then its words: times, ids, paths. Then what a record says about itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from chinwag_protocol.errors import ConnectError, ErrorEnvelope
from chinwag_protocol.events import CLIENT_EVENTS, SERVER_EVENTS
from chinwag_protocol.notices import ConversationUpdated
from chinwag_protocol.objects import Conversation, Message
from chinwag_protocol.wire import Record

T = TypeVar("T", bound=Record)

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ANY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIMES = {"at", "until", "serverTime"}


class WrongFrame(AssertionError):
    """Something on the wire is not as the contract says."""


def read_strictly(raw: bytes | str, kind: type[T]) -> T:
    """Read JSON as a record that it has to match to the last field. Raises WrongFrame."""
    try:
        record = msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongFrame(f"no {kind.__name__}: {error}: {raw!r:.600}") from None
    came, meant = json.loads(raw), json.loads(msgspec.json.encode(record))
    if unlike := list(_differences(came, meant)):
        raise WrongFrame(f"no {kind.__name__}: {'; '.join(unlike)}: {raw!r:.600}")
    wrong = [*_wrong_words(came, kind.__name__), *_contradictions(record)]
    if wrong:
        raise WrongFrame(f"{'; '.join(wrong)}: {raw!r:.600}")
    return record


def check_event(raw: bytes | str) -> str:
    """Look at the array of an event that the server sent, and give its name. Raises WrongFrame."""
    parts = _parts(raw)
    name = json.loads(bytes(parts[0]))
    if name not in SERVER_EVENTS or len(parts) != 2:
        raise WrongFrame(f"an event that there is not, or not of one payload: {raw!r:.300}")
    record = read_strictly(bytes(parts[1]), SERVER_EVENTS[name])
    if isinstance(record, ConversationUpdated):
        _check_shared(record.conversation)
    return name


def check_ack(raw: bytes | str, event: str) -> bool:
    """Look at the array of an ack; whether it is a result and no error object. Raises WrongFrame."""
    parts = _parts(raw)
    if len(parts) != 1:
        raise WrongFrame(f"an ack of {len(parts)} values: {raw!r:.300}")
    refused = b'{"error":' in bytes(parts[0])[:9]
    kind = ErrorEnvelope if refused or event not in CLIENT_EVENTS else CLIENT_EVENTS[event].ack
    _check_own_views(read_strictly(bytes(parts[0]), kind))
    return not refused


def check_connect_error(raw: bytes | str) -> None:
    """Look at the payload of CONNECT_ERROR. Raises WrongFrame."""
    error = read_strictly(raw, ConnectError)
    if error.message != error.data.code:
        raise WrongFrame(f"two codes: {raw!r}")


def check_body(raw: bytes, kind: type[Record]) -> None:
    """Look at the body of an HTTP answer. Raises WrongFrame."""
    _check_own_views(read_strictly(raw, kind))


def _parts(raw: bytes | str) -> list[msgspec.Raw]:
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise WrongFrame(f"no array: {error}: {raw!r:.300}") from None


def _differences(came: Any, meant: Any, path: str = "$") -> Iterator[str]:
    if isinstance(came, dict) and isinstance(meant, dict):
        for name in came.keys() ^ meant.keys():
            yield f"{path}.{name} is not of the contract, or null" if name in came else f"{path}.{name} is missing"
        for name in came.keys() & meant.keys():
            yield from _differences(came[name], meant[name], f"{path}.{name}")
    elif isinstance(came, list) and isinstance(meant, list) and len(came) == len(meant):
        for index, (one, other) in enumerate(zip(came, meant, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif type(came) is not type(meant) or came != meant:
        yield f"{path} is {came!r:.80} and should be {meant!r:.80}"


def _wrong_words(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _wrong_words(entry, path)
    elif isinstance(value, dict):
        for name, entry in value.items():
            if isinstance(entry, str) and not _is_well_written(name, entry):
                yield f"{path}.{name} is written {entry!r:.80}"
            elif name.endswith(("userIds", "onlineUsers")) and not all(_ID.fullmatch(id_) for id_ in entry):
                yield f"{path}.{name} holds what is no id"
            else:
                yield from _wrong_words(entry, f"{path}.{name}")


def _is_well_written(name: str, value: str) -> bool:
    if name in _TIMES or name.endswith("At"):
        return _TIME.fullmatch(value) is not None
    if name == "tempId":  # of the client: any version, but in lower case
        return _ANY_ID.fullmatch(value) is not None
    if name == "id" or name.endswith("Id"):
        return _ID.fullmatch(value) is not None
    if name == "url" or name.endswith("Url"):
        return value.startswith("/") and not value.startswith("//")
    return True


def _contradictions(record: Any) -> Iterator[str]:
    """What records say about themselves, at any depth."""
    if isinstance(record, tuple):
        for entry in record:
            yield from _contradictions(entry)
    elif isinstance(record, msgspec.Struct):
        yield from (words for kind, look in _MEANING.items() if isinstance(record, kind) for words in look(record))
        for name in record.__struct_fields__:
            yield from _contradictions(getattr(record, name))


def _of_message(message: Message) -> Iterator[str]:
    if not 1 <= message.seq <= message.rev:
        yield f"seq {message.seq} of rev {message.rev}"
    if (message.kind == "system") is (message.system is None):
        yield "system or not"
    if message.kind == "system" and (message.text or message.temp_id or message.reactions or message.attachments):
        yield "a system message with a text, tempId, reactions or attachments"
    if message.deleted_at and (message.text or message.attachments or message.reactions or message.mentions):
        yield "a deleted message with something left"
    if not message.deleted_at and message.kind != "system" and not (message.text or message.attachments):
        yield "a message of nothing"
    for reaction in message.reactions:
        if not 1 <= len(reaction.user_ids) == min(reaction.count, 50):
            yield f"{reaction.count} reactions of {len(reaction.user_ids)}"


def _of_conversation(conversation: Conversation) -> Iterator[str]:
    if conversation.last_seq > conversation.rev:
        yield "a seq beyond the rev"
    if (conversation.kind == "group") is (conversation.title is None):
        yield "a group without a title, or a title without a group"
    if conversation.member_count <= 100 and len(conversation.members) != conversation.member_count:
        yield f"{len(conversation.members)} of {conversation.member_count} members"
    if any(member.read_seq > member.delivered_seq for member in conversation.members):
        yield "read what was not delivered"


_MEANING: dict[type[Record], Callable[[Any], Iterator[str]]] = {
    Message: _of_message,
    Conversation: _of_conversation,
}


def _check_shared(conversation: Conversation) -> None:
    own = (conversation.last_message, conversation.unread_count, conversation.mention_count, conversation.settings)
    if own != (None,) * 4:
        raise WrongFrame(f"an event with the view of one caller: {own}")


def _check_own_views(record: Any) -> None:
    """Over HTTP each conversation comes with the caller's own view."""
    if isinstance(record, tuple):
        for entry in record:
            _check_own_views(entry)
    elif isinstance(record, Conversation):
        if None in (record.unread_count, record.mention_count, record.settings):
            raise WrongFrame("a conversation without the caller's own view")
    elif isinstance(record, msgspec.Struct):
        for name in record.__struct_fields__:
            _check_own_views(getattr(record, name))
