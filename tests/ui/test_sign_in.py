"""Signing in and registering from the keyboard, and the words of each way it can fail."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from ui_states import SIGN_IN_ERRORS

from chinwag_desktop.core.errors import ClientError, Problem
from chinwag_desktop.ui.sign_in_window import SignInWindow
from chinwag_desktop.ui.sign_in_words import FIELDS, SignInForm, base_url, complaint_about
from chinwag_desktop.ui.theme.theme import ThemeSource


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("chat.example.org", "https://chat.example.org"),
        (" chat.example.org/ ", "https://chat.example.org"),
        ("chat.example.org:8443", "https://chat.example.org:8443"),
        ("localhost:8765", "http://localhost:8765"),
        ("127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("[::1]:8765", "http://[::1]:8765"),
        ("http://192.168.1.5:8765", "http://192.168.1.5:8765"),
        ("HTTPS://Chat.Example.org/team", "https://chat.example.org/team"),
        ("", None),
        ("chat example", None),
        ("ftp://example.org", None),
        ("https://robin:secret@example.org", None),
        ("https://example.org:99999", None),
        ("https://", None),
    ],
)
def test_addresses(typed: str, url: str | None) -> None:
    assert base_url(typed) == url


def test_a_form_never_shows_its_password() -> None:
    form = SignInForm(address="https://a", username="robin", password="correct horse")
    assert "horse" not in repr(form)


@pytest.mark.parametrize("registering", [False, True])
def test_every_failure_has_words_of_its_own(registering: bool) -> None:
    complaints = [complaint_about(error, registering=registering) for error, _ in SIGN_IN_ERRORS.values()]
    assert all(complaint.words.endswith(".") for complaint in complaints)
    assert all(complaint.field in (*FIELDS, "") for complaint in complaints)
    assert len({complaint.words for complaint in complaints}) >= len(complaints) - 3


def test_a_code_nobody_knows_still_has_words() -> None:
    error = ClientError(code="teapot")
    error.problem = Problem.REFUSED
    assert complaint_about(error, registering=False).words.endswith(".")


@pytest.fixture
def window(themes: ThemeSource, show: Callable[..., None]) -> SignInWindow:
    made = SignInWindow(themes)
    show(made, 520, 820)
    made.fill()
    return made


def type_into(qtbot: QtBot, text: str) -> None:
    qtbot.keyClicks(QApplication.focusWidget(), text)


def tab(qtbot: QtBot) -> None:
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)


def test_signing_in_needs_only_the_keyboard(window: SignInWindow, qtbot: QtBot) -> None:
    sent: list[tuple[SignInForm, bool]] = []
    window.submitted.connect(lambda form, new: sent.append((form, new)))
    type_into(qtbot, "chat.example.org")
    tab(qtbot)
    type_into(qtbot, " Robin ")
    tab(qtbot)
    type_into(qtbot, "correct horse")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert sent == [(SignInForm(address="https://chat.example.org", username="robin", password="correct horse"), False)]
    assert window.busy


def test_registering_needs_only_the_keyboard(window: SignInWindow, qtbot: QtBot) -> None:
    sent: list[tuple[SignInForm, bool]] = []
    window.submitted.connect(lambda form, new: sent.append((form, new)))
    qtbot.keyClick(window.switch, Qt.Key.Key_Return)
    assert window.registering
    for text in ("localhost:8765", "harbour-2026", "robin", "Robin Okafor", "correct horse"):
        type_into(qtbot, text)
        if text != "correct horse":
            tab(qtbot)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    form, new = sent[0]
    assert new
    assert (form.address, form.invite_code, form.display_name) == (
        "http://localhost:8765",
        "harbour-2026",
        "Robin Okafor",
    )


def test_what_is_lacking_is_said_before_the_server_is_asked(window: SignInWindow, qtbot: QtBot) -> None:
    sent: list[object] = []
    window.submitted.connect(lambda form, new: sent.append(form))
    qtbot.keyClick(window.button, Qt.Key.Key_Return)
    assert window.fields["server"].error
    assert window.fields["server"].edit.hasFocus()
    window.fill(server="chat.example.org", username="robin")
    assert window.fields["password"].edit.hasFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert window.error.text() == "Type your password."
    window.show_mode(registering=True)
    window.fields["password"].set_text("short")
    window.submit()
    assert "10 to 256" in window.error.text()
    assert sent == []


def ready(window: SignInWindow) -> None:
    window.fill(server="chat.example.org", username="robin")
    window.fields["password"].set_text("correct horse")


@pytest.mark.parametrize("name", list(SIGN_IN_ERRORS))
def test_an_error_stands_at_its_field_and_goes_with_the_next_key(name: str, window: SignInWindow, qtbot: QtBot) -> None:
    error, registering = SIGN_IN_ERRORS[name]
    window.show_mode(registering=registering)
    ready(window)
    window.submit()
    before = window.size()
    window.show_error(error)
    complaint = complaint_about(error, registering=registering)
    assert window.error.text() == complaint.words
    assert window.error.height() <= 32, "the words take more than the two lines kept for them"
    QApplication.processEvents()
    assert window.size() == before, "the window jumps"
    words = QRect(window.error.mapTo(window, QPoint()), window.error.size())
    assert window.error.parentWidget().rect().contains(window.error.geometry()), "the words are cut"
    place = window.fields[complaint.field or "password"]
    under = QRect(place.mapTo(window, QPoint()), place.size())
    assert 0 < words.top() - under.bottom() < 20, "the words do not stand under the field"
    assert not window.busy
    assert [key for key, field in window.fields.items() if field.error] == (
        [complaint.field] if complaint.field else []
    )
    type_into(qtbot, "x")
    assert not any(field.error for field in window.fields.values())


def test_busy_can_be_cancelled(window: SignInWindow, qtbot: QtBot) -> None:
    cancelled: list[int] = []
    window.cancelled.connect(lambda: cancelled.append(1))
    ready(window)
    window.submit()
    assert not window.fields["server"].isEnabled()
    window.submit()
    qtbot.keyClick(window.switch, Qt.Key.Key_Escape)
    assert cancelled == [1]
    window.submit()
    qtbot.keyClick(window.switch, Qt.Key.Key_Return)
    assert cancelled == [1, 1]
    assert window.fields["server"].isEnabled()


def test_nothing_jumps_when_an_error_comes(window: SignInWindow) -> None:
    before = window.button.mapTo(window, window.button.rect().topLeft())
    window.show_error(ClientError(code="unauthorized"))
    QApplication.processEvents()
    assert window.button.mapTo(window, window.button.rect().topLeft()) == before


def test_the_password_can_be_seen(window: SignInWindow, qtbot: QtBot) -> None:
    field = window.fields["password"]
    assert field.edit.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClick(field.eye, Qt.Key.Key_Space)
    assert field.edit.echoMode() is QLineEdit.EchoMode.Normal
    assert field.eye.accessibleName() == "Hide password"
    qtbot.keyClick(field.eye, Qt.Key.Key_Space)
    assert field.edit.echoMode() is QLineEdit.EchoMode.Password


def test_the_window_grows_with_the_form_and_gives_the_room_back(themes: ThemeSource, show: Callable[..., None]) -> None:
    window = SignInWindow(themes)
    show(window)
    before = window.height()
    window.show_mode(registering=True)
    QApplication.processEvents()
    for field in window.fields.values():
        assert field.height() >= field.minimumSizeHint().height()
    assert window.switch.geometry().bottom() < window.switch.parentWidget().height()
    shown = [window._labels[key] for key in window.fields]
    assert all(upper.geometry().bottom() < lower.geometry().top() for upper, lower in pairwise(shown))
    assert window.windowTitle() == "Join a server · Chinwag"
    window.show_mode(registering=False)
    assert window.height() == before


def test_a_window_made_large_stays_large(themes: ThemeSource, show: Callable[..., None]) -> None:
    window = SignInWindow(themes)
    show(window, 900, 1000)
    window.show_mode(registering=True)
    window.show_mode(registering=False)
    assert (window.width(), window.height()) == (900, 1000)


def test_newcomers_are_told_what_is_true_on_every_server(window: SignInWindow) -> None:
    """An invitation is asked for in the form, where it says that not everybody has one."""
    assert (window.switch_words.text(), window.switch.text()) == ("New here?", "Create an account")
    window.switch.click()
    assert window.fields["invite"].edit.placeholderText() == "If you were given one"
