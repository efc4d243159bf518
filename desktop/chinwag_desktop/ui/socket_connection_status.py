"""`SocketConnectionStatus`: the line under the header that tells how the connection is. It takes no room when all is well."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QPointF, QPropertyAnimation, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chinwag_desktop.core.certificates import CertificateFacts
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.banner_view import BannerAction, BannerTone, BannerView, action_label, banner_view
from chinwag_desktop.ui.banner_words import BannerWords
from chinwag_desktop.ui.theme import icons
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import MotionMs, Size, Space
from chinwag_desktop.ui.widgets.button import Button

_LOOKS: dict[BannerTone, tuple[str, str]] = {  # ground, ink
    BannerTone.WAITING: ("warn_soft", "warn"),
    BannerTone.CONNECTING: ("info_soft", "text_2"),
    BannerTone.TRYING: ("warn_soft", "warn"),
    BannerTone.SLOW: ("warn_soft", "warn"),
    BannerTone.LOST: ("danger_soft", "danger"),
    BannerTone.REFUSED: ("danger_soft", "danger"),
    BannerTone.CONNECTED: ("ok_soft", "ok"),
    BannerTone.OFFLINE: ("info_soft", "text_2"),
}
_TICK_MS = 200  # while a wait runs down
_RING, _RING_FAINT = 16, 0.25
_TRYING_FROM, _TRYING_ARC = 20, 0.3


class SocketConnectionStatus(QWidget):
    """Give it every `ConnectionState` with `show_connection`, or a finished look with `show_state`.

    `clock` is the monotonic clock of `ConnectionState.retry_at`.
    """

    retry_requested = Signal()
    details_requested = Signal()
    """A click beside the button: the person wants to know more."""
    sign_in_requested = Signal()
    certificate_requested = Signal()
    """*Compare…*: the person wants to decide about the server's certificate."""

    def __init__(self, themes: ThemeSource, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.themes, self._clock = themes, clock
        self.view: BannerView | None = None
        self._painted: BannerView | None = None  # stays while it slides away
        self._state: ConnectionState | None = None
        self._certificate: CertificateFacts | None = None
        self._broken = False  # the link broke since it was last up
        self._online_since: float | None = None
        self._spoken = ""
        self.words = BannerWords(themes)
        self.button = Button(themes, action_label(BannerAction.RETRY), "link")
        self.button.clicked.connect(self._pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(72, 0, Space.S, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(0)
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._refresh)
        self._slide = QPropertyAnimation(self, b"maximumHeight", self)
        self._slide.setDuration(MotionMs.SLIDE)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(self.setMinimumHeight)
        themes.changed.connect(self.update)

    def show_connection(self, state: ConnectionState) -> None:
        """The connection changed; from here on the banner counts by itself."""
        if state.phase is Phase.ONLINE:
            if self._broken:
                self._online_since = self._clock()
            self._broken = False
        else:
            self._online_since = None
            if state.phase in (Phase.STOPPED, Phase.REFUSED):
                self._broken = False
            elif state.attempt > 0 or state.phase in (Phase.OFFLINE, Phase.WAITING, Phase.RETRYING_SLOWLY):
                self._broken = True
        self._state = state
        self._patient = self._clock()
        self._refresh()

    def show_certificate(self, facts: CertificateFacts | None) -> None:
        """What a look at a refused certificate has shown; None when it is history."""
        self._certificate = facts
        self._refresh()

    def _refresh(self) -> None:
        state = self._state
        if state is None:
            return
        view = banner_view(state, self._clock(), online_since=self._online_since, certificate=self._certificate)
        wait = 0.0
        if view is not None and view.show_after_s and self.view is None:
            wait = view.show_after_s - (self._clock() - self._patient)
            if wait > 0:
                view = None
        self.show_state(view)
        if state.phase is Phase.WAITING:
            self._tick.start(_TICK_MS)
        elif wait > 0:
            self._tick.start(round(wait * 1000) + 1)
        elif view is not None and view.hide_after_s is not None:
            self._tick.start(round(view.hide_after_s * 1000) + 1)
        else:
            self._tick.stop()

    def show_state(self, view: BannerView | None) -> None:
        """Show this look, or nothing."""
        self.view = view
        if view is None:
            self._slide_to(0)
            self._say("")
            return
        self._painted = view
        self.words.show_words(view.words, view.detail, view.short)
        label = action_label(view.action)
        self.button.setText(label)
        self.button.setVisible(bool(label))
        self.button.updateGeometry()
        self.setAccessibleName(f"{view.words} {view.detail}".strip())
        self._say(view.spoken)
        self._slide_to(Size.BANNER)
        self.update()

    def _say(self, spoken: str) -> None:
        """Let a screen reader say what is new: not every second of a countdown."""
        if spoken and spoken != self._spoken:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._spoken = spoken

    def _slide_to(self, goal: int) -> None:
        self.button.setEnabled(goal > 0)
        if self.themes.still:
            self.setFixedHeight(goal)
            return
        if self._slide.state() is QPropertyAnimation.State.Running:
            if self._slide.endValue() == goal:
                return
            self._slide.stop()
        if self.maximumHeight() != goal:
            self._slide.setStartValue(self.maximumHeight())
            self._slide.setEndValue(goal)
            self._slide.start()

    def _pressed(self) -> None:
        if self.view is None:
            return
        match self.view.action:
            case BannerAction.RETRY:
                self.words.show_words(translate("Banner", "Trying now…"), "")
                self.retry_requested.emit()
            case BannerAction.SIGN_IN:
                self.sign_in_requested.emit()
            case BannerAction.CERTIFICATE:
                self.certificate_requested.emit()
            case BannerAction.NONE:
                pass

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.details_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        view = self._painted
        if view is None:
            return
        theme, painter = self.themes.now, QPainter(self)
        ground, ink = _LOOKS[view.tone]
        painter.fillRect(self.rect(), theme[ground])
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), theme["line"])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (Size.BANNER - Size.ICON) / 2 - (Size.BANNER - self.height())
        if view.icon:
            picture = icons.pixmap(view.icon, theme[ink], Size.ICON, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(32, top), picture)
        else:
            self._paint_ring(painter, QRectF(34, top + 2, _RING, _RING), theme[ink], view)

    def _paint_ring(self, painter: QPainter, rect: QRectF, ink: QColor, view: BannerView) -> None:
        faint = QColor(ink)
        faint.setAlphaF(_RING_FAINT)
        painter.setPen(QPen(faint, 2))
        painter.drawEllipse(rect)
        painter.setPen(QPen(ink, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        start, share = (90, view.ring) if view.tone is BannerTone.WAITING else (_TRYING_FROM, _TRYING_ARC)
        painter.drawArc(rect, start * 16, round(-360 * 16 * share))
