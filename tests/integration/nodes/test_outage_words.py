"""What a server writes when its database goes: a line for a person, not a traceback."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import psutil
from real_node import RealNode

from chinwag_server.config import Settings
from chinwag_server.domain.errors import Unavailable
from chinwag_server.storage.database import Database
from chinwag_server.worker import Order

if TYPE_CHECKING:
    from pathlib import Path


async def test_everything_is_told_to_stop_at_once_and_twice(reachable_folder: Path, tmp_path: Path) -> None:
    """As a service manager does it: PostgreSQL may go before the workers have let go of it."""
    folder = reachable_folder / tmp_path.name
    folder.mkdir(mode=0o711)
    node = RealNode(folder)
    await node.start()
    try:
        await node.register("ada")
        for _ in range(2):
            for process in node.process.processes():
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGTERM)
    finally:
        await node.stop()
    assert "Traceback" not in node.log


async def test_a_worker_that_finds_no_database(tmp_path: Path) -> None:
    order = Order(
        settings=msgspec.Raw(Settings(data_dir=tmp_path, port=0).encode()),
        number=0,
        workers=1,
        listener=None,
        database_url=f"postgresql://chat@/chat?host={tmp_path}",
        redis_url=None,
        workers_dir=None,
    )
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chinwag_server.worker", "0"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert worker.stdin is not None
    worker.stdin.write(msgspec.json.encode(order) + b"\n")
    assert worker.stderr is not None
    said = (await worker.stderr.read()).decode()
    assert await worker.wait() == 1
    worker.stdin.close()
    assert "CRITICAL worker 0: cannot serve: the database cannot be reached: " in said
    assert len(said.splitlines()) == 1, said


async def test_an_outage_is_said_once_and_its_end_too(database_url: str, expect_log: Any, caplog: Any) -> None:
    expect_log("database unavailable: [A-Za-z]+Error: .*terminating connection")
    database = Database(database_url)
    await database.open()
    with caplog.at_level("INFO", "chinwag_server.storage.database"):
        for _ in range(3):
            with contextlib.suppress(Unavailable):
                await database.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        assert await database.fetchval("SELECT 1") == 1
    await database.close()
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2, said
    assert said[1] == "the database is available again"
