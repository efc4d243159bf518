"""Where refresh tokens are kept: the system's keyring, or, when the user chose so, a file that only they can read.

Access tokens are never kept. All calls may block (a keyring can ask for a password): run them on a thread.
"""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from chinwag_desktop.core.errors import NoKeyring

SERVICE: Final = "Chinwag"


def key_of(server_url: str, user_id: UUID) -> str:
    """The name under which a token is kept."""
    return f"{user_id}@{server_url}"


class KeyringTokens:
    """Tokens in the keyring of the desktop. Raises NoKeyring where there is none that can be trusted."""

    def save(self, key: str, token: str) -> None:
        """Keep a token."""
        with _refusals() as keyring:
            keyring.set_password(SERVICE, key, token)

    def load(self, key: str) -> str | None:
        """The token, or None."""
        with _refusals() as keyring:
            return keyring.get_password(SERVICE, key)

    def forget(self, key: str) -> None:
        """Remove the token, if there is one."""
        with _refusals() as keyring:
            if keyring.get_password(SERVICE, key) is not None:
                keyring.delete_password(SERVICE, key)


class FileTokens:
    """One file a token, mode 0600, below a folder of mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, key: str, token: str) -> None:
        """Keep a token; the file is replaced as a whole."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(key)
        fresh = path.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(token)
        fresh.replace(path)

    def load(self, key: str) -> str | None:
        """The token, or None."""
        try:
            return self._path(key).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def forget(self, key: str) -> None:
        """Remove the token, if there is one."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / (key.split("@", 1)[0] + ".token")


@contextlib.contextmanager
def _refusals() -> Generator[Any]:
    """The keyring module with a backend that can be trusted; whatever it raises becomes NoKeyring."""
    import keyring
    import keyring.backends.fail
    import keyring.errors

    backend = keyring.get_keyring()
    module = type(backend).__module__
    # keyrings.alt, where somebody installed it, keeps base64 in a file and says nothing.
    if isinstance(backend, keyring.backends.fail.Keyring) or module.startswith("keyrings.alt"):
        raise NoKeyring("this system has no keyring")
    try:
        yield keyring
    except keyring.errors.KeyringError as error:
        raise NoKeyring(f"the keyring refused: {error}") from error
