"""`chat-server fingerprint`: what people compare in the app before they trust a certificate that nobody vouches for."""

from chinwag_server.cli.options import NONE_GIVEN, AnyOptions
from chinwag_server.cli.output import CommandError, say

_IN_A_ROW = 4
"""Groups, as the app sets them out."""


def show_fingerprint(*, options: AnyOptions = NONE_GIVEN) -> None:
    """Show the fingerprint of the certificate."""
    from chinwag_server.tls import CertificateFiles, TlsError, fingerprint

    settings = options.settings()
    files = settings.certificate or CertificateFiles.of_our_own(settings.data_dir)
    if settings.certificate is None and not files.cert.exists():
        raise CommandError("this server has no certificate: let it serve with --tls-self-signed, or give --tls-cert")
    try:
        groups = fingerprint(files).split()
    except TlsError as error:
        raise CommandError(str(error)) from error
    say(f"The certificate in {files.cert} has the SHA-256 fingerprint\n")
    for begin in range(0, len(groups), _IN_A_ROW):
        say(f"    {' '.join(groups[begin : begin + _IN_A_ROW])}")
