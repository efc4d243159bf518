"""The same over TLS, where picows writes through the loop's transport."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from certificates import Certificate, self_signed
from foreign_client import TRANSPORTS
from raw_websocket import make_frame, raw_connection
from socket_rig import run_rig

from chinwag_protocol.limits import Limits
from chinwag_server.realtime.strangers import Strangers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return self_signed(tmp_path, "127.0.0.1")


def trust(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificate.pem)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_events_and_closing(certificate: Certificate, transport: str) -> None:
    files = (str(certificate.cert_path), str(certificate.key_path))
    async with run_rig(tls=files) as rig:
        user = rig.user()
        async with rig.client(user, transport, tls=trust(certificate)) as client:
            text = "x" * 100_000
            assert (await client.call("typing", {"text": text}))["text"] == text
            for number in range(200):
                rig.sockets.deliver([user.id.int], b'42["userOnline",%d]' % number)
            await client.wait_for("userOnline", lambda number: number == 199)
            assert client.of("userOnline") == list(range(200))
            rig.connections[0].close("test")
            await client.wait_closed(timeout_s=2)
            assert client.disconnected.is_set()


async def test_too_large_a_frame(certificate: Certificate) -> None:
    files = (str(certificate.cert_path), str(certificate.key_path))
    async with run_rig(tls=files) as rig, rig.client(rig.user(), tls=trust(certificate)) as client:
        client.ws.transport.write(make_frame(b"4" * 400_000))
        await client.wait_closed(timeout_s=2)
        assert client.close_code == 1009


async def test_a_reader_that_does_not_read(certificate: Certificate, eventually: Any) -> None:
    files = (str(certificate.cert_path), str(certificate.key_path))
    async with run_rig(tls=files, limits=Limits(backlog_ms=500)) as rig:
        user = rig.user()
        async with rig.client(user, tls=trust(certificate)) as client:
            client.ws.transport.pause_reading()
            packet = b'42["userOnline","' + b"x" * 1_000 + b'"]'
            for _ in range(20):
                for _ in range(1_000):
                    rig.sockets.deliver([user.id.int], packet)
                await asyncio.sleep(0)
            await eventually(lambda: rig.ended)
            assert rig.ended[0][1] == "slow reader"
            await eventually(lambda: not rig.sockets.engine.sockets)
            client.ws.transport.abort()


async def test_a_refused_connection_is_closed_though_its_peer_is_silent(
    certificate: Certificate, eventually: Any, expect_log: Any
) -> None:
    """Over TLS an end in peace takes an answer, and a connection too many is not to stay for it."""
    expect_log("connections that are nobody's")
    files = (str(certificate.cert_path), str(certificate.key_path))
    async with run_rig(tls=files) as rig, contextlib.AsyncExitStack() as held:
        rig.sockets.engine.strangers = Strangers(1, is_exempt=lambda _: False)
        first = await held.enter_async_context(raw_connection(rig.url, tls=trust(certificate)))
        await eventually(lambda: len(rig.sockets.engine.strangers) == 1)
        parts = urlsplit(rig.url)
        with socket.create_connection((parts.hostname, parts.port)) as silent:
            shaking = asyncio.to_thread(
                trust(certificate).wrap_socket, silent, server_hostname="127.0.0.1", suppress_ragged_eofs=True
            )
            with await shaking as secured:
                secured.setblocking(False)

                def is_gone() -> bool:
                    """Looked at below TLS, which would answer."""
                    try:
                        return not socket.socket.recv(secured, 65_536)
                    except BlockingIOError:
                        return False
                    except ConnectionResetError:
                        return True

                await eventually(is_gone, timeout_s=5)
        assert not first.reader.at_eof()
