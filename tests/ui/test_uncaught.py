"""What nobody caught is in the log, the person is told once, and the app goes on."""

import asyncio
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal

from chinwag_desktop.platform.uncaught import UncaughtErrors


class Button(QObject):
    pressed = Signal()


def fails(_word: str = "") -> None:
    raise ValueError("a slot")


def flush() -> None:
    QCoreApplication.sendPostedEvents()
    QCoreApplication.processEvents()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def uncaught(qapp: object, told: list[str]) -> Iterator[UncaughtErrors]:
    former = sys.excepthook, sys.unraisablehook, threading.excepthook
    with UncaughtErrors() as uncaught:
        uncaught.noticed.connect(lambda: told.append(threading.current_thread().name))
        yield uncaught
    assert (sys.excepthook, sys.unraisablehook, threading.excepthook) == former


def test_a_slot_that_raises_is_logged_and_told_once(
    uncaught: UncaughtErrors, told: list[str], expect_log: Callable[[str], None]
) -> None:
    expect_log("uncaught: not caught$")
    button = Button()
    button.pressed.connect(fails)
    button.pressed.emit()
    assert told == []  # not inside of what went wrong
    flush()
    assert told == ["MainThread"]
    button.pressed.emit()
    flush()
    assert told == ["MainThread"]


def test_what_paints_may_raise_at_every_frame_and_the_log_stays_readable(
    uncaught: UncaughtErrors, expect_log: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("uncaught: not caught")
    button = Button()
    button.pressed.connect(fails)
    for _ in range(250):
        button.pressed.emit()
    assert [record.getMessage() for record in caplog.records] == [
        "not caught",
        "not caught (10 times)",
        "not caught (100 times)",
    ]
    assert all(record.exc_info for record in caplog.records)


async def test_a_handler_that_raises(
    uncaught: UncaughtErrors, told: list[str], expect_log: Callable[[str], None], eventually: Callable[..., Any]
) -> None:
    expect_log("uncaught: not caught$")

    class Broken(QObject):
        def event(self, event: QEvent) -> bool:
            raise ValueError

    broken = Broken()
    QCoreApplication.postEvent(broken, QEvent(QEvent.Type.User))
    await eventually(lambda: told)


def test_a_thread_that_raises(uncaught: UncaughtErrors, told: list[str], expect_log: Callable[[str], None]) -> None:
    expect_log("not caught in the thread a thread$")
    thread = threading.Thread(target=fails, name="a thread")
    thread.start()
    thread.join()
    flush()
    assert told == ["MainThread"]


def test_a_destructor_that_raises(uncaught: UncaughtErrors, told: list[str], expect_log: Callable[[str], None]) -> None:
    expect_log(r"not caught while .*__del__ was left$")

    class Broken:
        def __del__(self) -> None:
            raise ValueError

    Broken()
    gc.collect()
    flush()
    assert told


async def test_a_callback_of_the_loop_that_raises(
    uncaught: UncaughtErrors, told: list[str], expect_log: Callable[[str], None], eventually: Callable[..., Any]
) -> None:
    expect_log("not caught in the loop: Exception in callback fails$")
    loop = asyncio.get_running_loop()
    uncaught.listen_to(loop)
    loop.call_soon(fails, "a secret")
    await eventually(lambda: told)


def test_what_ends_the_app_is_in_the_log_too(qapp: object, expect_log: Callable[[str], None]) -> None:
    expect_log("uncaught: the app ends")
    with pytest.raises(ValueError, match="a slot"), UncaughtErrors():
        fails()


def test_an_interrupt_goes_its_usual_way(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda *what: seen.append(what[0]))
    with UncaughtErrors():
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert seen == [KeyboardInterrupt]
