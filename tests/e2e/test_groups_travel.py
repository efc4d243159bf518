"""Two desktops: what one does to a group, the other one sees, and both read in the timeline."""

from typing import Any

import httpx
from closing import closes_desktops
from PySide6.QtCore import QBuffer, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from chinwag_desktop.ui.group_panel import LEAVE, GroupPanel
from chinwag_desktop.ui.group_questions import YES
from chinwag_desktop.ui.new_conversation_dialog import AddPeopleDialog


def titles(desktop: Any) -> list[str]:
    model = desktop.app.window.sidebar.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def says(desktop: Any, words: str) -> bool:
    """Whether a row of the timeline reads so, to a screen reader, too."""
    model = desktop.app.window.pane.model
    return model is not None and any(words in str(model.index(row, 0).data()) for row in range(model.rowCount()))


async def panel_of(desktop: Any) -> GroupPanel:
    window = desktop.app.window
    if not isinstance(window._dialog, GroupPanel):
        QTest.mouseClick(window.pane.header.name, Qt.MouseButton.LeftButton)
    await desktop.until(
        lambda: isinstance(window._dialog, GroupPanel) and window._dialog.buttons[LEAVE].isEnabled(), "the panel"
    )
    return window._dialog


def choose(panel: GroupPanel, username: str, label: str) -> None:
    member = next(row for row in panel.model.items() if row.person is not None and row.person.username == username)
    menu = panel.build_member_menu(member)
    next(action for action in menu.actions() if action.text().startswith(label)).trigger()
    menu.deleteLater()


async def say_yes(desktop: Any) -> None:
    window = desktop.app.window
    await desktop.until(lambda: window._dialog is not None and YES in window._dialog.buttons, "the question")
    QTest.mouseClick(window._dialog.buttons[YES], Qt.MouseButton.LeftButton)


@closes_desktops
async def test_a_group_is_renamed_passed_on_left_and_entered_again(office):
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    robin_id, maya_id = robin.app.session.account.user_id, maya.app.session.account.user_id
    robin.app.session.chat.create_group("Mast", [maya_id])
    await robin.until(lambda: robin.app.window.pane.header.title.text() == "Mast", "the group")
    group_id = robin.app.presenter.opened
    await maya.until(lambda: "Mast" in titles(maya), "the group")
    maya.app.presenter.open(group_id)

    panel = await panel_of(robin)
    QTest.mouseClick(panel.edit, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel.title_field.edit, "Mast and rigging")
    QTest.keyClick(panel.title_field.edit, Qt.Key.Key_Return)
    await maya.until(lambda: maya.app.window.pane.header.title.text() == "Mast and rigging", "the name")
    await maya.until(lambda: says(maya, "Robin Okafor renamed the group"), "who did it")

    await robin.until(lambda: panel.title_field.isHidden(), "the panel at rest")
    choose(panel, "maya", "Hand the group over")
    await say_yes(robin)
    await maya.until(lambda: says(maya, "made you the owner"), "the ownership")

    panel = await panel_of(robin)
    await robin.until(lambda: panel.model.item(0).id == maya_id, "the new owner on top")
    QTest.mouseClick(panel.buttons[LEAVE], Qt.MouseButton.LeftButton)
    await say_yes(robin)
    await robin.until(lambda: "Mast and rigging" not in titles(robin), "it is gone")
    await maya.until(lambda: says(maya, "Robin Okafor left"), "who left")

    panel = await panel_of(maya)
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    window = maya.app.window
    await maya.until(lambda: isinstance(window._dialog, AddPeopleDialog), "whom to add")
    QTest.keyClicks(window._dialog.picker.search.edit, "robin")
    QTest.keyClick(window._dialog.picker.search.edit, Qt.Key.Key_Return)
    await robin.until(lambda: "Mast and rigging" in titles(robin), "it is back")

    panel = await panel_of(maya)
    await maya.until(lambda: any(row.id == robin_id for row in panel.model.items()), "Robin among them")
    choose(panel, "robin", "Remove")
    await say_yes(maya)
    await robin.until(lambda: "Mast and rigging" not in titles(robin), "it is gone")
    await maya.until(lambda: says(maya, "You removed Robin Okafor"), "what was done")


@closes_desktops
async def test_a_picture_that_one_sets_is_seen_by_the_other(office):
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await maya.do("open", person="Robin Okafor")
    await maya.do("type", text="hello")  # from now on they share a conversation, and hear of each other
    await robin.until(lambda: "Maya Lindqvist" in titles(robin), "her message")
    robin_id = robin.app.session.account.user_id
    red = QImage(300, 200, QImage.Format.Format_RGB32)
    red.fill(QColor("#FF0000"))
    data = QBuffer()
    data.open(QBuffer.OpenModeFlag.WriteOnly)
    red.save(data, "PNG")
    token = await robin.app.session._api.access_token()
    async with httpx.AsyncClient(base_url=office.server.url) as http:
        answer = await http.put(
            "/api/v1/users/me/avatar",
            content=bytes(data.data().data()),
            headers={"Authorization": f"Bearer {token.token}", "Content-Type": "image/png"},
        )
    assert answer.status_code == 200, answer.text

    def middle() -> QColor:
        return maya.app.window.pane.header.avatar.grab().toImage().pixelColor(20, 8)

    await maya.until(lambda: middle().red() > 240 and middle().green() < 20, "Robin's picture in the header")
    assert maya.app.presenter._avatars.picture(robin_id) is not None
