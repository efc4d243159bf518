"""What is told when the cache could not store a batch: the messages in it are shown all the same."""

from collections.abc import Iterable
from uuid import UUID

from chinwag_desktop.cache.rows import row_of
from chinwag_desktop.core.changes import Change, Origin, RowPlaced, RowsChanged
from chinwag_desktop.sync.inputs import Acked, Fact, HistoryRead, Input, Synced
from chinwag_protocol.objects import Message


def changes_unstored(inputs: Iterable[Input], *, me: UUID, pending: frozenset[UUID]) -> list[Change]:
    """The rows of a batch that a full or broken disk refused; own ones show as sent."""
    changes: list[Change] = []
    for item in inputs:
        for message, origin in _messages(item):
            row = row_of(message, me=me, delivered_upto=0, read_upto=0)
            if row.key in pending:
                changes.append(RowPlaced(conversation_id=message.conversation_id, key=row.key, row=row))
            else:
                changes.append(RowsChanged(conversation_id=message.conversation_id, rows=(row,), origin=origin))
    return changes


def _messages(item: Input) -> list[tuple[Message, Origin]]:
    match item:
        case Fact(event=Message() as message):
            return [(message, Origin.LIVE)]
        case Acked(message=message):
            return [(message, Origin.LOCAL)]
        case HistoryRead(page=page):
            return [(message, Origin.HISTORY) for message in page.messages]
        case Synced(answer=answer):
            return [(message, Origin.CATCH_UP) for message in answer.messages]
        case _:
            return []
