"""`MessageActions`: what a person does to messages that needs a question, a dialog or a word afterwards."""

from collections.abc import Callable
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from chinwag_desktop.app.failure_words import failure_words
from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.core.errors import ClientError, StorageError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.conversation_list_model import ConversationListModel
from chinwag_desktop.models.dates import utc_now
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.journey_words import step_lines
from chinwag_desktop.models.message_list_model import MessageLine, MessageListModel
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.readers_model import ReadersModel
from chinwag_desktop.models.row_words import content_words
from chinwag_desktop.models.sidebar_model import SidebarModel
from chinwag_desktop.stores.chat_store import ChatStore
from chinwag_desktop.stores.journey_log import JourneyLog
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.ui.day_picker import DayPicker
from chinwag_desktop.ui.forward_dialog import ForwardDialog
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.message_details import MessageDetails
from chinwag_desktop.ui.message_list import MessageListDialog
from chinwag_desktop.ui.questions import DELETE, delete_question
from chinwag_protocol.http import SettingsPatch
from chinwag_protocol.objects import Attachment
from chinwag_protocol.text import clean_file_name
from chinwag_protocol.times import parse_time

_MENTIONS_MOST = 200


class MessageActions(QObject):
    """`show` goes to a message of a conversation. Follows the timeline of the window for as long as the session lives."""

    def __init__(
        self,
        window: MainWindow,
        *,
        me: UUID,
        chat: ChatStore,
        presence: PresenceStore,
        journeys: JourneyLog,
        show: Callable[[UUID, int], object],
        conversations: ConversationListModel,
        title_of: Callable[[UUID], str],
    ) -> None:
        super().__init__(window)
        self._window, self._me, self._chat, self._presence, self._show = window, me, chat, presence, show
        self._journeys = journeys
        self._details: tuple[MessageDetails, TimelineRow] | None = None
        self._conversations, self._title_of = conversations, title_of
        self._tasks = TaskOwner("message actions")
        timeline = window.pane.timeline
        timeline.attachment_activated.connect(self._save_attachment)
        timeline.delete_requested.connect(self._delete)
        timeline.unread_requested.connect(self._mark_unread)
        timeline.forward_requested.connect(self._forward)
        timeline.pin_requested.connect(self._pin)
        window.pane.pins.list_requested.connect(self._list_pins)
        window.mentions_requested.connect(self._list_mentions)
        timeline.day_requested.connect(self._pick_day)
        window.day_requested.connect(lambda: self._pick_day())
        timeline.details_requested.connect(self._show_details)
        for news in (chat.rows_changed, chat.row_placed, chat.marks_changed):
            news.connect(self._refresh_details)
        chat.attachment_saved.connect(self._attachment_saved)

    async def close(self) -> None:
        """The session ends."""
        await self._tasks.close()

    def _mark_unread(self, row: TimelineRow) -> None:
        message = row.message
        self._chat.configure(message.conversation_id, SettingsPatch(unread_from_seq=message.seq))

    def _forward(self, row: TimelineRow) -> None:
        """Ask where to."""
        nobody = PeopleModel(me=self._me)
        model = SidebarModel(self._conversations, nobody)
        words = one_line(content_words(row), 80)
        dialog = ForwardDialog(self._window.themes, self._window, model, words)
        for part in (model, nobody):
            part.setParent(dialog)

        def chosen(conversation_id: UUID) -> None:
            self._chat.forward_message(row.message, conversation_id, words=row.message.text or content_words(row))
            name = self._title_of(conversation_id)
            self._window.pane.toast(translate("App", "Forwarded to {name}", name=name), icon="forward")

        dialog.chosen.connect(chosen)
        self._window.present(dialog)

    def _pin(self, row: TimelineRow, on: bool) -> None:
        self._chat.pin(row.message.id, on=on)

    def _list_pins(self) -> None:
        model = MessageListModel(self._presence, me=self._me)
        model.set_all(self._window.pane.pins.messages, utc_now())
        self._show_list(translate("Pins", "Pinned messages"), model, translate("Pins", "Nothing is pinned here."))

    def _list_mentions(self) -> None:
        """What means the person, in all conversations, as far as this device holds them."""
        found = self._chat.reader.mentioning(_MENTIONS_MOST)
        model = MessageListModel(self._presence, me=self._me)
        model.set_all(
            found, utc_now(), places={key: self._title_of(key) for key in {one.conversation_id for one in found}}
        )
        self._show_list(
            translate("Mention", "Mentions of you"), model, translate("Mention", "Nobody has mentioned you yet.")
        )

    def _show_list(self, title: str, model: MessageListModel, none: str) -> None:
        dialog = MessageListDialog(self._window.themes, self._window, title, model, none=none)
        model.setParent(dialog)

        def opened(line: MessageLine) -> None:
            self._show(line.conversation_id, line.seq)

        dialog.opened.connect(opened)
        self._window.present(dialog)

    # a day

    def _pick_day(self, row: TimelineRow | None = None) -> None:
        """Ask which one, and go to its first message."""
        model = self._window.pane.model
        where = self._chat.reader.conversation(model.conversation_id) if model is not None else None
        if model is None or where is None:
            return
        today = utc_now().astimezone(model.zone).date()
        day = parse_time(row.message.created_at).astimezone(model.zone).date() if row is not None else today
        first = min(parse_time(where.created_at).astimezone(model.zone).date(), day)
        dialog = DayPicker(self._window.themes, self._window, day, first=first, last=max(today, day))

        def chosen(taken: date) -> None:
            self._tasks.spawn(self._go_to(where.id, taken, model.zone), "day")

        dialog.chosen.connect(chosen)
        self._window.present(dialog)

    async def _go_to(self, conversation_id: UUID, day: date, zone: tzinfo | None) -> None:
        begin = (
            datetime.combine(day, time.min, zone) if zone is not None else datetime.combine(day, time.min).astimezone()
        )
        try:
            seq = await self._chat.first_since(conversation_id, begin)
        except (ClientError, StorageError) as error:
            self._window.pane.toast(failure_words("day", error))
            return
        model = self._window.pane.model
        if seq and model is not None and model.conversation_id == conversation_id:
            self._window.pane.timeline.show_seq(seq)

    # what happened to one

    def _show_details(self, row: TimelineRow) -> None:
        readers, note = self._readers_of(row), ""
        if self._journeys.journey(row.key) is None and row.state is not DeliveryState.RECEIVED:
            note = translate("Journey", "Written in another run or on another device: not every step was noted here.")
        elif row.state is DeliveryState.RECEIVED:
            note = translate("Journey", "The time is that of the server’s clock.")
        words = one_line(content_words(row), 120) or translate("Row", "Message")
        dialog = MessageDetails(self._window.themes, self._window, words, readers, note=note)
        if readers is not None:
            readers.setParent(dialog)
        self._details = dialog, row

        def gone() -> None:
            if self._details is not None and self._details[0] is dialog:
                self._details = None

        dialog.finished.connect(gone)
        self._refresh_details()
        self._window.present(dialog)

    def _refresh_details(self, _: object = None) -> None:
        if self._details is None:
            return
        dialog, row = self._details
        dialog.show_steps(step_lines(row, self._journeys.journey(row.key)))
        if dialog.readers is not None:
            self._fill(dialog.readers, row)

    def _readers_of(self, row: TimelineRow) -> ReadersModel | None:
        """Those who can have read it; None in groups too large to say, and for what no server has."""
        where = self._chat.reader.conversation(row.message.conversation_id)
        if where is None or not row.message.seq or len(where.members) != where.member_count:
            return None
        model = ReadersModel(self._presence)
        self._fill(model, row)
        return model

    def _fill(self, model: ReadersModel, row: TimelineRow) -> None:
        message = row.message
        where = self._chat.reader.conversation(message.conversation_id)
        members = where.members if where is not None else ()
        here = {
            member.user_id for member in members if member.joined_at <= message.created_at
        }  # the others never got it
        marks = [mark for mark in self._chat.reader.marks(message.conversation_id) if mark.user_id in here]
        model.set_marks([mark for mark in marks if mark.user_id != message.sender_id], message.seq)

    def _save_attachment(self, attachment: Attachment, _row: object) -> None:
        """Ask where to put a file; saved, but never opened by us."""
        dialog = QFileDialog(self._window, translate("App", "Save file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(clean_file_name(attachment.name))

        def chosen(path: str) -> None:
            self._chat.save_attachment(attachment, Path(path))

        dialog.fileSelected.connect(chosen)
        dialog.open()

    def _attachment_saved(self, path: str) -> None:
        self._window.pane.toast(translate("App", "Saved as {name}", name=Path(path).name), icon="check")

    def _delete(self, row: TimelineRow) -> None:
        self._tasks.spawn(self._ask_and_delete(row), "delete")

    async def _ask_and_delete(self, row: TimelineRow) -> None:
        words = one_line(content_words(row), 80)
        if await self._window.ask(delete_question(self._window.themes, self._window, words)) == DELETE:
            self._chat.delete_message(row.message.id)
