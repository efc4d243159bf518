"""Time as the layers below the stores see it: passed in, so that a test can move it.

``Clock`` has three primitives; ``pause`` and ``deadline`` are built on them and work with any clock.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol


class Handle(Protocol):
    """A call that has been put off."""

    def cancel(self) -> object: ...


class Clock(Protocol):
    """Where time comes from."""

    def monotonic(self) -> float:
        """Seconds from some fixed point; never goes back, stands still while the machine sleeps."""
        ...

    def now(self) -> datetime:
        """The wall clock, aware, UTC; only for what people read: it may jump."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Handle:
        """Call ``callback`` on the loop in ``seconds``."""
        ...


class SystemClock:
    """The clock of the machine and of the running loop."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Handle:
        return asyncio.get_running_loop().call_later(seconds, callback)


async def pause(clock: Clock, seconds: float) -> None:
    """``asyncio.sleep`` on the given clock."""
    woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    handle = clock.call_later(seconds, wake)
    try:
        await woken
    finally:
        handle.cancel()


@asynccontextmanager
async def deadline(clock: Clock, seconds: float) -> AsyncGenerator[None]:
    """``asyncio.timeout`` on the given clock: raises TimeoutError when the body takes longer."""
    async with asyncio.timeout(None) as scope:
        handle = clock.call_later(seconds, lambda: scope.reschedule(0))
        try:
            yield
        finally:
            handle.cancel()
