"""How many sockets a user may have, over all nodes and workers.

Each worker holds its own to the limit at once, when one connects (`realtime/server.py`); this is for those that are too many
only together. Within some seconds the oldest are closed, wherever they are. Without Valkey each worker counts for itself.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from chinwag_server.bus.leases import Leases
from chinwag_server.tasks import TaskOwner

LOOK_EVERY_S: Final = 1.0


class SocketLimit:
    """`start` and `close` bracket its use. *close_socket* gets connections, also such as are another node's, or gone."""

    def __init__(
        self,
        leases: Leases,
        *,
        close_socket: Callable[[str], None],
        has_peers: Callable[[], bool],
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._leases = leases
        self._close_socket = close_socket
        self._has_peers = has_peers
        self._look_every_s = look_every_s
        self._tasks = TaskOwner("socket limit")

    def start(self) -> None:
        """Begin to look."""
        self._tasks.spawn(self._look_always(), "look")

    async def close(self) -> None:
        """Stop looking."""
        await self._tasks.close()

    async def _look_always(self) -> None:
        while True:
            await asyncio.sleep(self._look_every_s)
            if self._has_peers():
                for connection_id in await self._leases.crowded_out():
                    self._close_socket(connection_id)
