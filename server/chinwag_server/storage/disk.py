"""A disk of this host that takes no more: one line in the log for the operator, `unavailable` for whoever wrote."""

import contextlib
import errno
import logging
from collections.abc import Generator
from pathlib import Path
from typing import Final

from chinwag_server.domain.errors import Unavailable

log = logging.getLogger(__name__)

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
RETRY_AFTER_MS: Final = 5_000


@contextlib.contextmanager
def writing(folder: Path) -> Generator[None]:
    """Around what writes below *folder*. Raises Unavailable when the disk or a quota is full; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise disk_full(folder) from error


def disk_full(folder: Path) -> Unavailable:
    """Say so in the log, and give what to raise."""
    log.error("the disk is full: nothing can be written to %s", folder)
    return Unavailable("files cannot be taken now", retry_after_ms=RETRY_AFTER_MS)
