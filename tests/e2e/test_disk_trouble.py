"""A disk that fails under the outbox: the person is told, and everything else goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from closing import closes_desktops
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from chinwag_desktop.core.entities import DeliveryState
from chinwag_desktop.ui.widgets.dialog import Dialog

pytestmark = pytest.mark.timeout(120)


async def notice(desktop: Any, title: str) -> Dialog:
    """The open dialog with this title."""

    def found() -> Dialog | None:
        window = desktop.app.window
        dialogs = window.findChildren(Dialog) if window is not None else []
        return next((dialog for dialog in dialogs if dialog.accessibleName() == title), None)

    return await desktop.until(found, f"the notice {title!r}")


async def leave_unsent(office: Any, texts: list[str]) -> Any:
    """Robin writes while there is no server, and quits. Returns the path of the outbox."""
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    await robin.do("type", text="hello")
    await robin.do("wait_state", text="hello", state="DELIVERED")
    await office.quit(maya)
    await office.kill()
    await robin.do("wait_banner", words="attempt")
    for text in texts:
        await robin.do("type", text=text)
    await robin.do("wait_state", text=texts[-1], state="SENDING")
    await office.quit(robin)
    [path] = robin.profile.rglob("outbox.db")
    return path


@closes_desktops
async def test_a_damaged_outbox_is_told_and_what_could_be_read_is_sent(
    office: Any, expect_log: Callable[[str], None]
) -> None:
    """FAULTS 37, the outbox."""
    texts = [f"{number} " + "x" * 900 for number in range(16)]
    path = await leave_unsent(office, texts)
    content = bytearray(path.read_bytes())
    content[-8_192:] = b"\x5a" * 8_192
    path.write_bytes(bytes(content))
    expect_log("outbox is damaged")
    expect_log("could not be read to its end|outbox is damaged")
    await office.start()
    robin = office.desktop("robin")
    dialog = await notice(robin, "Unsent messages may be missing")
    assert "outbox.db.damaged-1" in dialog.accessibleDescription()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    await robin.do("wait_state", text=texts[0], state="SENT")
    sent = (await robin.do("transcript"))[1:]
    assert 0 < len(sent) < len(texts)
    assert sent == texts[: len(sent)]


@closes_desktops
async def test_an_outbox_that_cannot_be_opened_is_told_and_the_rest_goes_on(
    office: Any, expect_log: Callable[[str], None]
) -> None:
    path = await leave_unsent(office, ["kept"])
    aside = path.with_name("aside")
    path.rename(aside)
    path.mkdir()
    expect_log("the outbox cannot be opened")
    expect_log("could not be saved|the outbox cannot be opened")
    await office.start()
    robin, maya = office.desktop("robin"), office.desktop("maya")
    dialog = await notice(robin, "Nothing can be sent now")
    assert str(path) in dialog.accessibleDescription()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    await robin.do("wait_phase", phase="ONLINE")
    await maya.do("open", person="Robin Okafor")
    await maya.do("type", text="can you read this")
    await robin.do("wait_text", text="can you read this")
    await robin.do("type", text="but not write")
    await robin.do("wait_state", text="but not write", state="FAILED")
    await office.quit(robin)
    path.rmdir()
    aside.rename(path)
    again = office.desktop("robin")
    await again.do("wait_state", text="kept", state=DeliveryState.DELIVERED.name)
