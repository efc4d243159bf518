"""Who is signed in, their tokens, and the life of the socket that goes with them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec
from PySide6.QtCore import QObject, Signal

from chinwag_desktop.core.errors import ClientError, NoKeyring, SignedOut
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.stores.settings_store import Account, SettingsStore, TokenPlace
from chinwag_protocol.http import LoginRequest, RegisterRequest, ServerInfo, Session

GOODBYE_S: Final = 5.0
"""How long a server is asked to end a session that is over here."""

logger = logging.getLogger(__name__)


class AuthApi(Protocol):
    """The HTTP calls of signing in and out, on one server."""

    async def server(self) -> ServerInfo: ...
    async def login(self, request: LoginRequest) -> Session: ...
    async def register(self, request: RegisterRequest) -> Session: ...
    async def resume(self, refresh_token: str) -> Session: ...
    async def logout(self) -> None: ...
    async def close(self) -> None: ...


class Tokens(Protocol):
    """Where refresh tokens are kept, by server and user."""

    async def save(self, account: Account, refresh_token: str) -> None:
        """Raises NoKeyring."""
        ...

    async def load(self, account: Account) -> str | None:
        """None: it is gone. Raises KeyringShut."""
        ...

    async def forget(self, account: Account) -> None: ...


class Monitor(Protocol):
    """What starts and stops the socket: `SocketMonitor`."""

    def start(self) -> None: ...
    async def stop(self) -> None: ...


SessionListener = Callable[[Session], Awaitable[None]]
OpenApi = Callable[[str, SessionListener], Awaitable[AuthApi]]


class AuthStore(QObject):
    """Signs in, keeps the refresh token in its place, starts and stops the socket, signs out.

    `open_api(server_url, on_session)` loads the network stack and makes the client of one server; `on_session` is called with each
    new session, so that a rotated refresh token is kept before it is used.
    """

    signed_in = Signal(object)
    """An `Account`."""
    sign_in_failed = Signal(object)
    """A `ClientError`."""
    keyring_missing = Signal()
    """No keyring: answer with `choose_token_place`."""
    signed_out = Signal(str)
    """Why: "logout", or the reason that the server gave."""

    def __init__(
        self,
        settings: SettingsStore,
        *,
        tokens: Tokens,
        open_api: OpenApi,
        device_name: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings, self._tokens, self._open_api, self._device_name = settings, tokens, open_api, device_name
        self._tasks = TaskOwner("auth store")
        self._monitor: Monitor | None = None
        self._account = settings.account
        self._api: AuthApi | None = None
        self._opening = asyncio.Lock()
        self._resumed = False
        self._entering: asyncio.Task[None] | None = None
        self._waiting_for_place: Session | None = None

    @property
    def account(self) -> Account | None:
        """Who is signed in in this profile."""
        return self._account

    async def api(self) -> AuthApi:
        """The client of the account's server; made on first use, and then it goes on with the session of the earlier run.

        Raises ClientError; SignedOut when that session is over.
        """
        async with self._opening:
            account = self._account
            if account is None:
                raise SignedOut("nobody is signed in", code="unauthorized")
            if self._api is None:
                self._api = await self._open_api(account.server_url, self._session_changed)
            if not self._resumed:
                await self._resume(self._api, account)
            return self._api

    @property
    def opened_api(self) -> AuthApi | None:
        """The client of the account's server, if there is one by now."""
        return self._api

    # signing in

    def login(self, server_url: str, username: str, password: str) -> None:
        """Sign in; answers by `signed_in`, `sign_in_failed` or first `keyring_missing`."""
        request = LoginRequest(username=username, password=password, device_name=self._device_name)
        self._entering = self._tasks.spawn(self._enter(server_url, lambda api: api.login(request)), "login")

    def register(
        self, server_url: str, username: str, password: str, *, display_name: str = "", invite_code: str = ""
    ) -> None:
        """Make an account and sign in; answers as `login` does."""
        request = RegisterRequest(
            username=username,
            password=password,
            display_name=display_name or None,
            invite_code=invite_code or None,
            device_name=self._device_name,
        )
        self._entering = self._tasks.spawn(self._enter(server_url, lambda api: api.register(request)), "register")

    def choose_token_place(self, place: TokenPlace | None) -> None:
        """The answer to `keyring_missing`; None gives the sign-in up."""
        session, self._waiting_for_place = self._waiting_for_place, None
        if session is None or self._account is None:
            return
        if place is None:
            self._tasks.spawn(self._give_up(), "give up")
        else:
            self._account = msgspec.structs.replace(self._account, token_place=place)
            self._tasks.spawn(self._keep(session), "keep token")

    def cancel(self) -> None:
        """Give the sign-in that is under way up."""
        if self._entering is not None:
            self._entering.cancel()

    # the socket

    def connect_socket(self, monitor: Monitor) -> None:
        """Start the monitor: it opens the socket, registers the user, pings, and reconnects."""
        self._monitor = monitor
        monitor.start()

    async def disconnect_socket(self) -> None:
        """*Client disconnect*: stop the monitor, which closes the socket and never reconnects."""
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            await monitor.stop()

    # signing out

    def logout(self) -> None:
        """End the session here, at once, then on the server; answers by `signed_out`."""
        self._start_leaving("logout", tell_server=True)

    def session_ended(self, reason: str) -> None:
        """The server ended the session."""
        self._start_leaving(reason, tell_server=False)

    async def close(self) -> None:
        """The app ends; the session goes on at the next start."""
        await self.disconnect_socket()
        await self._tasks.close()
        await self._close_api()

    # how

    async def _enter(self, server_url: str, call: Callable[[AuthApi], Awaitable[Session]]) -> None:
        try:
            await self._close_api()
            self._api = await self._open_api(server_url, self._session_changed)
            info = await self._api.server()
            session = await call(self._api)
            self._resumed = True
            self._account = Account(
                server_url=server_url,
                server_name=info.name,
                user_id=session.user.id,
                username=session.user.username,
                display_name=session.user.display_name,
                token_place="keyring",  # noqa: S106 - the name of a place
            )
            await self._keep(session)
        except ClientError as error:
            logger.info("signing in failed: %s", error)
            await self._close_api()
            self._account = None
            self.sign_in_failed.emit(error)
        except asyncio.CancelledError:
            await self._close_api()
            self._account = None
            raise

    async def _resume(self, api: AuthApi, account: Account) -> None:
        token = await self._tokens.load(account)
        if token is None:
            raise SignedOut("the refresh token is gone", code="unauthorized")
        await api.resume(token)
        self._resumed = True

    async def _keep(self, session: Session) -> None:
        account = self._account
        if account is None:
            return
        try:
            await self._tokens.save(account, session.refresh_token)
        except (NoKeyring, OSError) as error:  # a disk that refuses the file is asked about like a missing keyring
            logger.info("the sign-in cannot be kept in the %s: %s", account.token_place, error)
            self._waiting_for_place = session
            self.keyring_missing.emit()
            return
        self._settings.set_account(account)
        self.signed_in.emit(account)

    async def _session_changed(self, session: Session) -> None:
        account = self._account
        if account is None or account.user_id != session.user.id or self._waiting_for_place is not None:
            return
        try:
            await self._tokens.save(account, session.refresh_token)
        except (NoKeyring, OSError) as error:
            logger.warning("the sign-in cannot be kept in the %s, it ends with the app: %s", account.token_place, error)

    async def _give_up(self) -> None:
        try:
            if self._api is not None:
                await self._api.logout()
        except ClientError as error:
            logger.info("the session could not be ended on the server: %s", error)
        await self._close_api()
        self._account = None

    def _start_leaving(self, reason: str, *, tell_server: bool) -> None:
        """One leave-taking a session, however often it is asked for."""
        account, self._account = self._account, None
        if account is not None:
            self._tasks.spawn(self._leave(account, reason, tell_server=tell_server), "leave")

    async def _leave(self, account: Account, reason: str, *, tell_server: bool) -> None:
        await self.disconnect_socket()
        await self._tokens.forget(account)
        self._settings.set_account(None)
        api, self._api, self._resumed = self._api, None, False
        self.signed_out.emit(reason)
        if api is not None:  # nobody waits for a server that may hang
            try:
                if tell_server:
                    async with asyncio.timeout(GOODBYE_S):
                        await api.logout()
            except (ClientError, TimeoutError) as error:
                logger.info("the session could not be ended on the server: %s", error)
            finally:
                await api.close()

    async def _close_api(self) -> None:
        api, self._api, self._resumed = self._api, None, False
        if api is not None:
            await api.close()
