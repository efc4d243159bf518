"""What the supervisor gives to one worker beside the settings; `asgi.serve_worker(settings, worker)` gets it."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """One worker of *workers*, counted from 0. Made by `worker.py`, by tests directly."""

    number: int
    workers: int
    node_id: str
    """Names this run of this worker among all nodes: no two processes ever share one."""
    listener: socket.socket
    """Bound and listening, this worker's own; its `getsockname()` has the real port. Closed by whoever gave it."""
    database_url: str
    redis_url: str | None
    """None: there is no Valkey, the worker is alone."""
    stopping: asyncio.Event
    """Set when the worker is to drain and return from `serve_worker`; it has `settings.drain_timeout_ms` for it."""
    ready: Callable[[], None]
    """To be called once, when the worker serves."""
    workers_dir: Path | None = None
    """Where workers of one port reach each other, a folder of this account alone; None: there is only this one."""


def worker_socket(folder: Path, number: int) -> Path:
    """The socket of a worker in `workers_dir`."""
    return folder / f"{number}.socket"
