"""TLS: the certificate that this server shows, given by the operator or made on the first start.

The supervisor calls `make_own` and `describe` before it starts workers; each worker holds a `ServerTls`, which takes the
certificate anew when its files change. No restart is needed, and no connection ends.
"""

import asyncio
import contextlib
import hashlib
import ipaddress
import logging
import os
import re
import shutil
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

HANDSHAKE_S: Final = 10.0
"""How long a client may take for its handshake."""
GOODBYE_S: Final = 10.0
"""How long a connection that is closed may take for what is still to be sent and for the other end's goodbye."""
LOOK_S: Final = 10.0
"""How often a worker looks whether the files have changed."""
OWN_DAYS: Final = 3650
"""Life of a certificate of our own. People confirm it by hand, so that a short one would only teach them to press the button."""

log = logging.getLogger(__name__)
_Signature = tuple[tuple[int, ...] | None, ...]


def abort(transport: asyncio.Transport) -> None:
    """Drop a connection with what is unsent, whatever was done with it before.

    CPython 3.11.2 (Debian 12) raises AttributeError where a TLS transport was closed twice.
    """
    with contextlib.suppress(AttributeError):
        transport.abort()


class TlsError(RuntimeError):
    """The certificate cannot be used. The message is one line for the operator and names a way out."""


class CertificateFiles(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate with its chain in a PEM file, and its key in another one, or in the same (*key* is None)."""

    cert: Path
    key: Path | None = None
    own: bool = False
    """Made by `make_own`."""

    @classmethod
    def of_our_own(cls, data_dir: Path) -> "CertificateFiles":
        """Where a certificate of our own lies."""
        return cls(cert=data_dir / "tls" / "certificate.pem", key=data_dir / "tls" / "key.pem", own=True)


class ServerTls:
    """The TLS of one worker. *context* is what it listens with. Raises TlsError when the files cannot be used."""

    def __init__(self, files: CertificateFiles) -> None:
        self._files = files
        self._seen = _sign(files)
        self._current = self.context = load(files)
        # A listening context cannot be exchanged, and changing its certificate could leave it with half of a pair.
        self.context.sni_callback = self._choose

    def look_again(self) -> bool:
        """Take the certificate anew if its files have changed; one that cannot be used leaves the old one in its place."""
        now = _sign(self._files)
        if now == self._seen:
            return False
        self._seen = now
        try:
            self._current = load(self._files)
        except TlsError as error:
            log.warning("the certificate has changed, but the one before stays in use: %s", error)
            return False
        log.info("the certificate was taken anew; its fingerprint (SHA-256) is %s", fingerprint(self._files))
        return True

    async def watch(self) -> None:
        """Look again every `LOOK_S` seconds, for good."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.look_again()

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _context: ssl.SSLContext) -> None:
        """OpenSSL calls it in each handshake, whether the client names a host or not."""
        connection.context = self._current


def load(files: CertificateFiles) -> ssl.SSLContext:
    """Make a context of TLS 1.2 or newer, with the ciphers that Python chooses. Raises TlsError."""
    _check(files)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    key = files.key or files.cert
    try:
        context.load_cert_chain(files.cert, key, password=_no_password(key))
    except ssl.SSLError as error:
        raise TlsError(_explain(error, files.cert, key)) from error
    except OSError as error:
        raise TlsError(f"cannot read {files.cert} or {key}: {error.strerror}") from error
    return context


def fingerprint(files: CertificateFiles) -> str:
    """SHA-256 of the certificate, in groups of four as the app shows it: `1A2B 3C4D …`. Raises TlsError."""
    der = ssl.PEM_cert_to_DER_cert(_check(files))
    digits = hashlib.sha256(der).hexdigest().upper()
    return " ".join(digits[index : index + 4] for index in range(0, len(digits), 4))


# ---------------------------------------------------------- reading


_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_KEY: Final = re.compile(r"-----BEGIN (?:\w+ )?PRIVATE KEY-----")


