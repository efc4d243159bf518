"""Two devices of one person: what is set for a conversation on one is so on the other."""

from typing import Any

from closing import closes_desktops
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from chinwag_desktop.core.entities import ConversationSummary
from chinwag_desktop.models.conversation_list_model import ConversationItem


def summary_of(desktop: Any, title: str) -> ConversationSummary | None:
    return next((found for found in desktop.app.session.chat.reader.summaries() if found.title == title), None)


def listed(desktop: Any, title: str) -> ConversationItem | None:
    items = desktop.app.window.sidebar.model.items()
    return next((one for one in items if isinstance(one, ConversationItem) and one.title == title), None)


def offers(desktop: Any, title: str, label: str) -> bool:
    item = listed(desktop, title)
    if item is None:
        return False
    menu = desktop.app.window.sidebar.menu_of(item)
    labels = [action.text() for action in menu.actions()]
    menu.deleteLater()
    return label in labels


async def choose(desktop: Any, title: str, label: str) -> None:
    """From the menu of this conversation, with the keyboard, once the list has heard what makes it offer this."""
    await desktop.until(lambda: offers(desktop, title, label), label)
    sidebar, item = desktop.app.window.sidebar, listed(desktop, title)
    assert item is not None
    menu = sidebar.menu_of(item)
    menu.popup(sidebar.mapToGlobal(sidebar.rect().center()))
    rows = [action.text() for action in menu.actions() if not action.isSeparator()]
    for _ in range(rows.index(label) + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)


@closes_desktops
async def test_silence_place_and_unread_are_the_same_on_all_devices(office: Any) -> None:
    robin, other, maya = office.desktop("robin"), office.desktop("robin", device="lap"), office.desktop("maya")
    for desktop in (robin, other, maya):
        await desktop.sign_in()
    await maya.do("open", person="Robin Okafor")
    await maya.do("type", text="tide at six")
    for desktop in (robin, other):
        await desktop.until(lambda desktop=desktop: listed(desktop, "Maya Lindqvist"), "the conversation")

    await choose(robin, "Maya Lindqvist", "Mark as read")
    await maya.do("wait_state", text="tide at six", state="READ")
    await other.until(lambda: not summary_of(other, "Maya Lindqvist").unread_count, "read there, too")
    await robin.until(lambda: not summary_of(robin, "Maya Lindqvist").unread_count, "read here")
    await choose(robin, "Maya Lindqvist", "Mark as unread")
    await other.until(lambda: summary_of(other, "Maya Lindqvist").unread_count == 1, "unread there, too")
    await choose(robin, "Maya Lindqvist", "Mute until I unmute it")
    await other.until(lambda: summary_of(other, "Maya Lindqvist").muted, "silence there, too")
    await choose(other, "Maya Lindqvist", "Archive")
    await robin.until(lambda: summary_of(robin, "Maya Lindqvist").archived, "archived here, too")
    await robin.until(lambda: listed(robin, "Maya Lindqvist") is None, "it is out of the way")
