"""A worker that serves over TLS, on uvloop: HTTP and sockets, what is no TLS, handshakes into silence, a new certificate."""

import asyncio
import contextlib
import hashlib
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from certificates import Certificate, self_signed
from foreign_client import TRANSPORTS
from worker_rig import Node, bearer, node

from chinwag_protocol.ids import new_id
from chinwag_server import http_server, tls


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return self_signed(tmp_path, "127.0.0.1")


@pytest.fixture
def trusted(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificate.pem)


@pytest.fixture
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the product are 10 s each."""
    monkeypatch.setattr(http_server, "HANDSHAKE_S", 0.4)
    monkeypatch.setattr(http_server, "GOODBYE_S", 0.4)
    monkeypatch.setattr(tls, "LOOK_S", 0.02)


@pytest.fixture
async def worker(
    database_url: str, tmp_path: Path, certificate: Certificate, short_deadlines: None
) -> AsyncIterator[Node]:
    files = {"tls_cert": certificate.cert_path, "tls_key": certificate.key_path}
    async with node(database_url, tmp_path / "data", **files) as made:
        yield made


def place(worker: Node) -> tuple[str, int]:
    parts = urlsplit(worker.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


async def shown(worker: Node) -> bytes:
    """The fingerprint of what a new connection is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(*place(worker), ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return hashlib.sha256(der).digest()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_two_people_talk(worker: Node, trusted: ssl.SSLContext, transport: str) -> None:
    ada, bob = await worker.register("ada"), await worker.register("bob")
    async with (
        worker.connect(ada, transport=transport, tls=trusted) as sender,
        worker.connect(bob, transport=transport, tls=trusted) as receiver,
    ):
        for number in range(20):
            sent = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": f"{number} " + "x" * 5_000}
            ack = await sender.call("sendMessage", sent)
            assert await receiver.wait_for("newMessage") == ack["message"]
    page = await worker.http.get(f"/conversations/{ack['message']['conversationId']}/messages", headers=bearer(bob))
    assert len(page.json()["messages"]) == 20


async def test_a_large_file_travels_both_ways(worker: Node) -> None:
    ada = await worker.register("ada")
    content = bytes(range(256)) * 20_000
    files = {"file": ("a.bin", content)}
    up = await worker.http.post("/attachments", files=files, headers=bearer(ada) | {"Idempotency-Key": str(new_id())})
    assert up.status_code == 201, up.text
    down = await worker.http.get(urlsplit(up.json()["url"]).path.removeprefix("/api/v1"), headers=bearer(ada))
    assert down.content == content


@pytest.mark.parametrize(
    "said",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\0" * 100,
        b"\x16\x03\x01\xff\xff" + b"x" * 70_000,
        b"SSH-2.0-x\r\n",
    ],
    ids=["plain HTTP", "zeros", "a record too large", "ssh"],
)
async def test_what_is_no_tls_is_cut_off_at_once(worker: Node, said: bytes) -> None:
    reader, writer = await asyncio.open_connection(*place(worker))
    writer.write(said)
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(0.3):  # before the deadline of the handshake
            await reader.read()
    writer.close()
    assert (await worker.http.get(worker.url + "/healthz")).status_code == 200


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"], ids=["nothing", "half a hello"])
async def test_a_handshake_into_silence_is_cut_off(worker: Node, said: bytes) -> None:
    connections = [await asyncio.open_connection(*place(worker)) for _ in range(50)]
    for _, writer in connections:
        writer.write(said)
    assert (await worker.http.get(worker.url + "/healthz")).status_code == 200  # nobody waits for them
    async with asyncio.timeout(5):
        for reader, writer in connections:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()


async def test_who_does_not_say_goodbye_is_not_waited_for_long(worker: Node, trusted: ssl.SSLContext) -> None:
    """The server closes; the peer's TLS never answers it."""
    loop = asyncio.get_running_loop()
    raw, tls_in, tls_out = await _handshake(worker, trusted)
    tls_out.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await loop.sock_sendall(raw, tls_in.read())
    async with asyncio.timeout(5):
        while await loop.sock_recv(raw, 65_536):
            pass  # the answer, the goodbye, and then the end of the connection itself
    raw.close()


async def _handshake(worker: Node, context: ssl.SSLContext) -> tuple[Any, ssl.MemoryBIO, ssl.SSLObject]:
    """TLS by hand: a socket, what is to be sent on it, and the object that encrypts."""
    import socket

    loop = asyncio.get_running_loop()
    raw = socket.socket()
    raw.setblocking(False)
    await loop.sock_connect(raw, place(worker))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    while True:
        try:
            connection.do_handshake()
        except ssl.SSLWantReadError:
            await loop.sock_sendall(raw, outgoing.read())
            incoming.write(await loop.sock_recv(raw, 65_536))
        else:
            return raw, outgoing, connection


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_outdated_tls_is_refused(worker: Node) -> None:
    context = ssl.create_default_context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection(*place(worker), ssl=context)


async def test_a_new_certificate_is_shown_without_a_restart(
    worker: Node,
    certificate: Certificate,
    trusted: ssl.SSLContext,
    tmp_path: Path,
    eventually: Any,
    expect_log: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    new = self_signed(tmp_path, "127.0.0.1", tag="b")
    ada, bob = await worker.register("ada"), await worker.register("bob")
    assert await shown(worker) == certificate.sha256
    expect_log("tls: the certificate has changed, but the one before stays in use: the key .* does not belong")
    async with worker.connect(ada, tls=trusted) as socket:
        certificate.cert_path.write_text(new.pem)
        await eventually(lambda: "stays in use" in caplog.text)
        assert await shown(worker) == certificate.sha256
        shutil.copy(new.key_path, certificate.key_path)
        await eventually(lambda: _shows(worker, new))
        sent = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "still here"}
        assert (await socket.call("sendMessage", sent))["message"]["text"] == "still here"
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        async with httpx.AsyncClient(verify=trusted, trust_env=False) as http:
            await http.get(worker.url + "/healthz")
    async with httpx.AsyncClient(verify=ssl.create_default_context(cadata=new.pem), trust_env=False) as http:
        assert (await http.get(worker.url + "/healthz")).status_code == 200


async def _shows(worker: Node, certificate: Certificate) -> bool:
    return await shown(worker) == certificate.sha256


async def test_a_host_that_is_named_gets_the_new_one_too(
    worker: Node, certificate: Certificate, tmp_path: Path, eventually: Any
) -> None:
    """With SNI and on TLS 1.2 as well."""
    new = self_signed(tmp_path, "localhost", tag="b")
    shutil.copy(new.key_path, certificate.key_path)
    certificate.cert_path.write_text(new.pem)
    await eventually(lambda: _shows(worker, new))
    context = ssl.create_default_context(cadata=new.pem)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    host, port = place(worker)
    _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname="localhost")
    assert writer.get_extra_info("ssl_object").version() == "TLSv1.2"
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_the_end_of_the_server_waits_for_nobody_who_is_silent(
    database_url: str, tmp_path: Path, certificate: Certificate, trusted: ssl.SSLContext
) -> None:
    """A peer that keeps its connection open, and answers no goodbye."""
    loop = asyncio.get_running_loop()
    files = {"tls_cert": certificate.cert_path, "tls_key": certificate.key_path}
    async with node(database_url, tmp_path / "data", **files) as worker:
        raw, outgoing, connection = await _handshake(worker, trusted)
        connection.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await loop.sock_sendall(raw, outgoing.read())
        assert await loop.sock_recv(raw, 65_536)
        begun = loop.time()
    assert loop.time() - begun < 2
    raw.close()
