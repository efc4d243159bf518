"""The connection panel: the state now in plain words, a graph of the round trips, the days before, and what was counted since the start."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Protocol
from uuid import UUID

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractSlider, QGridLayout, QVBoxLayout, QWidget

from chinwag_desktop.core.availability import CountedHour, Day, days_of
from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState, LatencySample, Phase
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.unsent import Unsent
from chinwag_desktop.ui.availability_week import AvailabilityWeek
from chinwag_desktop.ui.connection_words import fact_words, labels, report, state_words, unsent_words, week_words
from chinwag_desktop.ui.header import SLOW_MS
from chinwag_desktop.ui.outbox_list import OutboxList
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, font
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog
from chinwag_desktop.ui.widgets.scroll_page import ScrollPage
from chinwag_desktop.ui.widgets.text import Paragraph, Text

_REFRESH_MS = 1000
_HOUR_S = 3600
_GRAPH_HEIGHT = 96
_LEAST_TOP_MS = 100.0  # the graph's scale is never finer
_FILL = 0.14
_SCROLLS: dict[int, QAbstractSlider.SliderAction] = {
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
}


class ConnectionFacts(Protocol):
    """Where the panel reads from: the connection store."""

    def connection_state(self) -> ConnectionState: ...

    def connection_metrics(self) -> ConnectionMetrics: ...

    def server(self) -> str: ...

    def counted_hours(self) -> Sequence[CountedHour]: ...

    def monotonic(self) -> float: ...

    def now(self) -> datetime: ...


class LatencyGraph(QWidget):
    """Round trips of the last hour, newest at the right; a dashed line where slow begins."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self._samples: Sequence[LatencySample] = ()
        self._now, self._live = 0.0, False
        self.setFixedHeight(_GRAPH_HEIGHT)
        themes.changed.connect(self.update)

    def show_samples(self, samples: Sequence[LatencySample], now: float, *, live: bool) -> None:
        """`live` says whether the newest one is of a link that stands."""
        self._samples, self._now, self._live = samples, now, live
        if samples:
            words = translate(
                "Connection",
                "Round trips of the last hour, the last one {last} ms, the longest {most} ms",
                last=round(samples[-1].latency_ms),
                most=round(max(sample.latency_ms for sample in samples)),
            )
        else:
            words = translate("Connection", "No round trip measured yet")
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(NO_PEN)
        painter.setBrush(theme["well"])
        painter.drawRoundedRect(QRectF(self.rect()), Radius.CONTROL, Radius.CONTROL)
        painter.setFont(font("meta"))
        if not self._samples:
            painter.setPen(theme["text_2"])
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, translate("Connection", "Nothing measured yet"))
            return
        top = max(_LEAST_TOP_MS, max(sample.latency_ms for sample in self._samples) * 1.25)
        area = QRectF(self.rect()).adjusted(Space.S, Space.XL, -Space.S, -Space.XS)
        points = [
            QPointF(
                area.right() - (self._now - sample.at) / _HOUR_S * area.width(),
                area.bottom() - sample.latency_ms / top * area.height(),
            )
            for sample in self._samples
        ]
        if top > SLOW_MS:
            y = area.bottom() - SLOW_MS / top * area.height()
            painter.setPen(QPen(theme["warn"], 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        outline = QPolygonF([QPointF(points[0].x(), area.bottom()), *points, QPointF(points[-1].x(), area.bottom())])
        painter.setPen(NO_PEN)
        painter.setBrush(theme.faded("accent_ink", _FILL))
        painter.drawPolygon(outline)
        painter.setPen(
            QPen(theme["accent_ink"], 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.drawPolyline(QPolygonF(points))
        if self._live:
            painter.setPen(NO_PEN)
            painter.setBrush(theme["accent_ink"])
            painter.drawEllipse(points[-1], 3, 3)
        self._paint_labels(painter)

    def _paint_labels(self, painter: QPainter) -> None:
        painter.setPen(self.themes.now["text_2"])
        base = Space.XS - 2 + baseline("meta")
        longest = max(sample.latency_ms for sample in self._samples)
        newest = round(self._samples[-1].latency_ms)
        if self._live:
            right = translate("Connection", "now {ms} ms", ms=newest)
        else:
            right = translate("Connection", "last {ms} ms", ms=newest)
        painter.drawText(
            QPointF(Space.S, base), translate("Connection", "last hour, at most {ms} ms", ms=round(longest))
        )
        painter.drawText(QPointF(self.width() - Space.S - advance("meta", right), base), right)


class ConnectionPanel(Dialog):
    """Refreshes itself every second while it is open. `retry_requested` is *Retry now*; `copied` follows *Copy report*."""

    retry_requested = Signal()
    copied = Signal()
    unsent_retried = Signal(object)
    unsent_discarded = Signal(object)
    unsent_shown = Signal(object)

    def __init__(
        self,
        themes: ThemeSource,
        window: QWidget,
        facts: ConnectionFacts,
        *,
        outbox: Callable[[], Sequence[Unsent]] = tuple,
        zone: tzinfo | None = None,
    ) -> None:
        self._outbox = outbox
        self._facts, self._zone, self._window = facts, zone, window
        self.area = ScrollPage(themes)
        copy = Choice("copy", translate("Connection", "Copy report"))
        close = Choice("", translate("Connection", "Close"))
        retry = Choice("retry", translate("Connection", "Retry now"), "primary")
        super().__init__(
            themes,
            window,
            translate("Connection", "Connection"),
            body=self.area,
            choices=(copy, close, retry),
            width=min(540, window.width() - 40),
            overhangs=True,
        )
        self.words = Paragraph(themes, "body", "text_2", width=self.inner_width)
        self.graph = LatencyGraph(themes)
        self.week = AvailabilityWeek(themes)
        self.outbox = OutboxList(themes, width=self.inner_width)
        self.outbox.retry_requested.connect(self._retry_message)
        self.outbox.discard_requested.connect(self.unsent_discarded)
        self.outbox.show_requested.connect(self._show_message)
        self.rows: dict[str, Text] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number, (key, label) in enumerate(labels()):
            grid.addWidget(Text(themes, "small", "text_2", label, stretch=False), number, 0)
            self.rows[key] = Text(themes, "small", "text", align=Qt.AlignmentFlag.AlignRight, stretch=False)
            grid.addWidget(self.rows[key], number, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.words)
        column.addWidget(self.outbox)
        column.addWidget(self.graph)
        column.addWidget(Text(themes, "small", "text_2", week_words()))
        column.addWidget(self.week)
        column.addLayout(grid)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.show_page(page)
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self.answered.connect(self._answered)
        self.finished.connect(self._timer.stop)
        self.refresh()
        self._timer.start()

    def _answered(self, key: str) -> None:
        if key == "retry":
            self.retry_requested.emit()
        elif key == "copy":
            facts, now = self._facts, self._facts.monotonic()
            online = facts.connection_state().phase is Phase.ONLINE
            unsent = [unsent_words(one, facts.now(), online=online) for one in self._outbox()]
            words = report(
                facts.connection_state(),
                facts.connection_metrics(),
                self._days(),
                unsent,
                server=facts.server(),
                now=now,
            )
            QGuiApplication.clipboard().setText(words)
            self.copied.emit()

    def _retry_message(self, key: UUID) -> None:
        self.unsent_retried.emit(key)
        self.refresh()

    def _show_message(self, lane: UUID) -> None:
        self.choose("")
        self.unsent_shown.emit(lane)

    def _days(self) -> tuple[Day, ...]:
        return days_of(self._facts.counted_hours(), self._facts.now(), self._zone)

    def refresh(self) -> None:
        """Read the facts again."""
        state, metrics, now = self._facts.connection_state(), self._facts.connection_metrics(), self._facts.monotonic()
        self.words.set_text(state_words(state, now))
        self.graph.show_samples(metrics.latencies, now, live=state.phase is Phase.ONLINE)
        self.week.show_days(self._days())
        self.outbox.show_unsent(self._outbox(), self._facts.now(), online=state.phase is Phase.ONLINE)
        for key, words in fact_words(state, metrics, now, server=self._facts.server()).items():
            self.rows[key].setText(words)
        cut_off = state.phase in (Phase.OFFLINE, Phase.WAITING, Phase.RETRYING_SLOWLY, Phase.REFUSED)
        self.buttons["retry"].setVisible(cut_off)
        if self.isVisible():
            self._centre()

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        """Where the window is low, the keys scroll."""
        action = _SCROLLS.get(arg__1.key())
        if action is None:
            super().keyPressEvent(arg__1)
        else:
            self.area.verticalScrollBar().triggerAction(action)

    def _centre(self) -> None:
        self.area.fit(self._window)
        super()._centre()
