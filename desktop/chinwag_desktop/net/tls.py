"""TLS: the one SSLContext that HTTP and the socket share, and certificates that a person has confirmed.

There is no way to switch verification off. A host with a certificate of its own is trusted only after its user has
compared the fingerprint; from then on that one certificate is the only one accepted there.
"""

import asyncio
import contextlib
import hashlib
import ssl
from typing import Final

from msgspec import Struct

from chinwag_desktop.core.errors import TimedOut, TlsFailed, Unreachable

FETCH_S: Final = 8.0


class ServerCertificate(Struct, frozen=True, kw_only=True):
    """What a server showed: for the user to compare, and to be pinned once confirmed."""

    pem: str
    sha256: str
    """Upper-case hexadecimal, in pairs with colons between, as other tools print it."""


def make_ssl_context(*, pinned_pem: str | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer, verified against the system's authorities; with ``pinned_pem`` against that certificate alone.

    A pinned certificate stands for the host by itself, whatever name is in it.
    """
    if pinned_pem is None:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(cadata=pinned_pem)
        # The certificate need not be an authority: it is trusted as it is.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def fingerprint(der: bytes) -> str:
    """SHA-256 of a certificate as people compare it: ``AB:CD:…``."""
    digest = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digest[index : index + 2] for index in range(0, len(digest), 2))


async def fetch_certificate(host: str, port: int) -> ServerCertificate:
    """The certificate that a server shows, trusted or not, so that its fingerprint can be shown. Sends nothing.

    Raises Unreachable, TimedOut, or TlsFailed when there is no TLS at all.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # Only to look at the certificate: nothing but the handshake goes over this connection.
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(FETCH_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except TimeoutError:
        raise TimedOut(f"no TLS handshake within {FETCH_S:g} s") from None
    except ssl.SSLError as error:
        raise TlsFailed(str(error)) from error
    except OSError as error:
        raise Unreachable(str(error)) from error
    try:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if not der:
        raise TlsFailed("the server showed no certificate")
    return ServerCertificate(pem=ssl.DER_cert_to_PEM_cert(der), sha256=fingerprint(der))
