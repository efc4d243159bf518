"""One process a profile.  The second one asks the first to show itself, and ends."""

import hashlib
import os
import tempfile
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_SOCKET_PATH_MAX = 100  # a socket's path holds 107 bytes on Linux and 103 on macOS
_ANSWER_MS = 2_000


class SingleInstance(QObject):
    """Holds the lock of a profile folder, and listens for the processes that come second.

    `raise_requested` carries what the second process was asked to open ("" or a chinwag:// link).
    """

    raise_requested = Signal(str)

    def __init__(self, profile: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(profile / "lock"))
        self._lock.setStaleLockTime(0)  # the lock of a living process is never stale, however old
        self._name = _socket_name(profile)
        self._server: QLocalServer | None = None

    def acquire(self, link: str = "") -> bool:
        """True when this process is the profile's first; otherwise the first one was told to open `link`."""
        if not self._lock.tryLock(0):
            self._tell_first(link)
            return False
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(self._name)  # a crash leaves its socket behind; we hold the lock, so it is nobody's
        server.listen(self._name)
        server.newConnection.connect(self._greet)
        self._server = server
        return True

    def release(self) -> None:
        """Let the next process be the first."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.unlock()

    def _tell_first(self, link: str) -> None:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if socket.waitForConnected(_ANSWER_MS):
            socket.write(link.encode() + b"\n")
            socket.waitForBytesWritten(_ANSWER_MS)
            socket.disconnectFromServer()

    def _greet(self) -> None:
        server = self._server
        while server is not None and server.hasPendingConnections():
            socket = server.nextPendingConnection()
            socket.readyRead.connect(lambda socket=socket: self._hear(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.canReadLine():
                self._hear(socket)

    def _hear(self, socket: QLocalSocket) -> None:
        if socket.canReadLine():
            self.raise_requested.emit(bytes(socket.readLine().data()).decode(errors="replace").strip())


def _socket_name(profile: Path) -> str:
    """A name that only this person's processes can reach: below the profile (0700), or a private folder when that path is too long."""
    if os.name == "nt":
        return "chinwag-" + hashlib.blake2b(str(profile).lower().encode(), digest_size=8).hexdigest()
    path = profile / "raise"
    if len(os.fsencode(path)) <= _SOCKET_PATH_MAX:
        return str(path)
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"chinwag-{os.getuid()}"
    runtime.mkdir(mode=0o700, exist_ok=True)
    if runtime.stat().st_uid != os.getuid():
        raise PermissionError(f"{runtime} belongs to somebody else: remove it, or choose a shorter --profile")
    return str(runtime / hashlib.blake2b(os.fsencode(profile), digest_size=8).hexdigest())
