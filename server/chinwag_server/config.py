"""The settings of one server: one frozen record, made by the command line and handed to every worker.

Where a value comes from (flags, then `CHAT_SERVER_*`, then a TOML file, then the defaults here) is decided in
`cli/options.py`, which also says what it refuses. Nothing below reads the environment.
"""

import ipaddress
import os
import sys
import urllib.parse
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import platformdirs

from chinwag_protocol.limits import Limits
from chinwag_server.tls import CertificateFiles

DEFAULT_PORT: Final = 8765
DAY_MS: Final = 86_400_000

Registration = Literal["open", "invite", "closed"]
LogFormat = Literal["console", "json"]


def default_data_dir() -> Path:
    """The platform's folder for a server's data; for root one that the engines' account can enter."""
    if sys.platform == "linux" and os.geteuid() == 0:
        return Path("/var/lib/chinwag")
    return platformdirs.user_data_path("chinwag", appauthor=False) / "server"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator can choose. Durations are milliseconds. `repr` shows no password."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    data_dir: Path = msgspec.field(default_factory=default_data_dir)
    workers: int = 1
    server_name: str = "Chinwag"
    registration: Registration | None = None
    """None: by invite, but for the first account: `services/registration.py`."""

    database_url: str | None = None
    """None: the embedded PostgreSQL. What workers use is `WorkerContext.database_url`."""
    redis_url: str | None = None
    """None: the embedded Valkey where there is one. What workers use is `WorkerContext.redis_url`."""
    blobs_url: str | None = None
    """None: the folder `blobs_dir`."""
    engine_account: str | None = None

    access_token_ttl_ms: int = 900_000
    refresh_token_ttl_ms: int = 60 * DAY_MS
    refresh_grace_ms: int = 30_000
    drain_timeout_ms: int = 2_000
    """A worker gets two seconds more before it is killed: a server that is told to stop is gone within five seconds."""
    limits: Limits = Limits()

    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_self_signed: bool = False
    """With a certificate of our own, in the data folder."""
    metrics_addresses: tuple[str, ...] = ()

    log_format: LogFormat = "console"
    debug: bool = False

    @property
    def blobs_dir(self) -> Path:
        """Where attachments lie when no `blobs_url` is given."""
        return self.data_dir / "blobs"

    @property
    def engines_dir(self) -> Path:
        """Where the embedded engines live."""
        return self.data_dir / "engines"

    @property
    def certificate(self) -> CertificateFiles | None:
        """The certificate to serve with; None: plain HTTP."""
        if self.tls_cert is not None:
            return CertificateFiles(cert=self.tls_cert, key=self.tls_key)
        return CertificateFiles.of_our_own(self.data_dir) if self.tls_self_signed else None

    @property
    def scheme(self) -> str:
        """`https` when this server encrypts by itself."""
        return "http" if self.certificate is None else "https"

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach the server, as far as we know."""
        return is_loopback(self.host) and not self.trusted_proxies

    @property
    def can_be_overheard(self) -> bool:
        """Whether what goes over the network is encrypted neither here nor, as far as we know, by a proxy."""
        return self.certificate is None and not is_loopback(self.host) and not self.trusted_proxies

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in self.__struct_fields__}
        for name in ("database_url", "redis_url", "blobs_url"):
            shown[name] = hide_password(shown[name])
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def encode(self) -> bytes:
        """Give the settings as one line of JSON, secrets included, for a worker's standard input."""
        return msgspec.json.encode(self, enc_hook=str)

    @classmethod
    def decode(cls, line: bytes) -> "Settings":
        """Read what `encode` gave."""
        return msgspec.json.decode(line, type=cls, dec_hook=_decode_path)


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach *host*."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def hide_password(url: str | None) -> str | None:
    """Replace the password of *url*, and its whole query, which may hold keys, by `***`."""
    if url is None:
        return None
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return "***"
    secret, _, place = parts.netloc.rpartition("@")
    user = secret.partition(":")[0]
    netloc = f"{user}:***@{place}" if ":" in secret else parts.netloc
    return urllib.parse.urlunsplit((parts.scheme, netloc, parts.path, "***" if parts.query else "", ""))


def _decode_path(wanted: type, value: Any) -> Any:
    if wanted is Path:
        return Path(value)
    raise NotImplementedError(wanted)
