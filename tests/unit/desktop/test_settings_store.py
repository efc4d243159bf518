"""SettingsStore: what one start keeps, the next one finds; what cannot be read counts as nothing."""

from pathlib import Path

import pytest
from desktop_builders import ME

from chinwag_desktop.stores.settings_store import Account, SettingsStore

ROBIN = Account(
    server_url="https://chat.example",
    server_name="Harbour",
    user_id=ME,
    username="robin",
    display_name="Robin Øre",
    token_place="keyring",
)


def on_disk(profile: Path) -> str:
    return (profile / "settings.ini").read_text()


def test_a_new_profile_knows_nothing(tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path)
    assert (settings.theme, settings.geometry, settings.last_server, settings.account) == ("system", b"", "", None)
    assert not (tmp_path / "settings.ini").exists()


def test_what_was_chosen_is_there_at_the_next_start(tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path)
    settings.set_theme("dark")
    settings.set_geometry(bytes(range(256)))
    settings.sync()
    assert "theme=dark" in on_disk(tmp_path)
    again = SettingsStore(tmp_path)
    assert (again.theme, again.geometry) == ("dark", bytes(range(256)))


def test_who_is_signed_in_is_on_the_disk_at_once(tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path)
    settings.set_account(ROBIN)
    assert "robin" in on_disk(tmp_path)  # two stores of a process share what is not yet written
    again = SettingsStore(tmp_path)
    assert again.account == ROBIN
    assert again.last_server == "https://chat.example"


def test_after_signing_out_only_the_server_is_remembered(tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path)
    settings.set_account(ROBIN)
    settings.set_account(None)
    again = SettingsStore(tmp_path)
    assert again.account is None
    assert again.last_server == "https://chat.example"
    assert "robin" not in on_disk(tmp_path)


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"\x00\xff not a settings file",
        b"[appearance]\ntheme=turquoise\n[account]\nsigned_in=nobody\n[window]\ngeometry=5\n",
        b'[account]\nsigned_in="{\\"userId\\": 5}"\n',
    ],
)
def test_a_file_that_makes_no_sense_counts_as_nothing(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "settings.ini").write_bytes(written)
    settings = SettingsStore(tmp_path)
    assert (settings.theme, settings.geometry, settings.account) == ("system", b"", None)
    settings.set_theme("light")
    settings.sync()
    assert SettingsStore(tmp_path).theme == "light"
