"""Exceptions that nobody caught: in a slot, a thread, a destructor or a callback of the loop. All of them go to the log.

PySide hands what a slot or an event handler raises to `sys.excepthook` and goes on; so does the app.
"""

import asyncio
import logging
import sys
import threading
from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

logger = logging.getLogger(__name__)


class UncaughtErrors(QObject):
    """A context: inside, whatever is not caught is logged, and `noticed` is emitted on the GUI thread, once a run."""

    noticed = Signal()
    _caught = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told = False
        self._seen: Counter[object] = Counter()
        self._caught.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def __enter__(self) -> Self:
        self._former = sys.excepthook, sys.unraisablehook, threading.excepthook
        sys.excepthook, sys.unraisablehook, threading.excepthook = self._raised, self._unraisable, self._in_thread
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """What ends the app goes on, but is in the log."""
        sys.excepthook, sys.unraisablehook, threading.excepthook = self._former
        if isinstance(error, Exception):
            self._log("the app ends", error)

    def listen_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take what the loop's callbacks raise, and futures that nobody asked."""
        loop.set_exception_handler(self._in_loop)

    def _raised(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            self._log("not caught", error.with_traceback(traceback))
        else:  # KeyboardInterrupt
            self._former[0](kind, error, traceback)

    def _unraisable(self, found: "UnraisableHookArgs") -> None:
        where = getattr(found.object, "__qualname__", type(found.object).__qualname__)
        self._log(f"not caught while {where} was left", found.exc_value)

    def _in_thread(self, found: threading.ExceptHookArgs) -> None:
        if not isinstance(found.exc_value, SystemExit):
            self._log(f"not caught in the thread {found.thread.name if found.thread else '?'}", found.exc_value)

    def _in_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # no more of it: what follows are the callback's arguments
        what = str(context["message"]).partition("(")[0]
        self._log(f"not caught in the loop: {what}", context.get("exception"))

    def _log(self, what: str, error: BaseException | None) -> None:
        traceback = error.__traceback__ if error is not None else None
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        place = (what, type(error), traceback and (traceback.tb_frame.f_code, traceback.tb_lineno))
        self._seen[place] += 1
        count = self._seen[place]
        if str(count).strip("0") == "1":  # the 1st, 10th, 100th: what paints may raise sixty times a second
            logger.error(
                "%s (%d times)" if count > 1 else "%s", *([what, count] if count > 1 else [what]), exc_info=error
            )
        self._caught.emit()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self.noticed.emit()
