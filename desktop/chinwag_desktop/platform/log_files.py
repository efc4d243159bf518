"""The app's own log: a rotating file in the profile, a file for crashes, and the standard error when asked to debug."""

import faulthandler
import logging
import logging.handlers
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_BYTES, _FILES = 1_000_000, 3


_TELLS_OF_CODE = (AttributeError, ImportError, NameError, TypeError)


class PlainFormatter(logging.Formatter):
    """Tracebacks without what the exceptions say: that may be a message or a token. Only what speaks of the code is kept."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # what another handler's formatter made of it is kept there
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        return "\n".join(_told(ei[1], set()))


def _told(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    """What led to it, then what it holds, then itself."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield from _told(error.__cause__ or (None if error.__suppress_context__ else error.__context__), seen)
    for part in getattr(error, "exceptions", ()):  # a group has them
        yield from _told(part, seen)
    words = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, _TELLS_OF_CODE):
        words += f": {error}"
    yield f"Traceback (most recent call last):\n{''.join(traceback.format_tb(error.__traceback__))}{words}"


class LogFiles:
    """Opened by the composition root, closed last. `path` is what people are pointed to, `crashes` takes stacks."""

    def __init__(self, folder: Path, *, debug: bool) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / "chinwag.log"
        self.crashes: TextIO = (folder / "crash.log").open("a", encoding="utf-8")
        faulthandler.enable(self.crashes)
        file = logging.handlers.RotatingFileHandler(self.path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
        self._handlers: list[logging.Handler] = [file]
        if debug:
            self._handlers.append(logging.StreamHandler(sys.stderr))
        root = logging.getLogger()
        for handler in self._handlers:
            handler.setFormatter(PlainFormatter(FORMAT))
            root.addHandler(handler)
        logging.getLogger("chinwag_desktop").setLevel(logging.DEBUG if debug else logging.INFO)

    def close(self) -> None:
        """Flush and let go of the files."""
        root = logging.getLogger()
        for handler in self._handlers:
            root.removeHandler(handler)
            handler.close()
        faulthandler.disable()
        self.crashes.close()
