"""Tests of the interface: real widgets on the platform without a screen, the qasync loop for coroutines, and nothing left behind.

`qtbot.waitSignal` and `qtbot.waitUntil` nest the loop and hang a coroutine test: those await a future, or `eventually`.
"""

import functools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))  # the table of states and its samples

import pytest
import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from qt_garbage import pytest_runtest_setup, pytest_runtest_teardown  # noqa: F401 - hooks of this folder

from chinwag_desktop.ui.theme.theme import ThemeChoice, ThemeSource, dress
from chinwag_desktop.ui.theme.typography import load_fonts


def pytest_configure(config: pytest.Config) -> None:
    """Without a screen there is no window manager, and Qt says so at every window."""
    config.addinivalue_line("qt_log_ignore", "This plugin does not support")


@functools.cache  # keeps the one QApplication alive; pytest-qt's qapp takes the instance it finds
def application() -> QApplication:
    app = QApplication.instance() or QApplication(["chinwag-tests"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)  # closing a test's window must not stop the loop in mid-await
    load_fonts()
    return app


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], object]]:
    return {"qasync": lambda: qasync.QEventLoop(application())}


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return application()


def flush() -> None:
    """Let the pool finish, posted events be handled, deleted widgets go."""
    QThreadPool.globalInstance().waitForDone()
    for _ in range(3):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def _nothing_of_qt_left(qapp: QApplication) -> Iterator[None]:
    before = set(QApplication.topLevelWidgets())
    yield
    flush()
    left = [widget for widget in set(QApplication.topLevelWidgets()) - before if widget.parent() is None]
    assert not left, f"windows left behind: {left}"
    timers = [timer for timer in qapp.findChildren(QTimer) if timer.isActive()]
    assert not timers, f"timers left behind: {timers}"
    assert QThreadPool.globalInstance().activeThreadCount() == 0


@pytest.fixture
def themes(qapp: QApplication) -> ThemeSource:
    """The light theme, dressed on the application; nothing moves."""
    source = ThemeSource(ThemeChoice.LIGHT, still=True)
    dress(qapp, source)
    return source


@pytest.fixture
def show(qtbot: QtBot) -> Callable[..., None]:
    """`show(widget, width, height)`: on the screen, active, laid out; taken away after the test."""

    def run(widget: QWidget, width: int = 0, height: int = 0) -> None:
        qtbot.addWidget(widget)
        if width:
            widget.resize(width, height)
        widget.show()
        widget.activateWindow()
        flush()

    return run
