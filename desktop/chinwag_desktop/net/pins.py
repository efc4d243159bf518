"""Certificates that a person has confirmed, one PEM file a server in the profile. They outlive signing out, as an address book does."""

import contextlib
import logging
import os
import ssl
from pathlib import Path
from urllib.parse import quote, urlsplit

logger = logging.getLogger(__name__)


def place_of(server_url: str) -> tuple[str, int]:
    """Host and port of a server's address."""
    parts = urlsplit(server_url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


class PinnedCertificates:
    """All of one profile. The methods read and write files: they belong on a thread. Raises OSError when one cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, server_url: str) -> str | None:
        """The certificate confirmed for a server, PEM; None where none was. "" when it cannot be read: then trust nobody."""
        path = self._path(server_url)
        try:
            pem = path.read_text(encoding="ascii")
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            logger.warning("the confirmed certificate in %s cannot be read: %s", path.name, error)
            return ""
        return pem

    def keep(self, server_url: str, pem: str) -> None:
        """From now on this certificate, and no other, is the server's."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(server_url)
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def forget(self, server_url: str) -> None:
        """From now on the system's authorities vouch for the server, as for any other."""
        with contextlib.suppress(FileNotFoundError):
            self._path(server_url).unlink()

    def _path(self, server_url: str) -> Path:
        host, port = place_of(server_url)
        return self._folder / f"{quote(host.lower(), safe='')}_{port}.pem"
