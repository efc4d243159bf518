"""Every task has an owner, a name and an end."""

import asyncio
from collections.abc import Callable

import pytest

from chinwag_desktop.core.clock import SystemClock, deadline, pause
from chinwag_desktop.core.errors import (
    LinkLost,
    ProtocolRefused,
    Refused,
    RetryLater,
    RetryNever,
    RetryNow,
    ServerBusy,
    SignedOut,
    TokenExpired,
    error_of,
)
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_protocol.errors import ErrorCode


async def test_closing_cancels_and_awaits_what_runs() -> None:
    owner = TaskOwner("owner")
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleaned up")

    task = owner.spawn(work(), "work")
    await asyncio.sleep(0)
    assert task.get_name() == "owner:work"
    assert len(owner) == 1
    await owner.close()
    await owner.close()
    assert (ended, len(owner)) == (["cleaned up"], 0)
    with pytest.raises(RuntimeError):
        owner.spawn(work(), "late")


async def test_a_task_may_close_its_own_owner() -> None:
    owner = TaskOwner("owner")
    await owner.spawn(owner.close(), "close")
    assert len(owner) == 0


async def test_a_failed_task_is_logged(expect_log: Callable[[str], None]) -> None:
    expect_log("task owner:work failed")

    async def fail() -> None:
        raise ZeroDivisionError

    owner = TaskOwner("owner")
    task = owner.spawn(fail(), "work")
    with pytest.raises(ZeroDivisionError):
        await task
    await owner.close()


async def test_deadlines_and_pauses_on_the_system_s_clock() -> None:
    clock = SystemClock()
    with pytest.raises(TimeoutError):
        async with deadline(clock, 0.01):
            await asyncio.Event().wait()
    async with deadline(clock, 10):
        await pause(clock, 0.001)
    assert clock.now().tzinfo is not None
    assert clock.monotonic() > 0


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_says_what_the_caller_can_do(code: ErrorCode) -> None:
    error = error_of(code, "words", field="text", retry_after_ms=1500)
    assert (error.code, str(error), error.field, error.retry_after_s) == (code, "words", "text", 1.5)
    if code.may_retry:
        assert isinstance(error, ServerBusy)
    elif code is ErrorCode.TOKEN_EXPIRED:
        assert isinstance(error, TokenExpired)
    else:
        assert isinstance(error, Refused)


def test_the_tree() -> None:
    assert isinstance(error_of("a_code_of_tomorrow"), RetryLater)
    assert isinstance(error_of("session_revoked"), SignedOut)
    assert isinstance(error_of("unsupported_protocol"), ProtocolRefused)
    assert issubclass(SignedOut, RetryNever)
    assert issubclass(LinkLost, RetryNow)
    assert LinkLost("transport close", close_code=1009).close_code == 1009
