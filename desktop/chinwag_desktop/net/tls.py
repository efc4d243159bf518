"""TLS: the one SSLContext that HTTP and the socket share, and a look at certificates that it refuses.

There is no way to switch verification off. A host with a certificate of its own is trusted only after its user has
compared the fingerprint; from then on that one certificate is the only one accepted there.
"""

import asyncio
import contextlib
import hashlib
import ssl
from typing import Final

from chinwag_desktop.core.certificates import CertificateFacts, Doubt, ServerCertificate
from chinwag_desktop.core.errors import CertificateUntrusted, TimedOut, TlsFailed, Unreachable

FETCH_S: Final = 8.0
_NO_CHECK_TIME: Final = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME, which the ssl module has no name for."""
_DOUBTS: Final = {
    9: Doubt.NOT_YET_VALID,
    10: Doubt.EXPIRED,
    **dict.fromkeys((18, 19, 20, 21), Doubt.NO_AUTHORITY),
    **dict.fromkeys((62, 64), Doubt.WRONG_NAME),
}
"""By the codes of OpenSSL, X509_V_ERR_…"""


def make_ssl_context(*, pinned_pem: str | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer, verified against the system's authorities; with ``pinned_pem`` against that certificate alone.

    A pinned certificate stands for the host by itself, whatever names and dates are in it: those are only its own words,
    and a person has vouched for it. An empty ``pinned_pem`` trusts nobody.
    """
    if pinned_pem is None:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        if pinned_pem:
            context.load_verify_locations(cadata=pinned_pem)
        # The certificate need not be an authority: it is trusted as it is.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def fingerprint(der: bytes) -> str:
    """SHA-256 of a certificate, 64 upper-case hexadecimal digits."""
    return hashlib.sha256(der).hexdigest().upper()


async def fetch_certificate(host: str, port: int) -> ServerCertificate:
    """The certificate that a server shows, trusted or not, so that its fingerprint can be shown. Sends nothing.

    Raises Unreachable, TimedOut, or TlsFailed when there is no TLS at all.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # Only to look at the certificate: nothing but the handshake goes over this connection.
    context.verify_mode = ssl.CERT_NONE
    return await _shake_hands(host, port, context)


async def inspect(host: str, port: int, *, name: str, pinned_pem: str | None) -> CertificateFacts:
    """Look at the certificate of a server, and whether the system vouches for it. ``name`` is what people call the server.

    Raises Unreachable, TimedOut, or TlsFailed when there is no TLS at all.
    """
    system = await asyncio.get_running_loop().run_in_executor(None, make_ssl_context)
    doubt = None
    try:
        shown = await _shake_hands(host, port, system)
    except CertificateUntrusted as error:
        cause = error.__cause__
        code = cause.verify_code if isinstance(cause, ssl.SSLCertVerificationError) else 0
        doubt = _DOUBTS.get(code, Doubt.OTHER)
        shown = await fetch_certificate(host, port)
    pinned = fingerprint(ssl.PEM_cert_to_DER_cert(pinned_pem)) if pinned_pem else None
    return CertificateFacts(host=name, shown=shown, doubt=doubt, pinned=pinned)


async def _shake_hands(host: str, port: int, context: ssl.SSLContext) -> ServerCertificate:
    try:
        async with asyncio.timeout(FETCH_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except TimeoutError:
        raise TimedOut(f"no TLS handshake within {FETCH_S:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise CertificateUntrusted(str(error)) from error
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
