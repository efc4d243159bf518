"""Certificates for tests, made on the spot: signed by nobody but themselves, or by an authority of the tests' own."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID = (-1, 30)
"""Days from now."""


@dataclass(frozen=True)
class Certificate:
    pem: str
    cert_path: Path
    key_path: Path
    sha256: bytes


def self_signed(folder: Path, host: str, *, tag: str = "a", days: tuple[int, int] = VALID) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    builder = _builder(name, name, key, days=days).add_extension(_alternatives(host), critical=False)
    return _keep(folder, tag, builder.sign(key, hashes.SHA256()), key)


class Authority:
    """Signs for hosts. `path` is what a system that trusts it has in SSL_CERT_FILE."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
        usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
        certificate = (
            _builder(self._name, self._name, self._key, days=VALID)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_cert_sign=True,
                    crl_sign=True,
                    encipher_only=False,
                    decipher_only=False,
                    **usage,
                ),
                critical=True,
            )
            .sign(self._key, hashes.SHA256())
        )
        self.path = folder / "authority.pem"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def sign(self, host: str, *, tag: str = "signed", days: tuple[int, int] = VALID) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        builder = (
            _builder(name, self._name, key, days=days)
            .add_extension(_alternatives(host), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        return _keep(self._folder, tag, builder.sign(self._key, hashes.SHA256()), key)


def server_context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_path, certificate.key_path)
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _alternatives(host: str) -> x509.SubjectAlternativeName:
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    return x509.SubjectAlternativeName([alternative])


def _keep(folder: Path, tag: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Certificate:
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    cert_path, key_path = folder / f"{tag}.crt", folder / f"{tag}.key"
    cert_path.write_bytes(pem)
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Certificate(pem.decode(), cert_path, key_path, certificate.fingerprint(hashes.SHA256()))
