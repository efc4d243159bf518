"""How a child process tells its parent what it measured."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import time

LIFE_S = 300.0


def limit_life() -> None:
    """End this process, telling where it hangs, when it takes much too long: nobody waits for it in vain."""
    faulthandler.dump_traceback_later(LIFE_S, exit=True)


def since_birth() -> dict[str, float]:
    """Milliseconds since the parent started this process, and CPU milliseconds used: all that was spent on it."""
    return {"wall": (time.monotonic() - float(os.environ["BORN"])) * 1e3, "cpu": time.process_time() * 1e3}


def tell(**words: object) -> None:
    """One line of JSON for the parent."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
