"""Every option of `chat-server`: a flag, an environment variable and a key of the TOML file under one name each.

`sources.py` says where values come from. Commands take all three groups, so that one file or environment serves them
all; a command that does not serve hides the groups that it only passes on.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Group, Parameter
from cyclopts.validators import Number

from chinwag_protocol.limits import Limits
from chinwag_server.cli.output import CommandError
from chinwag_server.config import (
    DEFAULT_PORT,
    LogFormat,
    Registration,
    Settings,
)
from chinwag_server.storage.blob_urls import parse_blobs_url

DEFAULTS = Settings()
_MAX_MS = 10 * 366 * 86_400_000
_AT_LEAST_ONE = Number(gte=1)

_PLACE = Group("Where the data are", sort_key=1)
_NETWORK = Group("Network", sort_key=2)
_PEOPLE = Group("Accounts and sessions", sort_key=3)
_OUTPUT = Group("Output", sort_key=4)
_LIMITS = Group("Limits", sort_key=5)


def _scheme(*allowed: str) -> typing.Callable[[type, str | None], None]:
    """Make a validator: a URL of one of these schemes."""

    def validate(_type: type, url: str | None) -> None:
        if url is not None and url.partition("://")[0] not in allowed:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in allowed)}")

    return validate


def _blobs(_type: type, url: str | None) -> None:
    if url is not None:
        parse_blobs_url(url)


def _networks(_type: type, given: tuple[str, ...]) -> None:
    for one in given:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError:
            raise ValueError(
                f"needs addresses, as in 127.0.0.1, or networks, as in 10.0.0.0/8: {one} is neither"
            ) from None


def _origins(_type: type, given: tuple[str, ...]) -> None:
    for one in given:
        if one != "*" and not one.startswith(("http://", "https://")):
            raise ValueError(f"needs origins, as in https://chat.example.org: {one} is none")


def _milliseconds(group: Group) -> Parameter:
    return Parameter(group=group, validator=Number(gte=1, lte=_MAX_MS))


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the data are, and how much to say. Every command has these."""

    config: Annotated[Path | None, Parameter(group=_PLACE, show_default=False)] = None
    """TOML file with any of these options, as in `text-length = 4000`. Default: chat-server.toml in the data folder."""
    data_dir: Annotated[Path, Parameter(group=_PLACE)] = DEFAULTS.data_dir
    """Folder of the embedded engines and of attachments. One server a folder."""
    database_url: Annotated[str | None, Parameter(group=_PLACE, validator=_scheme("postgresql", "postgres"))] = None
    """A PostgreSQL of your own, instead of the embedded one: postgresql://user:password@host/database."""
    redis_url: Annotated[
        str | None, Parameter(group=_PLACE, validator=_scheme("redis", "rediss", "unix", "valkey", "valkeys"))
    ] = None
    """A Valkey or Redis of your own, instead of the embedded one. All nodes on one database must share it."""
    engine_account: Annotated[str | None, Parameter(group=_PLACE)] = None
    """Account that the embedded engines run under when this is root. Default: chinwag, postgres or nobody."""
    debug: Annotated[bool, Parameter(group=_OUTPUT, negative="", show_default=False)] = False
    """Say more, and show tracebacks."""


@dataclass(frozen=True, kw_only=True)
class Serving:
    """How to serve."""

    host: Annotated[str, Parameter(group=_NETWORK)] = DEFAULTS.host
    """Address to listen on; 0.0.0.0 is every one of this machine."""
    port: Annotated[int, Parameter(group=_NETWORK, validator=Number(gte=0, lte=65535))] = DEFAULT_PORT
    """Port to listen on; 0 takes any free one."""
    workers: Annotated[int, Parameter(group=_NETWORK, validator=Number(gte=1, lte=64))] = DEFAULTS.workers
    """Processes that share the port."""
    blobs_url: Annotated[str | None, Parameter(group=_PLACE, validator=_blobs)] = None
    """S3 bucket or common folder for attachments, which nodes on several machines must share."""
    allowed_origins: Annotated[
        tuple[str, ...], Parameter(group=_NETWORK, validator=_origins, negative="", show_default=False)
    ] = ()
    """Web pages, as in https://chat.example.org, that may connect beside the server's own."""
    trusted_proxies: Annotated[
        tuple[str, ...], Parameter(group=_NETWORK, validator=_networks, negative="", show_default=False)
    ] = ()
    """Addresses or networks of proxies whose X-Forwarded-For counts."""
    tls_cert: Annotated[Path | None, Parameter(group=_NETWORK, show_default=False)] = None
    """Serve over TLS with this certificate: a PEM file, its chain included. Taken anew when it changes."""
    tls_key: Annotated[Path | None, Parameter(group=_NETWORK, show_default=False)] = None
    """The private key of --tls-cert. Default: the same file."""
    tls_self_signed: Annotated[bool, Parameter(group=_NETWORK, negative="", show_default=False)] = False
    """Serve over TLS with a certificate made in the data folder, which people confirm once in the app."""
    metrics_addresses: Annotated[
        tuple[str, ...], Parameter(group=_NETWORK, validator=_networks, negative="", show_default=False)
    ] = ()
    """Addresses or networks that may read /metrics beside this machine."""
    drain_timeout_ms: Annotated[int, _milliseconds(_NETWORK)] = DEFAULTS.drain_timeout_ms
    """How long a worker may finish what it does when it is told to end."""
    server_name: Annotated[str, Parameter(group=_PEOPLE)] = DEFAULTS.server_name
    """What people see as this server's name."""
    registration: Annotated[Registration | None, Parameter(group=_PEOPLE)] = None
    """Who may make an account. Default: by invite, but for the first one when it is made on this machine."""
    access_token_ttl_ms: Annotated[int, _milliseconds(_PEOPLE)] = DEFAULTS.access_token_ttl_ms
    """Life of an access token."""
    refresh_token_ttl_ms: Annotated[int, _milliseconds(_PEOPLE)] = DEFAULTS.refresh_token_ttl_ms
    """Life of a refresh token: how long a device that stays away remains signed in."""
    refresh_grace_ms: Annotated[int, Parameter(group=_PEOPLE, validator=Number(gte=0, lte=_MAX_MS))] = (
        DEFAULTS.refresh_grace_ms
    )
    """How long a used refresh token still gives its successor."""
    log_format: Annotated[LogFormat, Parameter(group=_OUTPUT)] = DEFAULTS.log_format
    """Log lines, on standard error, for people or for machines."""


