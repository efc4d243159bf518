"""`JourneyLog`: when each message that was written in this run took which step, by this device's clock."""

from collections import OrderedDict
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject

from chinwag_desktop.core.changes import MarksChanged, MessageAttempted, RowPlaced, RowsChanged
from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.core.journeys import Journey, Step
from chinwag_desktop.stores.chat_store import ChatStore

MOST: Final = 500
"""Messages that are remembered; the oldest go first."""


class JourneyLog(QObject):
    """Listens to the chat store. A step that was missed is not made up: it is simply not there."""

    def __init__(self, chat: ChatStore, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._journeys: OrderedDict[UUID, Journey] = OrderedDict()
        chat.rows_changed.connect(self._rows_changed)
        chat.row_placed.connect(self._row_placed)
        chat.marks_changed.connect(self._marks_changed)
        chat.message_attempted.connect(self._attempted)

    def journey(self, key: UUID) -> Journey | None:
        """Of the message with this key (the tempId of own messages), if it was written in this run."""
        return self._journeys.get(key)

    def _rows_changed(self, change: RowsChanged) -> None:
        for row in change.rows:
            self._look(change.conversation_id, row)

    def _row_placed(self, change: RowPlaced) -> None:
        self._look(change.conversation_id, change.row)

    def _look(self, conversation_id: UUID, row: TimelineRow) -> None:
        if row.state is DeliveryState.SAVING and row.key not in self._journeys:
            self._journeys[row.key] = Journey(conversation_id=conversation_id)
            while len(self._journeys) > MOST:
                self._journeys.popitem(last=False)
        journey = self._journeys.get(row.key)
        if journey is None:
            return
        journey.conversation_id, journey.seq = conversation_id, row.message.seq or journey.seq
        match row.state:
            case DeliveryState.SAVING:
                self._take(journey, Step.WRITTEN)
            case DeliveryState.SENDING:
                self._take(journey, Step.SAVED)
            case DeliveryState.SENT:
                self._take(journey, Step.STORED)
            case DeliveryState.DELIVERED:
                self._take(journey, Step.STORED, Step.DELIVERED)
            case DeliveryState.READ:
                self._take(journey, Step.STORED, Step.DELIVERED, Step.READ)
            case _:
                pass

    def _marks_changed(self, change: MarksChanged) -> None:
        for journey in self._journeys.values():
            if journey.conversation_id == change.conversation_id and journey.seq:
                if journey.seq <= change.delivered_upto:
                    self._take(journey, Step.DELIVERED)
                if journey.seq <= change.read_upto:
                    self._take(journey, Step.READ)

    def _attempted(self, change: MessageAttempted) -> None:
        journey = self._journeys.get(change.key)
        if journey is not None:
            journey.attempts = change.number
            journey.steps[Step.SENT] = self._clock.now()  # the last attempt is the one that was answered

    def _take(self, journey: Journey, *steps: Step) -> None:
        for step in steps:
            journey.steps.setdefault(step, self._clock.now())
