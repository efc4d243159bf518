"""Messages as a list of their own, outside of their conversations: the pinned ones, or those that mention the person."""

from collections.abc import Hashable, Iterable
from datetime import datetime, tzinfo
from uuid import UUID

from msgspec import Struct
from PySide6.QtCore import QObject

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.dates import short_when
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import KeyedListModel
from chinwag_desktop.models.people_source import PeopleSource, name_of
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.row_words import content_words
from chinwag_protocol.objects import Message
from chinwag_protocol.times import parse_time

_WORDS = 200  # characters of a message


class MessageLine(Struct, frozen=True, kw_only=True):
    """One row: who wrote what and when, and `where` unless that is clear."""

    id: UUID
    conversation_id: UUID
    seq: int
    sender_id: UUID
    who: str
    where: str
    when: str
    words: str


def message_words(message: Message) -> str:
    """A message on one line, without its markup; what it is, where it has no words."""
    row = TimelineRow(key=message.id, message=message, state=DeliveryState.RECEIVED)
    return one_line(content_words(row), _WORDS)


class MessageListModel(KeyedListModel[MessageLine]):
    """Rows are `MessageLine`."""

    def __init__(self, people: PeopleSource, *, me: UUID, zone: tzinfo | None = None, parent: QObject | None = None):
        super().__init__(parent)
        self._people, self._me, self._zone = people, me, zone

    def set_all(self, messages: Iterable[Message], now: datetime, *, places: dict[UUID, str] | None = None) -> None:
        """Show these, in this order; `places` are the titles of their conversations."""
        self.show([self._line(message, now, places or {}) for message in messages])

    def _line(self, message: Message, now: datetime, places: dict[UUID, str]) -> MessageLine:
        own = message.sender_id == self._me
        return MessageLine(
            id=message.id,
            conversation_id=message.conversation_id,
            seq=message.seq,
            sender_id=message.sender_id,
            who=translate("Row", "You") if own else name_of(self._people, message.sender_id),
            where=places.get(message.conversation_id, ""),
            when=short_when(parse_time(message.created_at), now, self._zone),
            words=message_words(message),
        )

    def key_of(self, item: MessageLine) -> Hashable:
        return item.id

    def words_of(self, item: MessageLine, *, spoken: bool) -> str:
        return ", ".join(filter(None, (item.who, item.where, item.when, item.words))) if spoken else item.words