def _check(files: CertificateFiles) -> str:
    """Find what OpenSSL would only hint at. Returns the server's own certificate, PEM. Raises TlsError."""
    text = _read(files, files.cert, "--tls-cert")
    found = _CERTIFICATE.search(text)
    if found is None:
        raise TlsError(
            f"there is no certificate in {files.cert}: "
            + _way_out(files, "give --tls-cert a PEM file, as fullchain.pem of certbot")
        )
    if files.key is not None:
        text = _read(files, files.key, "--tls-key")
    if not _KEY.search(text):
        where = files.key or files.cert
        raise TlsError(
            f"there is no private key in {where}: " + _way_out(files, "give the PEM file that holds it with --tls-key")
        )
    return found.group()


def _read(files: CertificateFiles, path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        raise TlsError(f"there is no file {path}: " + _way_out(files, f"correct {option}")) from None
    except PermissionError:
        raise TlsError(
            f"this account may not read {path}: let it, or give {option} a copy that it may read and nobody else"
        ) from None
    except OSError as error:
        raise TlsError(f"cannot read {path}: {error.strerror}; " + _way_out(files, f"correct {option}")) from None


def _way_out(files: CertificateFiles, words: str) -> str:
    if not files.own:
        return words
    return f"restore it, or remove {files.cert.parent} to have another one made, which people must then confirm anew"


def _no_password(key: Path) -> Callable[[], str]:
    def ask() -> str:
        raise TlsError(
            f"the key in {key} is locked with a password: give one without, as `openssl pkey -in {key} -out FILE` makes it"
        )

    return ask


def _explain(error: ssl.SSLError, cert: Path, key: Path) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the key in {key} does not belong to the certificate in {cert}: give the two that were made together"
    reason = (error.reason or str(error)).replace("_", " ").lower()
    return f"the certificate in {cert} or the key in {key} cannot be used: {reason}"


def _sign(files: CertificateFiles) -> _Signature:
    """What changes when a file does; links are followed, which certbot exchanges."""
    return tuple(_stat(path) for path in (files.cert, files.key) if path is not None)


def _stat(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


# ---------------------------------------------------------- a certificate of our own


def make_own(data_dir: Path, *, host: str) -> bool:
    """Make a certificate that nobody else vouches for, unless there is one; True when one was made. Raises TlsError.

    Certificate and key appear together or not at all; only this account can read them.
    """
    folder = CertificateFiles.of_our_own(data_dir).cert.parent
    if folder.exists():
        return False
    cert, key = _sign_ourselves(host, now=datetime.now(UTC))
    draft = folder.with_name("tls.new")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(0o700)
        for name, content in (("certificate.pem", cert), ("key.pem", key)):
            with os.fdopen(os.open(draft / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        draft.rename(folder)
    except OSError as error:
        raise TlsError(f"cannot keep a certificate in {folder}: {error.strerror}; choose another --data-dir") from error
    return True


def _sign_ourselves(host: str, *, now: datetime) -> tuple[bytes, bytes]:
    """Make a certificate and its key, PEM. The names in it are for browsers and scripts: the app goes by its fingerprint."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID
    except ImportError as error:
        raise TlsError(
            "--tls-self-signed needs the package `cryptography`, which is not installed: install it, or give --tls-cert"
        ) from error
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Chinwag server")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + timedelta(days=OWN_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, encipher_only=False, decipher_only=False, **usage), critical=True
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    names, addresses = _names(host)
    alternatives = [*map(x509.DNSName, names), *map(x509.IPAddress, addresses)]
    certificate = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False).sign(
        key, hashes.SHA256()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _names(host: str) -> tuple[list[str], list[ipaddress.IPv4Address | ipaddress.IPv6Address]]:
    """What this machine may be called: its own name, loopback, and the host that it listens on, if that is one."""
    names = {"localhost", socket.gethostname().lower()}
    addresses = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")}
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        names.add(host.lower())
    else:
        if not address.is_unspecified:
            addresses.add(address)
    return sorted(name for name in names if re.fullmatch(r"[a-z0-9.-]+", name)), sorted(addresses, key=str)
