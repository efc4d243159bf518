"""A deadline for peers that do not read: what an answer holds for them (a file, memory) would be held for nobody."""

import asyncio


class Reading:
    """Watches over what waits in a transport for its peer. From the event loop only."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, transport: asyncio.Transport) -> None:
        """Cut the peer off if from now on it takes nothing within the time, or again within the next."""
        if self._timer is None:
            self._look_later(transport)

    def rest(self) -> None:
        """Nothing waits any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_later(self, transport: asyncio.Transport) -> None:
        waiting = transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(self._within_s, self._look, transport, waiting)

    def _look(self, transport: asyncio.Transport, waited: int) -> None:
        self._timer = None
        if transport.get_write_buffer_size() < waited:
            self._look_later(transport)
        else:
            transport.abort()
