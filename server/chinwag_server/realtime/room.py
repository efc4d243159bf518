"""Room for connections: the last open files that the system allows are kept for what the server itself has to open.

The system gives the lowest number that is free, so that the number of a new connection says how many are open.
"""

import logging
import socket
import sys
from collections.abc import Callable
from typing import Final

RESERVE: Final = 64
"""Of the files that may be open: links to the database and to Valkey, uploads, certificates."""
_log: Final = logging.getLogger(__name__)


def count_allowed() -> int:
    """How many files this process may have open; what the system says may change meanwhile."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


class Room:
    """Whether there is any for one more connection. Says once that there is none, and once that there is again."""

    def __init__(self, allowed: Callable[[], int] = count_allowed) -> None:
        self._allowed = allowed
        self._is_full = False

    def has(self, connection: socket.socket) -> bool:
        """Whether this connection may stay."""
        number, most = connection.fileno(), self._allowed() - RESERVE
        if number >= most:
            if not self._is_full:
                self._is_full = True
                _log.warning(
                    "no room for more connections: %d files may be open, new ones are turned away", most + RESERVE
                )
            return False
        if self._is_full and number < most - RESERVE // 4:
            self._is_full = False
            _log.info("there is room for connections again")
        return True
