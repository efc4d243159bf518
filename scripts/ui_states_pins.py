"""States of pinned messages, of the list of mentions, and of text that is selected."""

from collections.abc import Callable
from datetime import date

import ui_samples as sample
from msgspec.structs import replace
from PySide6.QtWidgets import QVBoxLayout, QWidget

from chinwag_desktop.core.entities import TimelineRow
from chinwag_desktop.models.message_list_model import MessageListModel
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.day_picker import DayPicker
from chinwag_desktop.ui.message_list import MessageListDialog
from chinwag_desktop.ui.pin_bar import PinBar
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.timeline.selection import Place
from chinwag_desktop.ui.timeline.view import TimelineView
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_protocol.objects import Message


def messages() -> list[Message]:
    """Texts of the samples, whoever wrote them."""
    rows = [row for row in (*sample.answer_rows(), *sample.delivery_rows(), *sample.file_rows()) if row.message.text]
    return [replace(row.message, pinned_at=row.message.created_at) for row in rows[-9:]][::-1]


def pinned_rows() -> list[TimelineRow]:
    """Answers, of which two are pinned."""
    rows = sample.answer_rows()
    return [
        replace(row, message=replace(row.message, pinned_at=row.message.created_at)) if number < 2 else row
        for number, row in enumerate(rows[:3])
    ]


def bars(themes: ThemeSource) -> QWidget:
    """With one pin, with several, and with the keyboard on it."""
    page = Strip(themes, "canvas")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    found = messages()
    for number, shown in enumerate((found[:1], found[:3], found)):
        bar = PinBar(themes)
        bar.show_pins(shown)
        bar.button.ring = number == 2
        column.addWidget(bar)
    return page


def listed(title: str, *, places: bool, most: int = 99) -> Callable[[ThemeSource, QWidget], Dialog]:
    def make(themes: ThemeSource, window: QWidget) -> Dialog:
        model = MessageListModel(sample.PEOPLE, me=sample.ME, parent=window)
        found = messages()[:most]
        where = {message.conversation_id: "Release night" for message in found} if places else {}
        model.set_all(found, sample.NOW, places=where)
        none = "Nobody has mentioned you yet."
        return MessageListDialog(themes, window, title, model, none=none)

    return make


def select_across(view: QWidget) -> None:
    """From the middle of the first message on the screen to the middle of the last one."""
    assert isinstance(view, TimelineView)
    model = view.model()
    assert isinstance(model, TimelineModel)
    seqs = [model.seq_at(placed.row) for placed in view.window_.placed]
    view.selector.selection.anchor = Place(seqs[0], 6)
    view.selector.selection.head = Place(seqs[-1], 20)
    view.viewport().update()


def day_picker(themes: ThemeSource, window: QWidget) -> Dialog:
    """In the middle of November; what comes after the 24th is out of reach."""
    return DayPicker(themes, window, date(2026, 11, 17), first=date(2026, 3, 2), last=date(2026, 11, 24))
