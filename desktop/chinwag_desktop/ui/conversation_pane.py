"""The right side: header, banner, timeline and composer of the open conversation, or an invitation to open one."""

from uuid import UUID

from PySide6.QtCore import QEvent, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.emoji import RecentEmoji
from chinwag_desktop.core.entities import Draft
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.attaching import has_files
from chinwag_desktop.ui.composer import Composer
from chinwag_desktop.ui.emoji_list import EmojiList
from chinwag_desktop.ui.emoji_picker import EmojiPicker
from chinwag_desktop.ui.header import Header
from chinwag_desktop.ui.latest_button import HEIGHT, WIDTH, LatestButton
from chinwag_desktop.ui.mention_list import MentionList
from chinwag_desktop.ui.pin_bar import PinBar
from chinwag_desktop.ui.socket_connection_status import SocketConnectionStatus
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.timeline.layout import column_of
from chinwag_desktop.ui.timeline.pictures import Pictures, PictureSource
from chinwag_desktop.ui.timeline.view import TimelineView
from chinwag_desktop.ui.widgets.empty_state import EmptyState
from chinwag_desktop.ui.widgets.toast import Toast


class DropSheet(QWidget):
    """Covers the talk while files are dragged over it."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.themes = themes
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.faded("canvas", 0.8))
        painter.setPen(QPen(theme["accent_ink"], 2, Qt.PenStyle.DashLine))
        painter.setBrush(theme.faded("selected", 0.9))
        edge = Space.M
        painter.drawRoundedRect(self.rect().adjusted(edge, edge, -edge, -edge), Radius.CARD, Radius.CARD)
        painter.setPen(theme["accent_ink"])
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, translate("Composer", "Drop to attach"))


class ConversationPane(QWidget):
    """`show_conversation` fills it. Its parts are public: header, status (the banner), timeline, composer.

    `read_upto` says that the person has seen the conversation up to a `seq`, in an active window.
    """

    read_upto = Signal(int)
    new_requested = Signal()

    def __init__(self, themes: ThemeSource, *, pictures: PictureSource | None = None) -> None:
        super().__init__()
        self.themes = themes
        self._model: TimelineModel | None = None
        self._told_read = 0
        self._online = False
        self._toast: Toast | None = None
        self.header = Header(themes)
        self.status = SocketConnectionStatus(themes)
        self.pins = PinBar(themes)
        self.pictures = Pictures(pictures, parent=self)
        self.recent = RecentEmoji()
        self.timeline = TimelineView(themes, self.pictures, self.recent)
        self.composer = Composer(themes)
        self.unopened = EmptyState(
            themes,
            translate("Pane", "Pick a conversation"),
            translate("Pane", "Or start one: press Ctrl+N and type a name."),
            action=translate("Pane", "New conversation"),
        )
        self.beginning = EmptyState(themes, translate("Pane", "No messages yet"), "", icon="smile")
        self.unopened.pressed.connect(self.new_requested)
        self._stack = QStackedLayout()
        for widget in (self.unopened, self.beginning, self.timeline):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.status)
        column.addWidget(self.pins)
        column.addLayout(self._stack, 1)
        column.addWidget(self.composer)
        self.latest = LatestButton(themes)
        self.latest.setParent(self)
        self.latest.hide()
        self.pins.wanted.connect(self.timeline.show_seq)
        self.latest.clicked.connect(self.timeline.glide_to_end)
        self._sheet = DropSheet(themes, self)
        self.mentions = MentionList(themes, self.composer.editor, self)
        self.emoji = EmojiList(themes, self.composer.editor, self)
        self.emoji.chosen.connect(self.recent.use)
        self.composer.emoji.clicked.connect(self.pick_emoji)
        self.timeline.end_reached.connect(self._end_reached)
        self.timeline.seen_upto.connect(self._told)
        self.timeline.escaped.connect(self.composer.focus)
        self.composer.refused.connect(self.toast)
        self.setAcceptDrops(True)
        self.show_nothing()

    # what is shown

    def show_conversation(
        self, model: TimelineModel, *, owner: UUID, title: str, group: bool, draft: Draft | None = None
    ) -> None:
        """Open a conversation. `owner` gives the avatar: the group's id or the other person's. The old model is let go of."""
        self.composer.flush_draft()
        self._watch(model)
        self._told_read = 0
        self.show_title(owner, title, group=group)
        self.timeline.show_model(model)
        self._show_draft(model, draft)
        self.composer.show()
        self.latest.set_count(0)
        self._show_page()
        self.composer.focus()

    def _show_draft(self, model: TimelineModel, draft: Draft | None) -> None:
        reply = draft.reply_to if draft is not None else None
        self.composer.show_draft(
            draft.text if draft is not None else "",
            of=model.conversation_id,
            reply_to=reply,
            reply_name=model.name_of(reply.sender_id) if reply is not None else "",
        )

    def show_title(self, owner: UUID, title: str, *, group: bool) -> None:
        """What the conversation is called."""
        self.header.show_conversation(owner, title, group=group)
        words = translate("Pane", "This is the beginning of your talk with {name}.", name=self.header.title.text())
        self.beginning.words.set_text(translate("Pane", "Write the first one.") if group else words)

    def show_nothing(self) -> None:
        """No conversation is open."""
        self.composer.flush_draft()
        self._watch(None)
        self.timeline.show_model(None)
        self.header.show_nothing()
        self.pins.show_pins(())
        self.composer.hide()
        self._show_page()

    @property
    def model(self) -> TimelineModel | None:
        return self._model

    def show_connection(self, state: ConnectionState) -> None:
        """Banner and latency pill; once the link is back, pictures that could not be had are tried again."""
        if state.phase is Phase.ONLINE and not self._online:
            self.pictures.forget_failures()
            self.timeline.viewport().update()
        self._online = state.phase is Phase.ONLINE
        self.status.show_connection(state)
        self.header.latency.set_latency(state.latency_ms, slow=state.slow)

    def toast(self, text: str, *, icon: str = "alert") -> Toast:
        """Words over the composer for a few seconds; they take the place of those before them."""
        if self._toast is not None and isValid(self._toast):
            self._toast.deleteLater()
        view = self._talk_rect()
        self._toast = toast = Toast(self.themes, self, text, icon=icon, room=view.width())
        toast.pop_up(centre_x=view.center().x(), bottom=view.bottom())
        return toast

    def pick_emoji(self) -> EmojiPicker | None:
        """Choose one for what is being written; None when no conversation is open."""
        if self._model is None:
            return None
        picker, button = EmojiPicker(self.themes, self.recent.items, self), self.composer.emoji

        def chosen(text: str) -> None:
            self.recent.use(text)
            self.composer.editor.insertPlainText(text)
            self.composer.focus()

        picker.chosen.connect(chosen)
        picker.pop_up(QRect(button.mapToGlobal(button.rect().topLeft()), button.size()))
        return picker

    def _watch(self, model: TimelineModel | None) -> None:
        old, self._model = self._model, model
        if old is not None:
            old.rowsInserted.disconnect(self._rows_came)
            old.rowsRemoved.disconnect(self._show_page)
            old.modelReset.disconnect(self._show_page)
        if model is not None:
            model.rowsInserted.connect(self._rows_came)
            model.rowsRemoved.connect(self._show_page)
            model.modelReset.connect(self._show_page)

    def _show_page(self) -> None:
        if self._model is None:
            page: QWidget = self.unopened
        else:
            page = self.timeline if self._model.rowCount() else self.beginning
        self._stack.setCurrentWidget(page)
        if page is not self.timeline:
            self.latest.hide()

    def _rows_came(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._show_page()
        model = self._model
        if model is not None and not self.timeline.at_end and first >= model.stored_count - (last - first + 1):
            news = [row for row in range(first, last + 1) if (it := model.row_at(row)) is None or not model.is_own(it)]
            self.latest.set_count(self.latest.count + len(news))
            if len(news) < last - first + 1:
                self.timeline.to_end()  # one's own words are always seen

    def _end_reached(self, at_end: bool) -> None:
        self.latest.setVisible(not at_end and self._stack.currentWidget() is self.timeline)
        self.latest.raise_()
        if at_end:
            self.latest.set_count(0)

    # reading

    def _told(self) -> None:
        """Tell how far the conversation was read, once its window is in front."""
        seen = self.timeline.seen
        if self._model is not None and seen > self._told_read and self.timeline.isVisible() and self.isActiveWindow():
            self._told_read = seen
            self.read_upto.emit(seen)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.WindowActivate:
            self._told()
        return super().event(event)

    # keys and drops

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters typed while the timeline has the focus go into the composer."""
        text = event.text()
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if self._model is not None and plain and text and text.isprintable() and self.timeline.hasFocus():
            self.composer.focus()
            self.composer.editor.insertPlainText(text)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._model is not None and has_files(event.mimeData()):
            event.acceptProposedAction()
            self._sheet.setGeometry(self.rect().adjusted(0, Size.HEADER, 0, 0))
            self._sheet.show()
            self._sheet.raise_()

    def dragLeaveEvent(self, event: object) -> None:
        self._sheet.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._sheet.hide()
        if self._model is not None:
            self.composer.add_mime(event.mimeData())
            event.acceptProposedAction()
            self.composer.focus()

    # places

    def _talk_rect(self) -> QRect:
        page = self._stack.currentWidget()
        return page.geometry() if page is not None else self.rect()

    def _place(self) -> None:
        view = self._talk_rect()
        left, column = column_of(self.width() - Size.SCROLL_RAIL)
        self.latest.move(left + column - WIDTH + 3, view.bottom() - HEIGHT - 6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place()
        self._told()
