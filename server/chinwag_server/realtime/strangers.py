"""How many connections and sessions of an address there may be of which nobody has said whose they are.

A connection is a stranger's until a request on it was signed or belongs to a registered socket, a session until
`register-user`. Loopback is not counted, as with registrations: a proxy that was not named stands there for everybody.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from chinwag_server.domain.addresses import is_loopback, origin_of

RETRY_AFTER_MS: Final = 1_000
REFUSAL: Final = "too many connections of this address have not said whose they are"
_SAID_EVERY_S: Final = 60.0
_log: Final = logging.getLogger(__name__)


class Place:
    """What a stranger takes up, until `leave`; to leave twice changes nothing."""

    __slots__ = ("_leave",)

    def __init__(self, leave: Callable[[], None] | None = None) -> None:
        self._leave = leave

    def leave(self) -> None:
        """Nobody stands here any more."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()


class Strangers:
    """So many places an address."""

    def __init__(
        self,
        most: int,
        *,
        is_exempt: Callable[[str], bool] = is_loopback,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most = most
        self._is_exempt = is_exempt
        self._clock = clock
        self._taken: dict[str, int] = {}
        self._said: dict[str, float] = {}

    def __len__(self) -> int:
        return sum(self._taken.values())

    def take(self, address: str) -> Place | None:
        """Take a place; None when the address has no more of them."""
        if not address or self._is_exempt(address):
            return Place()
        origin = origin_of(address)
        taken = self._taken.get(origin, 0)
        if taken >= self.most:
            self._say(origin)
            return None
        self._taken[origin] = taken + 1
        return Place(lambda: self._give_back(origin))

    def _give_back(self, origin: str) -> None:
        taken = self._taken[origin] - 1
        if taken:
            self._taken[origin] = taken
        else:
            del self._taken[origin]

    def _say(self, origin: str) -> None:
        """Once a minute and address."""
        now = self._clock()
        self._said = {said: at for said, at in self._said.items() if now - at < _SAID_EVERY_S}
        if origin not in self._said:
            self._said[origin] = now
            _log.warning("%s: %d connections that are nobody's, more are refused for now", origin, self.most)
