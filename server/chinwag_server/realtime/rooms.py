"""python-socketio's rooms, with emits that are encoded once and written straight to the sockets.

Chinwag itself sends through `bus/fanout.py`. This is the API that a program which knows python-socketio expects.
"""

from collections.abc import Callable, Generator, Iterable
from typing import Any, Final, cast

import socketio

from chinwag_server.bus.packets import encode_arguments
from chinwag_server.realtime.connection import Connection

NAMESPACE: Final = "/"


class Rooms(socketio.AsyncManager):
    """Rooms of connections; a connection's own room is its sid, and takes no memory."""

    rooms: dict[str, dict[str | None, dict[str, str]]]
    callbacks: dict[str, dict[int, Any]]

    def __init__(self, find: Callable[[str], Connection | None]) -> None:
        super().__init__()
        self._find = find

    def add(self, connection: Connection) -> None:
        """A CONNECT was accepted."""
        self.basic_enter_room(connection.sid, NAMESPACE, None, eio_sid=connection.link.sid)

    def remove(self, connection: Connection) -> None:
        """A connection has ended."""
        self.basic_disconnect(connection.sid, NAMESPACE)

    def get_participants(self, namespace: str, room: Any) -> Generator[tuple[str, str], None, None]:
        """Give the sids in a room, or in several, each once, with the sids of their sessions."""
        rooms = self.rooms.get(namespace, {})
        everyone = rooms.get(None, {})
        found: dict[str, str] = {}
        for name in _several(room) if isinstance(room, list | tuple) else [room]:
            if name is not None and name in everyone:
                found[name] = everyone[name]
            else:
                found.update(rooms.get(name, {}))
        yield from found.items()

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        """Send an event to registered sockets."""
        arguments = _several(data) if isinstance(data, tuple) else [] if data is None else [data]
        skipped = _several(skip_sid) if isinstance(skip_sid, list) else [skip_sid]
        rooms = to if to is not None else room
        packet = encode_arguments(event, arguments) if callback is None else b""
        for sid, _ in self.get_participants(namespace, rooms):
            connection = self._find(sid)
            if connection is None or not connection.registered or sid in skipped:
                continue
            if callback is not None:
                ack_id = cast("int", self._generate_ack_id(sid, callback))
                packet = encode_arguments(event, arguments, ack_id=ack_id)
            connection.link.write(packet)

    def take_callback(self, sid: str, ack_id: int) -> Callable[..., Any] | None:
        """Take the callback that waits for this ack; clients invent ids, and id 0 is the counter's."""
        waiting = self.callbacks.get(sid, {})
        return waiting.pop(ack_id, None) if ack_id > 0 else None


def _several(values: Any) -> list[Any]:
    return list(cast("Iterable[Any]", values))
