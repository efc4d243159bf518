"""Certificates that are refused: looked at, shown, and trusted when the person says so. Before a sign-in, and while signed in."""

import logging

from PySide6.QtCore import QObject

from chinwag_desktop.app.failure_words import failure_words
from chinwag_desktop.app.network import Network
from chinwag_desktop.core.certificates import CertificateFacts
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import ClientError, NotChinwag, Problem, Unreachable
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.stores.connection_store import ConnectionStore
from chinwag_desktop.ui.certificate_dialog import TRUST, CertificateDialog
from chinwag_desktop.ui.main_window import MainWindow
from chinwag_desktop.ui.sign_in_window import SignInWindow
from chinwag_desktop.ui.sign_in_words import (
    Complaint,
    complaint_about,
    complaint_about_plain_address,
    complaint_unconfirmed,
)

logger = logging.getLogger(__name__)


async def follow_up_sign_in(network: Network, window: SignInWindow, server_url: str, error: ClientError) -> None:
    """What comes of a sign-in that failed: a question about the certificate and another try, or words in the window.

    The window stays busy until then.
    """
    try:
        complaint = await _settle(network, window, server_url, error)
    except OSError as refused:
        complaint = Complaint(failure_words("certificate", refused))
    window.set_busy(False)
    if complaint is None:
        window.submit()
    else:
        window.show_complaint(complaint)


async def _settle(network: Network, window: SignInWindow, server_url: str, error: ClientError) -> Complaint | None:
    """None when the same sign-in may go well now. Raises OSError."""
    plain = complaint_about(error, registering=window.registering)
    may_encrypt = server_url.startswith("http://") and type(error) in (Unreachable, NotChinwag)
    if error.problem is not Problem.CERTIFICATE and not may_encrypt:
        return plain
    try:
        facts = await network.look(server_url)
    except ClientError as unseen:
        logger.info("the certificate cannot be looked at: %s", unseen)
        return plain
    if may_encrypt:
        return complaint_about_plain_address()
    if not facts.open:
        return plain
    if await CertificateDialog(window.themes, window, facts).answer() != TRUST:
        return complaint_unconfirmed()
    await network.trust(server_url, facts)
    return None


class SessionCertificate(QObject):
    """Watches the connection of a signed-in session: shows a refused certificate in the banner, and asks when the person wants to."""

    def __init__(self, network: Network, window: MainWindow, connection: ConnectionStore, *, server_url: str) -> None:
        super().__init__(window)
        self._network, self._window, self._connection, self._server_url = network, window, connection, server_url
        self._facts: CertificateFacts | None = None
        self._looking = self._just_trusted = False
        self._tasks = TaskOwner("certificate")
        connection.state_changed.connect(self._connection_changed)
        window.pane.status.certificate_requested.connect(self._requested)

    async def close(self) -> None:
        """Look and ask no more."""
        await self._tasks.close()

    def _connection_changed(self, state: ConnectionState) -> None:
        if state.problem is not Problem.CERTIFICATE:
            self._just_trusted = False
            self._show(None)
        elif state.phase in (Phase.WAITING, Phase.RETRYING_SLOWLY):
            if self._just_trusted:  # this attempt had begun before
                self._just_trusted = False
                self._connection.retry_now()
            elif not self._looking:
                self._looking = True
                self._tasks.spawn(self._look(), "look")

    async def _look(self) -> None:
        """Once after each attempt: the server may have been given another one meanwhile."""
        try:
            self._show(await self._network.look(self._server_url))
        except ClientError as error:
            logger.info("the certificate cannot be looked at: %s", error)
        finally:
            self._looking = False

    def _show(self, facts: CertificateFacts | None) -> None:
        if facts != self._facts:
            self._facts = facts
            self._window.pane.status.show_certificate(facts)

    def _requested(self) -> None:
        if self._facts is not None:
            self._tasks.spawn(self._ask(self._facts), "ask")

    async def _ask(self, facts: CertificateFacts) -> None:
        dialog = CertificateDialog(self._window.themes, self._window, facts)
        if await self._window.ask(dialog) != TRUST:
            return
        try:
            await self._network.trust(self._server_url, facts)
        except OSError as error:
            self._window.pane.toast(failure_words("certificate", error))
            return
        self._just_trusted = self._connection.connection_state().phase is Phase.CONNECTING
        self._connection.retry_now()
