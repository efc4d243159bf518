"""What Qt must not be told from another thread: that an object in a cycle is gone."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from chinwag_desktop.platform.garbage import GuiGarbage


@pytest.fixture
def garbage(qapp: object) -> Iterator[GuiGarbage]:
    gc.enable()
    garbage = GuiGarbage()
    yield garbage
    garbage.stop()
    assert gc.isenabled()


def leave_a_cycle(seen: list[int]) -> None:
    thing = QObject()
    thing.itself = thing  # type: ignore[attr-defined]
    thing.startTimer(60_000)
    weakref.finalize(thing, lambda: seen.append(threading.get_ident()))


def allocate_elsewhere() -> None:
    thread = threading.Thread(target=lambda: [[] for _ in range(200_000)])
    thread.start()
    thread.join()


def test_a_thread_that_allocates_collects_nothing_of_qt(garbage: GuiGarbage) -> None:
    seen: list[int] = []
    leave_a_cycle(seen)
    allocate_elsewhere()
    assert seen == []
    kept = [[] for _ in range(100_000)]
    garbage.look()
    assert seen == [threading.get_ident()]
    assert kept


def test_older_generations_have_their_turn(garbage: GuiGarbage) -> None:
    seen: list[int] = []
    thing = QObject()
    thing.itself = thing  # type: ignore[attr-defined]
    weakref.finalize(thing, lambda: seen.append(0))
    gc.collect()  # it is old now
    del thing
    kept = []
    while not seen and len(kept) < 200:
        kept.append([[] for _ in range(gc.get_threshold()[0] + 100)])
        garbage.look()
    assert seen
