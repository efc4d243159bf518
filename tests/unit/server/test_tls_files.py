"""The server's certificate: made, read, told, taken anew, and what is said of one that cannot be used."""

import hashlib
import os
import shutil
import ssl
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from certificates import Certificate, self_signed
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from chinwag_server import tls
from chinwag_server.config import Settings
from chinwag_server.tls import CertificateFiles, ServerTls, TlsError, fingerprint, load, make_own


@pytest.fixture
def made(tmp_path: Path) -> Certificate:
    return self_signed(tmp_path, "chat.example.org")


def files_of(certificate: Certificate) -> CertificateFiles:
    return CertificateFiles(cert=certificate.cert_path, key=certificate.key_path)


def grouped(sha256: bytes) -> str:
    digits = sha256.hex().upper()
    return " ".join(digits[index : index + 4] for index in range(0, 64, 4))


# ------------------------------------------------------------ of our own


def test_a_certificate_of_our_own_is_made_once_and_only_we_can_read_it(tmp_path: Path) -> None:
    files = CertificateFiles.of_our_own(tmp_path)
    assert make_own(tmp_path, host="chat.example.org")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (files.cert, files.key)} == {0o600}
    assert stat.S_IMODE(files.cert.parent.stat().st_mode) == 0o700
    before = fingerprint(files)
    assert not make_own(tmp_path, host="another.example.org")
    assert fingerprint(files) == before
    assert load(files).minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("0.0.0.0", x509.DNSName("localhost")),
        ("192.0.2.7", x509.IPAddress(tls.ipaddress.ip_address("192.0.2.7"))),
        ("[::1]", x509.IPAddress(tls.ipaddress.ip_address("::1"))),
        ("Chat.Example.org", x509.DNSName("chat.example.org")),
    ],
)
def test_its_names_are_those_that_it_may_be_reached_by(tmp_path: Path, host: str, name: x509.GeneralName) -> None:
    make_own(tmp_path, host=host)
    certificate = x509.load_pem_x509_certificate(CertificateFiles.of_our_own(tmp_path).cert.read_bytes())
    names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    assert name in names
    assert x509.DNSName("localhost") in names
    assert not any("0.0.0.0" in str(name.value) for name in names)
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == tls.OWN_DAYS + 1


def test_what_an_earlier_start_left_half_made_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "tls.new").mkdir()
    (tmp_path / "tls.new" / "key.pem").write_text("half a k")
    assert make_own(tmp_path, host="127.0.0.1")
    load(CertificateFiles.of_our_own(tmp_path))
    assert not (tmp_path / "tls.new").exists()


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TlsError, match=r"cannot keep a certificate in .*Not a directory; choose another --data-dir"):
        make_own(tmp_path / "file" / "data", host="127.0.0.1")


def test_without_the_package_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(TlsError, match=r"needs the package `cryptography`.*--tls-cert"):
        make_own(tmp_path, host="127.0.0.1")


def test_one_of_which_a_part_is_lost_is_not_replaced_in_silence(tmp_path: Path) -> None:
    make_own(tmp_path, host="127.0.0.1")
    files = CertificateFiles.of_our_own(tmp_path)
    assert files.key is not None
    files.key.unlink()
    assert not make_own(tmp_path, host="127.0.0.1")
    with pytest.raises(
        TlsError, match=r"there is no file .*key\.pem: restore it, or remove .*tls to have another one made"
    ):
        load(files)


# ------------------------------------------------------------ given


def test_the_fingerprint_is_that_of_the_first_certificate(made: Certificate, tmp_path: Path) -> None:
    chain = self_signed(tmp_path, "an authority", tag="b")
    made.cert_path.write_text(f"a comment\n{made.pem}{chain.pem}")
    assert fingerprint(files_of(made)) == grouped(made.sha256)
    assert made.sha256 == hashlib.sha256(ssl.PEM_cert_to_DER_cert(made.pem)).digest()


def test_certificate_and_key_may_share_a_file(made: Certificate) -> None:
    made.cert_path.write_text(made.key_path.read_text() + made.pem)
    load(CertificateFiles(cert=made.cert_path))
    assert fingerprint(CertificateFiles(cert=made.cert_path)) == grouped(made.sha256)


def no_file(made: Certificate, _: Path) -> None:
    made.cert_path.unlink()


def no_key_file(made: Certificate, _: Path) -> None:
    made.key_path.unlink()


def another_key(made: Certificate, folder: Path) -> None:
    shutil.copy(self_signed(folder, "x", tag="b").key_path, made.key_path)


