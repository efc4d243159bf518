"""The app as `chinwag` starts it, watched: says when the first rows were painted, then quits, stays, or presses keys.

child_app.py quit --profile FOLDER     a line at the first paint with rows, then the end
child_app.py stay --profile FOLDER     the same, a line when it is online, then it lives until SIGTERM
child_app.py walk --profile FOLDER     the same, then the walk of `walking.py`, a line with its times
child_app.py 200  --profile FOLDER     the same, 200 messages typed, a line with the time of each
"""

from __future__ import annotations

import sys

from telling import limit_life

from chinwag_desktop.app.source_scan import stop_source_scan


def main() -> int:
    """Swap the class of the composition root, then be `chinwag`."""
    limit_life()
    stop_source_scan()  # where `chinwag` calls it: before anything of the app is imported
    from watched import Watched

    from chinwag_desktop.app import main as chinwag
    from chinwag_desktop.app import run

    Watched.what = sys.argv.pop(1)
    run.Bootstrap = Watched  # pyright: ignore[reportPrivateImportUsage] - the one thing that is swapped
    return chinwag()


if __name__ == "__main__":
    sys.exit(main())
