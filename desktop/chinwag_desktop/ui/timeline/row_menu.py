"""What can be done to a message, as a menu."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.row_rights import Rights, can_answer, can_be_unread, can_change, can_delete, can_pin
from chinwag_desktop.ui.timeline.hit import Hit
from chinwag_desktop.ui.timeline.layout import discard_label, retry_label
from chinwag_desktop.ui.widgets.menu import Menu

if TYPE_CHECKING:
    from chinwag_desktop.ui.timeline.view import TimelineView


def row_menu(view: "TimelineView", row: TimelineRow, found: Hit, *, rights: Rights) -> Menu:
    """The menu of a row, opened where `found` is. Empty when there is nothing to do."""
    menu, message = Menu(view.themes, view), row.message
    if view.selector.selection:
        menu.add(translate("Timeline", "Copy what is selected"), view.selector.copy, icon="copy")
    if row.state is DeliveryState.FAILED:
        menu.add(retry_label(), lambda: view.retry_requested.emit(row.key), icon="retry")
        menu.add(discard_label(), lambda: view.discard_requested.emit(row.key), icon="trash")
    if can_answer(row):
        menu.add(translate("Timeline", "Reply"), lambda: view.reply_requested.emit(row), icon="reply")
        menu.add(translate("Timeline", "Forward…"), lambda: view.forward_requested.emit(row), icon="forward")
        menu.add(translate("Timeline", "React…"), lambda: view.pick_reaction(row), icon="smile")
    if can_change(row, rights.me):
        menu.add(translate("Timeline", "Edit"), lambda: view.edit_requested.emit(row), icon="edit")
    if can_pin(row, rights):
        on = message.pinned_at is None
        label = translate("Timeline", "Pin") if on else translate("Timeline", "Unpin")
        menu.add(label, lambda: view.pin_requested.emit(row, on), icon="pin")
    if found.url:
        menu.add(translate("Timeline", "Copy link"), lambda: copy(found.url), icon="link")
    if message.text and message.deleted_at is None:
        menu.add(translate("Timeline", "Copy text"), lambda: copy(message.text), icon="copy")
    for item in message.attachments:
        label = translate("Timeline", "Save file…")
        menu.add(label, lambda item=item: view.attachment_activated.emit(item, row), icon="download")
    menu.add(translate("Timeline", "Details…"), lambda: view.details_requested.emit(row), icon="clock")
    if can_be_unread(row, rights.me):
        menu.add(
            translate("Timeline", "Mark unread from here"), lambda: view.unread_requested.emit(row), icon="eye-off"
        )
    if can_delete(row, rights):
        menu.add(translate("Timeline", "Delete…"), lambda: view.delete_requested.emit(row), icon="trash")
    return menu


def copy(text: str) -> None:
    """Put it on the clipboard."""
    if text:
        QGuiApplication.clipboard().setText(text)
