"""Ends the desktops of a test while its loop still runs: afterwards pytest-qt handles events, and timers would wake tasks without a loop."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any


def closes_desktops(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """For tests that take the fixture `office`."""

    @functools.wraps(test)
    async def wrapped(*arguments: Any, office: Any, **fixtures: Any) -> None:
        try:
            await test(*arguments, office=office, **fixtures)
        finally:
            await office.quit_all()

    return wrapped
