"""The app as `chinwag` starts it, coming back to its server.

child_return.py catch-up 0 0 --profile FOLDER             a line when it has caught up and is quiet, then the end
child_return.py wake|network ROUNDS PORT --profile FOLDER  so many times: its connections die, then the system says why; a line
"""

from __future__ import annotations

import sys

from telling import limit_life

from chinwag_desktop.app.source_scan import stop_source_scan


def main() -> int:
    """Swap the class of the composition root, then be `chinwag`."""
    limit_life()
    stop_source_scan()
    from returning import Returning

    from chinwag_desktop.app import main as chinwag
    from chinwag_desktop.app import run

    Returning.what, Returning.rounds, Returning.control = sys.argv.pop(1), int(sys.argv.pop(1)), int(sys.argv.pop(1))
    run.Bootstrap = Returning  # pyright: ignore[reportPrivateImportUsage] - the one thing that is swapped
    return chinwag()


if __name__ == "__main__":
    sys.exit(main())
