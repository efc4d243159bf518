"""How a committed change of a conversation is told: first the change at its `rev`, then its system message at the next."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Message
from chinwag_protocol.wire import Record
from chinwag_server.bus.fanout import Fanout
from chinwag_server.storage.facts import Change


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What members hear of a change; those in `instead` hear that at its `rev`. `event` None: nobody else hears of it."""

    rev: int
    event: str | None
    payload: Record | None
    message: Message | None = None
    instead: Mapping[UUID, tuple[str, Record]] | None = None


def tell(fanout: Fanout, change: Change, telling: Telling | None) -> None:
    """Tell a change after its COMMIT; None: it changed nothing."""
    if telling is None:
        return
    id_, version = change.conversation.id, change.conversation.members_version
    fanout.fact(
        id_,
        members_version=version,
        rev=telling.rev,
        event=telling.event,
        payload=telling.payload,
        instead=telling.instead,
    )
    if telling.message is not None:
        fanout.fact(id_, members_version=version, rev=telling.message.rev, event="newMessage", payload=telling.message)


def tell_here(fanout: Fanout, conversation_id: UUID, tellings: Iterable[Telling], *, members_version: int) -> None:
    """Tell the sockets of this node what other nodes told theirs. The system messages have tellings of their own."""
    for telling in tellings:
        fanout.fact(
            conversation_id,
            members_version=members_version,
            rev=telling.rev,
            event=telling.event,
            payload=telling.payload,
            instead=telling.instead,
            here=True,
        )
