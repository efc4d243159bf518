"""A walk through a long conversation in the whole app: each step timed from the event to the end of the paint that shows it.

Times are pairs of seconds: by the wall, and of the GUI thread's CPU.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import psutil
from painted import PaintWatch
from profiles import SHORT, conversation_id, holes_of, message_of
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.core.link import Inbound
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.theme.theme import ThemeChoice
from chinwag_desktop.ui.timeline.view import TimelineView

Times = tuple[float, float]
PAINT_S = 20.0
WHEEL_PIXELS, FLING_PIXELS = 120, 2_000


class Walk(msgspec.Struct, frozen=True):
    """How much of each."""

    steps: int
    opens: int
    appends: int
    switches: int
    incoming_s: float
    a_second: int = 200


async def walk(app: Bootstrap, plan: Walk) -> dict[str, Any]:
    """Do all of it; what was measured, by name."""
    window, presenter = app.window, app.presenter
    if window is None or presenter is None or app.session is None:
        raise RuntimeError("nobody is signed in")
    timeline, told = window.pane.timeline, dict[str, Any]()
    rows = _model_of(timeline).rowCount()
    told["open"] = [await _open(window, presenter.open, number) for number in range(plan.opens)]
    told["append"] = [await _append(timeline) for _ in range(plan.appends)]
    prepended = [await _prepend(timeline, hole) for hole in holes_of(rows)]
    told["prepend"], told["moved"] = [times for times, _ in prepended], max(moved for _, moved in prepended)
    timeline.to_end()
    told["theme"] = [await _switch(app, window, number) for number in range(plan.switches)]
    told["wheel"] = await scroll(timeline, plan.steps, WHEEL_PIXELS)
    told["fling"] = await scroll(timeline, plan.steps, FLING_PIXELS)
    told["drag"] = await drag(timeline, plan.steps)
    told["rss"] = psutil.Process().memory_info().rss / 1e6
    told["list"] = await scroll(window.sidebar.list, plan.steps, -WHEEL_PIXELS)
    timeline.to_end()
    told["ticks"] = await _listen(app, plan, rows)
    return told


async def step(widget: QWidget, act: Callable[[], object], *, wanted: Callable[[], bool] = lambda: True) -> Times:
    """Do something and wait for the end of the paint that follows."""
    painted: asyncio.Future[Times] = asyncio.get_running_loop().create_future()
    watch = PaintWatch(widget, lambda: painted.set_result((time.perf_counter(), time.thread_time())), wanted=wanted)
    watch.arm()
    wall, cpu = time.perf_counter(), time.thread_time()
    act()
    async with asyncio.timeout(PAINT_S):
        ended = await painted
    watch.deleteLater()
    await asyncio.sleep(0)
    return ended[0] - wall, ended[1] - cpu


async def scroll(view: QAbstractItemView, steps: int, pixels: int) -> list[Times]:
    """Turn the wheel: upwards for positive pixels; at the end of the way back again."""
    done: list[Times] = []
    bar, viewport = view.verticalScrollBar(), view.viewport()
    for _ in range(steps):
        if bar.value() in (bar.minimum(), bar.maximum()) and done:
            pixels = -pixels
        event = wheel(viewport, pixels)
        done.append(await step(viewport, lambda event=event: QApplication.sendEvent(viewport, event)))
    return done


async def drag(view: QAbstractItemView, steps: int) -> list[Times]:
    """Drag the scroll bar through all rows, from the end to the beginning."""
    bar, viewport = view.verticalScrollBar(), view.viewport()
    places = [bar.maximum() - round(bar.maximum() * number / steps) for number in range(1, steps + 1)]
    bar.setValue(bar.maximum())
    return [await step(viewport, lambda place=place: bar.setValue(place)) for place in places if place != bar.value()]


def wheel(widget: QWidget, pixels: int) -> QWheelEvent:
    """A touch pad's event in the middle of a widget."""
    at = QPointF(widget.rect().center())
    return QWheelEvent(
        at,
        QPointF(widget.mapToGlobal(at.toPoint())),
        QPoint(0, pixels),
        QPoint(0, pixels),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )


