"""`Composer`: the card at the foot of a conversation. Text, files as chips, drafts, and telling the others that one is typing."""

from collections.abc import Iterable
from uuid import UUID

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.attaching import Composed
from chinwag_desktop.ui.composer_files import ComposerFiles
from chinwag_desktop.ui.composer_purpose import Edit, PurposeBar
from chinwag_desktop.ui.editor import Editor
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.timeline.layout import column_of
from chinwag_desktop.ui.widgets.button import IconButton
from chinwag_desktop.ui.widgets.text import Text
from chinwag_protocol.limits import Limits, PublicLimits
from chinwag_protocol.objects import ReplyTo

DRAFT_MS = 400  # a pause this long saves the draft
TYPING_MS = 3000  # `typing` is told at most this often
IDLE_MS = 4000  # after this without a key one is not typing any more
_COUNT_FROM = 0.9  # of the longest text: from here on the rest is counted
_EDGE = 6  # between the card's edge and its buttons
_PAD_TEXT = 8  # over and under the text: the first line stands level with the icons, more lines grow upwards


class Composer(QWidget):
    """Enter sends what is there. Everything it knows of the outside comes through methods."""

    sent = Signal(object)
    """A `Composed`."""
    edited = Signal(object, str)
    """The UUID of an own message, and its new text; `end_edit` once that is true."""
    edit_last_requested = Signal()
    """The Up key in an empty composer."""
    draft_changed = Signal(str, object)
    """The text, and the `ReplyTo` or None."""
    typing = Signal(bool)
    """True at most every 3 s while typing, then once False."""
    refused = Signal(str)
    """Words why a file or a text cannot be taken."""
    SEND = 36  # height of the buttons

    def __init__(self, themes: ThemeSource, *, limits: Limits | PublicLimits | None = None) -> None:
        super().__init__()
        self.themes = themes
        self.files = ComposerFiles(themes, limits or Limits(), self)
        self.chips = self.files.chips
        self._of: UUID | None = None
        self._edits: dict[UUID | None, tuple[Edit, str]] = {}
        """Messages that were being changed in conversations that are not open, and how far that was."""
        self._told_typing = False
        self._draft: tuple[str, ReplyTo | None] = ("", None)
        self._set_aside: tuple[str, ReplyTo | None, str] | None = None
        """While a message is being changed: what stood here, and the name of whom it answers."""
        self.editor = Editor(themes)
        self.purpose = PurposeBar(themes)
        self.count = Text(themes, "meta", "text_3", align=Qt.AlignmentFlag.AlignRight)
        self.count.setFixedHeight(self.SEND)
        self.count.hide()
        self.attach = IconButton(themes, "attach", translate("Composer", "Attach files"))
        self.emoji = IconButton(themes, "smile", translate("Composer", "Emoji (Ctrl+Shift+E)"))
        self.send = IconButton(themes, "send", translate("Composer", "Send (Enter)"), filled=True)
        self._lay_out()
        self._draft_timer = self._timer(DRAFT_MS, self._save_draft)
        self._typing_timer = self._timer(TYPING_MS, None)
        self._idle_timer = self._timer(IDLE_MS, self._stop_typing)
        self.editor.textChanged.connect(self._text_changed)
        self.editor.entered.connect(self.submit)
        self.editor.up_from_empty.connect(self._go_up)
        self.purpose.dismissed.connect(self._dismiss)
        self.editor.files_pasted.connect(self.add_mime)
        self.files.changed.connect(self._refresh)
        self.files.refused.connect(self.refused)
        self.files.picked.connect(self.focus)
        self.editor.installEventFilter(self)
        self.send.clicked.connect(self.submit)
        self.attach.clicked.connect(self.files.pick)
        themes.changed.connect(self.update)
        self._refresh()

    def _lay_out(self) -> None:
        bottom = Qt.AlignmentFlag.AlignBottom
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        words = QVBoxLayout()
        words.setContentsMargins(2, _PAD_TEXT, 2, _PAD_TEXT)
        words.addWidget(self.editor)
        line.addWidget(self.attach, 0, bottom)
        line.addLayout(words, 1)
        line.addWidget(self.count, 0, bottom)
        line.addWidget(self.emoji, 0, bottom)
        line.addWidget(self.send, 0, bottom)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addWidget(self.purpose)
        self._column.addWidget(self.chips)
        self._column.addLayout(line)

    def _timer(self, interval: int, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        if callable(then):
            timer.timeout.connect(then)
        return timer

    # from outside

    def set_limits(self, limits: Limits | PublicLimits) -> None:
        self.files.limits = limits
        self._refresh()

    def show_draft(
        self, text: str, *, of: UUID | None = None, reply_to: ReplyTo | None = None, reply_name: str = ""
    ) -> None:
        """Another conversation: its draft stands here now, its files and the message that was being changed; those of the last one wait."""
        self._stop_typing()
        if self.purpose.editing is not None:
            self._edits[self._of] = (self.purpose.editing, self.editor.toPlainText())
        self._set_aside, self._of = None, of
        self._show_words(text, reply_to, reply_name)
        self._draft = (text, reply_to)
        self.files.open(of)
        if (kept := self._edits.pop(of, None)) is not None:
            edit, words = kept
            self.edit(edit.message_id, edit.text)
            self.editor.set_text(words)
        self._draft_timer.stop()
        self._idle_timer.stop()

    def reply(self, to: ReplyTo, name: str) -> None:
        """The next message answers this one, by whoever is called `name`."""
        if self._set_aside is not None:
            self._end_edit()
        self.purpose.show_reply(to, name)
        self._save_draft()
        self._refresh()
        self.focus()

    def edit(self, message_id: UUID, text: str) -> None:
        """Change a message that was sent; what stands here now comes back afterwards."""
        if self._set_aside is None:
            self.flush_draft()
            self._set_aside = (self.editor.toPlainText(), self.purpose.reply, self.purpose.name)
        self.editor.set_text(text)
        self.purpose.show_edit(Edit(message_id=message_id, text=text))
        self.files.set_closed(True)
        self._refresh()
        self.focus()

    def end_edit(self, message_id: UUID) -> None:
        """The message has its new text, or is gone."""
        if self.purpose.editing is not None and self.purpose.editing.message_id == message_id:
            self._end_edit()

    def flush_draft(self) -> None:
        """Tell the draft now: the conversation is about to change, or the app to end."""
        if self._draft_timer.isActive():
            self._draft_timer.stop()
            self._save_draft()

    def add_paths(self, paths: Iterable[str]) -> None:
        self.files.add_paths(paths)

    def add_mime(self, mime: QMimeData) -> None:
        """Files or a picture, pasted or dropped."""
        self.files.add_mime(mime)

    def _show_words(self, text: str, reply_to: ReplyTo | None, reply_name: str) -> None:
        self.editor.set_text(text)
        if reply_to is not None:
            self.purpose.show_reply(reply_to, reply_name)
        else:
            self.purpose.clear()

    def _end_edit(self) -> None:
        if self._set_aside is not None:
            (text, reply_to, name), self._set_aside = self._set_aside, None
            self._show_words(text, reply_to, name)
            self.files.set_closed(False)
            self._draft_timer.stop()
            self._stop_typing()
            self._refresh()

    def _dismiss(self) -> None:
        """The cross, or Escape: a new message that answers nothing."""
        if self._set_aside is not None:
            self._end_edit()
        else:
            self.purpose.clear()
            self._save_draft()
            self._refresh()
        self.focus()

    def _go_up(self) -> None:
        if self._set_aside is None and not self.files.files() and self.purpose.reply is None:
            self.edit_last_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.purpose.isHidden():
            self._dismiss()
        else:
            super().keyPressEvent(event)

    def focus(self) -> None:
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    # sending

    def _left(self) -> int:
        return self.files.limits.text_length - len(self.editor.toPlainText().strip())

    def can_send(self) -> bool:
        something = bool(self.editor.toPlainText().strip()) or bool(self.files.files())
        return something and self._left() >= 0 and self.files.ready

    def submit(self) -> None:
        """Send what is there."""
        if not self.can_send():
            if self._left() < 0:
                self.refused.emit(translate("Composer", "The text is too long by {n} characters.", n=-self._left()))
            return
        text = self.editor.toPlainText().strip()
        if self.purpose.editing is not None:
            self._submit_edit(self.purpose.editing, text)
            return
        composed = Composed(text=text, files=self.files.files(), reply_to=self.purpose.reply)
        self.editor.clear()
        self.files.clear()
        self.purpose.clear()
        self._draft_timer.stop()
        self._stop_typing()
        self.sent.emit(composed)
        self._save_draft()  # afterwards: the text is in the outbox before the draft goes

    def _submit_edit(self, edit: Edit, text: str) -> None:
        """It stands here until the server has it: a lost connection costs no words."""
        if text == edit.text:
            self._end_edit()
        else:
            self.edited.emit(edit.message_id, text)

    # drafts, typing

    def _text_changed(self) -> None:
        self._refresh()
        self._draft_timer.start()
        if not self.editor.toPlainText().strip():
            self._stop_typing()
            return
        self._idle_timer.start()
        if not self._typing_timer.isActive():
            self._typing_timer.start()
            self._told_typing = True
            self.typing.emit(True)

    def _stop_typing(self) -> None:
        self._idle_timer.stop()
        self._typing_timer.stop()
        if self._told_typing:
            self._told_typing = False
            self.typing.emit(False)

    def _save_draft(self) -> None:
        if self._set_aside is not None:
            return  # the draft is what was set aside, and it is saved
        draft = (self.editor.toPlainText(), self.purpose.reply)
        if draft != self._draft:
            self._draft = draft
            self.draft_changed.emit(*draft)

    # looks

    def _refresh(self) -> None:
        self.send.setEnabled(self.can_send())
        editing = self._set_aside is not None
        self.attach.setEnabled(not editing)
        self.send.set_icon("check" if editing else "send")
        self.send.set_label(translate("Composer", "Save (Enter)") if editing else translate("Composer", "Send (Enter)"))
        left = self._left()
        counted = left < self.files.limits.text_length * (1 - _COUNT_FROM)
        self.count.setVisible(counted)
        if counted:
            over = translate("Composer", "{n} too many", n=-left)
            self.count.setText(over if left < 0 else translate("Composer", "{n} left", n=left))
            self.count.set_ink("danger" if left < 0 else "text_3")
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def _foot(self) -> int:
        return Space.M if self.width() >= Size.NARROW_UNDER else Space.S

    def _fit(self) -> None:
        left, column = column_of(self.width() - Size.SCROLL_RAIL)  # the timeline's width: both stand on one column
        right = self.width() - left - column
        self._column.setContentsMargins(left + _EDGE, _EDGE, right + _EDGE, self._foot() + _EDGE)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.fillRect(self.rect(), theme["canvas"])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, column = column_of(self.width() - Size.SCROLL_RAIL)
        card = QRectF(left, 0, column, self.height() - self._foot()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme["field_line" if self.editor.hasFocus() else "line"], 1))
        painter.setBrush(theme["surface"])
        painter.drawRoundedRect(card, Radius.CARD, Radius.CARD)
