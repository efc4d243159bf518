"""Both transports over TLS, against real servers: what is trusted, what is not, and how each failure is told apart."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from certificates import VALID, Authority, Certificate, self_signed, server_context
from desktop_builders import ME
from fake_clock import FakeClock
from socket_server import SocketServer

from chinwag_desktop.app.network import Network
from chinwag_desktop.core.certificates import Doubt
from chinwag_desktop.core.errors import CertificateUntrusted, ClientError, Problem, TimedOut, TlsFailed, Unreachable
from chinwag_desktop.net.failures import failure_of
from chinwag_desktop.net.http_client import ApiClient
from chinwag_desktop.net.pins import PinnedCertificates
from chinwag_desktop.net.socket_client import SocketClient
from chinwag_desktop.net.tls import inspect, make_ssl_context
from chinwag_protocol.events import ConnectAuth
from chinwag_protocol.http import InviteInfo

AUTH = ConnectAuth(token="secret-token", user_id=ME, protocol=1)
Call = Callable[[str, ssl.SSLContext], Any]


class Place:
    """A server with HTTP and sockets, whose certificate a test can change."""

    def __init__(self) -> None:
        self.sockets = SocketServer()
        self.requests = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.sockets.port}"

    async def show(self, certificate: Certificate) -> None:
        """Serve with this certificate from now on, on the same port."""
        await self.sockets.stop()
        await self.sockets.start(ssl_context=server_context(certificate))


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    made = Place()

    @web.middleware
    async def gate(request: web.Request, handler: Any) -> web.StreamResponse:
        made.requests += 1
        if request.path.startswith("/api/"):
            return web.json_response({"serverName": "Home", "valid": True})
        return await handler(request)

    made.sockets._gate = gate  # type: ignore[method-assign]
    yield made
    await made.sockets.stop()


async def over_http(url: str, context: ssl.SSLContext) -> None:
    api = ApiClient(url, ssl_context=context, clock=FakeClock(), use_system_proxy=False)
    try:
        assert isinstance(await api.invite("x"), InviteInfo)
    finally:
        await api.close()


async def over_the_socket(url: str, context: ssl.SSLContext) -> None:
    client = SocketClient(url, ssl_context=context, use_system_proxy=False)
    try:
        await client.connect(AUTH)
    finally:
        await client.close()


both = pytest.mark.parametrize("call", [over_http, over_the_socket])


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this system trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


# ------------------------------------------------------------ what is trusted


@both
async def test_an_authority_that_the_system_trusts_is_enough(place: Place, call: Call, authority: Authority) -> None:
    await place.show(authority.sign("127.0.0.1"))
    await call(place.url, make_ssl_context())


@both
@pytest.mark.parametrize(
    ("host", "days"),
    [("127.0.0.1", VALID), ("another.example", VALID), ("127.0.0.1", (-30, -1)), ("127.0.0.1", (1, 30))],
    ids=["as it should be", "another name", "run out", "not valid yet"],
)
async def test_a_pinned_certificate_is_enough_by_itself(
    place: Place, call: Call, tmp_path: Path, host: str, days: tuple[int, int]
) -> None:
    certificate = self_signed(tmp_path, host, days=days)
    await place.show(certificate)
    await call(place.url, make_ssl_context(pinned_pem=certificate.pem))


@both
async def test_where_one_is_pinned_no_authority_counts(
    place: Place, call: Call, authority: Authority, tmp_path: Path
) -> None:
    await place.show(authority.sign("127.0.0.1"))
    for pinned in (self_signed(tmp_path, "127.0.0.1").pem, ""):
        with pytest.raises(CertificateUntrusted) as error:
            await call(place.url, make_ssl_context(pinned_pem=pinned))
        assert error.value.problem is Problem.CERTIFICATE
    assert place.requests == 0


@both
async def test_nothing_is_sent_to_whom_nobody_vouches_for(place: Place, call: Call, tmp_path: Path) -> None:
    await place.show(self_signed(tmp_path, "127.0.0.1"))
    with pytest.raises(CertificateUntrusted):
        await call(place.url, make_ssl_context())
    assert place.requests == 0


def test_every_context_wants_tls_1_2_and_verifies() -> None:
    for context in (make_ssl_context(), make_ssl_context(pinned_pem="")):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.verify_mode is ssl.CERT_REQUIRED


# ------------------------------------------------------------ what it is called


@both
async def test_a_server_without_tls_is_not_called_untrusted(place: Place, call: Call) -> None:
    await place.sockets.start()
    with pytest.raises(TlsFailed) as error:
        await call(place.url, make_ssl_context())
    assert type(error.value) is TlsFailed
    assert error.value.problem is Problem.TLS


@both
@pytest.mark.parametrize("said", [b"", b"\x16\x03\x03\x00\x7a\x02"], ids=["at once", "in the middle"])
async def test_a_handshake_that_breaks_off_is_no_reason_for_alarm(call: Call, said: bytes) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(said)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server:
        with pytest.raises(ClientError) as error:
            await call(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", make_ssl_context())
    assert isinstance(error.value, Unreachable)


def test_a_wait_in_a_handshake_is_not_its_failure() -> None:
    """anyio waits within the handler of SSLWantReadError, which so becomes the context of the timeout."""
    error = TimeoutError()
    error.__context__ = ssl.SSLWantReadError()
    assert type(failure_of(error)) is TimedOut


# ------------------------------------------------------------ a look


async def look(place: Place, *, pinned: str | None = None) -> Any:
    return await inspect("127.0.0.1", place.sockets.port, name="chat.example", pinned_pem=pinned)


@pytest.mark.parametrize(
    ("host", "days", "doubt"),
    [
        ("127.0.0.1", VALID, None),
        ("another.example", VALID, Doubt.WRONG_NAME),
        ("127.0.0.2", VALID, Doubt.WRONG_NAME),
        ("127.0.0.1", (-30, -1), Doubt.EXPIRED),
        ("127.0.0.1", (1, 30), Doubt.NOT_YET_VALID),
    ],
)
async def test_a_look_tells_what_is_wrong(
    place: Place, authority: Authority, host: str, days: tuple[int, int], doubt: Doubt | None
) -> None:
    certificate = authority.sign(host, days=days)
    await place.show(certificate)
    facts = await look(place)
    assert (facts.host, facts.doubt, facts.pinned) == ("chat.example", doubt, None)
    assert facts.shown.sha256 == certificate.sha256.hex().upper()
    assert facts.shown.pem == certificate.pem
    assert facts.open is (doubt is not None)
    assert place.requests == 0


async def test_a_look_at_one_that_signed_itself(place: Place, authority: Authority, tmp_path: Path) -> None:
    certificate, other = self_signed(tmp_path, "127.0.0.1"), self_signed(tmp_path, "127.0.0.1", tag="b")
    await place.show(certificate)
    facts = await look(place)
    assert (facts.doubt, facts.changed, facts.open) == (Doubt.NO_AUTHORITY, False, True)
    known = await look(place, pinned=certificate.pem)
    assert (known.changed, known.open) == (False, False)
    changed = await look(place, pinned=other.pem)
    assert (changed.changed, changed.open, changed.pinned) == (True, True, other.sha256.hex().upper())


async def test_a_look_at_one_whose_authority_the_system_does_not_know(place: Place, tmp_path: Path) -> None:
    await place.show(Authority(tmp_path).sign("127.0.0.1"))
    assert (await look(place)).doubt is Doubt.NO_AUTHORITY


# ------------------------------------------------------------ the network of the app


async def test_what_the_person_confirms_counts_at_once_for_all_that_is_open(place: Place, tmp_path: Path) -> None:
    first, second = self_signed(tmp_path, "127.0.0.1"), self_signed(tmp_path, "127.0.0.1", tag="b")
    await place.show(first)
    network = Network(FakeClock(), pins=tmp_path / "pins")
    api = await network.open_api(place.url, _forget)
    elsewhere = await network.open_api("https://127.0.0.1:1", _forget)
    for certificate in (first, second):
        await place.show(certificate)
        with pytest.raises(CertificateUntrusted):
            await api.invite("x")
        facts = await network.look(place.url)
        assert facts.host == place.url.removeprefix("https://")
        await network.trust(place.url, facts)
        assert (await api.invite("x")).valid
        socket = network.open_socket(place.url)
        await socket.connect(AUTH)
        await socket.close()
    again = Network(FakeClock(), pins=tmp_path / "pins")  # the next run of the app
    later = await again.open_api(place.url, _forget)
    assert (await later.invite("x")).valid
    for client in (api, elsewhere, later):
        await client.close()


async def test_one_that_an_authority_vouches_for_is_confirmed_once_and_not_at_each_renewal(
    place: Place, authority: Authority, tmp_path: Path
) -> None:
    network = Network(FakeClock(), pins=tmp_path / "pins")
    await place.show(self_signed(tmp_path, "127.0.0.1"))
    api = await network.open_api(place.url, _forget)
    await network.trust(place.url, await network.look(place.url))
    await place.show(authority.sign("127.0.0.1", tag="c"))
    with pytest.raises(CertificateUntrusted):  # what is pinned stays so until the person says otherwise
        await api.invite("x")
    facts = await network.look(place.url)
    assert (facts.doubt, facts.changed, facts.open) == (None, True, True)
    await network.trust(place.url, facts)
    assert PinnedCertificates(tmp_path / "pins").find(place.url) is None
    await place.show(authority.sign("127.0.0.1", tag="d"))
    assert (await api.invite("x")).valid
    await place.show(self_signed(tmp_path, "127.0.0.1", tag="e"))
    with pytest.raises(CertificateUntrusted):
        await api.invite("x")
    await api.close()


async def _forget(_: object) -> None:
    return None
