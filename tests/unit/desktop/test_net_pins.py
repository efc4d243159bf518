"""Confirmed certificates in the profile: kept, found, forgotten; and a file that is damaged trusts nobody."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from certificates import self_signed

from chinwag_desktop.net.pins import PinnedCertificates, place_of


@pytest.fixture
def pins(tmp_path: Path) -> PinnedCertificates:
    return PinnedCertificates(tmp_path / "certificates")


def test_each_server_has_its_own(pins: PinnedCertificates, tmp_path: Path) -> None:
    urls = ["https://chat.example", "https://chat.example:8765", "https://[::1]:8765", "https://other.example/team"]
    certificates = [self_signed(tmp_path, "x", tag=str(number)).pem for number in range(len(urls))]
    assert [pins.find(url) for url in urls] == [None] * len(urls)
    for url, pem in zip(urls, certificates, strict=True):
        pins.keep(url, pem)
    assert [pins.find(url) for url in urls] == certificates
    assert pins.find("https://CHAT.example:443/else") == certificates[0]
    pins.forget(urls[1])
    pins.forget(urls[1])
    assert [pins.find(url) is None for url in urls] == [False, True, False, False]


def test_only_this_account_can_read_them(pins: PinnedCertificates, tmp_path: Path) -> None:
    for _ in range(2):
        pins.keep("https://chat.example", self_signed(tmp_path, "x").pem)
    folder = tmp_path / "certificates"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"nothing of the kind", b"\xff\xfe\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n"]
)
def test_a_damaged_one_trusts_nobody(
    pins: PinnedCertificates, tmp_path: Path, content: bytes, expect_log: Callable[[str], None]
) -> None:
    expect_log("pins: the confirmed certificate in chat.example_443.pem cannot be read")
    pins.keep("https://chat.example", self_signed(tmp_path, "x").pem)
    next((tmp_path / "certificates").iterdir()).write_bytes(content)
    assert pins.find("https://chat.example") == ""


def test_a_write_that_fails_leaves_the_old_one(
    pins: PinnedCertificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = self_signed(tmp_path, "x").pem, self_signed(tmp_path, "x", tag="b").pem
    pins.keep("https://chat.example", old)

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        pins.keep("https://chat.example", new)
    assert pins.find("https://chat.example") == old


def test_places() -> None:
    assert place_of("https://chat.example/team") == ("chat.example", 443)
    assert place_of("http://chat.example") == ("chat.example", 80)
    assert place_of("https://[::1]:8765") == ("::1", 8765)
