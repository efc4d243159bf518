"""The settings record: what it hides, what it decides, and that a worker gets exactly what the supervisor has."""

from pathlib import Path

import pytest

from chinwag_protocol.limits import Limits
from chinwag_server.config import Settings, hide_password, is_loopback


def test_a_worker_reads_what_the_supervisor_wrote() -> None:
    settings = Settings(
        data_dir=Path("/srv/chat data"),
        database_url="postgresql://u:p@h/d",
        limits=Limits(text_length=7),
        allowed_origins=("https://a.example",),
    )
    line = settings.encode()
    assert b"\n" not in line
    assert Settings.decode(line) == settings


def test_repr_shows_no_password() -> None:
    shown = repr(
        Settings(
            database_url="postgresql://me:s3cret@db/chat?sslpassword=s3cret",
            redis_url="redis://:s3cret@cache/0",
            blobs_url="s3://bucket/chat?secret_access_key=s3cret",
        )
    )
    assert "s3cret" not in shown
    assert "me:***@db" in shown


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        (None, None),
        ("postgresql://u:p@/chinwag?host=/run/x", "postgresql://u:***@/chinwag?***"),
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("redis://:p%40@h", "redis://:***@h"),
        ("redis://[::1", "***"),
    ],
)
def test_hide_password(url: str | None, hidden: str | None) -> None:
    assert hide_password(url) == hidden


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_a_server_on_loopback_is_private_unless_a_proxy_is_named(host: str) -> None:
    assert is_loopback(host)
    assert Settings(host=host).is_private
    assert not Settings(host=host, trusted_proxies=("127.0.0.1",)).is_private


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "chat.example.org", "localhost.example.org"])
def test_a_server_elsewhere_is_not_private(host: str) -> None:
    assert not Settings(host=host).is_private
