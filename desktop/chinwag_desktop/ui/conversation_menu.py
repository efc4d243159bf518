"""What can be set for a conversation, as a menu: read or unread, silence, its place in the list. Each for oneself only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from PySide6.QtWidgets import QWidget

from chinwag_desktop.models.conversation_list_model import ConversationItem
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.menu import Menu
from chinwag_protocol.http import SettingsPatch
from chinwag_protocol.objects import Notify
from chinwag_protocol.times import format_time

FOR_EVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
Change = Callable[[UUID, SettingsPatch], object]


def conversation_menu(
    themes: ThemeSource,
    parent: QWidget,
    item: ConversationItem,
    *,
    now: datetime,
    me: UUID | None,
    read: Callable[[UUID, int], object],
    change: Change,
    profile: Callable[[UUID], object],
) -> Menu:
    """`read` is called with the id and the last `seq`, `change` with the id and what is to be different, `profile` with the other person's id."""
    menu, summary = Menu(themes, parent), item.summary
    if (peer := summary.peer_id) is not None and peer != me:
        menu.add(translate("Sidebar", "Profile"), lambda: profile(peer), icon="user")
        menu.addSeparator()

    def add(label: str, icon: str, patch: SettingsPatch) -> None:
        menu.add(label, lambda: change(item.id, patch), icon=icon)

    last = summary.last_message
    if summary.unread_count:
        menu.add(translate("Sidebar", "Mark as read"), lambda: read(item.id, summary.last_seq), icon="check")
    elif last is not None and last.seq and last.sender_id != me and last.kind != "system" and last.deleted_at is None:
        add(translate("Sidebar", "Mark as unread"), "eye-off", SettingsPatch(unread_from_seq=last.seq))
    if summary.pinned:
        add(translate("Sidebar", "Unpin"), "pin", SettingsPatch(pinned=False))
    else:
        add(translate("Sidebar", "Pin to the top"), "pin", SettingsPatch(pinned=True))
    menu.addSeparator()
    if summary.muted:
        add(translate("Sidebar", "Unmute"), "bell", SettingsPatch(muted_until=None))
    else:
        for label, until in (
            (translate("Sidebar", "Mute for 1 hour"), now + timedelta(hours=1)),
            (translate("Sidebar", "Mute for 8 hours"), now + timedelta(hours=8)),
            (translate("Sidebar", "Mute until I unmute it"), FOR_EVER),
        ):
            add(label, "muted", SettingsPatch(muted_until=format_time(until)))
    menu.addSeparator()
    levels: tuple[tuple[Notify, str, str], ...] = (
        ("all", "bell", translate("Sidebar", "Notify of every message")),
        ("mentions", "user", translate("Sidebar", "Notify when I am mentioned")),
        ("none", "muted", translate("Sidebar", "Never notify")),
    )
    for level, icon, label in levels:
        chosen = partial(change, item.id, SettingsPatch(notify=level))
        menu.add(label, chosen, icon=icon, checked=summary.notify == level)
    menu.addSeparator()
    if summary.archived:
        add(translate("Sidebar", "Take out of the archive"), "archive", SettingsPatch(archived=False))
    elif summary.unread_count and not summary.muted:  # unread as it is, it would stay in the list

        def read_and_archive() -> None:
            read(item.id, summary.last_seq)
            change(item.id, SettingsPatch(archived=True))

        menu.add(translate("Sidebar", "Mark as read and archive"), read_and_archive, icon="archive")
    else:
        add(translate("Sidebar", "Archive"), "archive", SettingsPatch(archived=True))
    return menu
