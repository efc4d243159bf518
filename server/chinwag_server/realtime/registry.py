"""Which connections there are: by sid, by user, by session. Users are `UUID.int`, which are quick to look up."""

from collections.abc import Iterator
from uuid import UUID

from chinwag_server.realtime.connection import Connection


class Connections:
    """All connections of this worker whose CONNECT was accepted, and that have not ended."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._by_user: dict[int, list[Connection]] = {}

    def __len__(self) -> int:
        return len(self._by_sid)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._by_sid.values()))

    def users(self) -> set[UUID]:
        """Give the users who have a connection."""
        return {connections[0].principal.user_id for connections in self._by_user.values()}

    def add(self, connection: Connection) -> None:
        """Add a connection, as the youngest of its user."""
        self._by_sid[connection.sid] = connection
        self._by_user.setdefault(connection.principal.user_id.int, []).append(connection)

    def remove(self, connection: Connection) -> None:
        """Remove a connection, if it is there."""
        if self._by_sid.pop(connection.sid, None) is not None:
            key = connection.principal.user_id.int
            connections = self._by_user[key]
            connections.remove(connection)
            if not connections:
                del self._by_user[key]

    def find(self, sid: str) -> Connection | None:
        """Find a connection by its Socket.IO sid."""
        return self._by_sid.get(sid)

    def of_user(self, user: int) -> list[Connection]:
        """Give the connections of a user, the oldest first. It is the list itself: copy it before closing any."""
        return self._by_user.get(user, [])

    def of_session(self, session_id: UUID) -> list[Connection]:
        """Give the connections of a session. Only revocation asks, which is rare."""
        return [connection for connection in self._by_sid.values() if connection.principal.session_id == session_id]
