"""What any app with PySide6 pays: one QListView of 200 lines. `--stay` keeps it open until it is terminated."""

from __future__ import annotations

import signal
import sys

from painted import PaintWatch
from PySide6.QtCore import QStringListModel
from PySide6.QtWidgets import QApplication, QListView
from telling import limit_life, since_birth, tell


def main() -> int:
    limit_life()
    app = QApplication([])
    view = QListView()
    view.setModel(QStringListModel([f"Line {number}" for number in range(200)]))
    view.resize(1100, 760)

    def painted() -> None:
        tell(**since_birth())
        if "--stay" not in sys.argv:
            app.quit()

    PaintWatch(view.viewport(), painted, wanted=lambda: True).arm()
    view.show()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
