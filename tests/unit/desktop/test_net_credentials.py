"""Where refresh tokens are kept: the system's keyring, never one that keeps base64, or a file of mode 0600."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import pytest
from desktop_builders import ME
from keyring.backends import fail

from chinwag_desktop.core.errors import NoKeyring
from chinwag_desktop.net.credentials import FileTokens, KeyringTokens, key_of

KEY = key_of("https://chat.example", ME)


class MemoryKeyring(keyring.backend.KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def use() -> Iterator[Any]:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_the_keyring(use: Any) -> None:
    backend = MemoryKeyring()
    use(backend)
    tokens = KeyringTokens()
    assert tokens.load(KEY) is None
    tokens.save(KEY, "refresh")
    assert backend.kept == {("Chinwag", KEY): "refresh"}
    assert tokens.load(KEY) == "refresh"
    tokens.forget(KEY)
    tokens.forget(KEY)
    assert backend.kept == {}


def test_no_keyring_a_locked_one_and_one_that_only_looks_like_one_are_named(use: Any) -> None:
    use(fail.Keyring())
    with pytest.raises(NoKeyring):
        KeyringTokens().save(KEY, "refresh")
    locked = MemoryKeyring()
    locked.locked = True
    use(locked)
    with pytest.raises(NoKeyring):
        KeyringTokens().save(KEY, "refresh")
    plain = type("PlaintextKeyring", (MemoryKeyring,), {"__module__": "keyrings.alt.file"})()
    use(plain)
    with pytest.raises(NoKeyring):
        KeyringTokens().save(KEY, "refresh")
    assert plain.kept == {}


def test_the_file_is_only_its_owner_s(tmp_path: Path) -> None:
    tokens = FileTokens(tmp_path / "tokens")
    assert tokens.load(KEY) is None
    tokens.save(KEY, "one")
    tokens.save(KEY, "two")
    (file,) = (tmp_path / "tokens").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert tokens.load(KEY) == "two"
    tokens.forget(KEY)
    tokens.forget(KEY)
    assert not list((tmp_path / "tokens").iterdir())
