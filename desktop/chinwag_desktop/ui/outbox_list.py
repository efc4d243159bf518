"""Everything unsent, a line each: what it is, why it is still here and since when, and what can be done with it."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chinwag_desktop.models.i18n import translate, translate_n
from chinwag_desktop.models.unsent import Unsent
from chinwag_desktop.ui.connection_words import unsent_heading, unsent_words
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Space
from chinwag_desktop.ui.widgets.button import Button
from chinwag_desktop.ui.widgets.text import Paragraph, Text

_SHOWN = 20
_BUTTON = 30


class _Line(QWidget):
    """One message. Its buttons say the message's words to a screen reader."""

    def __init__(self, themes: ThemeSource, one: Unsent, owner: "OutboxList") -> None:
        super().__init__()
        words = f"{one.title}: {one.words}"
        self.state = Paragraph(themes, "caption", "text_2" if one.failure is None else "danger", width=owner.across)
        self.buttons: dict[str, Button] = {}
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(Text(themes, "small", "text", words), 1)
        row.addSpacing(Space.XS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, Space.XXS)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.state)
        actions = [
            ("show", translate("Outbox", "Show"), lambda: owner.show_requested.emit(one.lane)),
            ("discard", translate("Outbox", "Discard"), lambda: owner.discard_requested.emit(one)),
        ]
        if one.failure is not None:
            actions.insert(0, ("retry", translate("Outbox", "Retry"), lambda: owner.retry_requested.emit(one.key)))
        for key, label, then in actions:
            button = self.buttons[key] = Button(themes, label, "link", height=_BUTTON)
            button.setAccessibleName(f"{label}, {words}")
            button.clicked.connect(then)
            row.addWidget(button)


class OutboxList(QWidget):
    """Hidden while nothing waits. `discard_requested` carries the `Unsent`, the others its key or its lane."""

    retry_requested = Signal(object)
    discard_requested = Signal(object)
    show_requested = Signal(object)

    def __init__(self, themes: ThemeSource, *, width: int) -> None:
        super().__init__()
        self.themes, self.across = themes, width
        self.lines: list[_Line] = []
        self._shown: Sequence[Unsent] = ()
        self.heading = Text(themes, "small", "text_2")
        self._more = Text(themes, "caption", "text_2")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.heading)
        self._column.addWidget(self._more)
        self.hide()

    def show_unsent(self, unsent: Sequence[Unsent], now: datetime, *, online: bool) -> None:
        """Show these, oldest first; their lines stay while they do not change."""
        unsent = tuple(unsent)
        if unsent != self._shown:
            self._shown = unsent
            self._build()
        for line, one in zip(self.lines, unsent, strict=False):
            line.state.set_text(unsent_words(one, now, online=online))

    def _build(self) -> None:
        for line in self.lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = [_Line(self.themes, one, self) for one in self._shown[:_SHOWN]]
        for number, line in enumerate(self.lines):
            self._column.insertWidget(number + 1, line)
        count, more = len(self._shown), len(self._shown) - len(self.lines)
        self.heading.setText(unsent_heading(count))
        self._more.setText(translate_n("Outbox", "and %n more", more))
        self._more.setVisible(more > 0)
        self.setVisible(count > 0)
