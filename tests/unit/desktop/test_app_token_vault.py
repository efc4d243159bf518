"""TokenVault: each account's token in its own place, and only there."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from desktop_builders import ME

from chinwag_desktop.app.token_vault import TokenVault
from chinwag_desktop.core.errors import KeyringShut
from chinwag_desktop.stores.settings_store import Account, TokenPlace


def account(place: TokenPlace) -> Account:
    return Account(
        server_url="https://chat.example",
        server_name="Harbour",
        user_id=ME,
        username="robin",
        display_name="Robin",
        token_place=place,
    )


class MemoryKeyring(keyring.backend.KeyringBackend):
    """The system's keyring, which can be locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def system() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


async def test_the_keyring_keeps_gives_and_forgets(system: MemoryKeyring, tmp_path: Path) -> None:
    vault = TokenVault(tmp_path)
    await vault.save(account("keyring"), "secret")
    assert list(system.kept.values()) == ["secret"]
    assert await TokenVault(tmp_path).load(account("keyring")) == "secret"
    assert not (tmp_path / "tokens").exists()
    await vault.forget(account("keyring"))
    assert system.kept == {}
    assert await vault.load(account("keyring")) is None


async def test_a_keyring_that_is_locked_is_not_a_session_that_is_over(system: MemoryKeyring, tmp_path: Path) -> None:
    vault = TokenVault(tmp_path)
    await vault.save(account("keyring"), "secret")
    system.locked = True
    with pytest.raises(KeyringShut):
        await vault.load(account("keyring"))


async def test_a_file_survives_the_run_and_memory_does_not(system: MemoryKeyring, tmp_path: Path) -> None:
    vault = TokenVault(tmp_path)
    await vault.save(account("file"), "on disk")
    assert await TokenVault(tmp_path).load(account("file")) == "on disk"
    await vault.forget(account("file"))
    assert await TokenVault(tmp_path).load(account("file")) is None
    await vault.save(account("memory"), "in mind")
    assert await vault.load(account("memory")) == "in mind"
    assert await TokenVault(tmp_path).load(account("memory")) is None
    assert system.kept == {}
