"""The line over the composer's text: the message that is answered, or the own one that is being changed."""

from uuid import UUID

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size, Space
from chinwag_desktop.ui.widgets.button import IconButton
from chinwag_desktop.ui.widgets.text import Text
from chinwag_protocol.objects import ReplyTo

_ICON_X, _RULE_X, _TEXT_X = 8, 42, 52
_RULE = 2
_PAD = 6
_CLOSE = 28


class Edit(Struct, frozen=True, kw_only=True):
    """An own message that is being changed, and its text before."""

    message_id: UUID
    text: str


class PurposeBar(QWidget):
    """Hidden while a new message is written that answers nothing. `dismissed` is its cross."""

    dismissed = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self.reply: ReplyTo | None = None
        self.name = ""
        """Of whom the reply answers."""
        self.editing: Edit | None = None
        self.title = Text(themes, "caption_strong", "accent_ink")
        self.words = Text(themes, "caption", "text_2")
        self.close_button = IconButton(themes, "close", "", size=_CLOSE)
        self.close_button.clicked.connect(self.dismissed)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self.title)
        lines.addWidget(self.words)
        row = QHBoxLayout(self)
        row.setContentsMargins(_TEXT_X, _PAD, Space.XS, _PAD)
        row.addLayout(lines, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignVCenter)
        themes.changed.connect(self.update)
        self.hide()

    def show_reply(self, to: ReplyTo, name: str) -> None:
        """The next message answers this one, by whoever is called `name`."""
        self.reply, self.name, self.editing = to, name, None
        words = to.excerpt or translate("Composer", "Message")
        self._show(
            translate("Composer", "Reply to {name}", name=name), words, translate("Composer", "Do not reply (Escape)")
        )

    def show_edit(self, edit: Edit) -> None:
        """This message is being changed."""
        self.reply, self.editing = None, edit
        self._show(
            translate("Composer", "Edit message"), edit.text, translate("Composer", "Leave it as it was (Escape)")
        )

    def clear(self) -> None:
        """A new message that answers nothing."""
        self.reply = self.editing = None
        self.hide()

    def _show(self, title: str, words: str, close: str) -> None:
        self.title.setText(title)
        self.words.setText(one_line(words, 300))
        self.setAccessibleName(f"{title}: {self.words.text()}")
        self.close_button.set_label(close)
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        name = "edit" if self.editing is not None else "reply"
        middle = self.height() / 2
        picture = icons.pixmap(name, theme["accent_ink"], Size.ICON, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(_ICON_X, middle - Size.ICON / 2), picture)
        painter.fillRect(QRectF(_RULE_X, _PAD, _RULE, self.height() - 2 * _PAD), theme["accent_ink"])
