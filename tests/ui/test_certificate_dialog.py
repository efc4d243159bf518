"""The question about a certificate, pressed with real keys: before a sign-in, and from the banner of a session."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui_states import certificate

from chinwag_desktop.app.certificates import SessionCertificate, follow_up_sign_in
from chinwag_desktop.core.certificates import CertificateFacts, Doubt
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import CertificateUntrusted, ClientError, NotChinwag, Problem, TlsFailed, Unreachable
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.fingerprints import groups_of, short_fingerprint
from chinwag_desktop.ui.certificate_dialog import TRUST, CertificateDialog
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.sign_in_window import SignInWindow
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.strip import Strip

URL = "https://chat.harbour.example"


def key(what: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget(), what)


def question(window: Any) -> CertificateDialog | None:
    return next((one for one in window.findChildren(CertificateDialog) if one.isVisible()), None)


# ------------------------------------------------------------ the dialog


@pytest.fixture
def page(themes: ThemeSource, show: Callable[..., None]) -> Strip:
    made = Strip(themes, "canvas")
    show(made, 640, 560)
    return made


def opened(page: Strip, facts: CertificateFacts) -> tuple[CertificateDialog, list[str]]:
    dialog = CertificateDialog(page.themes, page, facts)
    answers: list[str] = []
    dialog.answered.connect(answers.append)
    dialog.open()
    return dialog, answers


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ([Qt.Key.Key_Return], ""),
        ([Qt.Key.Key_Enter], ""),
        ([Qt.Key.Key_Space], ""),
        ([Qt.Key.Key_Escape], ""),
        ([Qt.Key.Key_Tab, Qt.Key.Key_Escape], ""),
        ([Qt.Key.Key_Tab, Qt.Key.Key_Return], TRUST),
        ([Qt.Key.Key_Backtab, Qt.Key.Key_Space], TRUST),
        ([Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Return], ""),
    ],
)
def test_no_is_the_default_and_yes_is_one_step_away(
    page: Strip, changed: bool, keys: list[Qt.Key], answer: str
) -> None:
    dialog, answers = opened(page, certificate(changed=changed))
    assert list(dialog.buttons) == ["", TRUST]
    assert dialog.buttons[""].hasFocus()
    for one in keys:
        key(one)
    assert answers == [answer]


def test_the_buttons_say_what_they_do(page: Strip) -> None:
    dialog, _ = opened(page, certificate())
    assert [button.text() for button in dialog.buttons.values()] == ["Cancel", "Connect to this server"]
    dialog.choose("")
    dialog, _ = opened(page, certificate(changed=True))
    assert [button.text() for button in dialog.buttons.values()] == ["Cancel", "Trust the new certificate"]
    assert dialog.buttons[TRUST].kind == "danger"
    dialog.choose("")


def test_every_doubt_has_words_of_its_own(page: Strip) -> None:
    said = []
    for doubt in Doubt:
        dialog, _ = opened(page, certificate(doubt=doubt))
        said.append(dialog.accessibleDescription())
        dialog.choose("")
    assert len(set(said)) == len(said)
    assert all("chat.harbour.example" in words for words in said)


def test_a_screen_reader_hears_all_of_both_fingerprints(page: Strip) -> None:
    facts = certificate(changed=True)
    dialog, _ = opened(page, facts)
    assert facts.pinned is not None
    for sha256 in (facts.pinned, facts.shown.sha256):
        assert " ".join(groups_of(sha256)) in dialog.accessibleDescription()
    dialog.choose("")


def test_it_is_said_when_an_authority_vouches_for_the_new_one(page: Strip) -> None:
    for doubt, said in ((None, True), (Doubt.NO_AUTHORITY, False)):
        dialog, _ = opened(page, certificate(doubt=doubt, changed=True))
        assert ("An authority that this computer trusts" in dialog.accessibleDescription()) is said
        dialog.choose("")


def test_a_fingerprint_is_painted_whole_in_both_themes(page: Strip) -> None:
    """Each digit stands in its own cell: one that differs changes its cell, and no other."""
    facts = certificate()
    other = facts.shown.sha256[:-1] + ("0" if facts.shown.sha256[-1] != "0" else "1")
    shots = []
    for sha256 in (facts.shown.sha256, other):
        dialog, _ = opened(page, facts)
        card = dialog.cards[0]
        card.groups = groups_of(sha256)
        shots.append(card.grab().toImage())
        dialog.choose("")
    differing = {
        (x, y)
        for x in range(shots[0].width())
        for y in range(shots[0].height())
        if shots[0].pixel(x, y) != shots[1].pixel(x, y)
    }
    assert differing
    assert max(x for x, _ in differing) < shots[0].width() - 12
    assert min(x for x, _ in differing) > shots[0].width() - 40
    assert min(y for _, y in differing) > 60


def test_its_buttons_are_in_reach_in_the_smallest_window(themes: ThemeSource, show: Callable[..., None]) -> None:
    window = MainWindow(themes)
    show(window, 480, 360)
    dialog, _ = opened(window, certificate(doubt=None, changed=True))
    bottom = dialog.buttons[TRUST].mapTo(window, dialog.buttons[TRUST].rect().bottomRight())
    assert window.rect().contains(bottom)
    dialog.choose("")


def test_a_host_is_never_markup(page: Strip, qtbot: QtBot) -> None:
    facts = CertificateFacts(
        host="<img src='file:///etc/passwd'>.example", shown=certificate().shown, doubt=Doubt.OTHER
    )
    dialog, _ = opened(page, facts)
    assert "<img src='file:///etc/passwd'>" in dialog.accessibleDescription()
    dialog.choose("")


# ------------------------------------------------------------ before a sign-in


class FakeNetwork:
    """Shows what it is told to, and keeps what was trusted."""

    def __init__(self, facts: CertificateFacts | None) -> None:
        self.facts = facts
        self.looks = 0
        self.trusted: list[CertificateFacts] = []
        self.refuses: OSError | None = None

    async def look(self, server_url: str) -> CertificateFacts:
        self.looks += 1
        if self.facts is None:
            raise TlsFailed("no TLS")
        return self.facts

    async def trust(self, server_url: str, facts: CertificateFacts) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.trusted.append(facts)


class SignIn:
    """A sign-in window that has just failed."""

    def __init__(self, window: SignInWindow, facts: CertificateFacts | None) -> None:
        self.window, self.network = window, FakeNetwork(facts)
        self.submitted: list[object] = []
        window.fill(server=URL, username="robin")
        QTest.keyClicks(window.fields["password"].edit, "correct horse")
        window.submitted.connect(lambda form, _: self.submitted.append(form))
        QTest.keyClick(window.fields["password"].edit, Qt.Key.Key_Return)
        self.owner = TaskOwner("test")

    def failed(self, error: ClientError, url: str = URL) -> asyncio.Task[None]:
        return self.owner.spawn(follow_up_sign_in(self.network, self.window, url, error), "follow up")  # type: ignore[arg-type]


@pytest.fixture
def window(themes: ThemeSource, show: Callable[..., None]) -> SignInWindow:
    made = SignInWindow(themes)
    show(made, 520, 660)
    return made


async def test_yes_holds_on_to_what_was_shown_and_signs_in_again(window: SignInWindow, eventually: Any) -> None:
    sign_in = SignIn(window, certificate())
    after = sign_in.failed(CertificateUntrusted())
    await eventually(lambda: question(window))
    assert window.busy
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Return)
    await after
    assert sign_in.network.trusted == [certificate()]
    assert len(sign_in.submitted) == 2
    assert sign_in.submitted[0] == sign_in.submitted[1]


async def test_no_says_so_and_sends_nothing(window: SignInWindow, eventually: Any) -> None:
    sign_in = SignIn(window, certificate(changed=True))
    after = sign_in.failed(CertificateUntrusted())
    await eventually(lambda: question(window))
    key(Qt.Key.Key_Escape)
    await after
    assert window.error.text() == "Not connected: you have not confirmed the server’s certificate."
    assert not window.busy
    assert window.fields["server"].edit.hasFocus()
    assert (sign_in.network.trusted, len(sign_in.submitted)) == ([], 1)


async def test_a_cancelled_sign_in_takes_the_question_away(window: SignInWindow, eventually: Any) -> None:
    sign_in = SignIn(window, certificate())
    sign_in.failed(CertificateUntrusted())
    await eventually(lambda: question(window))
    await sign_in.owner.close()
    assert question(window) is None


@pytest.mark.parametrize(
    ("facts", "error", "url", "said"),
    [
        (None, CertificateUntrusted(), URL, "The server’s certificate cannot be trusted."),
        (certificate(doubt=None), CertificateUntrusted(), URL, "The server’s certificate cannot be trusted."),
        (None, Unreachable(), URL, "The server cannot be reached."),
        (certificate(), Unreachable(), "http://h", "This server encrypts: begin its address with https://."),
        (certificate(doubt=None), NotChinwag(), "http://h", "This server encrypts: begin its address with https://."),
        (None, Unreachable(), "http://h", "The server cannot be reached."),
        (certificate(), ClientError(code="unauthorized"), "http://h", "That user name and password do not match."),
        (
            certificate(),
            TlsFailed(),
            URL,
            "No encrypted connection to the server can be made. If it does not encrypt, begin its address with http://.",
        ),
    ],
)
async def test_what_is_no_question_is_said(
    window: SignInWindow, facts: CertificateFacts | None, error: ClientError, url: str, said: str
) -> None:
    await SignIn(window, facts).failed(error, url)
    assert window.error.text() == said
    assert not window.busy


async def test_one_that_is_trusted_and_still_refused_is_not_asked_about_again(window: SignInWindow) -> None:
    facts = certificate()
    known = CertificateFacts(host=facts.host, shown=facts.shown, doubt=facts.doubt, pinned=facts.shown.sha256)
    await SignIn(window, known).failed(CertificateUntrusted())
    assert window.error.text() == "The server’s certificate cannot be trusted."


async def test_a_disk_that_refuses_is_said(window: SignInWindow, eventually: Any) -> None:
    sign_in = SignIn(window, certificate())
    sign_in.network.refuses = OSError(28, "No space left on device")
    after = sign_in.failed(CertificateUntrusted())
    await eventually(lambda: question(window))
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Return)
    await after
    assert window.error.text() == "That did not work: the disk refused. Is it full?"


# ------------------------------------------------------------ while signed in


class FakeConnection(QObject):
    """The connection store, moved by hand."""

    state_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.state = ConnectionState()
        self.retries = 0

    def connection_state(self) -> ConnectionState:
        return self.state

    def retry_now(self) -> None:
        self.retries += 1

    def be(self, phase: Phase, problem: Problem | None = None, attempt: int = 3) -> None:
        self.state = ConnectionState(phase=phase, attempt=attempt, problem=problem)
        self.state_changed.emit(self.state)


class Session:
    def __init__(self, window: MainWindow, facts: CertificateFacts | None) -> None:
        self.window, self.network, self.connection = window, FakeNetwork(facts), FakeConnection()
        self.status = window.pane.status
        self.connection.state_changed.connect(window.pane.show_connection)
        self.watch = SessionCertificate(self.network, window, self.connection, server_url=URL)  # type: ignore[arg-type]


@pytest.fixture
def main(themes: ThemeSource, show: Callable[..., None]) -> MainWindow:
    made = MainWindow(themes)
    show(made, 1000, 700)
    return made


async def test_the_banner_shows_both_and_the_person_compares_and_trusts(main: MainWindow, eventually: Any) -> None:
    facts = certificate(changed=True)
    session = Session(main, facts)
    session.connection.be(Phase.WAITING, Problem.CERTIFICATE)
    await eventually(lambda: session.status.button.text() == "Compare…")
    assert facts.pinned is not None
    for sha256 in (facts.pinned, facts.shown.sha256):
        assert short_fingerprint(sha256) in session.status.words.detail()
    session.status.button.setFocus(Qt.FocusReason.TabFocusReason)
    key(Qt.Key.Key_Return)
    await eventually(lambda: question(main))
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Return)
    await eventually(lambda: session.connection.retries)
    assert session.network.trusted == [facts]
    session.connection.be(Phase.SYNCING)
    assert "certificate" not in session.status.accessibleName()
    await session.watch.close()


async def test_no_leaves_it_blocked(main: MainWindow, eventually: Any) -> None:
    session = Session(main, certificate(changed=True))
    session.connection.be(Phase.RETRYING_SLOWLY, Problem.CERTIFICATE)
    await eventually(lambda: session.status.button.text() == "Compare…")
    QTest.mouseClick(session.status.button, Qt.MouseButton.LeftButton)
    await eventually(lambda: question(main))
    key(Qt.Key.Key_Return)
    await eventually(lambda: question(main) is None)
    assert (session.network.trusted, session.connection.retries) == ([], 0)
    assert session.status.button.text() == "Compare…"
    await session.watch.close()


async def test_it_looks_once_after_each_attempt(main: MainWindow, eventually: Any) -> None:
    session = Session(main, certificate(changed=True))
    for number in (1, 2, 3):
        session.connection.be(Phase.CONNECTING, Problem.CERTIFICATE, attempt=number)
        assert session.network.looks == number - 1
        session.connection.be(Phase.WAITING, Problem.CERTIFICATE, attempt=number)
        session.connection.be(Phase.WAITING, Problem.CERTIFICATE, attempt=number)
        await eventually(lambda: not session.watch._looking)
        assert session.network.looks == number
    session.network.facts = None  # cannot be looked at just now: what was seen last stays
    session.connection.be(Phase.WAITING, Problem.CERTIFICATE, attempt=4)
    await eventually(lambda: session.network.looks == 4)
    assert session.status.button.text() == "Compare…"
    session.connection.be(Phase.WAITING, Problem.UNREACHABLE, attempt=5)
    assert session.status.button.text() == "Retry now"
    await session.watch.close()


async def test_trust_during_an_attempt_has_the_next_one_made_at_once(main: MainWindow, eventually: Any) -> None:
    session = Session(main, certificate(changed=True))
    session.connection.be(Phase.WAITING, Problem.CERTIFICATE)
    await eventually(lambda: session.status.button.text() == "Compare…")
    session.connection.be(Phase.CONNECTING, Problem.CERTIFICATE)
    QTest.mouseClick(session.status.button, Qt.MouseButton.LeftButton)
    await eventually(lambda: question(main))
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Return)
    await eventually(lambda: session.network.trusted)
    await eventually(lambda: session.connection.retries == 1)
    session.connection.be(Phase.WAITING, Problem.CERTIFICATE)  # the attempt that had begun before
    assert session.connection.retries == 2
    session.connection.be(Phase.WAITING, Problem.CERTIFICATE)
    assert session.connection.retries == 2
    await session.watch.close()


async def test_a_disk_that_refuses_to_keep_it_is_told(main: MainWindow, eventually: Any) -> None:
    session = Session(main, certificate(changed=True))
    session.network.refuses = OSError(28, "No space left on device")
    session.connection.be(Phase.WAITING, Problem.CERTIFICATE)
    await eventually(lambda: session.status.button.text() == "Compare…")
    QTest.mouseClick(session.status.button, Qt.MouseButton.LeftButton)
    await eventually(lambda: question(main))
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Return)
    await eventually(lambda: main.pane._toast is not None)
    assert session.connection.retries == 0
    await session.watch.close()
