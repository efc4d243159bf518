"""The app as `run` runs it, on the profile of the command line, with a slot that fails; says a line of JSON at its end."""

import gc
import json
import sys
from pathlib import Path
from typing import Any, TextIO

from PySide6.QtCore import QTimer

from chinwag_desktop.app import run
from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.app.config import AppConfig
from chinwag_desktop.ui.widgets.dialog import Dialog

SECRET = "the harbour at nine"
seen: dict[str, Any] = {"armed": []}


class InTrouble(Bootstrap):
    def start(self) -> None:
        super().start()
        seen["collects_anywhere"] = gc.isenabled()
        QTimer.singleShot(0, self.fail)
        self.looking = QTimer(self)
        self.looking.timeout.connect(self.look)
        self.looking.start(10)

    def fail(self) -> None:
        raise ValueError(SECRET)

    def look(self) -> None:
        window = self.sign_in
        if window is not None and (dialogs := window.findChildren(Dialog)):
            seen["told"] = [dialog.accessibleDescription() for dialog in dialogs]
            self.looking.stop()
            self.quit()


class Armed:
    """Stands in for `StackWriter`."""

    def __init__(self, file: TextIO) -> None:
        self._name = file.name

    def arm(self, seconds: float) -> None:
        seen["armed"].append((self._name, seconds))

    def disarm(self) -> None:
        pass


if __name__ == "__main__":
    run.Bootstrap = InTrouble
    run.StackWriter = Armed
    status = run.run(AppConfig(profile=Path(sys.argv[1])))
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.exit(status)
