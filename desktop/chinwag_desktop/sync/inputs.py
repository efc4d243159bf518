"""What goes through the one door in: each input of ``EventPipeline``, checked and typed, waiting to be applied."""

import logging
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from chinwag_desktop.core.entities import Mark
from chinwag_desktop.core.link import Inbound
from chinwag_protocol.events import (
    SERVER_EVENTS,
    ConversationLeft,
    ConversationUpdated,
    FactSkipped,
    MembersChanged,
    SettingsUpdated,
    UserOffline,
    UserUpdated,
)
from chinwag_protocol.http import MessagePage, SyncAnswer
from chinwag_protocol.objects import Conversation, Message, User
from chinwag_protocol.wire import Record

logger = logging.getLogger(__name__)


class Fact(Struct, frozen=True):
    """An event that takes a ``rev``."""

    conversation_id: UUID
    rev: int
    event: Message | ConversationUpdated | MembersChanged | FactSkipped
    round: int = 0
    """How many syncs had begun when it came: one that stays early through a whole sync is dropped."""


class Nothing(Struct, frozen=True):
    """Changes nothing: whoever waits for it has waited for all that came before; early facts are looked at again."""


class MarkHeard(Struct, frozen=True):
    """The server told how far a member has come."""

    mark: Mark


class MarkMade(Struct, frozen=True):
    """The user has received or read here; the server is to be told."""

    mark: Mark


class MarkConfirmed(Struct, frozen=True):
    """The server has answered a receipt."""

    mark: Mark


class Acked(Struct, frozen=True):
    """The message that an ack brought, as it is now."""

    message: Message


class HistoryRead(Struct, frozen=True):
    """A page of older messages."""

    conversation_id: UUID
    page: MessagePage


class Synced(Struct, frozen=True):
    """One page of ``/sync``."""

    answer: SyncAnswer


class ConversationsRead(Struct, frozen=True):
    """Conversations that an HTTP call returned."""

    conversations: tuple[Conversation, ...]


class UsersRead(Struct, frozen=True):
    """Profiles that an HTTP call returned."""

    users: tuple[User, ...]


Input = (
    Fact
    | Nothing
    | MarkHeard
    | MarkMade
    | MarkConfirmed
    | Acked
    | HistoryRead
    | Synced
    | ConversationsRead
    | UsersRead
    | ConversationLeft
    | SettingsUpdated
    | UserUpdated
    | UserOffline
)


def decode(inbound: Inbound) -> Record | None:
    """The payload as its protocol object; None for events we do not know and, with a warning, for invalid ones."""
    wanted = SERVER_EVENTS.get(inbound.name)
    if wanted is None:
        logger.debug("an event that this version does not know: %s", inbound.name)
        return None
    try:
        return msgspec.convert(inbound.payload, wanted)
    except (msgspec.ValidationError, ValueError) as error:
        # The message of the error names types and paths, never contents.
        logger.warning("invalid %s skipped: %s", inbound.name, error)
        return None


def input_of(name: str, payload: Record, *, round_: int) -> Input | None:
    """What a live event asks the cache to do; None for those that live in memory only."""
    match payload:
        case Message():
            return Fact(payload.conversation_id, payload.rev, payload, round_)
        case ConversationUpdated():
            return Fact(payload.conversation.id, payload.conversation.rev, payload, round_)
        case MembersChanged() | FactSkipped():
            return Fact(payload.conversation_id, payload.rev, payload, round_)
        case ConversationLeft() | SettingsUpdated() | UserUpdated() | UserOffline():
            return payload
        case _:
            return _mark_of(name, payload)


def _mark_of(name: str, payload: Any) -> Input | None:
    if name == "messagesRead":
        return MarkHeard(Mark(conversation_id=payload.conversation_id, user_id=payload.user_id, read_seq=payload.seq))
    if name == "messagesDelivered":
        return MarkHeard(
            Mark(conversation_id=payload.conversation_id, user_id=payload.user_id, delivered_seq=payload.seq)
        )
    return None
