"""Threads that own the SQLite connections: work goes in one at a time and in order, the loop never waits for a disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

_T = TypeVar("_T")
_Args = TypeVarTuple("_Args")


class DatabaseThread:
    """One thread with a name. What was handed in is done even when the one who awaits it is cancelled."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[[*_Args], _T], *args: *_Args) -> _T:
        """Do ``work(*args)`` on the thread; raises what it raises, RuntimeError after ``close``."""
        future: Future[_T] = self._pool.submit(work, *args)
        return await asyncio.shield(asyncio.wrap_future(future))

    async def close(self) -> None:
        """Do what is still waiting, then end the thread."""
        await asyncio.wrap_future(self._pool.submit(lambda: None))
        self._pool.shutdown(wait=True)
