"""The composition root of the app: the only place that constructs windows, stores and sessions, and the one that ends them."""

import asyncio
import gc
import logging
import platform
import shutil
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from chinwag_desktop.app.certificates import SessionCertificate, follow_up_sign_in
from chinwag_desktop.app.config import AppConfig
from chinwag_desktop.app.first_paint import FirstPaint
from chinwag_desktop.app.languages import languages
from chinwag_desktop.app.network import Network
from chinwag_desktop.app.notifier import Desk, Notifier
from chinwag_desktop.app.session import SignedInSession
from chinwag_desktop.app.sign_out_words import signed_out_words
from chinwag_desktop.app.token_vault import TokenVault
from chinwag_desktop.app.window_presenter import WindowPresenter
from chinwag_desktop.core.clock import Clock, SystemClock
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import ClientError
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.platform.network import NetworkWatch
from chinwag_desktop.platform.notifications import Notifications
from chinwag_desktop.platform.restart import RESTART
from chinwag_desktop.platform.single_instance import SingleInstance
from chinwag_desktop.platform.wake import WakeWatch
from chinwag_desktop.stores.auth_store import AuthStore
from chinwag_desktop.stores.settings_store import Account, SettingsStore
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.questions import KEYRING_FILE, KEYRING_MEMORY, SIGN_OUT, keyring_question, sign_out_question
from chinwag_desktop.ui.sign_in_window import SignInWindow
from chinwag_desktop.ui.sign_in_words import Complaint, SignInForm
from chinwag_desktop.ui.theme.theme import ThemeChoice, ThemeSource, dress
from chinwag_desktop.ui.theme.typography import load_fonts
from chinwag_desktop.ui.widgets.dialog import Dialog

logger = logging.getLogger(__name__)

WIPING_REASONS = frozenset({"logout", "revoked", "user_disabled"})


