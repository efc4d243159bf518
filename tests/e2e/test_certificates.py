"""A desktop and a server whose certificate nobody vouches for: confirmed once, held on to, and a changed one blocked until it is confirmed."""

import shutil
import stat
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from certificates import self_signed
from closing import closes_desktops
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from chinwag_desktop.core.connection import Phase
from chinwag_desktop.core.errors import Problem
from chinwag_desktop.models.fingerprints import groups_of, short_fingerprint
from chinwag_desktop.ui.certificate_dialog import CertificateDialog

pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def server_environment() -> dict[str, str]:
    return {"CHAT_SERVER_TLS_SELF_SIGNED": "true"}


async def told_by(office: Any) -> str:
    """The fingerprint as whoever runs the server reads it out."""
    words = [*office.server.command(), "fingerprint", "--data-dir", str(office.server.data)]
    done: list[str] = []
    await office._off_loop(lambda: done.append(subprocess.run(words, capture_output=True, text=True).stdout))
    return "".join(done[0].partition("\n")[2].split())


def question_of(window: Any) -> Callable[[], CertificateDialog | None]:
    def found() -> CertificateDialog | None:
        dialogs = [one for one in window.findChildren(CertificateDialog) if one.isVisible()]
        return dialogs[0] if dialogs else None

    return found


async def press(desktop: Any, dialog: CertificateDialog, *keys: Qt.Key) -> None:
    """With the keyboard, on whatever has the focus."""
    dialog.window().activateWindow()
    for key in keys:
        focus = await desktop.until(
            lambda: QApplication.focusWidget() in dialog.buttons.values() and QApplication.focusWidget(), "the focus"
        )
        QTest.keyClick(focus, key)


async def begin_to_sign_in(desktop: Any, *, url: str = "") -> Any:
    window = await desktop.until(lambda: desktop.app.sign_in, "the sign-in window")
    typed = {"server": url or desktop.url, "username": desktop.name, "password": "correct horse battery"}
    for key, text in typed.items():
        window.fields[key].set_text("")
        QTest.keyClicks(window.fields[key].edit, text)
    QTest.keyClick(window.fields["password"].edit, Qt.Key.Key_Return)
    return window


async def sign_in(desktop: Any) -> str:
    """Sign in and confirm; the fingerprint that was shown."""
    window = await begin_to_sign_in(desktop)
    dialog = await desktop.until(question_of(window), "the question")
    shown = dialog.facts.shown.sha256
    await press(desktop, dialog, Qt.Key.Key_Tab, Qt.Key.Key_Return)
    await desktop.do("wait_phase", phase="ONLINE")
    return shown


@closes_desktops
async def test_a_certificate_that_nobody_vouches_for_is_asked_about_and_no_is_the_default(office):
    robin = office.desktop("robin")
    window = await begin_to_sign_in(robin)
    dialog = await robin.until(question_of(window), "the question")
    assert window.busy
    assert "".join(dialog.cards[0].groups) == await told_by(office)
    assert robin.url.removeprefix("https://") in dialog.accessibleDescription()
    await press(robin, dialog, Qt.Key.Key_Return)
    await robin.until(lambda: not window.busy, "the form")
    assert window.error.text() == "Not connected: you have not confirmed the server’s certificate."
    assert robin.app.auth.account is None
    assert not (robin.profile / "certificates").exists()
    QTest.keyClick(window.fields["password"].edit, Qt.Key.Key_Return)
    dialog = await robin.until(question_of(window), "the question again")
    await press(robin, dialog, Qt.Key.Key_Tab, Qt.Key.Key_Return)
    await robin.do("wait_phase", phase="ONLINE")
    [pinned] = (robin.profile / "certificates").iterdir()
    assert stat.S_IMODE(pinned.stat().st_mode) == 0o600
    assert pinned.read_text() == (office.server.data / "tls" / "certificate.pem").read_text()


@closes_desktops
async def test_a_changed_certificate_blocks_until_it_is_confirmed(office):
    """FAULTS 57."""
    robin, maya = office.desktop("robin"), office.desktop("maya")
    trusted = await sign_in(robin)
    assert await sign_in(maya) == trusted == await told_by(office)
    await robin.do("open", person="Maya Lindqvist")
    await maya.do("open", person="Robin Okafor")
    await robin.do("type", text="over TLS")
    await maya.do("wait_text", text="over TLS")

    await office.kill()
    shutil.rmtree(office.server.data / "tls")
    await office.start()
    now = await told_by(office)
    assert now != trusted
    status = robin.app.window.pane.status
    await robin.do("wait_banner", words="certificate changed")
    await robin.do("wait_banner", words=f"Trusted {short_fingerprint(trusted)}, shown {short_fingerprint(now)}")
    await robin.do("type", text="written meanwhile")
    attempts = robin.app.session.monitor.metrics.attempts
    await robin.until(lambda: robin.app.session.monitor.metrics.attempts >= attempts + 2, "more attempts")
    assert robin.app.session.monitor.state.problem is Problem.CERTIFICATE
    assert "certificate changed" in status.accessibleName()  # it does not flicker with the attempts

    QTest.keyClick(status.button, Qt.Key.Key_Return)
    dialog = await robin.until(question_of(robin.app.window), "the question")
    assert [card.groups for card in dialog.cards] == [groups_of(trusted), groups_of(now)]
    await press(robin, dialog, Qt.Key.Key_Return)  # Cancel has the focus
    await robin.until(lambda: question_of(robin.app.window)() is None, "the end of the question")
    assert robin.app.session.monitor.state.phase is not Phase.ONLINE

    for desktop in (robin, maya):
        await desktop.do("wait_banner", words="certificate changed")
        QTest.keyClick(desktop.app.window.pane.status.button, Qt.Key.Key_Return)
        dialog = await desktop.until(question_of(desktop.app.window), "the question")
        await press(desktop, dialog, Qt.Key.Key_Tab, Qt.Key.Key_Return)
        await desktop.do("wait_phase", phase="ONLINE")
    await maya.do("wait_text", text="written meanwhile")
    await robin.do("wait_state", text="written meanwhile", state="READ")

    await office.quit(robin)  # and at the next start nothing is asked
    again = office.desktop("robin")
    await again.do("wait_phase", phase="ONLINE")
    assert question_of(again.app.window)() is None


@closes_desktops
async def test_the_trusted_certificate_comes_back_and_the_link_with_it(office):
    robin = office.desktop("robin")
    await sign_in(robin)
    tls = office.server.data / "tls"
    await office.kill()
    tls.rename(tls.with_name("kept"))
    tls.mkdir()
    other = self_signed(tls, "127.0.0.1")
    shutil.copy(other.cert_path, tls / "certificate.pem")
    shutil.copy(other.key_path, tls / "key.pem")
    await office.start()
    await robin.do("wait_banner", words="certificate changed")
    shutil.rmtree(tls)
    tls.with_name("kept").rename(tls)  # the server takes it anew by itself
    await robin.do("wait_phase", phase="ONLINE")
    await robin.until(lambda: "certificate" not in robin.app.window.pane.status.accessibleName(), "another banner")


@closes_desktops
async def test_an_address_that_says_http_is_told_to_say_https(office):
    robin = office.desktop("robin")
    window = await begin_to_sign_in(robin, url=office.server.url.replace("https://", "http://"))
    await robin.until(lambda: not window.busy, "the form")
    assert window.error.text() == "This server encrypts: begin its address with https://."
    assert not list(robin.profile.glob("certificates/*"))
