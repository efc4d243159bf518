"""Tasks have an owner, a name and an end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chinwag_server.tasks import TaskOwner


async def test_tasks_carry_their_owners_name_and_end_with_it() -> None:
    owner = TaskOwner("owner")
    ended = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = owner.spawn(wait(), "waiter")
    assert (task.get_name(), len(owner)) == ("owner/waiter", 1)
    await asyncio.sleep(0)
    await owner.close()
    assert ended.is_set()
    assert task.cancelled()
    assert len(owner) == 0


async def test_a_failure_is_logged(expect_log: Any) -> None:
    expect_log("task owner/bad failed")

    async def fail() -> None:
        raise RuntimeError("on purpose")

    owner = TaskOwner("owner")
    task = owner.spawn(fail(), "bad")
    with pytest.raises(RuntimeError):
        await task
    await owner.close()


async def test_a_closed_owner_takes_no_more() -> None:
    owner = TaskOwner("owner")
    await owner.close()
    with pytest.raises(RuntimeError, match="closed"):
        owner.spawn(asyncio.sleep(0), "late")


async def test_a_task_may_close_its_own_owner() -> None:
    owner = TaskOwner("owner")
    other = owner.spawn(asyncio.Event().wait(), "other")
    await owner.spawn(owner.close(), "closer")
    assert other.cancelled()
