"""The conversation list: newest activity first. A message moves its conversation to the top, and nothing else."""

from collections.abc import Collection, Hashable, Iterable
from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from chinwag_desktop.core.entities import ConversationSummary, DeliveryState, Presence
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import KeyedListModel
from chinwag_desktop.models.people_source import PeopleSource, first_name, name_of, presence_words
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.row_words import attachment_title, state_words
from chinwag_desktop.models.system_words import system_words
from chinwag_protocol.objects import Message

_NEVER = datetime.min.replace(tzinfo=UTC)


class ConversationItem(Struct, frozen=True, kw_only=True):
    """A row ready to paint: names are looked up, everything stands on one line."""

    summary: ConversationSummary
    title: str
    excerpt: str
    presence: Presence | None
    """None for a group, which has no presence."""

    @property
    def id(self) -> UUID:
        return self.summary.id

    @property
    def is_group(self) -> bool:
        return self.summary.kind == "group"


def _last_words(message: Message | None, people: PeopleSource, me: UUID) -> str:
    """Words for a last message that has no text of its own."""
    if message is None:
        return ""
    if message.deleted_at is not None:
        return translate("Conversations", "Message deleted")
    match message.kind:
        case "image":
            return translate("Conversations", "Picture")
        case "voice":
            return translate("Conversations", "Voice message")
        case "file":
            return (
                attachment_title(message.attachments[0]) if message.attachments else translate("Conversations", "File")
            )
        case "system":
            return system_words(message.system, people, me=me)
        case _:
            return ""


def _named(summary: ConversationSummary) -> set[UUID | None]:
    """Everybody whose name stands in its row."""
    fact = summary.last_message.system if summary.last_message is not None else None
    told = (fact.actor_id, *(fact.user_ids or ())) if fact is not None else ()
    return {summary.peer_id, summary.last_sender_id, *told}


def is_put_away(summary: ConversationSummary) -> bool:
    """Archived, and with nothing that would be missed: what is unread brings it back, unless it is muted."""
    return summary.archived and (summary.muted or not summary.unread_count)


class ConversationListModel(KeyedListModel[ConversationItem]):
    """Rows are `ConversationItem`. Fed by the store: `set_all`, `update`, `remove`, `people_changed`."""

    refreshed = Signal()
    """Something is different, perhaps only of what is put away."""

    def __init__(self, people: PeopleSource, *, me: UUID, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._people, self._me = people, me
        self._summaries: dict[UUID, ConversationSummary] = {}
        self._made: dict[UUID, ConversationItem] = {}
        """Rows that are ready; what changes is made anew."""

    def set_all(self, summaries: Iterable[ConversationSummary]) -> None:
        """The whole list, as read from the cache."""
        self._summaries = {summary.id: summary for summary in summaries}
        self._made.clear()
        self._show()

    def update(self, summaries: Iterable[ConversationSummary]) -> None:
        """These are new or look different now."""
        for summary in summaries:
            self._summaries[summary.id] = summary
            self._made.pop(summary.id, None)
        self._show()

    def remove(self, conversation_id: UUID) -> None:
        self._made.pop(conversation_id, None)
        if self._summaries.pop(conversation_id, None) is not None:
            self._show()

    def people_changed(self, ids: Collection[UUID]) -> None:
        """Names or presence of these people changed."""
        touched = [key for key, summary in self._summaries.items() if not _named(summary).isdisjoint(ids)]
        for key in touched:
            self._made.pop(key, None)
        if touched:
            self._show()

    def item_of(self, conversation_id: UUID) -> ConversationItem | None:
        row = self.row_of(conversation_id)
        return None if row < 0 else self.item(row)

    def find(self, conversation_id: UUID) -> ConversationItem | None:
        """One of them, the archived included."""
        summary = self._summaries.get(conversation_id)
        return self._item(summary) if summary is not None else None

    def matching(self, needle: str) -> list[ConversationItem]:
        """Conversations whose titles contain `needle` (casefolded), archived ones last."""
        hidden = [self._item(summary) for summary in self._ordered(put_away=True)]
        return [item for item in (*self._items, *hidden) if needle in item.title.casefold()]

    def archived(self) -> list[ConversationItem]:
        """Those that were put into the archive, also while something unread has brought them back."""
        return [
            self._item(one) for put_away in (False, True) for one in self._ordered(put_away=put_away) if one.archived
        ]

    def unread_total(self) -> int:
        """Unread messages of conversations that are not muted."""
        return sum(s.unread_count for s in self._summaries.values() if not s.muted)

    def key_of(self, item: ConversationItem) -> Hashable:
        return item.summary.id

    def words_of(self, item: ConversationItem, *, spoken: bool) -> str:
        if not spoken:
            return item.title
        summary, parts = item.summary, [item.title]
        if item.presence is not None:
            parts.append(presence_words(item.presence))
        if summary.unread_count:
            parts.append(translate("Conversations", "%n unread message(s)", "", summary.unread_count))
        if summary.mention_count:
            parts.append(translate("Conversations", "you are mentioned"))
        if summary.muted:
            parts.append(translate("Conversations", "muted"))
        if summary.pinned:
            parts.append(translate("Conversations", "pinned"))
        if summary.archived:
            parts.append(translate("Conversations", "archived"))
        if summary.draft:
            parts.append(translate("Conversations", "draft: {text}", text=one_line(summary.draft)))
        elif item.excerpt:
            state = state_words(summary.last_state) if summary.last_state is not None else ""
            parts.append(f"{item.excerpt}, {state}" if state else item.excerpt)
        return ", ".join(parts)

    def _show(self) -> None:
        self._show_rows()
        self.refreshed.emit()

    def _show_rows(self) -> None:
        self.show([self._item(summary) for summary in self._ordered(put_away=False)])

    def _ordered(self, *, put_away: bool) -> list[ConversationSummary]:
        return sorted(
            (s for s in self._summaries.values() if is_put_away(s) is put_away),
            key=lambda s: (s.pinned, s.last_at or _NEVER, s.id.int),
            reverse=True,
        )

    def _item(self, summary: ConversationSummary) -> ConversationItem:
        made = self._made.get(summary.id)
        if made is None:
            made = self._made[summary.id] = self._make(summary)
        return made

    def _make(self, summary: ConversationSummary) -> ConversationItem:
        peer = self._people.get(summary.peer_id) if summary.peer_id is not None else None
        title = name_of(self._people, summary.peer_id) if peer and summary.peer_id else one_line(summary.title)
        return ConversationItem(
            summary=summary,
            title=title or translate("Conversations", "Conversation"),
            excerpt=self._excerpt(summary),
            presence=None if summary.kind == "group" else peer.presence if peer else Presence.OFFLINE,
        )

    def _excerpt(self, summary: ConversationSummary) -> str:
        message = summary.last_message
        words = one_line(summary.excerpt) or _last_words(message, self._people, self._me)
        is_system = message is not None and message.kind == "system"
        if summary.kind != "group" or not words or summary.last_sender_id is None or is_system:
            return words
        if summary.last_sender_id == self._me:
            who = translate("Conversations", "You")
        else:
            who = first_name(name_of(self._people, summary.last_sender_id))
        return f"{who}: {words}"


def shows_tick(summary: ConversationSummary) -> bool:
    """Whether the row carries the delivery tick of the user's own last message."""
    return summary.last_state is not None and summary.last_state is not DeliveryState.RECEIVED and not summary.draft
