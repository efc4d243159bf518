"""SocketMonitor: keeps one registered connection to the server, or says why there is none."""

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

from msgspec import Struct

from chinwag_desktop.core.clock import Clock
from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState
from chinwag_desktop.sync.ports import LinkUser, Socket, Tokens


class SocketMonitor:
    """The state machine of the connection. Nothing else opens, pings or closes a socket."""

    def __init__(
        self,
        *,
        user_id: UUID,
        open_socket: Callable[[], Socket],
        tokens: Tokens,
        user: LinkUser,
        clock: Clock,
        draw: Callable[[], float] = random.random,
    ) -> None: ...

    @property
    def state(self) -> ConnectionState:
        """The state now."""
        raise NotImplementedError

    @property
    def online(self) -> bool:
        """Whether ``call`` can be used: registered and caught up."""
        raise NotImplementedError

    @property
    def metrics(self) -> ConnectionMetrics:
        """Everything counted so far."""
        raise NotImplementedError

    def subscribe(self, listener: Callable[[ConnectionState], None]) -> Callable[[], None]:
        """Call ``listener`` on each change of state; returns what ends the subscription."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to connect; needs a running loop. A stopped monitor may be started again."""
        raise NotImplementedError

    async def stop(self) -> None:
        """The user logs out or quits: *client disconnect*, never reconnects."""
        raise NotImplementedError

    def retry_now(self) -> None:
        """*Retry now*: the present wait ends at once; also leaves REFUSED."""
        raise NotImplementedError

    def woke(self) -> None:
        """The machine slept: whatever link there is is replaced at once."""
        raise NotImplementedError

    def network_changed(self, *, online: bool) -> None:
        """The system reports another network, or none (``online=False``)."""
        raise NotImplementedError

    async def call(self, event: str, payload: Struct, *, timeout_s: float = 12.0) -> Any:
        """Send on the present link and wait for the ack; raises LinkLost at once when there is none."""
        raise NotImplementedError
