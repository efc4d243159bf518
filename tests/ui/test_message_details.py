"""What happened to a message: its steps as they come, what is known of others, and who has read it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from desktop_builders import ANN, BOB, TALK, member, message
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_stage import HARBOUR, WindowStage, window_stage

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.core.errors import TimedOut
from chinwag_desktop.core.journeys import Journey, Step
from chinwag_desktop.models.journey_words import step_lines
from chinwag_desktop.stores import journey_log
from chinwag_desktop.ui.message_details import MessageDetails
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_protocol.events import MessageAck, SendMessage


@pytest.fixture
async def stage(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[WindowStage]:
    async with window_stage(tmp_path, themes) as stage:
        yield stage


def answer(stage: WindowStage, payload: SendMessage) -> MessageAck:
    stage.world.say(payload.text, "me", temp_id=payload.temp_id)
    return MessageAck(message=stage.world.talks[TALK].messages[-1])


def details(stage: WindowStage) -> MessageDetails:
    """Of the last message, by its key."""
    timeline = stage.window.pane.timeline
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    QTest.keyClick(timeline, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    dialog = stage.window._dialog
    assert isinstance(dialog, MessageDetails)
    return dialog


def labels(dialog: MessageDetails) -> list[str]:
    return [line.label for line in dialog.lines]


async def test_each_step_shows_as_it_happens(stage: WindowStage) -> None:
    stage.type("ready")
    stage.enter()
    dialog = details(stage)
    assert labels(dialog)[0] == "Written"
    await stage.until(lambda: labels(dialog) == ["Written", "Kept on this device"])
    stage.link.socket.answers["sendMessage"] = lambda payload: answer(stage, payload)
    stage.link.connect()
    await stage.until(lambda: labels(dialog) == ["Written", "Kept on this device", "Sent", "Stored on the server"])
    await stage.says(stage.world.read("ann", 2))
    await stage.until(lambda: labels(dialog)[-2:] == ["Delivered to all", "Read by all"])
    assert dialog.note.isHidden()


async def test_how_often_it_was_sent_is_said(stage: WindowStage) -> None:
    tries: list[UUID] = []

    def refuse_once(payload: SendMessage) -> MessageAck:
        tries.append(payload.temp_id)
        if len(tries) == 1:
            raise TimedOut
        return answer(stage, payload)

    stage.link.socket.answers["sendMessage"] = refuse_once
    stage.link.connect()
    stage.type("again")
    stage.enter()
    dialog = details(stage)
    await stage.until(lambda: len(tries) == 1)
    await stage.clock.advance(60)
    await stage.until(lambda: "Sent (attempt 2)" in labels(dialog))


async def test_of_a_message_of_others_the_server_s_time_is_known(stage: WindowStage) -> None:
    dialog = details(stage)
    assert labels(dialog) == ["Stored on the server"]
    assert dialog.note.text().startswith("The time is that of the server")


async def test_who_has_read_it_stands_first(stage: WindowStage) -> None:
    stage.presenter.open(HARBOUR)
    await stage.says(stage.world.say("hear me", "me", to="harbour"), stage.world.read("bob", 2, to="harbour"))
    dialog = details(stage)
    assert dialog.readers is not None
    rows = [dialog.readers.words_of(item, spoken=True) for item in dialog.readers.items()]
    assert rows == ["Bob, read", "Ann, not yet"]
    await stage.says(stage.world.read("ann", 2, to="harbour"))
    await stage.until(lambda: [item.id for item in dialog.readers.items() if item.reached == 2] == [ANN, BOB])


async def test_only_so_many_messages_are_remembered(stage: WindowStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey_log, "MOST", 3)
    rows = [stage.chat.send_message(TALK, f"{number}") for number in range(5)]
    assert [stage.journeys.journey(row.key) is not None for row in rows] == [False, False, True, True, True]


T0 = datetime(2026, 11, 24, 9, 41, 7, 120_000, tzinfo=UTC)


def own(**fields: object) -> TimelineRow:
    made = message(1, "me", **fields)
    return TimelineRow(key=made.temp_id or made.id, message=made, state=DeliveryState.SENT)


def test_times_are_to_the_millisecond_and_each_since_the_one_before() -> None:
    steps = {
        Step.READ: T0 + timedelta(minutes=7),
        Step.WRITTEN: T0,
        Step.SAVED: T0 + timedelta(milliseconds=2),
        Step.SENT: T0 + timedelta(milliseconds=5),
        Step.STORED: T0 + timedelta(seconds=1.5),
    }
    lines = step_lines(own(), Journey(conversation_id=TALK, steps=steps, attempts=1), zone=UTC)
    assert [tuple(line) for line in lines] == [
        ("Written", "09:41:07.120", ""),
        ("Kept on this device", "09:41:07.122", "+2 ms"),
        ("Sent", "09:41:07.125", "+3 ms"),
        ("Stored on the server", "09:41:08.620", "+1.5 s"),
        ("Read by all", "09:48:07.120", "+7 min"),
    ]


def test_an_earlier_run_s_message_says_when_it_was_written_by_its_tempid() -> None:
    when = int(datetime(2026, 11, 24, 19, 59, 59, 900_000, tzinfo=UTC).timestamp() * 1000)
    temp_id = UUID(int=(when << 80) | (7 << 76) | (2 << 62) | 1)
    lines = step_lines(own(temp_id=temp_id), None, zone=UTC)
    assert [(line.label, line.clock) for line in lines] == [
        ("Written", "19:59:59.900"),
        ("Stored on the server", "20:00:00.000"),
    ]


async def test_who_came_later_has_not_read_it(stage: WindowStage) -> None:
    held = stage.groups.group(HARBOUR)
    assert held is not None
    later = member("bob", joined_at="2026-11-25T20:00:00.000Z", read_seq=1, delivered_seq=1)
    people = (member("me"), member("ann"), later)
    await stage.pipeline.apply_conversations([msgspec.structs.replace(held, rev=held.rev + 10, members=people)])
    stage.presenter.open(HARBOUR)
    await stage.says(stage.world.say("hear me", "me", to="harbour"), stage.world.read("bob", 2, to="harbour"))
    dialog = details(stage)
    assert dialog.readers is not None
    assert [item.id for item in dialog.readers.items()] == [ANN]


def test_when_others_wrote_by_their_own_clock_is_not_told_and_odd_ids_do_no_harm() -> None:
    odd = UUID(int=(0xFFFF_FFFF_FFFF << 80) | (7 << 76) | (2 << 62) | 1)
    theirs = TimelineRow(key=odd, message=message(1, "ann", temp_id=odd), state=DeliveryState.RECEIVED)
    assert [line.label for line in step_lines(theirs, None, zone=UTC)] == ["Stored on the server"]
    assert [line.label for line in step_lines(own(temp_id=odd), None, zone=UTC)] == ["Stored on the server"]