class Bootstrap(QObject):
    """One run of the app on one profile: `await run()` returns when its window was closed."""

    def __init__(
        self,
        config: AppConfig,
        app: QApplication,
        *,
        instance: SingleInstance | None = None,
        vault: TokenVault | None = None,
        clock: Clock | None = None,
        desk: Desk | None = None,
    ) -> None:
        super().__init__()
        self._config, self._instance, self._app = config, instance, app
        self._clock = clock or SystemClock()
        self.settings = SettingsStore(config.profile, self)
        self.themes = ThemeSource(ThemeChoice(self.settings.theme))
        self._dress()
        self.settings.looks_changed.connect(self._dress)
        load_fonts()
        dress(app, self.themes)
        self.network = Network(self._clock, pins=config.profile / "certificates")
        self.auth = AuthStore(
            self.settings,
            tokens=vault or TokenVault(config.profile),
            open_api=self.network.open_api,
            device_name=platform.node() or "Chinwag",
            parent=self,
        )
        self.session: SignedInSession | None = None
        self.window: MainWindow | None = None
        self.presenter: WindowPresenter | None = None
        self.sign_in: SignInWindow | None = None
        self._signing_in_to = ""
        self._follow_up: asyncio.Task[None] | None = None
        self._certificate: SessionCertificate | None = None
        self._desk = desk or Notifications()
        self._notifier: Notifier | None = None
        self._status = 0
        self.question: Dialog | None = None
        """Where the refresh token is to go, while the person is asked."""
        self._tasks = TaskOwner("bootstrap")
        self._ended = asyncio.Event()
        self._wake, self._reachability = WakeWatch(self), NetworkWatch(self)
        self._listen()

    def _listen(self) -> None:
        self.auth.signed_in.connect(self._signed_in)
        self.auth.signed_out.connect(self._signed_out)
        self.auth.sign_in_failed.connect(self._sign_in_failed)
        self.auth.keyring_missing.connect(lambda: self._tasks.spawn(self._ask_for_token_place(), "keyring"))
        self._wake.woke.connect(self._woke)
        self._app.applicationStateChanged.connect(self._application_changed)
        self._reachability.reachability_changed.connect(self._network_changed)
        self._reachability.changed.connect(self._network_changed)
        if self._instance is not None:
            self._instance.raise_requested.connect(self.raise_window)

    # the run

    def start(self) -> None:
        """Show the first window: what the cache holds when somebody is signed in, else the sign-in."""
        account = self.auth.account
        if account is None:
            self._show_sign_in(server=self.settings.last_server)
        else:
            self._open_session(account)

    async def run(self) -> int:
        """Start, wait for the end, close everything; the exit status, which is `RESTART` when another run is to follow."""
        self.start()
        await self._ended.wait()
        await self.close()
        return self._status

    def quit(self) -> None:
        """End `run`."""
        self._ended.set()

    async def close(self) -> None:
        """Save where the window stood, end the session's tasks; the person stays signed in."""
        self._app.applicationStateChanged.disconnect(self._application_changed)
        self._wake.stop()
        self._reachability.stop()
        await self._close_session()
        await self.auth.close()
        await self._tasks.close()
        if self.sign_in is not None:
            self._close_sign_in(self.sign_in)
        self.settings.sync()

    def raise_window(self, _link: str = "") -> None:
        """Bring the app to the front: a second process was started on this profile."""
        window = self.window or self.sign_in
        if window is not None:
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
            window.show()
            window.raise_()
            window.activateWindow()

    # signing in

    def _show_sign_in(self, *, server: str = "", username: str = "", words: str = "") -> None:
        window = self.sign_in = SignInWindow(self.themes)
        window.submitted.connect(self._submitted)
        window.cancelled.connect(self._cancelled)
        window.fill(server=server, username=username)
        if words:
            window.show_complaint(Complaint(words))
        window.installEventFilter(self)
        FirstPaint(window, self._load_network)
        window.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Closing the sign-in window, which no session has replaced, ends the app."""
        if watched is self.sign_in and event.type() is QEvent.Type.Close:
            self.quit()
        return False

    def _submitted(self, form: SignInForm, registering: bool) -> None:
        self._signing_in_to = form.address
        if registering:
            self.auth.register(
                form.address,
                form.username,
                form.password,
                display_name=form.display_name or "",
                invite_code=form.invite_code or "",
            )
        else:
            self.auth.login(form.address, form.username, form.password)

    def _sign_in_failed(self, error: ClientError) -> None:
        if self.sign_in is not None:
            follow_up = follow_up_sign_in(self.network, self.sign_in, self._signing_in_to, error)
            self._follow_up = self._tasks.spawn(follow_up, "follow up")

    def _cancelled(self) -> None:
        self.auth.cancel()
        if self._follow_up is not None:
            self._follow_up.cancel()

    async def _ask_for_token_place(self) -> None:
        if self.sign_in is None:
            return
        dialog = self.question = keyring_question(self.themes, self.sign_in)
        try:
            answer = await dialog.answer()
        finally:
            self.question = None
        if answer == KEYRING_FILE:
            self.auth.choose_token_place("file")
        elif answer == KEYRING_MEMORY:
            self.auth.choose_token_place("memory")
        else:
            self.auth.choose_token_place(None)
            self.sign_in.set_busy(False)

    def _signed_in(self, account: Account) -> None:
        self._open_session(account)
        if self.sign_in is not None:
            self._close_sign_in(self.sign_in)

    def _close_sign_in(self, window: SignInWindow) -> None:
        self.sign_in = None
        window.close()
        window.deleteLater()

    # the session

    def _open_session(self, account: Account) -> None:
        session = self.session = SignedInSession(
            account,
            folder=self._config.folder_of(account.user_id),
            network=self.network,
            auth=self.auth,
            clock=self._clock,
            offline=not self._reachability.reachable,
            tells_typing=lambda: self.settings.tells_typing,
        )
        window = self.window = MainWindow(self.themes, pictures=session.pictures)
        window.restore_geometry(self.settings.geometry)
        window.pane.recent.load(self.settings.recent_emoji, self.settings.set_recent_emoji)
        window.settings, window.languages = self.settings, languages()
        window.theme_chosen.connect(self._theme_chosen)
        window.restart_requested.connect(self._restart)
        window.log_requested.connect(self._show_log)
        window.sign_out_requested.connect(lambda: self._tasks.spawn(self._ask_sign_out(), "sign out"))
        window.pane.status.sign_in_requested.connect(lambda: self.auth.session_ended("expired"))
        window.closed.connect(self.quit)
        session.connection.state_changed.connect(self._connection_changed)
        self._certificate = SessionCertificate(self.network, window, session.connection, server_url=account.server_url)
        session.limits_changed.connect(window.pane.composer.set_limits)
        self.presenter = WindowPresenter(
            window,
            account=account,
            chat=session.chat,
            groups=session.groups,
            account_store=session.account_store,
            journeys=session.journeys,
            presence=session.presence,
            connection=session.connection,
            pictures=session.pictures.fetch_avatar,
        )
        self._notifier = self._make_notifier(window, session, self.presenter)
        FirstPaint(window, self._go_online)
        window.show()

    def _make_notifier(self, window: MainWindow, session: SignedInSession, presenter: WindowPresenter) -> Notifier:
        def opened(conversation_id: UUID) -> None:
            self.raise_window()
            presenter.open(conversation_id)

        made = Notifier(
            self._desk,
            window=window,
            chat=session.chat,
            presence=session.presence,
            settings=self.settings,
            looking_at=lambda: presenter.opened if window.isActiveWindow() else None,
            title_of=presenter.title_of,
        )
        made.opened.connect(opened)
        return made

    def _theme_chosen(self, choice: ThemeChoice) -> None:
        self.settings.set_theme(choice.value)

    def _dress(self) -> None:
        """Wear what the settings say."""
        self.themes.still = self.settings.still
        self.themes.set_compact(self.settings.compact)
        self.themes.choose(ThemeChoice(self.settings.theme))

    def _restart(self) -> None:
        self._status = RESTART
        self.quit()

    def _show_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._config.logs_path)))

    def _load_network(self) -> None:
        self._tasks.spawn(self.network.load(), "load network")

    def _go_online(self) -> None:
        self._tasks.spawn(self._start_session(), "go online")

    async def _start_session(self) -> None:
        session = self.session
        if session is not None:
            await session.start()
            if session is self.session:  # not signed out meanwhile
                self.auth.connect_socket(session.monitor)

    async def _close_session(self) -> None:
        session, self.session = self.session, None
        presenter, self.presenter = self.presenter, None
        certificate, self._certificate = self._certificate, None
        notifier, self._notifier = self._notifier, None
        window, self.window = self.window, None
        await self.auth.disconnect_socket()
        if certificate is not None:
            await certificate.close()
        if notifier is not None:
            await notifier.close()
        if presenter is not None:
            await presenter.close()
        if session is not None:
            await session.close()
        if window is not None:
            self.settings.set_geometry(window.save_geometry())
            window.closed.disconnect(self.quit)
            window.close()
            window.deleteLater()

    # signing out

    async def _ask_sign_out(self) -> None:
        session, window = self.session, self.window
        if session is None or window is None:
            return
        question = sign_out_question(self.themes, window, unsent=len(session.chat.unsent()))
        if await window.ask(question) == SIGN_OUT:
            self.auth.logout()

    def _connection_changed(self, state: ConnectionState) -> None:
        if state.phase is Phase.REFUSED and state.refused_code in WIPING_REASONS:
            self.auth.session_ended(state.refused_code)

    def _signed_out(self, reason: str) -> None:
        self._tasks.spawn(self._leave(reason), "leave")

    async def _leave(self, reason: str) -> None:
        """Nothing of the session stays in memory; and nothing on the disk, unless the person will sign in again to go on."""
        session = self.session
        account = session.account if session is not None else None
        await self._close_session()
        gc.unfreeze()  # what the start made goes, too
        if account is not None and reason in WIPING_REASONS:
            folder = self._config.folder_of(account.user_id)
            await asyncio.get_running_loop().run_in_executor(None, lambda: shutil.rmtree(folder, ignore_errors=True))
        self._show_sign_in(
            server=self.settings.last_server,
            username=account.username if account is not None and reason != "logout" else "",
            words=signed_out_words(reason),
        )

    # the machine

    def _application_changed(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive and self.session is not None:
            self.session.focused()

    def _woke(self, seconds: float) -> None:
        logger.info("the machine slept for %.0f s", seconds)
        if self.session is not None:
            self.session.woke()

    def _network_changed(self, *_: object) -> None:
        if self.session is not None:
            self.session.network_changed(online=self._reachability.reachable)
