"""`Composer`: the card at the foot of a conversation. Text, files as chips, drafts, and telling the others that one is typing."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.attaching import Composed, ComposedFile, encode_later, file_at, paths_in, picture_in
from chinwag_desktop.ui.composer_chips import ChipRow
from chinwag_desktop.ui.editor import Editor
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Size, Space
from chinwag_desktop.ui.timeline.layout import column_of
from chinwag_desktop.ui.widgets.button import IconButton
from chinwag_desktop.ui.widgets.text import Text
from chinwag_protocol.limits import Limits, PublicLimits

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
    draft_changed = Signal(str)
    typing = Signal(bool)
    """True at most every 3 s while typing, then once False."""
    refused = Signal(str)
    """Words why a file or a text cannot be taken."""
    _encoded = Signal(object, object)
    SEND = 36  # height of the buttons

    def __init__(self, themes: ThemeSource, *, limits: Limits | PublicLimits | None = None) -> None:
        super().__init__()
        self.themes, self._limits = themes, limits or Limits()
        self._of: UUID | None = None
        self._kept: dict[UUID | None, tuple[ComposedFile, ...]] = {}
        """Files that wait in the conversations that are not open."""
        self._encoding = Counter[UUID | None]()
        self._told_typing = False
        self._draft = ""
        self.editor = Editor(themes)
        self.chips = ChipRow(themes)
        self.count = Text(themes, "meta", "text_3", align=Qt.AlignmentFlag.AlignRight)
        self.count.setFixedHeight(self.SEND)
        self.count.hide()
        self.attach = IconButton(themes, "attach", translate("Composer", "Attach files"))
        self.send = IconButton(themes, "send", translate("Composer", "Send (Enter)"), filled=True)
        self._lay_out()
        self._draft_timer = self._timer(DRAFT_MS, self._save_draft)
        self._typing_timer = self._timer(TYPING_MS, None)
        self._idle_timer = self._timer(IDLE_MS, self._stop_typing)
        self.editor.textChanged.connect(self._text_changed)
        self.editor.entered.connect(self.submit)
        self.editor.files_pasted.connect(self.add_mime)
        self.editor.installEventFilter(self)
        self.send.clicked.connect(self.submit)
        self.attach.clicked.connect(self._pick)
        self.chips.changed.connect(self._refresh)
        self._encoded.connect(self._keep_encoded, Qt.ConnectionType.QueuedConnection)
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
        line.addWidget(self.send, 0, bottom)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
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
        self._limits = limits
        self._refresh()

    def show_draft(self, text: str, *, of: UUID | None = None) -> None:
        """Another conversation: its draft stands here now, and its files; those of the last one wait for it to be opened again."""
        self._stop_typing()
        self._draft_timer.stop()
        self._draft = text
        self.editor.set_text(text)
        self._draft_timer.stop()
        self._idle_timer.stop()
        self._kept[self._of] = self.chips.files()
        self._of = of
        self.chips.clear()
        for file in self._kept.pop(of, ()):
            self.chips.add(file)

    def flush_draft(self) -> None:
        """Tell the draft now: the conversation is about to change, or the app to end."""
        if self._draft_timer.isActive():
            self._draft_timer.stop()
            self._save_draft()

    def add_paths(self, paths: Iterable[str]) -> None:
        self._add_paths(self._of, paths)

    def add_mime(self, mime: QMimeData) -> None:
        """Files or a picture, pasted or dropped."""
        self.add_paths(paths_in(mime))
        if (image := picture_in(mime)) is not None:
            self._encoding[self._of] += 1
            self._refresh()
            encode_later(image, partial(self._encoded.emit, self._of))

    def focus(self) -> None:
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    # files

    def _pick(self) -> None:
        dialog = QFileDialog(self, translate("Composer", "Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [
                translate("Composer", "Pictures (*.png *.jpg *.jpeg *.gif *.webp)"),
                translate("Composer", "All files (*)"),
            ]
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(partial(self._add_paths, self._of))
        dialog.finished.connect(self.focus)
        dialog.open()

    def _add_paths(self, of: UUID | None, paths: Iterable[str]) -> None:
        for path in paths:
            file = file_at(path)
            if file is None:
                self.refused.emit(translate("Composer", "This cannot be attached: it is not a file that can be read."))
            else:
                self._add(of, file)

    def _add(self, of: UUID | None, file: ComposedFile) -> None:
        """Take a file into the conversation that it was meant for, whichever is open by now."""
        files = self.chips.files() if of == self._of else self._kept.get(of, ())
        if len(files) >= self._limits.attachments_per_message:
            words = translate("Composer", "A message takes {n} files at most.", n=self._limits.attachments_per_message)
            self.refused.emit(words)
        elif file.size > self._limits.upload_bytes:
            self.refused.emit(translate("Composer", "{name} is too large for this server.", name=file.name))
        elif of == self._of:
            self.chips.add(file)
        else:
            self._kept[of] = (*files, file)

    def _keep_encoded(self, of: UUID | None, file: ComposedFile) -> None:
        self._encoding[of] -= 1
        self._add(of, file)
        self._refresh()

    # sending

    def _left(self) -> int:
        return self._limits.text_length - len(self.editor.toPlainText().strip())

    def can_send(self) -> bool:
        something = bool(self.editor.toPlainText().strip()) or bool(self.chips.files())
        return something and self._left() >= 0 and not self._encoding[self._of]

    def submit(self) -> None:
        """Send what is there."""
        if not self.can_send():
            if self._left() < 0:
                self.refused.emit(translate("Composer", "The text is too long by {n} characters.", n=-self._left()))
            return
        composed = Composed(text=self.editor.toPlainText().strip(), files=self.chips.files())
        self.editor.clear()
        self.chips.clear()
        self._draft_timer.stop()
        self._stop_typing()
        self.sent.emit(composed)
        self._save_draft()  # afterwards: the text is in the outbox before the draft goes

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
        text = self.editor.toPlainText()
        if text != self._draft:
            self._draft = text
            self.draft_changed.emit(text)

    # looks

    def _refresh(self) -> None:
        self.send.setEnabled(self.can_send())
        left = self._left()
        counted = left < self._limits.text_length * (1 - _COUNT_FROM)
        self.count.setVisible(counted)
        if counted:
            self.count.setText(str(left).replace("-", "−"))
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
