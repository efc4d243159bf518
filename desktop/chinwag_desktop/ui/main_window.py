"""`MainWindow`: the sidebar, the open conversation, and what belongs to neither: menus, dialogs, shortcuts, geometry."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime, tzinfo
from uuid import UUID

from PySide6.QtCore import QByteArray, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout

from chinwag_desktop.core.entities import Draft
from chinwag_desktop.models.dates import utc_now
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.row_words import is_picture
from chinwag_desktop.models.sidebar_model import SidebarModel
from chinwag_desktop.models.timeline_model import TimelineModel
from chinwag_desktop.models.unsent import Unsent
from chinwag_desktop.stores.settings_store import SettingsStore
from chinwag_desktop.ui.account_menu import account_menu
from chinwag_desktop.ui.connection_panel import ConnectionFacts, ConnectionPanel
from chinwag_desktop.ui.conversation_pane import ConversationPane
from chinwag_desktop.ui.links import target_of
from chinwag_desktop.ui.new_conversation_dialog import NewConversationDialog
from chinwag_desktop.ui.picture_viewer import PictureViewer, Viewable
from chinwag_desktop.ui.questions import ATTACH, OPEN_LINK, link_question, notes_question
from chinwag_desktop.ui.settings_dialog import SettingsDialog
from chinwag_desktop.ui.shortcut_sheet import ShortcutSheet
from chinwag_desktop.ui.sidebar import Sidebar
from chinwag_desktop.ui.theme.theme import ThemeChoice, ThemeSource
from chinwag_desktop.ui.theme.tokens import Size
from chinwag_desktop.ui.timeline.pictures import PictureSource
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_desktop.ui.widgets.mark import Avatar
from chinwag_desktop.ui.widgets.menu import Menu
from chinwag_desktop.ui.widgets.strip import Strip
from chinwag_protocol.objects import Attachment

FIRST_SIZE = QSize(1100, 760)


class MainWindow(Strip):
    """Wire `sidebar`, `pane` and the signals here. It opens its own dialogs and asks before odd links."""

    link_opened = Signal(str)
    """A link that may be opened, after a question where one was due."""
    retry_requested = Signal()
    """*Retry now*, from the banner or the connection panel."""
    unsent_retried = Signal(object)
    """The key of a message; `unsent_discarded` has the `Unsent`, `unsent_shown` its conversation."""
    unsent_discarded = Signal(object)
    unsent_shown = Signal(object)
    sign_out_requested = Signal()
    restart_requested = Signal()
    profile_requested = Signal()
    password_requested = Signal()
    devices_requested = Signal()
    blocks_requested = Signal()
    day_requested = Signal()
    """Go to a day of the open conversation."""
    mentions_requested = Signal()
    """All messages that mention the person."""
    log_requested = Signal()
    """Show the folder with the app's log."""
    theme_chosen = Signal(object)
    """A `ThemeChoice`."""
    direct_requested = Signal(object)
    group_requested = Signal(str, object)
    people_query_changed = Signal(str)
    """The directory is being searched: put what the server finds into `directory`."""
    closed = Signal()

    def __init__(
        self,
        themes: ThemeSource,
        *,
        pictures: PictureSource | None = None,
        now: Callable[[], datetime] = utc_now,
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(themes, "canvas")
        self._dialog: Dialog | None = None
        self._viewer: PictureViewer | None = None
        self._pictures = pictures
        self._account = ""
        self.facts: ConnectionFacts | None = None
        self.outbox: Callable[[], Sequence[Unsent]] = tuple
        self.settings: SettingsStore | None = None
        self.languages: Mapping[str, str] = {}
        """Codes and names of the languages to choose from."""
        self.directory: PeopleModel | None = None
        self._title, self._unread = "", 0
        self._name_window()
        self.setMinimumSize(480, 360)
        self.sidebar = Sidebar(themes, now=now, zone=zone)
        self.pane = ConversationPane(themes, pictures=pictures)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addWidget(self.pane, 1)
        self.sidebar.new_requested.connect(self.open_new_conversation)
        self.sidebar.account_requested.connect(self.open_account_menu)
        self.pane.new_requested.connect(self.open_new_conversation)
        self.pane.header.menu_requested.connect(self._open_conversation_menu)
        self.pane.header.connection_requested.connect(self.open_connection_panel)
        self.pane.status.retry_requested.connect(self.retry_requested)
        self.pane.status.details_requested.connect(self.open_connection_panel)
        self.pane.timeline.link_activated.connect(self.open_link)
        self.pane.composer.files.doubted.connect(self._doubt)
        self.pane.timeline.picture_activated.connect(self.open_pictures)
        self._shortcuts()

    def _shortcuts(self) -> None:
        for keys, then in (
            ("Ctrl+N", self.open_new_conversation),
            ("Ctrl+K", self.focus_search),
            ("Ctrl+/", self.open_shortcuts),
            ("Ctrl+,", self.open_settings),
            ("Ctrl+Shift+L", self.open_connection_panel),
            ("Ctrl+G", self.day_requested.emit),
            ("Ctrl+Shift+A", self.mentions_requested.emit),
            ("Ctrl+Shift+E", self.pane.pick_emoji),
            ("Alt+Down", lambda: self._step(1)),
            ("Alt+Up", lambda: self._step(-1)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(self._unless_asking(then))

    def _unless_asking(self, then: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            if self._dialog is None and self._viewer is None:
                then()

        return act

    # what is shown

    def show_account(self, person_id: UUID, name: str, *, place: str) -> None:
        """Who is signed in, and where."""
        self._account = one_line(name)
        self.sidebar.show_account(person_id, name, place=place)

    def show_sidebar(self, model: SidebarModel) -> None:
        self.sidebar.show_model(model)

    def show_conversation(
        self, model: TimelineModel, *, owner: UUID, title: str, group: bool, draft: Draft | None = None
    ) -> None:
        """Open a conversation on the right; see `ConversationPane.show_conversation`."""
        self.sidebar.set_opened(model.conversation_id)
        self.pane.show_conversation(model, owner=owner, title=title, group=group, draft=draft)
        self._title = title
        self._name_window()

    def show_title(self, owner: UUID, title: str, *, group: bool) -> None:
        """The open conversation is called otherwise now."""
        self.pane.show_title(owner, title, group=group)
        self._title = title
        self._name_window()

    def show_unread(self, count: int) -> None:
        """How many unread messages there are in conversations that are not muted: in the title, and on the icon where there is one."""
        if count != self._unread:
            self._unread = count
            if isinstance(app := QGuiApplication.instance(), QGuiApplication):
                app.setBadgeNumber(count)
            self._name_window()

    def _name_window(self) -> None:
        title = one_line(self._title)
        words = translate("Main", "{title} · Chinwag", title=title) if title else translate("Main", "Chinwag")
        self.setWindowTitle(f"({self._unread}) {words}" if self._unread else words)

    def show_nothing(self) -> None:
        self.sidebar.set_opened(None)
        self.pane.show_nothing()
        self._title = ""
        self._name_window()

    # dialogs and menus

    def _open_conversation_menu(self, at: QPoint) -> None:
        if self.pane.model is not None:
            self.sidebar.open_menu_of(self.pane.model.conversation_id, at)

    def ask(self, dialog: Dialog) -> Coroutine[None, None, str]:
        """Open a dialog of this window and wait for its answer."""
        self._hold(dialog)
        return dialog.answer()

    def present(self, dialog: Dialog) -> None:
        """Open a dialog of this window; the one before it is closed."""
        self._hold(dialog)
        dialog.open()

    @property
    def is_asking(self) -> bool:
        """Whether a dialog is open."""
        return self._dialog is not None

    def _hold(self, dialog: Dialog) -> None:
        if self._dialog is not None:
            self._dialog.choose("")
        self._dialog = dialog
        dialog.finished.connect(lambda: self._release(dialog))

    def _release(self, dialog: Dialog) -> None:
        if self._dialog is dialog:
            self._dialog = None

    def open_pictures(self, attachment: Attachment) -> PictureViewer | None:
        """Look at a picture of the open conversation, and at those before and after it; None when it is gone."""
        model = self.pane.model
        items = [
            Viewable(item, row, model.caption(row))
            for row in (model.rows_in_memory() if model is not None else ())
            for item in row.message.attachments
            if model is not None and is_picture(item)
        ]
        at = next((number for number, item in enumerate(items) if item.attachment.id == attachment.id), None)
        if at is None:
            return None
        viewer = self._viewer = PictureViewer(self.themes, self, self._pictures, items, at)
        viewer.save_requested.connect(self.pane.timeline.attachment_activated)
        viewer.closed.connect(self._viewer_closed)
        return viewer

    def _viewer_closed(self) -> None:
        self._viewer = None

    def open_new_conversation(self) -> NewConversationDialog | None:
        """*New conversation*; None when there is no directory yet."""
        if self.directory is None:
            return None
        self.directory.search("")
        dialog = NewConversationDialog(self.themes, self, self.directory)
        dialog.direct_requested.connect(self.direct_requested)
        dialog.group_requested.connect(self.group_requested)
        dialog.query_changed.connect(self.people_query_changed)
        self.present(dialog)
        return dialog

    def open_connection_panel(self) -> ConnectionPanel | None:
        """The connection in figures; None when nobody gave any."""
        if self.facts is None:
            return None
        panel = ConnectionPanel(self.themes, self, self.facts, outbox=lambda: self.outbox())
        panel.unsent_retried.connect(self.unsent_retried)
        panel.unsent_discarded.connect(self.unsent_discarded)
        panel.unsent_shown.connect(self.unsent_shown)
        panel.retry_requested.connect(self.retry_requested)
        panel.copied.connect(lambda: self.pane.toast(translate("Main", "Report copied"), icon="check"))
        self.present(panel)
        return panel

    def open_shortcuts(self) -> ShortcutSheet:
        """Every key that does something."""
        sheet = ShortcutSheet(self.themes, self)
        self.present(sheet)
        return sheet

    def open_account_menu(self) -> None:
        self.build_account_menu().popup_under(self.sidebar.top.account)

    def build_account_menu(self) -> Menu:
        """Account, look, and what else belongs to no conversation."""
        return account_menu(self, self._account)

    def open_settings(self) -> SettingsDialog | None:
        """*Settings*; None while there are none to change."""
        if self.settings is None:
            return None
        dialog = SettingsDialog(self.themes, self, self.settings, self.languages)
        dialog.restart_requested.connect(self.restart_requested)
        dialog.log_requested.connect(self.log_requested)
        dialog.profile_requested.connect(self.profile_requested)
        dialog.password_requested.connect(self.password_requested)
        dialog.devices_requested.connect(self.devices_requested)
        dialog.blocks_requested.connect(self.blocks_requested)
        self.present(dialog)
        return dialog

    def choose_theme(self, choice: ThemeChoice) -> None:
        """Wear this look from now on."""
        self.themes.choose(choice)
        self.theme_chosen.emit(choice)

    def open_link(self, url: str) -> None:
        """Open a link that somebody wrote; odd ones only after a question."""
        target = target_of(url)
        if target is None:
            return
        if not target.warning:
            self.link_opened.emit(target.url)
            return
        self._ask_first(
            link_question(self.themes, self, target.warning), OPEN_LINK, lambda: self.link_opened.emit(target.url)
        )

    def _doubt(self, names: str, attach: Callable[[], object]) -> None:
        self._ask_first(notes_question(self.themes, self, names), ATTACH, attach)

    def _ask_first(self, dialog: Dialog, yes: str, then: Callable[[], object]) -> None:
        def answered(key: str) -> None:
            if key == yes:
                then()

        dialog.answered.connect(answered)
        self.present(dialog)

    def repaint_avatars(self) -> None:
        """Pictures of people or groups have come."""
        for avatar in self.findChildren(Avatar):
            avatar.update()
        for view in self.findChildren(QAbstractItemView):
            view.viewport().update()
        self.sidebar.top.account.update()

    # moving about

    def focus_search(self) -> None:
        """Ctrl+K: the search field, or in the rail, which has none, the directory."""
        if self.sidebar.rail:
            self.open_new_conversation()
        else:
            self.sidebar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _step(self, step: int) -> None:
        self.sidebar.open_next(step)

    # geometry

    def save_geometry(self) -> bytes:
        """Place and size, for `restore_geometry` at the next start."""
        return bytes(self.saveGeometry().data())

    def restore_geometry(self, saved: bytes | None) -> None:
        """Put the window where it was; Qt finds another place when that screen is gone. A first start gets FIRST_SIZE, if it fits."""
        if not saved or not self.restoreGeometry(QByteArray(saved)):
            self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        rail = self.width() < Size.RAIL_UNDER
        if rail != self.sidebar.rail:
            self.sidebar.set_rail(rail)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.pane.composer.flush_draft()
        self.closed.emit()
        super().closeEvent(event)
