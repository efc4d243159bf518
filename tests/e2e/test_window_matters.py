"""What the window does beside talking: the server's limits, coming to the front, saving a file, two conversations at once."""

from pathlib import Path
from typing import Any

import pytest
from closing import closes_desktops
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

pytestmark = pytest.mark.timeout(120)


async def meet(office: Any) -> tuple[Any, Any]:
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    return robin, maya


class TestAShortServer:
    @pytest.fixture
    def server_environment(self) -> dict[str, str]:
        return {"CHAT_SERVER_TEXT_LENGTH": "20"}

    @closes_desktops
    async def test_the_composer_obeys_the_limits_of_the_server(self, office: Any) -> None:
        robin, _ = await meet(office)
        await robin.do("wait_phase", phase="ONLINE")
        composer = robin.app.window.pane.composer
        await robin.until(
            lambda: robin.app.session._limits_known and robin.app.session.limits.text_length == 20, "them"
        )
        QTest.keyClicks(composer.editor, "twenty-one characters")
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
        assert composer.editor.toPlainText() == "twenty-one characters"
        QTest.keyClick(composer.editor, Qt.Key.Key_Backspace)
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
        await robin.do("wait_state", text="twenty-one character", state="DELIVERED")


@closes_desktops
async def test_a_server_that_comes_back_with_other_limits_is_obeyed(office: Any) -> None:
    robin = office.desktop("robin")
    await robin.sign_in()
    await robin.do("wait_phase", phase="ONLINE")
    await robin.until(lambda: robin.app.session.limits.text_length == 8_000, "the limits")
    await office.kill()
    office.server.environment["CHAT_SERVER_TEXT_LENGTH"] = "20"
    await office.start()
    await robin.do("press_retry")
    await robin.until(lambda: robin.app.session.limits.text_length == 20, "the new limits")


@closes_desktops
async def test_a_window_that_comes_to_the_front_asks_what_it_missed(office: Any) -> None:
    robin, _ = await meet(office)
    await robin.do("wait_phase", phase="ONLINE")
    rounds: list[int] = []
    catch_up = robin.app.session._catch_up
    whole = catch_up.run

    async def counted() -> None:
        await whole()
        rounds.append(1)

    catch_up.run = counted
    robin.app._app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    await robin.until(lambda: rounds, "a sync")


@closes_desktops
async def test_a_picture_is_saved_where_the_person_says(office: Any, tmp_path: Path) -> None:
    source = tmp_path / "quay.png"
    Image.linear_gradient("L").resize((640, 400)).convert("RGB").save(source)
    robin, maya = await meet(office)
    composer = robin.app.window.pane.composer
    composer.add_paths([str(source)])
    QTest.keyClicks(composer.editor, "The quay")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    await maya.do("open", person="Robin Okafor")
    await maya.do("wait_text", text="The quay")
    window = maya.app.window
    [attachment] = next(
        row.message.attachments
        for number in range(window.pane.model.rowCount())
        if (row := window.pane.model.row_at(number)).message.text == "The quay"
    )
    window.pane.timeline.attachment_activated.emit(attachment, None)
    dialog = await maya.until(lambda: window.findChild(QFileDialog), "the file dialog")
    target = tmp_path / "kept.png"
    assert dialog.selectedFiles()[0].endswith("quay.png")
    dialog.selectFile(str(target))
    dialog.accept()
    await maya.until(target.exists, "the saved picture")
    with Image.open(target) as kept:
        assert kept.size == (640, 400)


@closes_desktops
async def test_a_message_of_another_conversation_leaves_the_open_one_alone(office: Any) -> None:
    robin, maya = await meet(office)
    await robin.do("type", text="between us")
    await robin.do("wait_state", text="between us", state="DELIVERED")
    robin.app.session.chat.create_group("Harbour", [maya.app.session.account.user_id])
    await robin.until(lambda: robin.app.window.pane.header.title.text() == "Harbour", "the group")
    await maya.do("open", person="Robin Okafor")
    await robin.do("type", text="for the group")
    await robin.do("wait_state", text="for the group", state="DELIVERED")
    group = robin.app.presenter.opened
    item = await maya.until(
        lambda: (found := maya.app.presenter._conversations.item_of(group)) and found.summary.unread_count and found,
        "the group with something unread",
    )
    assert item.title == "Harbour"
    assert await maya.do("transcript") == ["between us"]