async def _open(window: MainWindow, open_it: Callable[[UUID], object], number: int) -> Times:
    """From another conversation to the long one."""
    pane = window.pane
    await step(pane.timeline.viewport(), lambda: open_it(conversation_id(1 + number % 2)))

    def seen() -> bool:
        model = pane.model
        return model is not None and model.conversation_id == conversation_id(0) and bool(pane.timeline.window_.placed)

    return await step(pane.timeline.viewport(), lambda: open_it(conversation_id(0)), wanted=seen)


async def _append(timeline: TimelineView) -> Times:
    """A message of the other person at the end."""
    model = _model_of(timeline)
    row = _received(model.last_seq + 1)
    return await step(timeline.viewport(), lambda: model.apply_rows([row]))


async def _prepend(timeline: TimelineView, hole: range) -> tuple[Times, int]:
    """A page that was missing comes in above what is looked at; how many pixels that moved."""
    model = _model_of(timeline)
    row = model.row_of_seq(hole.stop)
    timeline.to_row(row)
    timeline.scroll_by(timeline.visualRect(model.index(row)).top())  # the page ends where the viewport begins
    await asyncio.sleep(0.01)
    watched = next(placed.row for placed in timeline.window_.placed if placed.top >= 0)
    before = timeline.visualRect(model.index(watched)).top()
    page = [_received(seq) for seq in hole]
    wall, cpu = time.perf_counter(), time.thread_time()
    model.apply_rows(page)
    timeline.viewport().repaint()
    times = time.perf_counter() - wall, time.thread_time() - cpu
    return times, abs(timeline.visualRect(model.index(watched)).top() - before)


async def _switch(app: Bootstrap, window: MainWindow, number: int) -> Times:
    """Light to dark or back: to the end of the paint of the timeline, which is painted with the rest."""
    choice = ThemeChoice.DARK if number % 2 else ThemeChoice.LIGHT
    app.themes.choose(ThemeChoice.LIGHT if number % 2 else ThemeChoice.DARK)
    await asyncio.sleep(0.05)
    return await step(window.pane.timeline.viewport(), lambda: app.themes.choose(choice))


async def _listen(app: Bootstrap, plan: Walk, rows: int) -> list[float]:
    """Messages come in, in the open conversation of `rows` messages and twenty others by turns: CPU seconds of the GUI thread from one tick of 8 ms to the next."""
    session = app.session
    if session is None:
        raise RuntimeError("nobody is signed in")
    pipeline, ticks = session._pipeline, list[float]()  # pyright: ignore[reportPrivateUsage] - where events come in
    before, started, sent = time.thread_time(), time.perf_counter(), 0
    known = dict.fromkeys(range(1, 21), SHORT) | {0: rows}  # the open conversation among them
    while (passed := time.perf_counter() - started) < plan.incoming_s:
        due = round(passed * plan.a_second)
        events: list[Inbound] = []
        while sent < due:
            number = sent % 21
            known[number] += 1
            message = message_of(number, known[number])
            events.append(Inbound("newMessage", msgspec.to_builtins(message, str_keys=True)))
            sent += 1
        if events:
            pipeline.receive(events)
        await asyncio.sleep(0.008)
        now = time.thread_time()
        ticks.append(now - before)
        before = now
    await pipeline.settled()
    return ticks


def _received(seq: int) -> TimelineRow:
    message = message_of(0, seq)
    return TimelineRow(key=message.id, message=message, state=DeliveryState.RECEIVED)


def _model_of(timeline: TimelineView) -> TimelineModel:
    model: object = timeline.model()
    if not isinstance(model, TimelineModel):
        raise TypeError("no conversation is open")
    return model
