"""I6: memory, file descriptors, tasks and sockets of every process return to their baseline. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from faults.nodes import Footprint
from faults.violations import Violation

MEMORY_TIMES: Final = 1.6
MEMORY_MEGABYTES: Final = 40
"""What caches, pools and the allocator may keep: far less than what one leaked connection or message each would take."""
FILES: Final = 16
"""A pool of eight database connections that was opened on demand, and some more."""
TASKS: Final = 10


def check_baseline(before: Sequence[Footprint], after: Sequence[Footprint]) -> Iterable[Violation]:
    """What is more than it was. A process is compared with the one of its name, or with the smallest there was."""
    then = {one.name: one for one in before}
    for one in after:
        old = then.get(one.name) or min(before, key=lambda footprint: footprint.megabytes)
        bounds = (
            ("megabytes of memory", one.megabytes, old.megabytes * MEMORY_TIMES + MEMORY_MEGABYTES),
            ("file descriptors", one.files, old.files + FILES),
            ("tasks", one.tasks, old.tasks + TASKS),
            ("sockets", one.sockets, old.sockets),
        )
        for what, is_, most in bounds:
            if is_ > most:
                yield Violation("baseline", f"{one.name} holds {is_:.0f} {what}, at most {most:.0f} was expected")
