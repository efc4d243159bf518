"""The banner: what it says of each state (without a window), and how `SocketConnectionStatus` shows and counts it."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from ui_states import BANNERS, LOOKS, certificate

from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import Problem
from chinwag_desktop.ui.banner_view import BannerAction, BannerTone, BannerView, banner_view, problem_words
from chinwag_desktop.ui.socket_connection_status import SocketConnectionStatus
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Size

pytestmark = pytest.mark.usefixtures("qapp")


def view(phase: Phase, now: float = 100.0, *, online_since: float | None = None, **more: object) -> BannerView:
    found = banner_view(ConnectionState(phase=phase, **more), now, online_since=online_since)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_all_is_well_says_nothing() -> None:
    assert banner_view(ConnectionState(phase=Phase.ONLINE, latency_ms=20), 100) is None
    assert banner_view(ConnectionState(phase=Phase.STOPPED), 100) is None


def test_disconnected_before_the_first_attempt() -> None:
    found = view(Phase.WAITING, attempt=1, retry_at=101, wait_s=1)
    assert found.words == "Disconnected, next try in 1 s"
    assert found.action is BannerAction.RETRY


@pytest.mark.parametrize(
    ("now", "seconds", "ring"),
    [(100.0, 8, 1.0), (103.5, 5, 0.5625), (107.9, 1, 0.0125), (108.0, 0, 0.0), (120.0, 0, 0.0)],
)
def test_the_wait_counts_down_with_a_ring(now: float, seconds: int, ring: float) -> None:
    found = view(Phase.WAITING, now, attempt=3, retry_at=108, wait_s=8)
    assert found.words == f"Reconnecting… (attempt 3), next try in {seconds} s"
    assert found.ring == pytest.approx(ring)
    assert found.spoken == "Reconnecting, attempt 3"


def test_trying() -> None:
    assert view(Phase.CONNECTING, attempt=4).words == "Reconnecting… (attempt 4)"
    assert view(Phase.SYNCING, attempt=4).words == "Reconnecting… (attempt 4)"
    first = view(Phase.CONNECTING)
    assert first.words == "Connecting…"
    assert first.show_after_s == 1.0


def test_lost_after_ten_attempts_still_offers_to_retry() -> None:
    found = view(Phase.RETRYING_SLOWLY, attempt=10, problem=Problem.TIMED_OUT)
    assert found.words == "Connection lost after 10 attempts"
    assert found.detail == "The server does not answer."
    assert (found.tone, found.action) == (BannerTone.LOST, BannerAction.RETRY)


def test_connected_for_three_seconds_then_slow_or_nothing() -> None:
    state = ConnectionState(phase=Phase.ONLINE, latency_ms=850, slow=True)
    fresh = banner_view(state, 102.0, online_since=100.0)
    assert fresh is not None
    assert (fresh.words, fresh.hide_after_s) == ("Connected", 1.0)
    later = banner_view(state, 103.0, online_since=100.0)
    assert later is not None
    assert later.words == "Slow connection, 850 ms"
    assert banner_view(ConnectionState(phase=Phase.ONLINE), 103.0, online_since=100.0) is None


def test_offline_promises_what_is_true() -> None:
    assert view(Phase.OFFLINE).words == "You are offline. Messages you write are kept and sent later."
    assert view(Phase.OFFLINE).action is BannerAction.RETRY  # the system may be wrong about its network


def test_refusals_are_told_apart_in_words() -> None:
    codes = ["revoked", "password_changed", "refresh_reused", "user_disabled", "unauthorized", "unsupported_protocol"]
    words = [view(Phase.REFUSED, refused_code=code).words for code in codes]
    words += [
        view(Phase.REFUSED, problem=problem).words
        for problem in (Problem.CERTIFICATE, Problem.BLOCKED, Problem.NOT_CHINWAG, Problem.REFUSED)
    ]
    assert len(set(words)) == len(words)
    assert all(sentence.endswith(".") for sentence in words)
    assert not any("_" in sentence for sentence in words)


@pytest.mark.parametrize(
    "code",
    ["logout", "revoked", "session_revoked", "password_changed", "refresh_reused", "unauthorized"],
)
def test_only_signing_in_again_helps(code: str) -> None:
    assert view(Phase.REFUSED, refused_code=code).action is BannerAction.SIGN_IN


def test_a_disabled_account_offers_nothing() -> None:
    assert view(Phase.REFUSED, refused_code="user_disabled").action is BannerAction.NONE
    assert view(Phase.REFUSED, problem=Problem.CERTIFICATE).action is BannerAction.RETRY


@pytest.mark.parametrize("problem", list(Problem))
def test_every_problem_has_words(problem: Problem) -> None:
    assert problem_words(problem).endswith(".") or problem is Problem.LINK_LOST


def test_what_turns_an_attempt_away_is_told_apart() -> None:
    """FAULTS 21-24: closed 1012 or 503, silence, no route, an unknown name, no TLS, a certificate, a proxy."""
    problems = (
        Problem.LINK_LOST,
        Problem.SERVER_BUSY,
        Problem.TIMED_OUT,
        Problem.UNREACHABLE,
        Problem.NAME_NOT_FOUND,
        Problem.TLS,
        Problem.CERTIFICATE,
        Problem.BLOCKED,
        Problem.NOT_CHINWAG,
    )
    views = [view(Phase.WAITING, attempt=2, retry_at=102, wait_s=2, problem=problem) for problem in problems]
    assert len({(found.words, found.detail) for found in views}) == len(problems)


# the certificate


@pytest.mark.parametrize("phase", [Phase.CONNECTING, Phase.WAITING, Phase.RETRYING_SLOWLY, Phase.REFUSED])
def test_a_refused_certificate_stands_still_whatever_the_attempts_do(phase: Phase) -> None:
    state = ConnectionState(phase=phase, attempt=4, problem=Problem.CERTIFICATE, retry_at=104, wait_s=8)
    unseen = banner_view(state, 100.0)
    assert unseen is not None
    assert (unseen.words, unseen.action) == ("The server’s certificate cannot be trusted.", BannerAction.RETRY)
    changed = banner_view(state, 100.0, certificate=certificate(changed=True))
    assert changed is not None
    assert changed == banner_view(state, 103.0, certificate=certificate(changed=True))
    assert (changed.words, changed.action) == ("The server’s certificate changed.", BannerAction.CERTIFICATE)
    assert changed.detail == "Trusted CBA0 6B57…, shown 1150 7A0E…, nothing is sent"
    assert changed.tone is BannerTone.REFUSED


def test_one_that_nobody_vouches_for_any_more() -> None:
    state = ConnectionState(phase=Phase.WAITING, problem=Problem.CERTIFICATE)
    found = banner_view(state, 100.0, certificate=certificate())
    assert found is not None
    assert (found.words, found.action) == ("Nobody vouches for the server’s certificate.", BannerAction.CERTIFICATE)
    assert found.detail == "Shown 1150 7A0E…, nothing is sent"


def test_what_the_person_cannot_decide_is_only_tried_again() -> None:
    state = ConnectionState(phase=Phase.WAITING, problem=Problem.CERTIFICATE)
    found = banner_view(state, 100.0, certificate=certificate(doubt=None))
    assert found is not None
    assert found.action is BannerAction.RETRY


@pytest.mark.parametrize("phase", [Phase.OFFLINE, Phase.SYNCING, Phase.ONLINE, Phase.STOPPED])
def test_an_old_look_says_nothing_elsewhere(phase: Phase) -> None:
    found = banner_view(ConnectionState(phase=phase), 100.0, certificate=certificate(changed=True))
    assert found is None or "certificate" not in found.words


# the widget


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def status(themes: ThemeSource, clock: Clock, show: Callable[..., None]) -> Iterator[SocketConnectionStatus]:
    made = SocketConnectionStatus(themes, clock=clock)
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(made)
    column.addStretch(1)
    show(page, 640, 200)
    yield made
    page.hide()


def waiting(attempt: int = 3, retry_at: float = 108.0) -> ConnectionState:
    return ConnectionState(phase=Phase.WAITING, attempt=attempt, retry_at=retry_at, wait_s=8)


def tick(status: SocketConnectionStatus) -> None:
    assert status._tick.isActive()
    status._tick.timeout.emit()


def test_it_takes_no_room_when_all_is_well(status: SocketConnectionStatus) -> None:
    assert status.maximumHeight() == 0
    status.show_connection(waiting())
    assert status.maximumHeight() == Size.BANNER
    status.show_connection(ConnectionState(phase=Phase.STOPPED))
    assert status.maximumHeight() == 0
    assert not status._tick.isActive()


def test_the_banner_counts_by_itself(status: SocketConnectionStatus, clock: Clock) -> None:
    status.show_connection(waiting())
    seen = []
    for now in (100.0, 101.0, 102.5, 107.5):
        clock.now = now
        tick(status)
        seen.append(status.words.text())
    assert seen == [f"Reconnecting… (attempt 3), next try in {n} s" for n in (8, 7, 6, 1)]


def test_retry_now_by_keyboard_and_by_click(status: SocketConnectionStatus, qtbot: QtBot) -> None:
    asked: list[int] = []
    status.retry_requested.connect(lambda: asked.append(1))
    status.show_connection(waiting())
    status.button.clearFocus()
    status.button.setFocus(Qt.FocusReason.TabFocusReason)
    assert status.button.ring
    qtbot.keyClick(status.button, Qt.Key.Key_Return)
    assert status.words.text() == "Trying now…"
    qtbot.keyClick(status.button, Qt.Key.Key_Space)
    qtbot.mouseClick(status.button, Qt.MouseButton.LeftButton)
    assert len(asked) == 3


def test_sign_in_again(status: SocketConnectionStatus, qtbot: QtBot) -> None:
    asked: list[int] = []
    status.sign_in_requested.connect(lambda: asked.append(1))
    status.show_connection(ConnectionState(phase=Phase.REFUSED, refused_code="revoked"))
    assert status.button.text() == "Sign in again"
    qtbot.keyClick(status.button, Qt.Key.Key_Return)
    assert asked == [1]


def test_connected_shows_for_three_seconds_after_a_break_only(status: SocketConnectionStatus, clock: Clock) -> None:
    online = ConnectionState(phase=Phase.ONLINE, latency_ms=20)
    status.show_connection(ConnectionState(phase=Phase.CONNECTING))
    status.show_connection(online)
    assert status.view is None
    status.show_connection(waiting(1))
    status.show_connection(ConnectionState(phase=Phase.CONNECTING, attempt=1))
    status.show_connection(ConnectionState(phase=Phase.SYNCING, attempt=1))
    status.show_connection(online)
    assert status.words.text() == "Connected"
    clock.now += 2.9
    status.show_connection(online)  # a ping came back
    assert status.view is not None
    clock.now += 0.2
    tick(status)
    assert status.view is None
    assert status.maximumHeight() == 0


def test_a_first_connection_is_mentioned_only_when_it_takes_long(status: SocketConnectionStatus, clock: Clock) -> None:
    status.show_connection(ConnectionState(phase=Phase.CONNECTING))
    assert status.view is None
    clock.now += 1.1
    tick(status)
    assert status.words.text() == "Connecting…"


def test_a_screen_reader_hears_news_not_seconds(status: SocketConnectionStatus, clock: Clock) -> None:
    status.show_connection(waiting())
    said = status._spoken
    clock.now += 3
    tick(status)
    assert status._spoken == said == "Reconnecting, attempt 3"
    assert status.accessibleName().startswith("Reconnecting… (attempt 3), next try in 5 s")


@pytest.mark.parametrize("width", [360, 404, 500, 640, 1200])
@pytest.mark.parametrize("name", list(BANNERS))
def test_nothing_is_cut_in_any_window(name: str, width: int, themes: ThemeSource, show: Callable[..., None]) -> None:
    status = SocketConnectionStatus(themes)
    show(status, width, 44)
    since = 99.0 if name == "connected" else None
    found = banner_view(BANNERS[name], 100.0, online_since=since, certificate=LOOKS.get(name))
    status.show_state(found)
    status.resize(width, 44)
    status.layout().activate()
    lines = status.words.lines()
    said = "".join(text for text, _, _, ink in lines if ink == "text").replace(" ", "")
    assert said in (found.words.replace(" ", ""), found.short.replace(" ", "")) or width < 404
    assert max(number for _, _, number, _ in lines) <= 1


def test_a_narrow_banner_says_why_all_the_same(themes: ThemeSource, show: Callable[..., None]) -> None:
    status = SocketConnectionStatus(themes)
    show(status, 404, 44)
    status.show_state(banner_view(BANNERS["waiting-tls"], 100.0))
    status.layout().activate()
    (first, _, _, _), (second, _, _, ink) = status.words.lines()
    assert first == "Reconnecting… (attempt 5), 12 s"
    assert second.startswith("No encrypted connection")
    assert ink == "text_2"
    assert "next try in 12 s No encrypted connection to the server can be made." in status.words.toolTip()


def test_the_ring_is_painted_as_it_runs_down(status: SocketConnectionStatus, clock: Clock) -> None:
    def ring() -> QImage:
        return status.grab().toImage().copy(30, 0, 30, 44)

    status.show_connection(waiting())
    full = ring()
    clock.now += 4
    tick(status)
    assert ring() != full


def test_it_slides_unless_motion_is_off(
    themes: ThemeSource, show: Callable[..., None], clock: Clock, wait_until: Callable[..., None], qapp
) -> None:
    themes.still = False
    status = SocketConnectionStatus(themes, clock=clock)
    show(status, 640, 44)
    status.show_connection(waiting())
    assert status.maximumHeight() < Size.BANNER
    wait_until(lambda: (qapp.processEvents(), status.maximumHeight() == Size.BANNER)[1])
    status.show_connection(ConnectionState(phase=Phase.STOPPED))
    wait_until(lambda: (qapp.processEvents(), status.maximumHeight() == 0)[1])
