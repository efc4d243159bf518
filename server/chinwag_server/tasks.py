"""Every asyncio task of the server has an owner, a name and an end."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_PATIENCE_S = 0.5
log = logging.getLogger(__name__)


class TaskOwner:
    """Starts tasks, logs the ones that fail, and ends all of them in `close`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run *coro* as the task `owner/name`; a failure is logged at ERROR. Raises RuntimeError after `close`."""
        if self._closed:
            coro.close()
            raise RuntimeError(f"task owner {self.name} is closed")
        task = asyncio.get_running_loop().create_task(coro, name=f"{self.name}/{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s failed", task.get_name(), exc_info=error)

    async def close(self) -> None:
        """Cancel every task and wait until each has ended; tasks cannot be started afterwards."""
        self._closed = True
        current = asyncio.current_task()
        while tasks := [task for task in self._tasks if task is not current]:
            for task in tasks:
                task.cancel()
            # not for ever: a library may have taken the cancellation for its own and swallowed it (redis-py, connecting)
            done, _ = await asyncio.wait(tasks, timeout=_PATIENCE_S)
            self._tasks.difference_update(done)
