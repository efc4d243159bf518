"""One worker process: `python -m chinwag_server.worker`, started by the supervisor only.

Its standard input brings an `Order` (one line of JSON), later perhaps `drain`, and ends when the supervisor does: then
the worker goes at once. Its standard output brings `ready`. It imports the application while the engines start.
"""

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from chinwag_server import logs
from chinwag_server.config import Settings
from chinwag_server.domain.errors import ChatError
from chinwag_server.tls import TlsError
from chinwag_server.worker_context import WorkerContext

DRAIN: Final = b"drain\n"
READY: Final = b"ready\n"
ORPHANED: Final = 70
"""The exit status after the supervisor was killed."""

log = logging.getLogger(__name__)
Serve = Callable[[Settings, WorkerContext], Awaitable[None]]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor writes first. *listener* is an inherited file, None where there are none: bind then."""

    settings: msgspec.Raw
    number: int
    workers: int
    listener: int | None
    database_url: str
    redis_url: str | None
    workers_dir: str | None


def main() -> None:
    """Serve with the real application."""
    from chinwag_server.asgi import serve_worker

    sys.exit(run(serve_worker))


def run(serve: Serve) -> int:
    """Read the order, serve, and return the exit status."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal's Ctrl+C reaches all processes at once: the supervisor decides
    # unbuffered: a thread that waits in a buffered reader cannot be left at the end
    orders, reports = FileIO(0, closefd=False), _take_over_stdout()
    line = orders.readline()
    if not line:
        return ORPHANED
    order = msgspec.json.decode(line, type=Order)
    settings = Settings.decode(order.settings)
    logs.set_up(process=f"worker {order.number}", form=settings.log_format, debug=settings.debug)
    logs.join_structlog()
    _allow_descriptors()
    os.umask(0o077)  # what people upload is nobody else's on this machine
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_serve(serve, settings, order=order, orders=orders, reports=reports))


async def _serve(serve: Serve, settings: Settings, *, order: Order, orders: FileIO, reports: BinaryIO) -> int:
    stopping = asyncio.Event()
    _watch(orders, stopping.set)
    _handle_signals(stopping.set)

    def ready() -> None:
        gc.freeze()  # what the start made stays: collections look at what came later only, in 2 ms instead of 40
        with contextlib.suppress(OSError):  # the supervisor has just died: the watch ends us
            reports.write(READY)
            reports.flush()

    with _listener(settings, order) as listener:
        context = WorkerContext(
            number=order.number,
            workers=order.workers,
            node_id=f"{order.number}-{secrets.token_hex(8)}",
            listener=listener,
            database_url=order.database_url,
            redis_url=order.redis_url,
            stopping=stopping,
            ready=ready,
            workers_dir=Path(order.workers_dir) if order.workers_dir else None,
        )
        try:
            await serve(settings, context)
        except (ChatError, TlsError) as error:  # something it needs is not there: no fault of ours
            log.critical("cannot serve: %s", error)
            return 1
        except Exception as error:  # the boundary of the process: say why it ends
            log.critical("ended by an error: %s", error, exc_info=error)
            return 1
    return 0


def _listener(settings: Settings, order: Order) -> socket.socket:
    if order.listener is not None:
        return socket.socket(fileno=order.listener)
    from chinwag_server.listeners import listen

    return listen(settings.host, settings.port)[0]


def _watch(orders: FileIO, drain: Callable[[], None]) -> None:
    """Follow standard input on a thread of its own, which a busy or stuck loop cannot hold up."""
    loop = asyncio.get_running_loop()

    def follow() -> None:
        for line in orders:
            if line == DRAIN:
                with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(drain)
        os._exit(ORPHANED)

    threading.Thread(target=follow, name="supervisor-watch", daemon=True).start()


def _handle_signals(drain: Callable[[], None]) -> None:
    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, drain)


def _allow_descriptors() -> None:
    """As many open files as the system lets us: each socket is one, and the usual soft limit of 1,024 is soon used up."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError, OSError):  # macOS names limits that it does not give
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))


def _take_over_stdout() -> BinaryIO:
    """Keep standard output for reports; whatever prints writes to standard error from now on."""
    reports = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return reports


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    return importlib.import_module("winloop" if sys.platform == "win32" else "uvloop").new_event_loop


if __name__ == "__main__":
    main()
