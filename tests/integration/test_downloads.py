"""Downloads whose reader goes away or takes nothing: the file is let go of, without Python's collector."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from raw_websocket import raw_connection
from worker_rig import Node, bearer, node

from chinwag_server.realtime import Timing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

SIZE = 30_000_000
"""More than the kernel takes for a reader who does not read."""


@pytest.fixture
async def worker(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Node]:
    monkeypatch.setattr("chinwag_server.realtime.server.Timing", lambda: Timing(read_s=0.5))
    async with node(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


async def request(worker: Node) -> bytes:
    ada = await worker.register("ada")
    made = await worker.http.post("/attachments", files={"file": ("big", bytes(SIZE))}, headers=bearer(ada))
    return (
        f"GET {made.json()['url']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada['accessToken']}\r\n\r\n".encode()
    )


def open_blobs(tmp_path: Path) -> list[str]:
    return [file.path for file in psutil.Process().open_files() if file.path.startswith(str(tmp_path / "blobs"))]


async def test_a_reader_who_takes_nothing_is_cut_off(
    worker: Node, tmp_path: Path, eventually: Any, no_collector: None
) -> None:
    get = await request(worker)
    async with raw_connection(worker.url, receive_buffer=4_096, limit=1_024) as raw:
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
        raw.writer.write(get)
        await eventually(lambda: open_blobs(tmp_path))
        await eventually(lambda: not open_blobs(tmp_path))
        raw.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert len(await raw.reader.read()) < SIZE


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_a_reader_who_goes_away_leaves_no_file_open(
    worker: Node, tmp_path: Path, eventually: Any, no_collector: None, how: str
) -> None:
    get = await request(worker)
    for _ in range(5):
        async with raw_connection(worker.url, receive_buffer=4_096, limit=1_024) as raw:
            raw.writer.write(get)
            await raw.reader.readexactly(100_000)
            assert open_blobs(tmp_path)
            getattr(raw.writer.transport, how)()
        await eventually(lambda: not open_blobs(tmp_path))


async def test_a_reader_who_takes_his_time_gets_it_all(worker: Node) -> None:
    get = await request(worker)
    async with raw_connection(worker.url, receive_buffer=65_536) as raw:
        raw.writer.write(get.replace(b"Host: x", b"Host: x\r\nConnection: close"))
        assert len(await raw.reader.read()) > SIZE
