"""A loop that answers no more is noticed by what does not need it."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from fake_clock import FakeClock, settle

from chinwag_desktop.core.clock import SystemClock
from chinwag_desktop.platform.loop_watch import DEAF_S, TICK_S, LoopWatch, StackWriter


class Armed:
    """The writer of stacks on a test's clock."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.due: float | None = None
        self.armed = 0

    def arm(self, seconds: float) -> None:
        self.armed += 1
        self.due = self._clock.monotonic() + seconds

    def disarm(self) -> None:
        self.due = None


async def test_a_loop_that_turns_puts_it_off_again_and_again() -> None:
    clock = FakeClock()
    armed = Armed(clock)
    watch = asyncio.get_running_loop().create_task(LoopWatch(clock, arm=armed.arm, disarm=armed.disarm).run())
    await settle()
    for _ in range(100):
        await clock.advance(TICK_S)
        assert armed.due is not None
        assert armed.due > clock.monotonic() + DEAF_S
    watch.cancel()
    await settle()
    assert armed.due is None


async def test_a_deaf_loop_leaves_it_due_and_says_so_when_it_hears_again(expect_log: Callable[[str], None]) -> None:
    expect_log(r"the window stood still for 30\.0 s")
    clock = FakeClock()
    armed = Armed(clock)
    watch = asyncio.get_running_loop().create_task(LoopWatch(clock, arm=armed.arm, disarm=armed.disarm).run())
    await settle()
    clock.jump(30 + TICK_S)
    assert armed.due is not None
    assert armed.due < clock.monotonic()
    assert armed.armed == 1
    await clock.advance(0)
    assert armed.armed == 2
    watch.cancel()
    await settle()


def deaf_until(path: Path, words: bytes) -> None:
    """The end of the deafness is what it waits for."""
    while words not in path.read_bytes():
        pass


async def test_the_stacks_of_all_threads_are_written_while_it_is_deaf(tmp_path: Path) -> None:
    path = tmp_path / "crash.log"
    with path.open("a") as file:
        stacks = StackWriter(file)
        watch = LoopWatch(SystemClock(), arm=lambda _: stacks.arm(0.02), disarm=stacks.disarm)
        task = asyncio.get_running_loop().create_task(watch.run())
        await asyncio.sleep(0)
        deaf_until(path, b"in deaf_until\n")
        task.cancel()
        await settle()
    assert "Thread MainThread:" in path.read_text()
    assert "loop watch" not in [thread.name for thread in threading.enumerate()]


def test_each_time_it_is_deaf_is_written_once_and_nothing_after_the_end(tmp_path: Path) -> None:
    path = tmp_path / "crash.log"
    with path.open("a") as file:
        stacks = StackWriter(file)
        for times in (1, 2):
            stacks.arm(0.01)
            while path.read_text().count("The window stood still") < times:
                pass
        stacks.arm(0.01)
        stacks.disarm()
    assert path.read_text().count("The window stood still") in (2, 3)  # the third may have been due already
