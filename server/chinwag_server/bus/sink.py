"""The sockets of this node, as the bus sees them. `realtime/server.py` implements it."""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID


class Sink(Protocol):
    """Users are `UUID.int`; packets come from `encode_event`."""

    def deliver(
        self, users: Iterable[int], packet: bytes, *, skip_user: int | None = None, skip_session: UUID | None = None
    ) -> bool:
        """Write the packet to each registered socket of these users; whether there is one."""
        ...

    def deliver_to_all(self, packet: bytes, *, skip_user: int | None = None) -> None:
        """Write the packet to each registered socket."""
        ...

    def revoke(
        self,
        *,
        reason: str,
        session_id: UUID | None = None,
        user_id: UUID | None = None,
        keep_session: UUID | None = None,
    ) -> None:
        """Tell `sessionRevoked` to the sockets of this session, or of this user but for one session, and close them."""
        ...
