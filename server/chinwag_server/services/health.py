"""How the server is: what it needs, what it only misses."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from chinwag_protocol.bodies import HealthAnswer
from chinwag_server.tasks import TaskOwner

PROBE_TIMEOUT_S: Final = 2.0
PROBE_EVERY_S: Final = 5.0
DATABASE: Final = "database"

Probe = Callable[[], Awaitable[bool]]
log = logging.getLogger(__name__)


class Health:
    """Asks each part whether it works. Without the database the server is unavailable, without another part degraded."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = dict(probes)
        self._stopping = False
        self._tasks = TaskOwner("health")
        self.last = HealthAnswer(status="ok", degraded=())
        """What the last check found, at most some seconds ago."""

    def start(self) -> None:
        """Begin to check every five seconds."""
        self._tasks.spawn(self._check_for_ever(), "check")

    async def close(self) -> None:
        """Stop checking."""
        await self._tasks.close()

    def stopping(self) -> None:
        """From now on say that this server takes no more callers."""
        self._stopping = True

    async def check(self) -> HealthAnswer:
        """Ask all parts at once; one that takes longer than two seconds does not work."""
        answers = await asyncio.gather(*(self._works(probe) for probe in self._probes.values()))
        degraded = tuple(name for name, works in zip(self._probes, answers, strict=True) if not works)
        if DATABASE in degraded or self._stopping:
            self.last = HealthAnswer(status="unavailable", degraded=degraded)
        else:
            self.last = HealthAnswer(status="degraded" if degraded else "ok", degraded=degraded)
        return self.last

    async def _check_for_ever(self) -> None:
        while True:
            await asyncio.sleep(PROBE_EVERY_S)
            await self.check()

    async def _works(self, probe: Probe) -> bool:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_S):
                return await probe()
        except Exception as failed:  # noqa: BLE001 - whatever it raises, the part does not work
            log.info("a probe failed: %s", type(failed).__name__)
            return False
