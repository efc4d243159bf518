"""What a person wrote and did not send is kept: when the app ends at that moment, and when the session ends without them."""

from typing import Any

import httpx
import pytest
from closing import closes_desktops
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from chinwag_desktop.core.connection import Phase
from chinwag_desktop.ui.connection_panel import ConnectionPanel
from chinwag_desktop.ui.widgets.dialog import Dialog

pytestmark = pytest.mark.timeout(120)
NEW_PASSWORD = "another horse battery"


def composer(desktop: Any) -> str:
    window = desktop.app.window
    return "" if window is None else window.pane.composer.editor.toPlainText()


def write(desktop: Any, text: str) -> None:
    QTest.keyClicks(desktop.app.window.pane.composer.editor, text)


async def begin(office: Any) -> Any:
    """Robin, with the conversation with Maya open; she has gone again."""
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    await office.quit(maya)
    return robin


@closes_desktops
async def test_half_a_sentence_survives_the_end_of_the_app(office: Any) -> None:
    robin = await begin(office)
    write(robin, "half a sen")
    await office.quit(robin)
    again = office.desktop("robin")
    await again.until(lambda: composer(again) == "half a sen", "the draft")


@closes_desktops
async def test_the_availability_of_earlier_runs_is_in_the_panel(office: Any) -> None:
    robin = await begin(office)
    await robin.until(lambda: any(one.up_s > 0 for one in robin.app.session.connection.counted_hours()), "time online")
    await robin.until(lambda: robin.app.session.connection.server()[-1:].isdigit(), "name and version of the server")
    counted = sum(one.up_s for one in robin.app.session.connection.counted_hours())
    await office.quit(robin)
    again = office.desktop("robin")

    def kept() -> bool:
        session = again.app.session
        return session is not None and sum(one.up_s for one in session.connection.counted_hours()) >= counted

    await again.until(kept, "what the run before has counted")
    await again.until(lambda: again.app.window is not None, "the window")
    QTest.keyClick(
        again.app.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    panel = again.app.window.findChild(ConnectionPanel)
    assert panel.week.days[-1].share is not None
    panel.choose("")


@closes_desktops
async def test_a_password_changed_elsewhere_costs_neither_the_outbox_nor_the_drafts(office: Any) -> None:
    """FAULTS 41, 42: only a sign-out, a revoked device and a disabled account wipe."""
    robin = await begin(office)
    await robin.do("type", text="sent")
    await robin.do("wait_state", text="sent", state="SENT")
    await office.kill()
    await robin.do("wait_banner", words="attempt")
    await robin.do("type", text="unsent")
    await robin.do("wait_state", text="unsent", state="SENDING")
    write(robin, "half a sen")
    await office.quit(robin)
    await office.start()
    await change_password(office.server.url)
    again = office.desktop("robin")
    session = await again.until(lambda: again.app.session, "the session")
    await again.until(lambda: session.monitor.state.phase is Phase.REFUSED, "the refusal")
    await again.do("wait_text", text="unsent")
    again.app.window.pane.status.sign_in_requested.emit()
    window = await again.until(lambda: again.app.sign_in, "the sign-in window")
    assert "what you wrote is kept" in window.error.text()
    await again.do("sign_in", server=again.url, username="robin", password=NEW_PASSWORD)
    await again.do("wait_state", text="unsent", state="SENT")
    assert composer(again) == "half a sen"
    assert await again.do("transcript") == ["sent", "unsent"]


async def change_password(url: str) -> None:
    """On another device."""
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False) as http:
        login = await http.post("/auth/login", json={"username": "robin", "password": "correct horse battery"})
        token = login.raise_for_status().json()["accessToken"]
        changed = await http.post(
            "/auth/password",
            json={"currentPassword": "correct horse battery", "newPassword": NEW_PASSWORD},
            headers={"Authorization": f"Bearer {token}"},
        )
        changed.raise_for_status()


@closes_desktops
async def test_signing_out_says_first_what_it_would_lose(office: Any) -> None:
    robin = await begin(office)
    await office.kill()
    await robin.do("wait_banner", words="attempt")
    for text in ("one", "two"):
        await robin.do("type", text=text)
        await robin.do("wait_state", text=text, state="SENDING")
    await robin.until(lambda: len(robin.app.session.chat.unsent()) == 2, "both to wait")
    robin.app.window.sign_out_requested.emit()
    dialog = await robin.until(lambda: robin.app.window.findChild(Dialog), "the question")
    assert "2 messages have not been sent" in dialog.accessibleDescription()
    dialog.choose("")
    assert robin.app.session is not None
    assert [entry.text for entry in robin.app.session.chat.unsent()] == ["one", "two"]