def _limit_fields() -> list[tuple[str, Any, Any]]:
    """Make an option of each field of `Limits`, with its bounds and its description."""
    fields: list[tuple[str, Any, Any]] = []
    for name, hint in typing.get_type_hints(Limits, include_extras=True).items():
        metas = [meta for meta in typing.get_args(hint) if isinstance(meta, msgspec.Meta)]
        bounds = Number(
            gte=max((meta.ge for meta in metas if meta.ge is not None), default=None),
            lte=min((meta.le for meta in metas if meta.le is not None), default=None),
        )
        help_ = next((meta.description for meta in metas if meta.description), "")
        parameter = Parameter(group=_LIMITS, help=f"{help_[:1].upper()}{help_[1:]}.", validator=bounds)
        fields.append((name, Annotated[int, parameter], dataclasses.field(default=getattr(DEFAULTS.limits, name))))
    return fields


if typing.TYPE_CHECKING:
    from chinwag_protocol.limits import Limits as LimitOptions
else:
    LimitOptions = dataclasses.make_dataclass("LimitOptions", _limit_fields(), frozen=True, kw_only=True)
    LimitOptions.__module__ = __name__  # Cyclopts does not look into classes of the standard library's modules

_NO_PLACE, _NO_SERVING, _NO_LIMITS = Place(), Serving(), LimitOptions()

NAMES = frozenset(
    {field.name for group in (Place, Serving) for field in dataclasses.fields(group)} | set(Limits.__struct_fields__)
)
"""What the environment and the TOML file may set."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every command takes as `options: AnyOptions = NONE_GIVEN`; only the place is shown."""

    place: Annotated[Place, Parameter(name="*")] = _NO_PLACE
    serving: Annotated[Serving, Parameter(name="*", show=False)] = _NO_SERVING
    limits: Annotated[LimitOptions, Parameter(name="*", show=False)] = _NO_LIMITS

    def settings(self) -> Settings:
        """Join the groups. Raises CommandError when values do not go together."""
        given = dataclasses.asdict(self.place) | dataclasses.asdict(self.serving)
        del given["config"]
        given["data_dir"] = self.place.data_dir.expanduser().absolute()
        given |= self._tls_files()
        for least, most in (("username_min", "username_max"), ("password_min", "password_max")):
            if getattr(self.limits, least) > getattr(self.limits, most):
                raise CommandError(f"{_flag(least)} is more than {_flag(most)}")
        return Settings(
            **given, limits=Limits(**{name: getattr(self.limits, name) for name in Limits.__struct_fields__})
        )

    def _tls_files(self) -> dict[str, Path | None]:
        serving = self.serving
        if serving.tls_cert is not None and serving.tls_self_signed:
            raise CommandError("--tls-cert and --tls-self-signed exclude each other: give one of them")
        if serving.tls_key is not None and serving.tls_cert is None:
            raise CommandError("--tls-key needs the certificate that belongs to it: give --tls-cert as well")
        paths = {"tls_cert": serving.tls_cert, "tls_key": serving.tls_key}
        return {name: path and path.expanduser().absolute() for name, path in paths.items()}


@dataclass(frozen=True, kw_only=True)
class ServeOptions(Options):
    """The same with everything shown."""

    serving: Annotated[Serving, Parameter(name="*")] = _NO_SERVING
    limits: Annotated[LimitOptions, Parameter(name="*")] = _NO_LIMITS


AnyOptions = Annotated[Options, Parameter(name="*")]
AllOptions = Annotated[ServeOptions, Parameter(name="*")]
NONE_GIVEN, NONE_OF_ALL_GIVEN = Options(), ServeOptions()


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
