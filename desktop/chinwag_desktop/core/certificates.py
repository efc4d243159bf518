"""What is known of the certificate that a server shows, for the person who decides whether to trust it."""

from enum import StrEnum

from msgspec import Struct


class Doubt(StrEnum):
    """Why the system does not vouch for a certificate."""

    NO_AUTHORITY = "no_authority"
    """Signed by itself, or by an authority that this system does not know."""
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_NAME = "wrong_name"
    """Made out to another host."""
    OTHER = "other"


class ServerCertificate(Struct, frozen=True, kw_only=True):
    """A certificate as a server showed it."""

    pem: str
    sha256: str
    """64 upper-case hexadecimal digits."""


class CertificateFacts(Struct, frozen=True, kw_only=True):
    """One look at the certificate of a server, and what was trusted there before."""

    host: str
    """The host as it stands in the address, with the port if one does."""
    shown: ServerCertificate
    doubt: Doubt | None
    """None: an authority that this system trusts vouches for it."""
    pinned: str | None = None
    """SHA-256 of the one certificate that the person has confirmed for this server."""

    @property
    def changed(self) -> bool:
        """Whether another certificate was confirmed before."""
        return self.pinned is not None and self.pinned != self.shown.sha256

    @property
    def open(self) -> bool:
        """Whether it is for the person to say if this certificate is trusted."""
        return self.changed or (self.pinned is None and self.doubt is not None)
