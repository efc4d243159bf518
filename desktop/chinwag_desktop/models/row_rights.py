"""What may be done to a message, as far as this device can tell: the server decides."""

from typing import NamedTuple
from uuid import UUID

from chinwag_desktop.core.entities import TimelineRow


class Rights(NamedTuple):
    """What somebody may do in a conversation: owners and admins of a group pin, and delete what others wrote."""

    me: UUID
    pins: bool = True
    deletes_all: bool = False
    means_all: bool = False
    """Whether `@all` is more than a word."""


def is_own(row: TimelineRow, me: UUID) -> bool:
    """Whether I wrote it."""
    return row.message.sender_id == me and row.message.kind != "system"


def can_answer(row: TimelineRow) -> bool:
    """Whether it can be answered and reacted to: the server has it, and it is a message still."""
    message = row.message
    return bool(message.seq) and message.kind != "system" and message.deleted_at is None


def can_be_unread(row: TimelineRow, me: UUID) -> bool:
    """Whether the conversation can be marked unread from here on."""
    return can_answer(row) and not is_own(row, me)


def can_change(row: TimelineRow, me: UUID) -> bool:
    """Whether it can be given another text."""
    return can_answer(row) and is_own(row, me) and bool(row.message.text)


def can_delete(row: TimelineRow, rights: Rights) -> bool:
    """Whether it can be taken away from everybody."""
    return can_answer(row) and (rights.deletes_all or is_own(row, rights.me))


def can_pin(row: TimelineRow, rights: Rights) -> bool:
    """Whether it can be pinned, or its pin taken away."""
    return can_answer(row) and rights.pins
