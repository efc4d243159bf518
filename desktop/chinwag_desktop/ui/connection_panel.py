"""The connection panel: the state now in plain words, a graph of the round trips, and what was counted since the start."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState, LatencySample, Phase
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.row_words import size_words
from chinwag_desktop.ui.banner_view import banner_view, problem_words
from chinwag_desktop.ui.header import SLOW_MS
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, font
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog
from chinwag_desktop.ui.widgets.text import Paragraph, Text

_REFRESH_MS = 1000
_HOUR_S = 3600
_GRAPH_HEIGHT = 96
_LEAST_TOP_MS = 100.0  # the graph's scale is never finer
_FILL = 0.14


class ConnectionFacts(Protocol):
    """Where the panel reads from: the connection store."""

    def connection_state(self) -> ConnectionState: ...

    def connection_metrics(self) -> ConnectionMetrics: ...

    def monotonic(self) -> float: ...


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
    """Refreshes itself every second while it is open. `retry_requested` is *Retry now*."""

    retry_requested = Signal()

    def __init__(self, themes: ThemeSource, window: QWidget, facts: ConnectionFacts) -> None:
        self._facts = facts
        body = QWidget()
        close = Choice("", translate("Connection", "Close"))
        retry = Choice("retry", translate("Connection", "Retry now"), "primary")
        super().__init__(
            themes,
            window,
            translate("Connection", "Connection"),
            body=body,
            choices=(close, retry),
            width=min(540, window.width() - 40),
        )
        self.words = Paragraph(themes, "body", "text_2", width=self.inner_width)
        self.graph = LatencyGraph(themes)
        self.rows: dict[str, Text] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number, (key, label) in enumerate(_labels()):
            grid.addWidget(Text(themes, "small", "text_2", label, stretch=False), number, 0)
            self.rows[key] = Text(themes, "small", "text", align=Qt.AlignmentFlag.AlignRight, stretch=False)
            grid.addWidget(self.rows[key], number, 1)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.words)
        column.addWidget(self.graph)
        column.addLayout(grid)
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self.answered.connect(self._answered)
        self.finished.connect(self._timer.stop)
        self.refresh()
        self._timer.start()

    def _answered(self, key: str) -> None:
        if key:
            self.retry_requested.emit()

    def refresh(self) -> None:
        """Read the facts again."""
        state, metrics, now = self._facts.connection_state(), self._facts.connection_metrics(), self._facts.monotonic()
        self.words.set_text(state_words(state, now))
        self.graph.show_samples(metrics.latencies, now, live=state.phase is Phase.ONLINE)
        for key, words in fact_words(state, metrics, now).items():
            self.rows[key].setText(words)
        cut_off = state.phase in (Phase.OFFLINE, Phase.WAITING, Phase.RETRYING_SLOWLY, Phase.REFUSED)
        self.buttons["retry"].setVisible(cut_off)


def _labels() -> tuple[tuple[str, str], ...]:
    return (
        ("transport", translate("Connection", "Connected over")),
        ("uptime", translate("Connection", "This connection")),
        ("availability", translate("Connection", "Reachable since the start")),
        ("attempts", translate("Connection", "Attempts")),
        ("drops", translate("Connection", "Broken off")),
        ("bytes", translate("Connection", "Sent and received")),
        ("reason", translate("Connection", "Last end")),
    )


def state_words(state: ConnectionState, now: float) -> str:
    """The state in one or two sentences."""
    if state.phase is Phase.ONLINE:
        return translate("Connection", "Connected. Messages go out at once.")
    if state.phase is Phase.STOPPED:
        return translate("Connection", "Not connected.")
    view = banner_view(state, now)
    if view is None:
        return ""
    words = view.words if view.words.endswith((".", "…")) else f"{view.words}."
    detail = view.detail or problem_words(state.problem)
    return f"{words} {detail}".strip() if detail not in words else words


def fact_words(state: ConnectionState, metrics: ConnectionMetrics, now: float) -> dict[str, str]:
    """The table of the panel: key of `_labels` to words."""
    none = "–"
    online = metrics.online_since
    transport = {"websocket": "WebSocket", "polling": translate("Connection", "HTTP polling")}.get(
        state.transport or ""
    )
    drops = sum(metrics.drops.values())
    return {
        "transport": transport or none,
        "uptime": _span(now - online) if online is not None and state.phase is Phase.ONLINE else none,
        "availability": f"{metrics.availability * 100:.1f} %",
        "attempts": translate("Connection", "{n}, {ok} succeeded", n=metrics.attempts, ok=metrics.connects),
        "drops": translate("Connection", "{n} times", n=drops) if drops != 1 else translate("Connection", "once"),
        "bytes": f"{size_words(metrics.bytes_sent)} · {size_words(metrics.bytes_received)}",
        "reason": reason_words(state.reason) or none,
    }


def reason_words(reason: str | None) -> str:
    """Why the last link ended, in plain words."""
    match reason:
        case None:
            return ""
        case "io server disconnect":
            return translate("Connection", "the server ended it")
        case "transport close":
            return translate("Connection", "the network dropped it")
        case "transport error":
            return translate("Connection", "an error on the way")
        case "ping timeout":
            return translate("Connection", "the server stopped answering")
        case "client disconnect":
            return translate("Connection", "this app ended it")
        case _:
            return translate("Connection", "it broke off")


def _span(seconds: float) -> str:
    """ "2 h 05 min", "14 min", "38 s"."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return translate("Connection", "{h} h {m} min", h=hours, m=f"{minutes:02d}")
    return translate("Connection", "{m} min", m=minutes) if minutes else translate("Connection", "{s} s", s=whole)
