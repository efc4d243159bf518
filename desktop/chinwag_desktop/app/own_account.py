"""`OwnAccount`: the person's own profile, password, devices and blocks: dialogs joined to the store."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject

from chinwag_desktop.app.failure_words import failure_words
from chinwag_desktop.app.picture_choice import ask_for_picture, send_picture
from chinwag_desktop.app.square_picture import NoPicture
from chinwag_desktop.core.connection import Phase
from chinwag_desktop.core.entities import Person
from chinwag_desktop.core.errors import ClientError, Refused, StorageError, TimedOut
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.models.dates import short_when, utc_now
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_source import shown_name
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.stores.account_store import AccountStore
from chinwag_desktop.stores.connection_store import ConnectionStore
from chinwag_desktop.stores.presence_store import PresenceStore
from chinwag_desktop.ui.action_list import ActionListDialog, Line
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.own_profile import OwnProfileDialog
from chinwag_desktop.ui.password_dialog import PasswordDialog
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_protocol.http import SessionInfo
from chinwag_protocol.times import format_time, parse_time

logger = logging.getLogger(__name__)


class OwnAccount(QObject):
    """Opens the dialogs that the window asks for; each asks the server and says what did not work."""

    def __init__(
        self,
        window: MainWindow,
        *,
        me: UUID,
        account: AccountStore,
        presence: PresenceStore,
        connection: ConnectionStore,
    ) -> None:
        super().__init__(window)
        self._window, self._me, self._account = window, me, account
        self._presence, self._connection = presence, connection
        self._tasks = TaskOwner("own account")
        self._dialog: Dialog | None = None
        presence.people_changed.connect(self._people_changed)
        connection.state_changed.connect(lambda: self._connection_changed())
        window.profile_requested.connect(self.open_profile)
        window.password_requested.connect(self.open_password)
        window.devices_requested.connect(self.open_devices)
        window.blocks_requested.connect(self.open_blocks)

    async def close(self) -> None:
        """The session ends."""
        if self._dialog is not None:
            self._dialog.choose("")
        await self._tasks.close()

    def _present(self, dialog: Dialog) -> None:
        def gone() -> None:
            if self._dialog is dialog:
                self._dialog = None

        self._dialog = dialog
        dialog.finished.connect(gone)
        self._window.present(dialog)

    @property
    def _online(self) -> bool:
        return self._connection.connection_state().phase is Phase.ONLINE

    def _connection_changed(self) -> None:
        if isinstance(self._dialog, OwnProfileDialog):
            self._dialog.set_online(self._online)

    # the profile

    def open_profile(self) -> None:
        """*Your profile*."""
        person = self._presence.get(self._me)
        if person is None:
            return
        dialog = OwnProfileDialog(self._window.themes, self._window, person, utc_now())
        dialog.set_online(self._online)
        dialog.saved.connect(lambda: self._tasks.spawn(self._save(dialog), "profile"))
        dialog.picture_wanted.connect(lambda: self._choose_picture(dialog))
        removed = self._account.remove_picture
        dialog.picture_removed.connect(
            lambda: self._tasks.spawn(self._change(dialog, removed, "picture"), "remove picture")
        )
        self._present(dialog)

    def _people_changed(self, ids: frozenset[UUID]) -> None:
        person: Person | None = self._presence.get(self._me)
        if self._me in ids and person is not None and isinstance(self._dialog, OwnProfileDialog):
            self._dialog.show_person(person)

    async def _save(self, dialog: OwnProfileDialog) -> None:
        async def save() -> None:
            name, status = dialog.new_name(), dialog.new_status(utc_now())
            if name is not None:
                await self._account.rename(name)
            if status is not None:
                words, until, quiet = status
                await self._account.set_status(words, until=format_time(until) if until else None, dnd=quiet)

        if await self._change(dialog, save, "profile") and self._dialog is dialog:
            dialog.end()

    def _choose_picture(self, dialog: OwnProfileDialog) -> None:
        def chosen(path: Path) -> None:
            def send() -> Awaitable[None]:
                return send_picture(path, self._account.set_picture)

            self._tasks.spawn(self._change(dialog, send, "picture"), "picture")

        ask_for_picture(self._window, chosen)

    async def _change(self, dialog: OwnProfileDialog, work: Callable[[], Awaitable[None]], what: str) -> bool:
        """Do it while the dialog waits, if it is still there; whether it is done."""
        if self._dialog is dialog:
            dialog.set_busy(True)
        problem = ""
        try:
            await work()
        except (ClientError, StorageError, OSError, NoPicture) as error:
            logger.info("%s failed: %s", what, error)
            problem = failure_words(what, error)
        if self._dialog is dialog:
            dialog.set_busy(False)
            if problem:
                dialog.show_problem(problem)
        elif problem:
            self._window.pane.toast(problem)
        return not problem

    # the password

    def open_password(self) -> None:
        """*Change the password*."""
        dialog = PasswordDialog(self._window.themes, self._window)

        def submitted(current: str, new: str) -> None:
            self._tasks.spawn(self._change_password(dialog, current, new), "password")

        dialog.submitted.connect(submitted)
        self._present(dialog)

    async def _change_password(self, dialog: PasswordDialog, current: str, new: str) -> None:
        dialog.set_busy(True)
        try:
            await self._account.change_password(current, new)
        except ClientError as error:
            if self._dialog is dialog:
                dialog.set_busy(False)
                if isinstance(error, Refused) and error.code == "forbidden":
                    dialog.show_problem(translate("Password", "That is not your present password."), dialog.current)
                elif isinstance(error, TimedOut):
                    dialog.show_problem(
                        translate("Password", "The server did not answer in time: it may have changed your password.")
                    )
                else:
                    dialog.show_problem(failure_words("password", error))
            return
        if self._dialog is dialog:
            dialog.end()
        words = translate("Password", "Your password is changed. Other devices are signed out.")
        self._window.pane.toast(words, icon="check")

    # devices and blocks

    def open_devices(self) -> None:
        """*Signed-in devices*."""
        dialog = ActionListDialog(
            self._window.themes,
            self._window,
            translate("Devices", "Signed-in devices"),
            none=translate("Devices", "You are signed in nowhere."),
        )
        self._list(dialog, self._device_lines, self._account.sign_out_device, "device")

    async def _device_lines(self) -> list[Line]:
        return [device_line(one, utc_now()) for one in await self._account.devices()]

    def open_blocks(self) -> None:
        """*Blocked people*."""
        dialog = ActionListDialog(
            self._window.themes,
            self._window,
            translate("Blocks", "Blocked people"),
            none=translate("Blocks", "You block nobody. It is done on the profile of a person."),
        )
        self._list(dialog, self._blocked_lines, self._account.unblock, "unblock")

    async def _blocked_lines(self) -> list[Line]:
        people = [(key, self._presence.get(key)) for key in await self._account.blocked()]
        return [
            Line(key, shown_name(person), f"@{person.username}" if person else "", translate("Profile", "Unblock"))
            for key, person in people
        ]

    def _list(
        self,
        dialog: ActionListDialog,
        lines: Callable[[], Awaitable[Sequence[Line]]],
        act: Callable[[UUID], Awaitable[None]],
        what: str,
    ) -> None:
        async def fill() -> None:
            try:
                found = await lines()
            except (ClientError, StorageError) as error:
                if self._dialog is dialog:
                    dialog.set_able(True)
                    dialog.say(failure_words("list", error), bad=True)
                return
            if self._dialog is dialog:
                dialog.show_lines(found)

        async def press(key: UUID) -> None:
            """Goes on when the dialog is closed: what was asked for is done."""
            try:
                await act(key)
            except ClientError as error:
                if self._dialog is dialog:
                    dialog.set_able(True)
                    dialog.say(failure_words(what, error), bad=True)
                else:
                    self._window.pane.toast(failure_words(what, error))
                return
            await fill()

        def chosen(key: UUID) -> None:
            dialog.set_able(False)
            self._tasks.spawn(press(key), what)

        dialog.chosen.connect(chosen)
        self._present(dialog)
        self._tasks.spawn(fill(), what)


def device_line(one: SessionInfo, now: datetime) -> Line:
    """A signed-in device as the list shows it."""
    name = one_line(one.device_name or "") or translate("Devices", "A device without a name")
    if one.current:
        return Line(one.id, name, translate("Devices", "This device · {address}", address=one.address))
    when = short_when(parse_time(one.last_seen_at), now)
    detail = translate("Devices", "Last seen {when} · {address}", when=when, address=one.address)
    return Line(one.id, name, detail, translate("Devices", "Sign out"))
