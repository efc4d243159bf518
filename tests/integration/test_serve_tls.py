"""`chat-server serve` over TLS, as operators start it."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from certificates import self_signed
from foreign_client import TRANSPORTS, ForeignClient
from server_process import ServerDidNotStart, ServerProcess, reachable_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    made = reachable_folder("chinwag-serve-tls-")
    yield made
    shutil.rmtree(made)


def chat_server(*words: str, folder: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [*ServerProcess.command(), *words, "--data-dir", str(folder)], capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


async def test_one_option_is_all_it_takes(folder: Path) -> None:
    server = ServerProcess(folder, "--tls-self-signed")
    url = await asyncio.to_thread(server.start)
    try:
        assert url.startswith("https://127.0.0.1:")
        cert, key = folder / "tls" / "certificate.pem", folder / "tls" / "key.pem"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        trusted = ssl.create_default_context(cafile=cert)
        async with httpx.AsyncClient(base_url=url, verify=trusted, trust_env=False, timeout=30) as http:
            body = {"username": "ann", "password": "correct horse battery"}
            session = (await http.post("/api/v1/auth/register", json=body)).json()
        for transport in TRANSPORTS:
            async with ForeignClient.connect(
                url,
                token=session["accessToken"],
                user_id=session["user"]["id"],
                transport=transport,
                tls=trusted,
            ) as client:
                assert (await client.call("ping", {}))["serverTime"]
        status, told, _ = chat_server("fingerprint", folder=folder)
        assert status == 0
        lines = told.splitlines()
        assert lines[0] == f"The certificate in {cert} has the SHA-256 fingerprint"
        assert [len(line.split()) for line in lines[2:]] == [4, 4, 4, 4]
        fingerprint = " ".join(group for line in lines[2:] for group in line.split())
        assert f"to compare with what the app shows: {fingerprint}\n" in server.log.read_text()
        server.stop()
        assert server.start() == url  # and with the same certificate
        assert chat_server("fingerprint", folder=folder)[1] == told
        assert "WARNING" not in server.log.read_text()
    finally:
        server.kill()


async def test_several_workers_share_the_certificate_and_pass_sessions_on(folder: Path) -> None:
    server = ServerProcess(folder, "--tls-self-signed", "--workers", "2")
    url = await asyncio.to_thread(server.start)
    try:
        trusted = ssl.create_default_context(cafile=folder / "tls" / "certificate.pem")
        body = {"username": "ann", "password": "correct horse battery"}
        async with httpx.AsyncClient(base_url=url, verify=trusted, trust_env=False, timeout=30) as http:
            session = (await http.post("/api/v1/auth/register", json=body)).json()
        for transport in (*TRANSPORTS, *TRANSPORTS, *TRANSPORTS):
            async with ForeignClient.connect(
                url,
                token=session["accessToken"],
                user_id=session["user"]["id"],
                transport=transport,
                tls=trusted,
            ) as client:
                assert (await client.call("ping", {}))["serverTime"]
    finally:
        await asyncio.to_thread(server.stop)
    assert "ERROR" not in server.log.read_text()


def lost_key(folder: Path) -> list[str]:
    (folder / "tls").mkdir()
    shutil.copy(self_signed(folder, "x").cert_path, folder / "tls" / "certificate.pem")
    return ["--tls-self-signed"]


def another_key(folder: Path) -> list[str]:
    cert, key = self_signed(folder, "x").cert_path, self_signed(folder, "x", tag="b").key_path
    return ["--tls-cert", str(cert), "--tls-key", str(key)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (lambda _: ["--tls-cert", "/nowhere/c.pem"], "there is no file /nowhere/c.pem: correct --tls-cert"),
        (another_key, "does not belong to the certificate in"),
        (lost_key, "key.pem: restore it, or remove"),
        (lambda _: ["--tls-key", "/k"], "--tls-key needs the certificate that belongs to it: give --tls-cert as well"),
        (lambda _: ["--tls-cert", "/c", "--tls-self-signed"], "--tls-cert and --tls-self-signed exclude each other"),
    ],
)
def test_what_cannot_be_served_with_is_told_in_one_line(
    folder: Path, options: Callable[[Path], list[str]], said: str
) -> None:
    with pytest.raises(ServerDidNotStart) as error:
        ServerProcess(folder, *options(folder)).start()
    log = str(error.value)
    assert log.startswith("error: ")
    assert said in log
    assert log.count("\n") == 1


def test_a_fingerprint_of_nothing_tells_the_way_out(folder: Path) -> None:
    status, out, err = chat_server("fingerprint", folder=folder)
    assert (status, out) == (1, "")
    assert err.startswith(
        "error: this server has no certificate: let it serve with --tls-self-signed, or give --tls-cert"
    )


def test_paths_come_from_the_environment_and_home(folder: Path) -> None:
    made = self_signed(folder, "x")
    environment = {"CHAT_SERVER_TLS_CERT": "~/a.crt", "CHAT_SERVER_TLS_KEY": "~/a.key", "HOME": str(folder)}
    words = [*ServerProcess.command(), "fingerprint", "--data-dir", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=os.environ | environment)
    assert made.sha256.hex().upper()[:4] in done.stdout.split(), done.stderr


def test_plain_http_that_others_can_overhear_is_warned_of_once(folder: Path) -> None:
    def log_of(*options: Any) -> str:
        nowhere = ["--database-url", "postgresql://127.0.0.1:1/nothing", "--port", "0"]
        return chat_server("serve", *nowhere, *options, folder=folder)[2]

    log = log_of("--host", "0.0.0.0")
    assert log.count("WARNING") == 1
    assert (
        "without TLS the network between can read passwords and messages: give --tls-self-signed or --tls-cert" in log
    )
    assert "WARNING" not in log_of("--host", "127.0.0.1")
    assert "WARNING" not in log_of("--host", "0.0.0.0", "--tls-self-signed")
