"""States of what happened to a message."""

from collections.abc import Callable
from datetime import UTC, timedelta
from uuid import UUID

import ui_samples as sample
from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from chinwag_desktop.core.entities import Mark, TimelineRow
from chinwag_desktop.core.journeys import Journey, Step
from chinwag_desktop.models.journey_words import step_lines
from chinwag_desktop.models.readers_model import ReadersModel
from chinwag_desktop.ui.message_details import MessageDetails
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.dialog import Dialog

_AFTER_MS = {
    Step.WRITTEN: 0,
    Step.SAVED: 2,
    Step.SENT: 1_403,
    Step.STORED: 1_412,
    Step.DELIVERED: 1_447,
    Step.READ: 190_000,
}
_READ = (sample.MAYA, sample.NOOR, sample.TOMAS)
_DELIVERED = (sample.YUKI, sample.PRIYA)
_NOT_YET = (sample.ELI, sample.ANNEKE)


_WRITTEN = UUID(int=(1_795_514_459_900 << 80) | (7 << 76) | (2 << 62))


def _own() -> TimelineRow:
    row = next(row for row in sample.delivery_rows() if row.message.sender_id == sample.ME)
    return replace(row, message=replace(row.message, temp_id=_WRITTEN))


def details(
    *, group: bool, steps: int = 6, attempts: int = 1, note: str = ""
) -> Callable[[ThemeSource, QWidget], Dialog]:
    def make(themes: ThemeSource, window: QWidget) -> Dialog:
        readers = None
        if group:
            readers = ReadersModel(sample.PEOPLE, parent=window)
            marks = [
                Mark(conversation_id=sample.GROUP, user_id=user, delivered_seq=delivered, read_seq=read)
                for people, delivered, read in ((_READ, 9, 9), (_DELIVERED, 9, 0), (_NOT_YET, 0, 0))
                for user in people
            ]
            readers.set_marks(marks, 9)
        taken = {step: sample.NOW + timedelta(milliseconds=ms) for step, ms in list(_AFTER_MS.items())[:steps]}
        journey = Journey(conversation_id=sample.GROUP, steps=taken, attempts=attempts)
        made = MessageDetails(themes, window, _own().message.text, readers, note=note)
        made.show_steps(step_lines(_own(), None if note else journey, zone=UTC))
        return made

    return make
