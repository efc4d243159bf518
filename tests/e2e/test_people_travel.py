"""Two desktops: what one changes of their own profile the other sees; who is blocked cannot write; a group's picture comes to all."""

from pathlib import Path
from typing import Any

from closing import closes_desktops
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from chinwag_desktop.ui.group_panel import GroupPanel
from chinwag_desktop.ui.own_profile import OwnProfileDialog
from chinwag_desktop.ui.profile_card import BLOCK, ProfileCard


def click(button: Any) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def choose_file(desktop: Any, path: Path) -> None:
    chooser = desktop.app.window.findChild(QFileDialog)
    chooser.fileSelected.emit(str(path))
    chooser.close()


def red_picture(folder: Path) -> Path:
    picture = QImage(300, 200, QImage.Format.Format_RGB32)
    picture.fill(QColor("#FF0000"))
    path = folder / "red.png"
    assert picture.save(str(path))
    return path


async def dialog_of(desktop: Any, kind: type[Any]) -> Any:
    return await desktop.until(
        lambda: desktop.app.window._dialog if isinstance(desktop.app.window._dialog, kind) else None, kind.__name__
    )


@closes_desktops
async def test_a_profile_is_seen_by_the_other(office: Any, tmp_path: Path) -> None:
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await maya.do("open", person="Robin Okafor")
    await maya.do("type", text="hello")
    await robin.until(lambda: robin.app.window.sidebar.model.rowCount(), "her message")

    robin.app.window.profile_requested.emit()
    own = await dialog_of(robin, OwnProfileDialog)
    await robin.until(lambda: own.name.isEnabled(), "the connection")
    click(own.choose_picture)
    choose_file(robin, red_picture(tmp_path))
    robin_id = robin.app.session.account.user_id
    await maya.until(lambda: maya.app.session.presence.get(robin_id).avatar_url, "the picture")
    own.name.edit.selectAll()
    QTest.keyClicks(own.name.edit, "Robin O")
    QTest.keyClicks(own.status.edit, "at the mast")
    click(own.quiet)
    QTest.keyClick(own.status.edit, Qt.Key.Key_Return)
    header = maya.app.window.pane.header
    await maya.until(lambda: header.title.text() == "Robin O", "the name")
    await maya.until(lambda: header.status.text() == "do not disturb · at the mast", "the status")


@closes_desktops
async def test_who_is_blocked_cannot_write(office: Any) -> None:
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    click(robin.app.window.pane.header.name)
    card = await dialog_of(robin, ProfileCard)
    await robin.until(lambda: card.buttons[BLOCK].isEnabled(), "what the server knows")
    click(card.buttons[BLOCK])
    await robin.until(lambda: robin.app.window._dialog is not card and robin.app.window._dialog, "the question")
    click(robin.app.window._dialog.buttons[BLOCK])
    card = await dialog_of(robin, ProfileCard)
    await robin.until(lambda: card.buttons[BLOCK].text() == "Unblock", "the block")
    await maya.do("open", person="Robin Okafor")
    await maya.do("type", text="are you there?")
    await maya.do("wait_state", text="are you there?", state="FAILED")
    click(card.buttons[BLOCK])
    await robin.until(lambda: robin.app.window._dialog is not card, "no block any more")
    await maya.do("type", text="and now?")
    await maya.do("wait_state", text="and now?", state="DELIVERED")


@closes_desktops
async def test_a_group_picture_comes_to_all_and_goes_again(office: Any, tmp_path: Path) -> None:
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    robin.app.session.chat.create_group("Mast", [maya.app.session.account.user_id])
    await robin.until(lambda: robin.app.window.pane.header.title.text() == "Mast", "the group")
    group_id = robin.app.presenter.opened
    click(robin.app.window.pane.header.name)
    panel = await dialog_of(robin, GroupPanel)
    await robin.until(lambda: panel.picture.isEnabled(), "the panel at rest")
    click(panel.picture)
    choose_file(robin, red_picture(tmp_path))
    reader = maya.app.session.chat.reader
    await maya.until(lambda: (found := reader.summary(group_id)) and found.avatar_url, "the picture")
    await robin.until(lambda: panel._has_picture, "the picture")
    menu = panel.build_picture_menu()
    next(action for action in menu.actions() if action.text().startswith("Remove")).trigger()
    menu.deleteLater()
    await maya.until(lambda: not reader.summary(group_id).avatar_url, "no picture")
