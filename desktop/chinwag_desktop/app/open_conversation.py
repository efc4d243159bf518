"""`OpenConversation`: the conversation on the right, joined to the chat store for as long as it is open."""

from typing import Any
from uuid import UUID

from PySide6.QtCore import QMetaObject, QObject

from chinwag_desktop.core.changes import (
    ConversationReset,
    MarksChanged,
    RowDiscarded,
    RowPlaced,
    RowsChanged,
    TypingChanged,
    UploadProgressed,
)
from chinwag_desktop.core.entities import ConversationSummary, Person, TimelineRow
from chinwag_desktop.core.markup import plain
from chinwag_desktop.core.mentions import EVERYBODY, means_everybody, mentioned
from chinwag_desktop.models.dates import utc_now
from chinwag_desktop.models.i18n import translate, translate_n
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.people_source import first_name, name_of
from chinwag_desktop.models.person_words import header_words
from chinwag_desktop.models.row_rights import Rights
from chinwag_desktop.models.row_words import content_words
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.ui.attaching import Composed
from chinwag_desktop.ui.conversation_pane import ConversationPane
from chinwag_protocol.objects import ReplyTo
from chinwag_protocol.text import excerpt


class OpenConversation(QObject):
    """Makes the timeline's model and keeps it true; passes what the person does in the pane to the store."""

    def __init__(
        self,
        pane: ConversationPane,
        summary: ConversationSummary,
        *,
        me: UUID,
        chat: ChatStore,
        presence: PresenceStore,
    ) -> None:
        super().__init__(pane)
        self.summary = summary
        self._pane, self._chat, self._presence, self._me = pane, chat, presence, me
        self._typing: set[UUID] = set()
        self.model = self._make_model()
        self._wires = self._wire()
        self._look_at_role()
        self._show_pins()
        pane.mentions.set_people(PeopleModel(me=me, parent=self), self._to_mention)

    @property
    def id(self) -> UUID:
        """The conversation's id."""
        return self.summary.id

    def close(self) -> None:
        """Another conversation is opened, or none: hear no more of this one."""
        self._pane.composer.flush_draft()
        self._pane.mentions.set_people(None, lambda: ())
        for connection in self._wires:
            QObject.disconnect(connection)
        self._wires = []
        self.model.deleteLater()
        self.deleteLater()

    def people_changed(self) -> None:
        """Names or presence changed."""
        self.model.people_changed()
        self.show_status()

    def show_status(self) -> None:
        """Under the title: who types, else presence or the number of members."""
        names = [first_name(name_of(self._presence, key)) for key in self._typing]
        if names:
            words = ", ".join(sorted(names))
            direct = self.summary.kind == "direct"
            typing = translate("Header", "typing…") if direct else translate("Header", "{names} typing…", names=words)
            self._pane.header.show_status(typing, typing=True)
            return
        self._pane.header.show_status(self._members_words() if self.summary.kind == "group" else self._peer_words())

    def _peer_words(self) -> str:
        peer = self.summary.peer_id
        if peer is None or peer == self._me:
            return translate("Header", "Notes to yourself")
        return header_words(self._presence.get(peer), utc_now())

    def _members_words(self) -> str:
        members = translate_n("Header", "%n member(s)", self.summary.member_count)
        online = sum(self._presence.is_online(key) for key in self.summary.member_ids)
        return f"{members}, {translate('Header', '{n} online', n=online)}" if online else members

    def ask_again(self) -> None:
        """There is a connection: get what is missing."""
        self.model.ask_again()
        self._chat.fetch_pins(self.id)

    def conversation_changed(self) -> None:
        """Its members or their roles may have changed."""
        self._look_at_role()

    def _look_at_role(self) -> None:
        """What the person may do here."""
        found = self._chat.reader.conversation(self.id)
        roles = [member.role for member in found.members if member.user_id == self._me] if found is not None else []
        leads = self.summary.kind == "group" and bool(roles) and roles[0] != "member"
        self.model.rights = Rights(
            self._me, pins=leads or self.summary.kind == "direct", deletes_all=leads, means_all=leads
        )

    def _show_pins(self) -> None:
        self._pane.pins.show_pins(self._chat.reader.pinned(self.id))

    # the model

    def _make_model(self) -> TimelineModel:
        extent = self._chat.reader.extent(self.id)
        read = extent.read_seq if extent.unread_from_seq is None else extent.unread_from_seq - 1
        return TimelineModel(
            self._chat.reader,
            self._presence,
            conversation_id=self.id,
            me=self._me,
            names=self.summary.kind == "group",
            first_seq=extent.first_seq,
            last_seq=extent.last_seq,
            pending=self._chat.pending_rows(self.id),
            delivered_upto=extent.delivered_upto,
            read_upto=extent.read_upto,
            unread_from=read + 1 if self.summary.unread_count else 0,
            unread_count=self.summary.unread_count,
            parent=self,
        )

    def _wire(self) -> list[QMetaObject.Connection]:
        chat, pane = self._chat, self._pane
        return [
            chat.rows_changed.connect(self._rows_changed),
            chat.row_placed.connect(self._row_placed),
            chat.row_discarded.connect(self._row_discarded),
            chat.marks_changed.connect(self._marks_changed),
            chat.upload_progressed.connect(self._upload_progressed),
            chat.typing_changed.connect(self._typing_changed),
            chat.conversation_reset.connect(self._reset),
            self.model.missing.connect(self._fetch),
            chat.message_edited.connect(pane.composer.end_edit),
            pane.composer.sent.connect(self._send),
            pane.composer.edited.connect(self._change),
            pane.composer.edit_last_requested.connect(self._edit_last),
            pane.composer.draft_changed.connect(self._save_draft),
            pane.composer.typing.connect(self._set_typing),
            pane.timeline.retry_requested.connect(chat.retry),
            pane.timeline.discard_requested.connect(chat.discard),
            pane.timeline.reply_requested.connect(self._reply),
            pane.timeline.edit_requested.connect(self._edit),
            pane.timeline.reaction_requested.connect(self._react),
            pane.read_upto.connect(self._mark_read),
        ]

    def _rows_changed(self, change: RowsChanged) -> None:
        if change.conversation_id == self.id:
            self.model.apply_rows(change.rows)
            pinned = {message.id for message in self._pane.pins.messages}
            if any(row.message.pinned_at is not None or row.message.id in pinned for row in change.rows):
                self._show_pins()

    def _row_placed(self, change: RowPlaced) -> None:
        if change.conversation_id == self.id:
            self.model.place(change.key, change.row)

    def _row_discarded(self, change: RowDiscarded) -> None:
        if change.lane == self.id:
            self.model.discard(change.key)

    def _marks_changed(self, change: MarksChanged) -> None:
        if change.conversation_id == self.id:
            self.model.set_marks(delivered_upto=change.delivered_upto, read_upto=change.read_upto)

    def _upload_progressed(self, change: UploadProgressed) -> None:
        self.model.set_uploaded(change.key, change.sent / change.total)

    def _typing_changed(self, change: TypingChanged) -> None:
        if change.conversation_id == self.id:
            (self._typing.add if change.typing else self._typing.discard)(change.user_id)
            self.show_status()

    def _reset(self, change: ConversationReset) -> None:
        if change.conversation_id == self.id:
            extent = self._chat.reader.extent(self.id)
            pending = self._chat.pending_rows(self.id)
            self._show_pins()
            self.model.reset_to(first_seq=extent.first_seq, last_seq=extent.last_seq, pending=pending)

    # the pane

    def _fetch(self, first_seq: int, last_seq: int) -> None:
        self._chat.fetch(self.id, first_seq, last_seq)

    def _save_draft(self, text: str, reply_to: ReplyTo | None) -> None:
        self._chat.save_draft(self.id, text, reply_to=reply_to)

    def _reply(self, row: TimelineRow) -> None:
        message = row.message
        words = excerpt(plain(message.text) or content_words(row))
        to = ReplyTo(id=message.id, seq=message.seq, sender_id=message.sender_id, excerpt=words)
        self._pane.composer.reply(to, self.model.name_of(message.sender_id))

    def _edit(self, row: TimelineRow) -> None:
        self._pane.composer.edit(row.message.id, row.message.text)

    def _edit_last(self) -> None:
        if (row := self.model.last_own()) is not None:
            self._edit(row)

    def _react(self, row: TimelineRow, emoji: str, on: bool) -> None:
        self._chat.react(row.message.id, emoji, on=on)

    def _set_typing(self, typing: bool) -> None:
        self._chat.set_typing(self.id, typing)

    def _mark_read(self, seq: int) -> None:
        self._chat.mark_read(self.id, seq)

    def _send(self, composed: Composed) -> None:
        said: dict[str, Any] = {
            "reply_to": composed.reply_to,
            "mentions": mentioned(composed.text, self._members()),
            "mentions_all": self.model.rights.means_all and means_everybody(composed.text),
        }
        if composed.files:
            self._chat.send_files(self.id, composed.text, composed.files, **said)
        else:
            self._chat.send_message(self.id, composed.text, **said)

    def _change(self, message_id: UUID, text: str) -> None:
        self._chat.edit_message(message_id, text, mentions=mentioned(text, self._members()))

    def _to_mention(self) -> list[Person]:
        """Who is offered after an @; those who lead a group can mean everybody."""
        words = translate("Mention", "Everybody in this group")
        all_ = [Person(id=self.id, username=EVERYBODY, display_name=words)] if self.model.rights.means_all else []
        return self._members() + all_

    def _members(self) -> list[Person]:
        """Those here whom this device knows."""
        found = (self._presence.get(user_id) for user_id in self.summary.member_ids)
        return [person for person in found if person is not None]