def no_certificate(made: Certificate, _: Path) -> None:
    made.cert_path.write_bytes(ssl.PEM_cert_to_DER_cert(made.pem))


def no_key(made: Certificate, _: Path) -> None:
    made.key_path.write_text(made.pem)


def nonsense(made: Certificate, _: Path) -> None:
    made.cert_path.write_text("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n")


def a_folder(made: Certificate, _: Path) -> None:
    made.cert_path.unlink()
    made.cert_path.mkdir()


def locked(made: Certificate, _: Path) -> None:
    key = serialization.load_pem_private_key(made.key_path.read_bytes(), None)
    made.key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"canary"),
        )
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_file, r"there is no file .*a\.crt: correct --tls-cert"),
        (no_key_file, r"there is no file .*a\.key: correct --tls-key"),
        (another_key, r"the key in .*a\.key does not belong to the certificate in .*a\.crt: give the two"),
        (no_certificate, r"there is no certificate in .*a\.crt: give --tls-cert a PEM file"),
        (no_key, r"there is no private key in .*a\.key: give the PEM file that holds it with --tls-key"),
        (nonsense, r"the certificate in .*a\.crt or the key in .*a\.key cannot be used: "),
        (a_folder, r"cannot read .*a\.crt: Is a directory; correct --tls-cert"),
        (locked, r"the key in .*a\.key is locked with a password: give one without, as `openssl pkey"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(
    made: Certificate, tmp_path: Path, spoil: Callable[[Certificate, Path], None], said: str
) -> None:
    spoil(made, tmp_path)
    with pytest.raises(TlsError, match=said) as error:
        load(files_of(made))
    assert "\n" not in str(error.value)
    assert "bm90IG9uZQ" not in str(error.value)


def test_what_may_not_be_read_is_told(made: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")  # root may read everything

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(TlsError, match=r"this account may not read .*a\.crt: let it, or give --tls-cert a copy"):
        load(files_of(made))


# ------------------------------------------------------------ taken anew


def test_nothing_happens_while_the_files_stay_as_they_are(made: Certificate) -> None:
    held = ServerTls(files_of(made))
    assert not held.look_again()
    assert not held.look_again()


def test_a_link_that_leads_elsewhere_is_a_change(made: Certificate, tmp_path: Path) -> None:
    """As certbot has it."""
    new = self_signed(tmp_path, "chat.example.org", tag="b")
    links = CertificateFiles(cert=tmp_path / "live.crt", key=tmp_path / "live.key")
    assert links.key is not None
    links.cert.symlink_to(made.cert_path)
    links.key.symlink_to(made.key_path)
    held = ServerTls(links)
    for link, target in ((links.cert, new.cert_path), (links.key, new.key_path)):
        draft = tmp_path / "draft"
        draft.symlink_to(target)
        os.replace(draft, link)
    assert held.look_again()
    assert fingerprint(links) == grouped(new.sha256)


def test_half_a_change_keeps_the_old_one_and_the_other_half_completes_it(
    made: Certificate, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    new = self_signed(tmp_path, "chat.example.org", tag="b")
    held = ServerTls(files_of(made))
    before = held._current
    expect_log("tls: the certificate has changed, but the one before stays in use: the key in .* does not belong")
    made.cert_path.write_text(new.pem)
    assert not held.look_again()
    assert held._current is before
    assert not held.look_again()  # says it once
    shutil.copy(new.key_path, made.key_path)
    assert held.look_again()
    assert held._current is not before


# ------------------------------------------------------------ settings


def test_a_worker_reads_the_options_that_the_supervisor_wrote(tmp_path: Path) -> None:
    for given in ({"tls_cert": tmp_path / "a b.pem", "tls_key": tmp_path / "k.pem"}, {"tls_self_signed": True}):
        settings = Settings(data_dir=tmp_path, **given)
        assert Settings.decode(settings.encode()) == settings
        assert settings.certificate is not None
        assert settings.scheme == "https"
    assert Settings().certificate is None


@pytest.mark.parametrize(
    ("given", "overheard"),
    [
        ({}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "192.0.2.7", "tls_self_signed": True}, False),
        ({"host": "192.0.2.7", "tls_cert": Path("/c.pem")}, False),
        ({"host": "192.0.2.7", "trusted_proxies": ("192.0.2.1",)}, False),
    ],
)
def test_plain_http_that_others_can_overhear_is_noticed(given: dict[str, object], overheard: bool) -> None:
    assert Settings(**given).can_be_overheard is overheard  # type: ignore[arg-type]
