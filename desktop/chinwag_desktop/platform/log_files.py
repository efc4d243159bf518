"""The app's own log: a rotating file in the profile, a file for crashes, and the standard error when asked to debug."""

import faulthandler
import logging
import logging.handlers
import sys
from pathlib import Path
from typing import TextIO

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_BYTES, _FILES = 1_000_000, 3


class LogFiles:
    """Opened by the composition root, closed last."""

    def __init__(self, folder: Path, *, debug: bool) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._crashes: TextIO = (folder / "crash.log").open("a", encoding="utf-8")
        faulthandler.enable(self._crashes)
        file = logging.handlers.RotatingFileHandler(
            folder / "chinwag.log", maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8"
        )
        self._handlers: list[logging.Handler] = [file]
        if debug:
            self._handlers.append(logging.StreamHandler(sys.stderr))
        root = logging.getLogger()
        for handler in self._handlers:
            handler.setFormatter(logging.Formatter(FORMAT))
            root.addHandler(handler)
        logging.getLogger("chinwag_desktop").setLevel(logging.DEBUG if debug else logging.INFO)

    def close(self) -> None:
        """Flush and let go of the files."""
        root = logging.getLogger()
        for handler in self._handlers:
            root.removeHandler(handler)
            handler.close()
        faulthandler.disable()
        self._crashes.close()
